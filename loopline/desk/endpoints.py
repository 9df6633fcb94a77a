"""The search and the calendar for programs."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from loopline.desk import actions, queries
from loopline.desk.models import LONGEST, Appointment
from loopline.kernel import finding
from loopline.kernel.agenda import Span
from loopline.kernel.errors import Invalid
from loopline.kernel.permission import caller

router = Router()
MOST_DAYS = 92


class Text(Schema):
    """What to look for; `only` names one group."""

    text: str = Field(max_length=200)
    only: str = ""
    limit: int = Field(10, ge=1, le=100)


class HitOut(Schema):
    """Something found, masked, and its page."""

    label: str
    detail: str
    url: str


class FoundGroupOut(Schema):
    """What one finder has found."""

    name: str
    label: str
    more: bool
    hits: list[HitOut]


class AppointmentIn(Schema):
    """An appointment as it is to be. `attendees` are public ids of staff, `link` is a page of the house.

    `repeats` is daily, weekly or monthly, up to the day `until` or for good.
    """

    title: str = Field(max_length=200)
    starts_at: AwareDatetime
    minutes: int = Field(60, ge=0, le=LONGEST)
    all_day: bool = False
    place: str = ""
    note: str = ""
    is_private: bool = False
    attendees: list[UUID] = []
    link: str = ""
    repeats: str = Field("", pattern="^(daily|weekly|monthly)?$")
    until: date | None = None
    version: int | None = None


class AppointmentOut(Schema):
    """An appointment."""

    id: UUID
    title: str
    starts_at: datetime
    minutes: int
    all_day: bool
    place: str
    note: str
    is_private: bool
    owner: str
    attendees: list[str]
    link: str
    repeats: str
    until: date | None
    skipped: list[date]
    version: int


class CalendarEntryOut(Schema):
    """Something in a calendar; `appointment` is empty for what another module says is due."""

    starts_at: datetime
    ends_at: datetime
    all_day: bool
    title: str
    detail: str
    who: str
    url: str
    appointment: UUID | None


class Days(Schema):
    """From a moment up to another, at most three months; `whose` is mine or team."""

    start: AwareDatetime
    end: AwareDatetime
    whose: str = "mine"


def _out(row: Appointment) -> AppointmentOut:
    return AppointmentOut(
        id=row.public_id,
        title=row.title,
        starts_at=row.starts_at,
        minutes=row.minutes,
        all_day=row.all_day,
        place=row.place,
        note=row.note,
        is_private=row.is_private,
        owner=row.owner.user_name,
        attendees=sorted(one.staff.user_name for one in row.attendances.all()),
        link=row.link,
        repeats=row.repeats,
        until=row.until,
        skipped=[date.fromisoformat(day) for day in row.skipped],
        version=row.version,
    )


def _input(given: AppointmentIn) -> actions.AppointmentInput:
    values = given.dict(exclude={"version"})
    texts = {name: text.replace("\0", "") for name, text in values.items() if isinstance(text, str)}
    if not 1990 <= given.starts_at.year <= 2200:
        raise Invalid(field="starts_at", reason="A year from 1990 to 2200.")
    if given.until is not None and not 1990 <= given.until.year < 2200:
        raise Invalid(field="until", reason="A year from 1990 to 2199.")
    return actions.AppointmentInput(**(values | texts))


@router.post("/search", response=list[FoundGroupOut])
def search(request: HttpRequest, wanted: Text) -> list[FoundGroupOut]:
    """Everything that a text finds within what I may see. The text is in the body, so that no log keeps it."""
    found = finding.find(caller(request), wanted.text, wanted.limit, wanted.only)
    return [
        FoundGroupOut(
            name=group.name,
            label=group.label,
            more=group.more,
            hits=[HitOut(label=hit.label, detail=hit.detail, url=hit.url) for hit in group.hits],
        )
        for group in found
    ]


@router.get("/calendar", response=list[CalendarEntryOut])
def calendar(request: HttpRequest, days: Query[Days]) -> list[CalendarEntryOut]:
    """Appointments and due things of some days, in their order."""
    if not timedelta(0) < days.end - days.start <= timedelta(days=MOST_DAYS) or days.start.year < 1990:
        raise Invalid(field="end", reason=f"At most {MOST_DAYS} days, from 1990 on.")
    found = queries.entries(caller(request), Span(days.start, days.end, days.whose == "team"))
    return [
        CalendarEntryOut(
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            all_day=entry.all_day,
            title=entry.title,
            detail=entry.detail,
            who=entry.who,
            url=entry.url or (f"/calendar/{entry.appointment.public_id}" if entry.appointment else ""),
            appointment=entry.appointment.public_id if entry.appointment else None,
        )
        for entry in found
    ]


@router.post("/appointments", response={201: AppointmentOut})
def make(request: HttpRequest, given: AppointmentIn) -> Status[AppointmentOut]:
    """Put an appointment into my calendar and those of who takes part."""
    made = actions.make_appointment(actor=caller(request), wanted=_input(given))
    return Status(201, _out(queries.get_appointment(caller(request), made.public_id)))


@router.get("/appointments/{appointment}", response=AppointmentOut)
def get(request: HttpRequest, appointment: UUID) -> AppointmentOut:
    """One appointment."""
    return _out(queries.get_appointment(caller(request), appointment))


@router.put("/appointments/{appointment}", response=AppointmentOut)
def change(request: HttpRequest, appointment: UUID, given: AppointmentIn) -> AppointmentOut:
    """Change or move my appointment; with `version` only if nobody has changed it since."""
    actor = caller(request)
    actions.change_appointment(
        actor=actor, public_id=appointment, wanted=_input(given), version=given.version
    )
    return _out(queries.get_appointment(actor, appointment))


@router.delete("/appointments/{appointment}", response={204: None})
def cancel(request: HttpRequest, appointment: UUID) -> Status[None]:
    """Cancel my appointment, or take me out of another's."""
    actions.cancel_appointment(actor=caller(request), public_id=appointment)
    return Status(204, None)


@router.put("/appointments/{appointment}/days/{day}", response=AppointmentOut)
def change_day(request: HttpRequest, appointment: UUID, day: date, given: AppointmentIn) -> AppointmentOut:
    """On this one day my appointment that repeats is as given: an appointment of its own from now on."""
    actor = caller(request)
    made = actions.change_day(
        actor=actor, public_id=appointment, day=day, wanted=_input(given), version=given.version
    )
    return _out(queries.get_appointment(actor, made.public_id))


@router.delete("/appointments/{appointment}/days/{day}", response=AppointmentOut)
def skip_day(request: HttpRequest, appointment: UUID, day: date) -> AppointmentOut:
    """My appointment that repeats is not on this one day."""
    actor = caller(request)
    actions.skip_day(actor=actor, public_id=appointment, day=day)
    return _out(queries.get_appointment(actor, appointment))
