"""The one place that asks what time it is.

Actions take the moment as an argument; doors (pages, endpoints, jobs) take it from here. Stories freeze it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)

ahead_to: ContextVar[date | None] = ContextVar("ahead_to", default=None)
"""The day a simulated operator has reached, when it lives ahead of the calendar; the door sets it."""


def now() -> datetime:
    """The present moment in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today(zone: tzinfo | str) -> date:
    """The operator's calendar day: `zone` is an IANA name or a tzinfo."""
    return max(local_day(now(), zone), ahead_to.get() or date.min)


def local_day(moment: datetime, zone: tzinfo | str) -> date:
    """The calendar day on which `moment` falls for an operator in `zone`."""
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock for a story."""
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
