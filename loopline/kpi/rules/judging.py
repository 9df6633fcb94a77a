"""Whether a value is as it should be: by its target and thresholds, and by pace where it adds up."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ABSOLUTE, OF_TARGET, CHANGE = "absolute", "of_target", "change"

TOO_SOON = 0.1
"""The share of a period that must be over before what adds up to a target is judged by its pace."""


class Status(StrEnum):
    """How an indicator stands."""

    GOOD = "good"
    WARN = "warn"
    BREACH = "breach"
    OPEN = "open"
    """There is nothing by which to judge it, or it is too soon."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a warning and a breach begin, in the indicator's own unit, at this point of the period."""

    warn: Decimal
    breach: Decimal


def limits_of(
    basis: str, warn: Decimal, breach: Decimal, target: Decimal | None, before: Decimal | None
) -> Limits | None:
    """The limits of a whole period; None where the target or the period before is not known."""
    if basis == ABSOLUTE:
        return Limits(warn, breach)
    if basis == OF_TARGET:
        return None if target is None else Limits(target * warn, target * breach)
    return None if before is None else Limits(before * (1 + warn), before * (1 + breach))


def paced(limits: Limits, share: float) -> Limits:
    """The limits of what must add up to them by the end, when `share` of the period is over."""
    part = Decimal(str(round(share, 6)))
    return Limits(limits.warn * part, limits.breach * part)


def misses(value: Decimal, bound: Decimal, higher_is_better: bool) -> bool:
    """Whether a value is on the wrong side of a bound."""
    return value < bound if higher_is_better else value > bound


@dataclass(frozen=True, slots=True)
class Case:
    """A value to be judged. `share` is how much of its period is over; `forecast` where it is going, if known."""

    value: Decimal
    higher_is_better: bool
    adds_up: bool
    share: float
    target: Decimal | None = None
    forecast: Decimal | None = None


def judge(case: Case, limits: Limits | None) -> tuple[Status, Limits | None]:
    """The status, with the limits by which it was found.

    A value that must add up to something is held against the part of it that should be there by now. A forecast
    that misses the target is a warning before anything is missed.
    """
    by_pace = case.adds_up and case.higher_is_better and case.share < 1
    if by_pace and case.share < TOO_SOON:
        return Status.OPEN, None
    now = paced(limits, case.share) if limits is not None and by_pace else limits
    if now is not None:
        if misses(case.value, now.breach, case.higher_is_better):
            return Status.BREACH, now
        if misses(case.value, now.warn, case.higher_is_better):
            return Status.WARN, now
    if case.target is None:
        return (Status.OPEN if now is None else Status.GOOD), now
    expected = case.forecast if case.forecast is not None else case.value
    wrong = misses(expected, case.target, case.higher_is_better)
    return (Status.WARN if wrong and (case.forecast is not None or not by_pace) else Status.GOOD), now


def worse(one: Decimal, other: Decimal, higher_is_better: bool) -> Decimal:
    """The worse of two values."""
    return min(one, other) if higher_is_better else max(one, other)


def attainment(value: Decimal, target: Decimal, higher_is_better: bool) -> Decimal:
    """How far a target is reached, 1 for fully, between 0 and 1.5."""
    if not higher_is_better:
        value, target = target, value
    if target == 0:
        return Decimal("1.5") if value > 0 else Decimal(1)
    return max(Decimal(0), min(Decimal("1.5"), value / target))
