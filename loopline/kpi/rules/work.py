"""Performance from recorded work 绩效: results and behaviour, weighed by role. Attitude only where it is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

RESULTS, BEHAVIOUR = "results", "behaviour"
MOST = Decimal("1.2")
"""No kind of work counts for more than this share of full marks."""


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a measure counts, and how much of it in a month makes full marks."""

    weight: Decimal
    full_marks: Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A measure of a person or team: its value, its share of full marks, its weight."""

    measure: str
    value: Decimal | None
    share: Decimal | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """Marks and the score out of 100; None where nothing that counts is recorded."""

    marks: Sequence[Mark]
    score: Decimal | None


USUAL: dict[str, dict[str, tuple[int, int]]] = {
    "clerk": {"orders_completed": (4, 40), "tickets_solved": (2, 20), "contacts": (1, 60), "tasks_in_time": (2, 100),
              "tickets_in_time": (2, 100), "notes_kept": (1, 100)},
    "agent": {"tickets_solved": (4, 60), "contacts": (2, 200), "tickets_in_time": (3, 100), "notes_kept": (1, 100)},
    "account_manager": {"acceptances": (3, 10), "tasks_done": (2, 40), "contacts": (2, 60), "orders_completed": (1, 10),
                        "tasks_in_time": (2, 100), "notes_kept": (1, 100)},
    "supervisor": {"tasks_done": (2, 20), "tickets_solved": (1, 10), "tasks_in_time": (3, 100),
                   "tickets_in_time": (2, 100)},
    "marketer": {"tasks_done": (2, 20), "tasks_in_time": (2, 100)},
    "analyst": {"tasks_done": (2, 10), "tasks_in_time": (2, 100)},
    "administrator": {"tasks_done": (1, 10), "tasks_in_time": (1, 100)},
}  # fmt: skip
"""Weight and full marks a month for each role where the operator has not decided."""


def usual(role: str) -> dict[str, Weight]:
    """The weights of a role before anybody has decided."""
    found = USUAL.get(role, USUAL["administrator"])
    return {name: Weight(Decimal(weight), Decimal(full)) for name, (weight, full) in found.items()}


def judge(
    values: Mapping[str, Decimal | None],
    weights: Mapping[str, Weight],
    shares: frozenset[str],
    months: Decimal,
) -> Result:
    """Weigh values: amounts (full marks are those of a month, times `months`) and `shares` in per cent.

    A share of nothing does not count, so that nobody is judged by tickets that he never had.
    """
    marks = [
        _mark(name, values.get(name), each, 1 if name in shares else months) for name, each in weights.items()
    ]
    counted = [mark for mark in marks if mark.share is not None]
    total = sum(mark.weight for mark in counted)
    if not total or not any(values.values()):
        return Result(marks, None)
    return Result(marks, 100 * sum((mark.share or Decimal(0)) * mark.weight for mark in counted) / total)


def _mark(name: str, value: Decimal | None, weight: Weight, months: Decimal | int) -> Mark:
    share = (
        None if value is None or not weight.full_marks else min(MOST, value / (weight.full_marks * months))
    )
    return Mark(name, value, share, weight.weight)
