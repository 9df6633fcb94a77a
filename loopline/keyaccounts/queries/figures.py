"""What teams stand for, in one statement over the tables concerned: no row of a customer leaves the database.

It reads tables of the modules below by name, for a director's team may be a hundred thousand customers. Row security
holds as everywhere: whoever sees no other district counts none of it. A customer's merged files count as his.

revenue     what was billed for the month
arrears     bills past their due date less everything paid, never less than nothing
at_risk     customers with a line in use whose risk of leaving is high
overdue     visits that were planned for a moment that is over
complaints  complaints that nobody has solved
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from loopline.keyaccounts.models import Post

MONTHS = 12
_FILES = """
WITH mine AS MATERIALIZED (
    SELECT post_id, customer_id FROM keyaccounts_charge WHERE until IS NULL AND post_id = ANY (%(posts)s)
), files AS MATERIALIZED (
    SELECT post_id, customer_id, customer_id AS file FROM mine
    UNION ALL
    SELECT m.post_id, m.customer_id, f.id FROM mine m JOIN customers_customer f ON f.survivor_id = m.customer_id
)
"""
_FIGURES = (
    _FILES
    + """
, money AS (
    SELECT f.customer_id, sum(b.amount) FILTER (WHERE b.month = %(month)s) AS revenue,
        coalesce(sum(b.amount) FILTER (WHERE b.due_on < %(today)s), 0) AS due
    FROM files f JOIN billing_bill b ON b.customer_id = f.file GROUP BY f.customer_id
), paid AS (
    SELECT f.customer_id, sum(p.amount) AS paid
    FROM files f JOIN billing_payment p ON p.customer_id = f.file GROUP BY f.customer_id
), risky AS (
    SELECT DISTINCT f.customer_id FROM files f JOIN scores_score s ON s.customer_id = f.file
    JOIN subscriptions_subscription l ON l.id = s.subscription_id
    WHERE s.risk_class = 'high' AND l.state NOT IN ('pre_terminated', 'terminated', 'ported_out')
), late AS (
    SELECT f.customer_id, count(*) FROM files f JOIN keyaccounts_visit v ON v.customer_id = f.file
    WHERE v.state = 'planned' AND v.planned_at < %(now)s GROUP BY f.customer_id
), said AS (
    SELECT f.customer_id, count(*) FROM files f JOIN interactions_interaction i ON i.customer_id = f.file
    WHERE i.kind = 'complaint' AND i.resolved_on IS NULL GROUP BY f.customer_id
)
SELECT m.post_id, count(*), coalesce(sum(money.revenue), 0),
    coalesce(sum(greatest(money.due - coalesce(paid.paid, 0), 0)), 0),
    count(*) FILTER (WHERE money.due > coalesce(paid.paid, 0)), count(risky.customer_id),
    coalesce(sum(late.count), 0), coalesce(sum(said.count), 0)
FROM mine m
LEFT JOIN money USING (customer_id) LEFT JOIN paid USING (customer_id) LEFT JOIN risky USING (customer_id)
LEFT JOIN late USING (customer_id) LEFT JOIN said USING (customer_id)
GROUP BY m.post_id
"""
)
_TREND = (
    _FILES
    + """
SELECT b.month, sum(b.amount) FROM files f JOIN billing_bill b ON b.customer_id = f.file
WHERE b.month >= %(first)s AND b.month <= %(month)s GROUP BY b.month ORDER BY b.month
"""
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a post or a team stands for; `owing` counts the customers in arrears."""

    customers: int = 0
    revenue: Decimal = Decimal(0)
    arrears: Decimal = Decimal(0)
    owing: int = 0
    at_risk: int = 0
    overdue: int = 0
    complaints: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def last_complete_month(today: date) -> date:
    """The first day of the month before."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def by_post(posts: Iterable[Post], today: date, now: datetime) -> dict[int, Figures]:
    """What each post itself has in charge."""
    given: dict[str, Any] = {
        "posts": [post.pk for post in posts],
        "today": today,
        "month": last_complete_month(today),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, given)
        return {row[0]: _figures(row[1:]) for row in cursor.fetchall()}


def _figures(row: Sequence[Any]) -> Figures:
    customers, revenue, arrears, owing, risky, late, said = row
    return Figures(customers, revenue, arrears, owing, risky, int(late), int(said))


def rolled_up(posts: Sequence[Post], own: dict[int, Figures]) -> dict[int, Figures]:
    """What each post has with all below it: a customer is in one charge, so that teams add up."""
    sums = {post.pk: Figures() for post in posts}
    for post in posts:
        for above in post.path.strip("/").split("/"):
            if int(above) in sums:
                sums[int(above)] += own.get(post.pk, Figures())
    return sums


def trend(posts: Iterable[Post], today: date) -> list[tuple[date, Decimal]]:
    """What the customers in charge were billed in each of the last twelve complete months."""
    month = last_complete_month(today)
    first = date(month.year - 1, month.month, 1) + timedelta(days=32)
    given: dict[str, Any] = {
        "posts": [post.pk for post in posts],
        "month": month,
        "first": first.replace(day=1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TREND, given)
        return list(cursor.fetchall())
