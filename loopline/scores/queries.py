"""Reading scores: the matrix, its audiences, and the score of a customer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, FloatField, QuerySet, Sum
from django.db.models.functions import Cast

from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.base import KEPT, array_of
from loopline.scores.models import Score
from loopline.subscriptions.api import LEFT

HIGH, LOW = "high", "low"


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the value × risk matrix. `value` is the monthly margin of all in it, in the operator's currency;
    `value_at_risk` the part of it that is expected to leave (the sum of risk × value)."""

    value_class: str
    risk_class: str
    subscriptions: int
    customers: int
    value: Decimal
    value_at_risk: Decimal


def cells(actor: Actor) -> list[Cell]:
    """The four cells with what the actor may see, in one query; a cell without anybody is there with zeros."""
    require(actor, "retention.view")
    rows = living_scores().values("value_class", "risk_class")
    counted = rows.annotate(
        subscriptions=Count("pk"),
        customers=Count("customer_id", distinct=True),
        total=Sum("value"),
        lost=Sum(F("risk") * Cast("value", FloatField())),
    )
    found = {(row["value_class"], row["risk_class"]): row for row in counted}
    return [_cell(value, risk, found.get((value, risk))) for value in (HIGH, LOW) for risk in (HIGH, LOW)]


def _cell(value: str, risk: str, row: Any) -> Cell:
    if row is None:
        return Cell(value, risk, 0, 0, Decimal(0), Decimal(0))
    lost = Decimal(str(round(row["lost"], 2)))
    return Cell(value, risk, row["subscriptions"], row["customers"], row["total"], lost)


def audience_of_cell(actor: Actor, value_class: str = "", risk_class: str = "") -> "QuerySet[Score]":
    """The scores of a cell (an empty class means both), riskiest first, of subscriptions that have not left.

    Lazy: `.values_list("subscription_id", flat=True)` gives the members, slices give a page, `.count()` the size.
    """
    require(actor, "retention.view")
    rows = living_scores()
    if value_class:
        rows = rows.filter(value_class=value_class)
    if risk_class:
        rows = rows.filter(risk_class=risk_class)
    return rows.order_by("-risk", "id")


def top_scores(customer_ids: Iterable[int]) -> dict[int, Score]:
    """The riskiest living subscription's score of each customer, in one query."""
    rows = living_scores().filter(customer_id__in=list(customer_ids))
    return {row.customer_id: row for row in rows.order_by("customer_id", "-risk").distinct("customer_id")}


def risks_of(customer_ids: Sequence[int]) -> dict[int, tuple[float, str]]:
    """Customer → the risk and its class of his riskiest living subscription; quick for thousands."""
    return {
        key: (risk, risk_class)
        for key, risk, risk_class in _fetched(
            "SELECT DISTINCT ON (s.customer_id) s.customer_id, s.risk, s.risk_class", customer_ids,
            "ORDER BY s.customer_id, s.risk DESC",
        )
    }  # fmt: skip


def values_of(customer_ids: Sequence[int]) -> dict[int, Decimal]:
    """Customer → the value of his living subscriptions; quick for thousands."""
    return dict(_fetched("SELECT s.customer_id, sum(s.value)", customer_ids, "GROUP BY s.customer_id"))


def _fetched(select: str, customer_ids: Sequence[int], end: str) -> list[Any]:
    # An array is one parameter; Django's IN would be thousands.
    statement = (
        f"{KEPT} {select} FROM scores_score s JOIN subscriptions_subscription l ON l.id = s.subscription_id "
        f"WHERE s.customer_id = ANY (%s::bigint[]) AND l.state <> ALL (%s) {end}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [array_of(customer_ids), [str(state) for state in LEFT]])
        return list(cursor.fetchall())


def scores_of(subscription_ids: Iterable[int]) -> dict[int, Score]:
    """The scores of subscriptions by their id, in one query."""
    return {
        row.subscription_id: row for row in Score.objects.filter(subscription_id__in=list(subscription_ids))
    }


def living_scores() -> "QuerySet[Score]":
    """Scores of subscriptions that have not left."""
    return Score.objects.exclude(subscription__state__in=LEFT)
