"""What a plan consists of besides its columns: the audience and the rules of contact, and what makes it valid."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: a cell of the value × risk matrix, narrowed by unit and service. Empty means all.

    `value` and `risk` are "high" or "low", `unit` is the id of an organisation unit with all below it.
    """

    value: str = ""
    risk: str = ""
    unit: int = 0
    service: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From the JSON of a campaign; unknown keys are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def stored(self) -> dict[str, Any]:
        """As the JSON of a campaign."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ContactRules:
    """How often and when a customer may be contacted, counted over all campaigns.

    At most `frequency_max` contacts in `frequency_days` days; none from `quiet_from` to `quiet_to` of the
    operator's day. `consent` is "granted" (asked and agreed) or "not_refused" (never said no).
    """

    frequency_days: int = 30
    frequency_max: int = 1
    quiet_from: str = "20:00"
    quiet_to: str = "09:00"
    consent: str = "not_refused"
    purpose: str = "marketing"

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From the JSON of a campaign; unknown keys are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def stored(self) -> dict[str, Any]:
        """As the JSON of a campaign."""
        return asdict(self)

    def is_quiet(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether nobody may be contacted at this moment."""
        now, start, end = (
            moment.astimezone(zone).time(),
            clock_time(self.quiet_from),
            clock_time(self.quiet_to),
        )
        return (start <= now or now < end) if start > end else start <= now < end

    def opening(self, day: date, zone: tzinfo) -> datetime:
        """The first moment of a day at which customers may be contacted, in UTC."""
        return datetime.combine(day, clock_time(self.quiet_to), zone).astimezone(UTC)

    def closing(self, day: date, zone: tzinfo) -> datetime:
        """The moment of a day at which the quiet hours begin, in UTC; midnight when they begin after it."""
        start, end = clock_time(self.quiet_from), clock_time(self.quiet_to)
        if start <= end:
            day, start = day + timedelta(days=1), time()
        return datetime.combine(day, start, zone).astimezone(UTC)


def clock_time(text: str) -> time:
    """ "21:30" as a time of day. Raises ValueError."""
    return time.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Span:
    """The first day of a wave's contacts, their last day, and the last day of its members' window."""

    first: date
    last: date
    window_ends: date


def span_of_wave(wave: int, *, starts_on: date, wave_days: int, window_days: int) -> Span:
    """When wave number `wave` (from 1) is contacted and judged."""
    first = starts_on + timedelta(days=(wave - 1) * wave_days)
    return Span(first, first + timedelta(days=wave_days - 1), first + timedelta(days=window_days))


LIMITS: dict[str, tuple[Decimal, Decimal]] = {
    "control_share": (Decimal("0.05"), Decimal("0.5")),
    "waves": (Decimal(1), Decimal(12)),
    "wave_days": (Decimal(1), Decimal(60)),
    "window_days": (Decimal(7), Decimal(365)),
    "budget": (Decimal(0), Decimal(10) ** 12),
    "contact_cost": (Decimal(0), Decimal(10) ** 6),
    "frequency_days": (Decimal(1), Decimal(365)),
    "frequency_max": (Decimal(1), Decimal(100)),
}
"""Smallest and largest value of each figure of a plan."""


def outside(values: Mapping[str, Decimal | int]) -> str | None:
    """The first figure that lies outside its limits."""
    for name, (low, high) in LIMITS.items():
        if name in values and not low <= Decimal(values[name]) <= high:
            return name
    return None
