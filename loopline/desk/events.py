"""What happens to appointments. What they are about is not told: others read the log."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentMade(Happened):
    """Somebody has an appointment."""

    name = "desk.appointment_made"
    starts_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentChanged(Happened):
    """An appointment changed or moved."""

    name = "desk.appointment_changed"
    before: str
    starts_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCancelled(Happened):
    """An appointment will not be."""

    name = "desk.appointment_cancelled"
    starts_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarShared(Happened):
    """Somebody made (or took back) the address at which a program of his reads his calendar."""

    name = "desk.calendar_shared"
    is_shared: bool
