"""The matrix: what is in each cell, narrowed by unit and service, and how risk is spread over value."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, F, FloatField, Sum
from django.db.models.functions import Cast, Floor

from loopline.campaigns.api import Audience, matching
from loopline.kernel.permission import Actor, require

RISK_STEPS = 20
VALUE_STEPS = 12


@dataclass(frozen=True, slots=True)
class CellFigures:
    """A cell: `value` is the monthly margin of all in it, `at_stake` the part expected to leave."""

    value_class: str
    risk_class: str
    subscriptions: int
    customers: int
    value: Decimal
    at_stake: Decimal
    mean_risk: float


def matrix(actor: Actor, within: Audience) -> dict[tuple[str, str], CellFigures]:
    """The four cells by (value class, risk class), in one query; empty ones are there with zeros."""
    require(actor, "retention.view")
    counted = (
        matching(actor, within)
        .order_by()
        .values("value_class", "risk_class")
        .annotate(
            subscriptions=Count("pk"),
            customers=Count("customer_id", distinct=True),
            total=Sum("value"),
            lost=Sum(F("risk") * Cast("value", FloatField())),
            mean=Avg("risk"),
        )
    )
    cells = {
        (value, risk): CellFigures(value, risk, 0, 0, Decimal(0), Decimal(0), 0.0)
        for value in ("high", "low")
        for risk in ("low", "high")
    }
    for row in counted:
        place = (row["value_class"], row["risk_class"])
        lost = Decimal(str(round(row["lost"], 2)))
        cells[place] = CellFigures(
            *place, row["subscriptions"], row["customers"], row["total"], lost, row["mean"]
        )
    return cells


@dataclass(frozen=True, slots=True)
class Field:
    """How many subscriptions have about this risk (its step of RISK_STEPS) and this value (its step)."""

    risk_step: int
    value_step: int
    subscriptions: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Subscriptions by risk and value; a value step is `step` wide, the last one holds all above."""

    step: Decimal
    fields: list[Field]


def spread(actor: Actor, within: Audience) -> Spread:
    """The heat of the matrix: counts by step of risk and value, in two queries."""
    require(actor, "retention.view")
    rows = matching(actor, within).order_by()
    mean = rows.aggregate(mean=Avg("value"))["mean"] or Decimal(0)
    step = _round_step(mean * 3 / VALUE_STEPS)
    counted = (
        rows.annotate(r=Floor(F("risk") * RISK_STEPS), v=Floor(F("value") / step))
        .values_list("r", "v")
        .annotate(n=Count("pk"))
    )
    heat: dict[tuple[int, int], int] = {}
    for risk, value, number in counted:
        place = (min(int(risk), RISK_STEPS - 1), max(0, min(int(value), VALUE_STEPS - 1)))
        heat[place] = heat.get(place, 0) + number
    return Spread(step, [Field(*place, number) for place, number in sorted(heat.items())])


def _round_step(wanted: Decimal) -> Decimal:
    """A width people can read: 1, 2 or 5 times a power of ten, at least `wanted`."""
    size = Decimal(1)
    while True:
        for factor in (1, 2, 5):
            if size * factor >= wanted:
                return size * factor
        size *= 10
