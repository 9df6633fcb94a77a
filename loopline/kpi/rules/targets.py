"""Which target holds for a unit: its own, or what the nearest one above means for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SAME, SHARE, NONE = "same", "share", "none"


@dataclass(frozen=True, slots=True)
class Goal:
    """A target as it was set. `owner` is the key of who answers for it, 0 for nobody by name."""

    unit: int
    since: date
    value: Decimal
    spread: str
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """The target that holds for a unit. `of` is the unit for which it was set."""

    value: Decimal
    of: int
    owner: int


def held(
    goals: Iterable[Goal], line: Sequence[int], period: date, before: Callable[[int], Decimal | None]
) -> Held | None:
    """The target of the last unit of `line` (from the root down) in a period.

    What the units below share is divided as their values of the period before, which `before` tells.
    """
    newest: dict[int, Goal] = {}
    for goal in sorted(goals, key=lambda each: each.since):
        if goal.since <= period:
            newest[goal.unit] = goal
    own = line[-1]
    for unit in reversed(line):
        found = newest.get(unit)
        if found is None or (unit != own and found.spread == NONE):
            continue
        if unit == own or found.spread == SAME:
            return Held(found.value, unit, found.owner if unit == own else 0)
        part, whole = before(own), before(unit)
        return Held(found.value * part / whole, unit, 0) if part is not None and whole else None
    return None
