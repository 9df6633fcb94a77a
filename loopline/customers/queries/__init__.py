"""Reading the customer file: one customer, a page of many, and what a typed text finds."""

from loopline.customers.queries.customer import (
    Card,
    Merged,
    by_number,
    by_public_id,
    consents_of,
    files_of,
    find_cards,
    locked,
    own,
    paying_account,
    standing,
    stop_of,
    survivors,
    telephones_of,
    together,
    visible,
    working_branch,
    working_unit,
)
from loopline.customers.queries.head import head_of
from loopline.customers.queries.links import Link, links_of, members_of
from loopline.customers.queries.matches import Known, Match, doubles_of, find_matches, known_of
from loopline.customers.queries.page import CAP, ListPage, Wanted, list_page, select
from loopline.customers.queries.policy import policy
from loopline.customers.queries.search import Found, having_number, search

__all__ = [
    "CAP",
    "Card",
    "Found",
    "Known",
    "Link",
    "ListPage",
    "Match",
    "Merged",
    "Wanted",
    "by_number",
    "by_public_id",
    "consents_of",
    "doubles_of",
    "files_of",
    "find_cards",
    "find_matches",
    "having_number",
    "head_of",
    "known_of",
    "links_of",
    "list_page",
    "locked",
    "members_of",
    "own",
    "paying_account",
    "policy",
    "search",
    "select",
    "standing",
    "stop_of",
    "survivors",
    "telephones_of",
    "together",
    "visible",
    "working_branch",
    "working_unit",
]
