"""What stands in a calendar: appointments, and what other modules say is due."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from loopline.desk.models import LONGEST, Appointment, Attendance, CalendarFeed
from loopline.desk.repeating import Series
from loopline.identity import api as identity
from loopline.kernel import agenda, formats
from loopline.kernel.agenda import Span
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor

MOST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a calendar. Due things have no length (`ends_at` is when they begin)."""

    starts_at: datetime
    ends_at: datetime
    all_day: bool
    title: str
    detail: str
    who: str
    url: str
    icon: str
    appointment: Appointment | None


def entries(actor: Actor, span: Span) -> list[Entry]:
    """Everything of a span in its order."""
    found = [entry for row in appointments(actor, span) for entry in _of_appointment(row, span, actor.zone)]
    found += [
        Entry(one.at, one.at, False, one.title, one.detail, one.who, one.url, one.icon, None)
        for one in agenda.due(actor, span)
    ]
    return sorted(found, key=lambda entry: (not entry.all_day, entry.starts_at, entry.title))


def appointments(actor: Actor, span: Span) -> list[Appointment]:
    """The appointments that touch a span: one's own, or those of one's unit and all below it besides."""
    me = actor.staff_id
    takes_part = Attendance.objects.filter(appointment=OuterRef("pk"), staff_id=me)
    mine = Q(owner_id=me) | Q(Exists(takes_part))
    if span.team:
        unit = identity.Unit.objects.get(pk=actor.unit_id)
        mine |= Q(branch_id__in=identity.subtree(unit))
    lately = Q(starts_at__gte=span.start - timedelta(minutes=LONGEST))
    still = ~Q(repeats="") & (Q(until=None) | Q(until__gte=(span.start - timedelta(minutes=LONGEST)).date()))
    rows = _rows().filter(mine, lately | still, starts_at__lt=span.end)
    found = rows.order_by("starts_at", "id")[:MOST]
    return [row for row in found if row.repeats or row.starts_at >= span.start or ends_at(row) > span.start]


def moments(row: Appointment, span: Span, zone: tzinfo) -> Iterator[datetime]:
    """When an appointment begins, each time that touches a span."""
    if not row.repeats:
        yield row.starts_at
        return
    local, length = row.starts_at.astimezone(zone), timedelta(minutes=row.minutes)
    begin = (span.start - length).astimezone(zone).date()
    end = span.end.astimezone(zone).date() + timedelta(days=1)
    for day in series_of(row, zone).days(begin, end):
        starts_at = datetime.combine(day, local.time(), tzinfo=zone).astimezone(UTC)
        if starts_at < span.end and (starts_at >= span.start or starts_at + length > span.start):
            yield starts_at


def series_of(row: Appointment, zone: tzinfo) -> Series:
    """The days on which an appointment is."""
    skipped = frozenset(date.fromisoformat(day) for day in row.skipped)
    return Series(row.starts_at.astimezone(zone).date(), row.repeats, row.until, skipped)


def get_appointment(actor: Actor, public_id: UUID) -> Appointment:
    """One appointment within what the person may see. Raises NotFound."""
    row = _rows().prefetch_related("attendances__staff__unit").filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def ends_at(row: Appointment) -> datetime:
    """When an appointment is over."""
    return row.starts_at + timedelta(minutes=row.minutes)


def is_shared(actor: Actor) -> bool:
    """Whether a program may read somebody's calendar."""
    return CalendarFeed.objects.filter(staff_id=actor.staff_id).exists()


def staff_of_feed(key: str) -> identity.Staff | None:
    """Whose calendar a key opens. Runs inside the tenant's scope."""
    feeds = CalendarFeed.objects.filter(key_digest=digest(key), staff__is_active=True)
    feed = feeds.select_related("staff__unit__parent").prefetch_related("staff__roles").first()
    return feed.staff if feed else None


def digest(key: str) -> bytes:
    """What is kept of a calendar's key."""
    return hashlib.sha256(key.encode()).digest()


def team_of(actor: Actor) -> list[identity.Staff]:
    """Colleagues of the same unit."""
    rows = identity.Staff.objects.filter(unit_id=actor.unit_id, is_active=True).exclude(pk=actor.staff_id)
    return list(rows.select_related("unit").order_by("name")[:50])


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day of the operator begins."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _rows() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("owner")


def _of_appointment(row: Appointment, span: Span, zone: tzinfo) -> list[Entry]:
    return [
        Entry(
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=row.minutes),
            all_day=row.all_day,
            title=row.title,
            detail=row.place,
            who=formats.named(row.owner),
            url="",
            icon="lock" if row.is_private else "refresh" if row.repeats else "calendar-event",
            appointment=row,
        )
        for starts_at in moments(row, span, zone)
    ]
