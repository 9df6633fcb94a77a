"""The customers in somebody's charge, and what matters about each: a page at a time, two queries a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from loopline.customers import api as customers
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.models import Charge, Post
from loopline.keyaccounts.queries.figures import last_complete_month

VIEWS = ("all", "risk", "arrears", "overdue", "unvisited", "contract", "complaints")
UNVISITED = timedelta(days=90)
SOON = timedelta(days=60)

_VIEWS = {
    "risk": """EXISTS (SELECT FROM scores_score s JOIN subscriptions_subscription l ON l.id = s.subscription_id
        WHERE s.customer_id = c.customer_id AND s.risk_class = 'high'
        AND l.state NOT IN ('pre_terminated', 'terminated', 'ported_out'))""",
    "arrears": """(SELECT coalesce(sum(amount), 0) FROM billing_bill
        WHERE customer_id = c.customer_id AND due_on < %(today)s)
        > (SELECT coalesce(sum(amount), 0) FROM billing_payment WHERE customer_id = c.customer_id)""",
    "overdue": """EXISTS (SELECT FROM keyaccounts_visit v WHERE v.customer_id = c.customer_id
        AND v.state = 'planned' AND v.planned_at < %(now)s)""",
    "unvisited": """NOT EXISTS (SELECT FROM keyaccounts_visit v WHERE v.customer_id = c.customer_id
        AND v.state = 'done' AND v.done_at > %(unvisited)s)""",
    "contract": """EXISTS (SELECT FROM subscriptions_subscription l WHERE l.customer_id = c.customer_id
        AND l.contract_ends_on BETWEEN %(today)s AND %(soon)s
        AND l.state NOT IN ('pre_terminated', 'terminated', 'ported_out'))""",
    "complaints": """EXISTS (SELECT FROM interactions_interaction i WHERE i.customer_id = c.customer_id
        AND i.kind = 'complaint' AND i.resolved_on IS NULL)""",
}
_PAGE = """
SELECT c.customer_id FROM keyaccounts_charge c
WHERE c.until IS NULL AND c.post_id = ANY (%(posts)s) AND c.customer_id > %(after)s AND {view} AND {found}
ORDER BY c.customer_id LIMIT %(size)s
"""
_FACTS = """
SELECT c.id, c.public_id, c.number, c.kind, c.name, c.tier, g.staff_id, g.since,
    (SELECT sum(amount) FROM billing_bill WHERE customer_id = c.id AND month = %(month)s),
    greatest((SELECT coalesce(sum(amount), 0) FROM billing_bill WHERE customer_id = c.id AND due_on < %(today)s)
        - (SELECT coalesce(sum(amount), 0) FROM billing_payment WHERE customer_id = c.id), 0),
    (SELECT max(s.risk) FROM scores_score s JOIN subscriptions_subscription l ON l.id = s.subscription_id
        WHERE s.customer_id = c.id AND l.state NOT IN ('pre_terminated', 'terminated', 'ported_out')),
    (SELECT max(done_at) FROM keyaccounts_visit WHERE customer_id = c.id AND state = 'done'),
    (SELECT min(planned_at) FROM keyaccounts_visit WHERE customer_id = c.id AND state = 'planned'),
    (SELECT min(contract_ends_on) FROM subscriptions_subscription WHERE customer_id = c.id
        AND contract_ends_on >= %(today)s AND state NOT IN ('pre_terminated', 'terminated', 'ported_out')),
    (SELECT count(*) FROM interactions_interaction
        WHERE customer_id = c.id AND kind = 'complaint' AND resolved_on IS NULL)
FROM customers_customer c
JOIN keyaccounts_charge g ON g.customer_id = c.id AND g.until IS NULL
WHERE c.id = ANY (%(customers)s)
ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A key account: what was billed for the last complete month, what is overdue, and what is to come."""

    id: int
    public_id: UUID
    number: str
    kind: str
    name: str
    tier: str
    staff: int
    since: date
    revenue: Decimal | None
    arrears: Decimal
    risk: float | None
    visited: datetime | None
    planned: datetime | None
    contract_ends: date | None
    complaints: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts of which posts: `view` narrows, `text` is searched, `after` is the last customer seen."""

    posts: tuple[int, ...]
    view: str = "all"
    text: str = ""
    after: int = 0


def page(actor: Actor, wanted: Wanted, now: datetime, today: date, size: int) -> tuple[list[Account], int]:
    """A page in the order of the customers, and the `after` of the following one (0: the end)."""
    require(actor, "keyaccounts.view")
    ids = _ids(actor, wanted, now, today, size + 1)
    return facts_of(ids[:size], today), ids[size - 1] if len(ids) > size else 0


def pages(actor: Actor, wanted: Wanted, now: datetime, today: date, size: int) -> Iterator[list[Account]]:
    """All of them, page after page, for an export."""
    after = wanted.after
    while True:
        found, after = page(actor, Wanted(wanted.posts, wanted.view, wanted.text, after), now, today, size)
        yield found
        if not after:
            return


def _ids(actor: Actor, wanted: Wanted, now: datetime, today: date, size: int) -> list[int]:
    given: dict[str, Any] = {
        "posts": list(wanted.posts),
        "after": wanted.after,
        "size": size,
        "today": today,
        "now": now,
        "soon": today + SOON,
        "unvisited": now - UNVISITED,
        "found": customers.search(actor, wanted.text).ids if wanted.text else [],
    }
    view = _VIEWS.get(wanted.view, "true")
    found = "c.customer_id = ANY (%(found)s)" if wanted.text else "true"
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(view=view, found=found), given)
        return [key for (key,) in cursor.fetchall()]


def facts_of(ids: Sequence[int], today: date) -> list[Account]:
    """What matters about these customers, in the order of their keys, in one query."""
    given: dict[str, Any] = {"customers": list(ids), "today": today, "month": last_complete_month(today)}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, given)
        return [Account(*row) for row in cursor.fetchall()]


def loads(posts: Sequence[int]) -> dict[int, int]:
    """How many customers are in charge of each post. In a door that sees the whole operator."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT post_id, count(*) FROM keyaccounts_charge WHERE until IS NULL AND post_id = ANY (%s) GROUP BY 1",
            [list(posts)],
        )
        return dict(cursor.fetchall())


def open_of(post: Post) -> QuerySet[Charge]:
    """The customers in charge of a post, in their order."""
    return Charge.objects.filter(post=post, until=None).order_by("customer_id")


def story_of(files: Sequence[int]) -> list[Charge]:
    """Who looked after a customer, the latest first."""
    rows = Charge.objects.filter(customer_id__in=files).select_related("staff", "post__unit")
    return list(rows.order_by("-since", "-id"))
