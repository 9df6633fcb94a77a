"""The balanced scorecard: how far each perspective reaches its targets, and how far the whole does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

MOST = Decimal("1.2")
"""No indicator makes good for others beyond this share of its target."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far an indicator reaches its target (None without one), and what it weighs in its perspective."""

    attained: Decimal | None
    weight: Decimal


def score(reached: Sequence[Reached]) -> Decimal | None:
    """The weighted mean, out of 100, of those with a target; None where there is none."""
    counted = [(min(MOST, each.attained), each.weight) for each in reached if each.attained is not None]
    total = sum((weight for _share, weight in counted), Decimal(0))
    return 100 * sum((share * weight for share, weight in counted), Decimal(0)) / total if total else None


def total(scores: Mapping[str, Decimal | None], weights: Mapping[str, Decimal]) -> Decimal | None:
    """The score of the whole: perspectives by their weight (1 where nothing is said), those with a score alone."""
    counted = [(told, weights.get(name, Decimal(1))) for name, told in scores.items() if told is not None]
    whole = sum((weight for _told, weight in counted), Decimal(0))
    return sum((told * weight for told, weight in counted), Decimal(0)) / whole if whole else None
