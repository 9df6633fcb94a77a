"""Service levels: which target holds for a ticket, how much of it is used, and when the next alarm is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loopline.cases.rules.calendar import Calendar, add_working, working_between

ANSWER, SOLUTION = "answer", "solution"
"""The two clocks: until the first answer, and until the solution."""

DEFAULTS = {"urgent": (30, 240), "high": (60, 540), "normal": (240, 1620), "low": (540, 2700)}
"""Minutes of working time to the first answer and to the solution, by priority, where no target is set."""


@dataclass(frozen=True, slots=True)
class Target:
    """A service level. A part that is empty (None for the category) holds for all."""

    category: int | None
    priority: str
    tier: str
    answer: int
    solution: int


@dataclass(frozen=True, slots=True)
class Step:
    """An alarm: at this share (percent) of a clock's time, who is told."""

    clock: str
    percent: int
    to: str


@dataclass(frozen=True, slots=True)
class Clock:
    """How one clock stands. `left` is negative when it has run out; `share` is what is used, 1 or more then."""

    due: datetime | None
    left: timedelta
    share: float


def target_of(targets: Iterable[Target], *, line: Sequence[int], priority: str, tier: str) -> tuple[int, int]:
    """Minutes to answer and to solve. `line` is the category with those above it, the nearest first.

    The nearest category wins, then the one that names the priority, then the one that names the tier.
    """
    fitting = [
        target
        for target in targets
        if (target.category is None or target.category in line)
        and target.priority in ("", priority)
        and target.tier in ("", tier)
    ]
    if not fitting:
        return DEFAULTS[priority]

    def closeness(target: Target) -> tuple[int, bool, bool]:
        depth = len(line) if target.category is None else line.index(target.category)
        return (-depth, target.priority != "", target.tier != "")

    best = max(fitting, key=closeness)
    return best.answer, best.solution


def clock(calendar: Calendar, *, due: datetime | None, minutes: int, left: int, now: datetime) -> Clock:
    """How a clock of `minutes` stands: it runs until `due`, or stands still with `left` seconds (due None)."""
    rest = timedelta(seconds=left) if due is None else working_between(calendar, now, due)
    if due is not None and due > now and rest == timedelta(0):
        rest = timedelta(seconds=1)  # it ends within a closed time: not over, though no work is left for it
    total = timedelta(minutes=minutes)
    return Clock(due, rest, max(0.0, 1 - rest / total) if total else 1.0)


def alarm_at(calendar: Calendar, *, due: datetime, minutes: int, percent: int, now: datetime) -> datetime:
    """When a running clock reaches that share of its time; `now` when it has done so already."""
    rest = timedelta(minutes=minutes) * (100 - percent) / 100
    ahead = working_between(calendar, now, due) - rest
    if percent >= 100 and due > now:
        return due
    return add_working(calendar, now, ahead) if ahead > timedelta(0) else now


def end_of_day(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The end of the `days`-th calendar day after the one of `start`: how laws and regulators count."""
    local = start.astimezone(calendar.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local + timedelta(days=days + 1)).astimezone(start.tzinfo)
