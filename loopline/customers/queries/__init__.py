"""Reading the customer file: one customer, a page of many, and what a typed text finds."""

from loopline.customers.queries.customer import (
    Card,
    by_public_id,
    consents_of,
    find_cards,
    locked,
    own,
    paying_account,
    telephones_of,
    working_branch,
)
from loopline.customers.queries.page import CAP, ListPage, Wanted, list_page, select
from loopline.customers.queries.search import Found, search

__all__ = [
    "CAP",
    "Card",
    "Found",
    "ListPage",
    "Wanted",
    "by_public_id",
    "consents_of",
    "find_cards",
    "list_page",
    "locked",
    "own",
    "paying_account",
    "search",
    "select",
    "telephones_of",
    "working_branch",
]
