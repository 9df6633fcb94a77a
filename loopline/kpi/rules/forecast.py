"""Where a value will be at the end of its period, with an interval, or why that cannot be said.

What adds up is carried on at its run rate (run-rate method): what is there, divided by the share of the period's
weight that is over. Days off weigh what they weighed in recorded days (all days the same until four weeks are
recorded). The interval is ±1.96 standard deviations of the past periods' ratio of one to the next, shrinking with
the square root of what is left of the period. What does not add up (a rate, a level) is expected to stay, with the
same interval over its past values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import mean, stdev

ENOUGH_PERIODS = 4
"""Complete periods that must be known before an interval is told."""
ENOUGH_DAYS = 28
"""Recorded days before days off are weighed on their own."""
LEAST_SHARE = 0.1
"""A run rate over less of a period than this says nothing."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected value at the end, and between what it will be in 19 of 20 cases."""

    value: Decimal
    low: Decimal
    high: Decimal
    method: str


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Why there is no forecast: `too_soon` in the period, or `known` of the `needed` complete periods."""

    why: str
    known: int = 0
    needed: int = ENOUGH_PERIODS


def forecast(
    value: Decimal, history: Sequence[Decimal], share: float, *, adds_up: bool
) -> Forecast | CannotTell:
    """The value at the end of a period of which `share` is over; `history` are complete periods, oldest first."""
    if share >= 1:
        return Forecast(value, value, value, "complete")
    if adds_up and share < LEAST_SHARE:
        return CannotTell("too_soon")
    if len(history) < ENOUGH_PERIODS:
        return CannotTell("too_little_history", len(history))
    if adds_up:
        expected = float(value) / share
        spread = _relative_spread(history) * abs(expected)
    else:
        expected = float(value)
        spread = _steps_spread(history)
    reach = 1.96 * spread * sqrt(1 - share)
    low = expected - reach
    # It never falls below nothing, nor what only grows below what is there.
    if min(history) >= 0 and value >= 0:
        low = max(low, float(value) if adds_up else 0.0)
    return Forecast(_decimal(expected), _decimal(low), _decimal(expected + reach), _method(adds_up))


def _method(adds_up: bool) -> str:
    return "run_rate" if adds_up else "stays"


def _relative_spread(history: Sequence[Decimal]) -> float:
    ratios = [float(after / before) for before, after in pairwise(history) if before]
    return stdev(ratios) if len(ratios) > 1 else 0.0


def _steps_spread(history: Sequence[Decimal]) -> float:
    steps = [float(after - before) for before, after in pairwise(history)]
    return stdev(steps) if len(steps) > 1 else 0.0


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def day_weights(recorded: Mapping[date, Decimal], is_off: Callable[[date], bool]) -> Callable[[date], float]:
    """What a day weighs: 1 for a working day, for a day off what it brought in relation to working days."""
    off = [float(value) for day, value in recorded.items() if is_off(day)]
    working = [float(value) for day, value in recorded.items() if not is_off(day)]
    if len(recorded) < ENOUGH_DAYS or not off or not working or mean(working) <= 0:
        return lambda _day: 1.0
    weight = max(0.0, min(2.0, mean(off) / mean(working)))
    return lambda day: weight if is_off(day) else 1.0
