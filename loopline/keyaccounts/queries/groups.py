"""Group customers: the list, one with all that belongs to it, its value, trend and risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from loopline.customers import api as customers
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.models import Group, GroupContract, GroupProduct, KeyPerson, Member
from loopline.keyaccounts.queries.figures import last_complete_month
from loopline.keyaccounts.rules import groupvalue
from loopline.keyaccounts.rules.care import months_later

GRADES = ("A", "B", "C")
MONTHS = 12
_LINES = """
WITH wanted AS MATERIALIZED (
    SELECT id, customer_id FROM keyaccounts_group WHERE id = ANY (%(groups)s)
), lines AS MATERIALIZED (
    SELECT w.id AS group_id, l.id, l.customer_id, l.state, true AS own
    FROM wanted w JOIN subscriptions_subscription l ON l.customer_id = w.customer_id
    UNION
    SELECT w.id, l.id, l.customer_id, l.state, false
    FROM wanted w JOIN keyaccounts_member m ON m.group_id = w.id AND m.until IS NULL
    JOIN subscriptions_subscription l ON l.customer_id = m.customer_id
        AND (m.subscription_id IS NULL OR m.subscription_id = l.id)
    WHERE l.customer_id <> w.customer_id
)
"""
_WORTH = (
    _LINES
    + """
SELECT l.group_id, count(DISTINCT l.customer_id) FILTER (WHERE NOT l.own), count(*) FILTER (WHERE NOT l.gone),
    coalesce(sum(b.amount) FILTER (WHERE l.own), 0), coalesce(sum(b.amount) FILTER (WHERE NOT l.own), 0),
    coalesce(sum(s.value) FILTER (WHERE s.value > 0 AND NOT l.gone), 0),
    coalesce(sum(s.risk * s.value::float8) FILTER (WHERE s.value > 0 AND NOT l.gone), 0),
    count(DISTINCT l.customer_id) FILTER (WHERE NOT l.own AND s.risk_class = 'high' AND NOT l.gone)
FROM (SELECT *, state IN ('pre_terminated', 'terminated', 'ported_out') AS gone FROM lines) l
LEFT JOIN billing_bill b ON b.subscription_id = l.id AND b.month = %(month)s
LEFT JOIN scores_score s ON s.subscription_id = l.id
GROUP BY l.group_id
"""
)
_TREND = (
    _LINES
    + """
SELECT b.month, coalesce(sum(b.amount) FILTER (WHERE l.own), 0), coalesce(sum(b.amount) FILTER (WHERE NOT l.own), 0)
FROM lines l JOIN billing_bill b ON b.subscription_id = l.id
WHERE b.month BETWEEN %(first)s AND %(month)s GROUP BY b.month ORDER BY b.month
"""
)
_MEMBERS = """
SELECT m.id, m.public_id, m.since, m.role, c.public_id, c.number, c.kind, c.name, l.number,
    (SELECT sum(b.amount) FROM billing_bill b WHERE b.customer_id = m.customer_id AND b.month = %(month)s
        AND (m.subscription_id IS NULL OR b.subscription_id = m.subscription_id)),
    (SELECT max(s.risk) FROM scores_score s JOIN subscriptions_subscription x ON x.id = s.subscription_id
        WHERE s.customer_id = m.customer_id AND (m.subscription_id IS NULL OR x.id = m.subscription_id)
        AND x.state NOT IN ('pre_terminated', 'terminated', 'ported_out'))
FROM keyaccounts_member m
JOIN customers_customer c ON c.id = m.customer_id
LEFT JOIN subscriptions_subscription l ON l.id = m.subscription_id
WHERE m.group_id = %(group)s AND m.until IS NULL AND m.id > %(after)s ORDER BY m.id LIMIT %(size)s
"""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a group stands for: members and lines in use; billed for the last complete month to itself and to its
    members; how many members are at risk; and its value with the risk weighted by it."""

    members: int = 0
    lines: int = 0
    own: Decimal = Decimal(0)
    members_revenue: Decimal = Decimal(0)
    at_risk: int = 0
    weighed: groupvalue.Weighed = groupvalue.NOTHING

    @property
    def revenue(self) -> Decimal:
        """All that was billed."""
        return self.own + self.members_revenue


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member: who, by which line (empty: all), and what he stands for."""

    id: int
    public_id: UUID
    since: date
    role: str
    customer: UUID
    number: str
    kind: str
    name: str
    line: str | None
    revenue: Decimal | None
    risk: float | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups: by grade, by text (number or name), after the last one seen (its key)."""

    grade: str = ""
    text: str = ""
    after: int = 0


def get_group(actor: Actor, public_id: UUID) -> Group:
    """One group that the actor sees. Raises NotFound."""
    require(actor, "keyaccounts.view")
    found = (
        Group.objects.select_related("customer", "parent__customer", "branch")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def groups(actor: Actor, wanted: Wanted) -> QuerySet[Group]:
    """Groups that the actor sees, in the order in which they were made."""
    require(actor, "keyaccounts.view")
    rows = Group.objects.select_related("customer", "parent__customer", "branch").order_by("id")
    if wanted.grade in GRADES:
        rows = rows.filter(grade=wanted.grade)
    if wanted.text:
        found = customers.search(actor, wanted.text).ids if actor.may("customers.view") else []
        rows = rows.filter(Q(number=wanted.text.upper()) | Q(customer_id__in=found))
    return rows.filter(pk__gt=wanted.after) if wanted.after else rows


def worth_of(groups: Sequence[int], today: date) -> dict[int, Worth]:
    """What each of these groups stands for, in one query. A line counts once, whichever way it belongs."""
    given: dict[str, Any] = {"groups": list(groups), "month": last_complete_month(today)}
    with connection.cursor() as cursor:
        cursor.execute(_WORTH, given)
        return {row[0]: _worth(row[1:]) for row in cursor.fetchall()}


def _worth(row: Sequence[Any]) -> Worth:
    members, lines, own, theirs, value, lost, at_risk = row
    return Worth(
        members, lines, own, theirs, at_risk, groupvalue.of_sums(value, Decimal(str(round(lost, 6))))
    )


def trend_of(group: Group, today: date) -> list[tuple[date, Decimal, Decimal]]:
    """Month, billed to the organisation itself, billed to its present members; the last twelve complete ones."""
    month = last_complete_month(today)
    given: dict[str, Any] = {"groups": [group.pk], "month": month, "first": months_later(month, 1 - MONTHS)}
    with connection.cursor() as cursor:
        cursor.execute(_TREND, given)
        return list(cursor.fetchall())


def members_of(group: Group, today: date, *, after: int = 0, size: int = 25) -> list[MemberRow]:
    """The members in the order in which they joined, in one query."""
    given: dict[str, Any] = {
        "group": group.pk,
        "after": after,
        "size": size,
        "month": last_complete_month(today),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, given)
        return [MemberRow(*row) for row in cursor.fetchall()]


def left_members(group: Group, count: int = 10) -> list[Member]:
    """Who has left, the latest first."""
    rows = Member.objects.filter(group=group, until__isnull=False).select_related("customer")
    return list(rows.order_by("-until", "-id")[:count])


def family(group: Group) -> list[Group]:
    """The whole tree that a group stands in, from the head office down, as far as the actor sees it."""
    head = f"/{group.path.strip('/').split('/')[0]}/"
    rows = Group.objects.filter(path__gte=head, path__lt=head + "\uffff").select_related("customer")
    return list(rows.order_by("path"))


def key_persons(group: Group) -> list[KeyPerson]:
    """The key persons of today."""
    return list(KeyPerson.objects.filter(group=group, ended_on=None).order_by("id"))


def contracts_of(group: Group) -> list[GroupContract]:
    """The contracts, the one that ends last first."""
    return list(GroupContract.objects.filter(group=group).order_by("-ends_on", "-id"))


def products_of(group: Group) -> list[GroupProduct]:
    """What the group has bought and not given up."""
    rows = GroupProduct.objects.filter(group=group, until=None).select_related("contract", "offering")
    return list(rows.order_by("id"))


def group_of(files: Sequence[int]) -> Group | None:
    """The group that a customer is."""
    return Group.objects.filter(customer_id__in=files).first()
