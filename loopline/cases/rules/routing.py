"""Who gets the next ticket."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff of the unit: skilled in the ticket's category or not, his open tickets, his last one."""

    staff: int
    skilled: bool
    load: int
    last: datetime | None


def choose(candidates: Iterable[Candidate]) -> int | None:
    """The skilled ones come first where there are any; among them who has least, then who waited longest."""
    waiting = list(candidates)
    able = [candidate for candidate in waiting if candidate.skilled] or waiting
    if not able:
        return None

    def order(candidate: Candidate) -> tuple[int, float, int]:
        return (candidate.load, candidate.last.timestamp() if candidate.last else 0.0, candidate.staff)

    return min(able, key=order).staff
