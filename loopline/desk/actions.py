"""Make, change, move and cancel appointments; let a calendar program read them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.desk import queries
from loopline.desk.events import AppointmentCancelled, AppointmentChanged, AppointmentMade, CalendarShared
from loopline.desk.models import LONGEST, Appointment, Attendance, CalendarFeed, Repeats
from loopline.identity.api import Staff
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, NotFound, Refusal
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor


class NotYours(Refusal):
    """Only whoever made an appointment changes it."""

    code = "not_yours"
    status = 403
    sentence = _("Only whoever made the appointment may change it.")


class Untitled(Refusal):
    """An appointment without a title."""

    code = "untitled"
    sentence = _("Please write what it is about.")


class EndsBefore(Refusal):
    """A series that ends before it begins, or repeats in a way that there is none."""

    code = "ends_before"
    sentence = _("What repeats ends on its first day or later.")


class TooLong(Refusal):
    """An appointment that ends before it begins, or weeks later."""

    code = "too_long"
    sentence = _("An appointment lasts from no time to %(days)s days.")


@dataclass(frozen=True, slots=True)
class AppointmentInput:
    """An appointment as it is to be. `attendees` are public ids; `link` is an address within the house."""

    title: str
    starts_at: datetime
    minutes: int = 60
    all_day: bool = False
    place: str = ""
    note: str = ""
    is_private: bool = False
    attendees: Sequence[UUID] = ()
    link: str = ""
    link_label: str = ""
    repeats: str = ""
    until: date | None = None


def make_appointment(*, actor: Actor, wanted: AppointmentInput) -> Appointment:
    """Put an appointment into one's own calendar and those of who takes part. Raises Untitled, TooLong."""
    row = Appointment(owner_id=actor.staff_id, branch_id=actor.unit_id)
    _fill(actor, row, wanted)
    row.save()
    row.refresh_from_db()
    _invite(row, wanted.attendees)
    record(AppointmentMade(starts_at=row.starts_at.isoformat()), about=row, by=actor)
    return row


def change_appointment(
    *, actor: Actor, public_id: UUID, wanted: AppointmentInput, version: int | None = None
) -> Appointment:
    """Change one's own appointment. Raises NotFound, NotYours, Conflict, Untitled, TooLong."""
    row = _own(actor, public_id)
    if version is not None and row.version != version:
        raise Conflict
    before = row.starts_at
    _fill(actor, row, wanted)
    row.version += 1
    row.save()
    _tell(row)
    _invite(row, wanted.attendees)
    told = AppointmentChanged(before=before.isoformat(), starts_at=row.starts_at.isoformat())
    record(told, about=row, by=actor)
    return row


def move_appointment(*, actor: Actor, public_id: UUID, by: timedelta) -> Appointment:
    """Move one's own appointment, as long as it was. Raises NotFound, NotYours."""
    row = _own(actor, public_id)
    before, row.starts_at, row.version = row.starts_at, row.starts_at + by, row.version + 1
    moved = clock.local_day(row.starts_at, actor.zone) - clock.local_day(before, actor.zone)
    row.skipped = [(date.fromisoformat(day) + moved).isoformat() for day in row.skipped]
    row.until = row.until + moved if row.until else None
    row.save(update_fields=["starts_at", "skipped", "until", "version"])
    _tell(row)
    told = AppointmentChanged(before=before.isoformat(), starts_at=row.starts_at.isoformat())
    record(told, about=row, by=actor)
    return row


def skip_day(*, actor: Actor, public_id: UUID, day: date) -> Appointment:
    """One's own appointment that repeats is not on this one day. Raises NotFound, NotYours."""
    row = _own(actor, public_id)
    if not row.repeats or not queries.series_of(row, actor.zone).has(day):
        raise NotFound(field="day")
    row.skipped, row.version = sorted([*row.skipped, day.isoformat()]), row.version + 1
    row.save(update_fields=["skipped", "version"])
    _tell(row)
    record(AppointmentCancelled(starts_at=day.isoformat()), about=row, by=actor)
    return row


def change_day(
    *, actor: Actor, public_id: UUID, day: date, wanted: AppointmentInput, version: int | None = None
) -> Appointment:
    """On this one day it is as wanted, by itself; all others stay. Raises as skip_day and make_appointment do."""
    row = _own(actor, public_id)
    if version is not None and row.version != version:
        raise Conflict
    skip_day(actor=actor, public_id=public_id, day=day)
    return make_appointment(actor=actor, wanted=replace(wanted, repeats="", until=None))


def cancel_appointment(*, actor: Actor, public_id: UUID) -> None:
    """Take one's own appointment out of every calendar, or oneself out of another's. Raises NotFound, NotYours."""
    left, _rows = Attendance.objects.filter(
        appointment__public_id=public_id, staff_id=actor.staff_id
    ).delete()
    if left:
        return
    row = _own(actor, public_id)
    _tell(row)
    record(AppointmentCancelled(starts_at=row.starts_at.isoformat()), about=row, by=actor)
    row.delete()


def share_calendar(*, actor: Actor) -> str:
    """The key of one's calendar for a program that reads it; an earlier one is void from now on."""
    CalendarFeed.objects.filter(staff_id=actor.staff_id).delete()
    key = f"{actor.tenant_id}-{secrets.token_urlsafe(32)}"
    feed = CalendarFeed.objects.create(staff_id=actor.staff_id, key_digest=queries.digest(key))
    record(CalendarShared(is_shared=True), about=feed.staff, by=actor)
    return key


def unshare_calendar(*, actor: Actor) -> None:
    """No program reads one's calendar any longer."""
    feed = CalendarFeed.objects.filter(staff_id=actor.staff_id).select_related("staff").first()
    if feed is not None:
        feed.delete()
        record(CalendarShared(is_shared=False), about=feed.staff, by=actor)


def own_link(link: str) -> str:
    """The address of a page of ours: its path, also where the whole address was given; empty for any other."""
    parts = urlsplit(link.strip())
    plain = parts.path.startswith("/") and not parts.path.startswith("//") and "\\" not in parts.path
    return parts.path if plain else ""


def _own(actor: Actor, public_id: UUID) -> Appointment:
    row = Appointment.objects.select_for_update().filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    if row.owner_id != actor.staff_id:
        raise NotYours
    return row


def _fill(actor: Actor, row: Appointment, wanted: AppointmentInput) -> None:
    if not wanted.title.strip():
        raise Untitled(field="title")
    if not 0 <= wanted.minutes <= LONGEST:
        raise TooLong(field="minutes", days=LONGEST // 1440)
    row.all_day, row.is_private = wanted.all_day, wanted.is_private
    first = clock.local_day(wanted.starts_at, actor.zone)
    if wanted.repeats not in Repeats.values or (wanted.repeats and wanted.until and wanted.until < first):
        raise EndsBefore(field="until")
    if row.repeats != wanted.repeats or row.starts_at != wanted.starts_at:
        row.skipped = []
    row.repeats, row.until = wanted.repeats, wanted.until if wanted.repeats else None
    row.title, row.starts_at, row.minutes = wanted.title.strip()[:200], wanted.starts_at, wanted.minutes
    row.place, row.note = wanted.place.strip()[:200], wanted.note[:10_000]
    row.link = own_link(wanted.link)
    row.link_label = wanted.link_label.strip()[:200] if row.link else ""


def _invite(row: Appointment, attendees: Sequence[UUID]) -> None:
    people = Staff.objects.filter(public_id__in=attendees, is_active=True).exclude(pk=row.owner_id)
    Attendance.objects.filter(appointment=row).delete()
    Attendance.objects.bulk_create([Attendance(appointment=row, staff=one) for one in people])
    _tell(row)


def _tell(row: Appointment) -> None:
    for staff in (row.owner_id, *row.attendances.values_list("staff_id", flat=True)):
        announce("desk", staff=staff)
