"""A calendar as other programs read it (iCalendar, RFC 5545)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from loopline.desk.models import Appointment
from loopline.desk.queries import Entry, ends_at, series_of
from loopline.kernel.permission import Actor

FOLD = 73
"""Octets of a line before it is folded; the standard allows 75."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose calendar it is, at which host, and when it is read. `absolute` makes an address of ours whole."""

    actor: Actor
    absolute: Callable[[str], str]
    host: str
    now: datetime

    @property
    def is_steady(self) -> bool:
        """Whether the operator's clock is never changed: only then can what repeats be told by a rule."""
        moments = (datetime(self.now.year, month, 1, tzinfo=self.actor.zone) for month in range(1, 13))
        return len({moment.utcoffset() for moment in moments}) == 1


def calendar(
    entries: Iterable[Entry], actor: Actor, absolute: Callable[[str], str], host: str, now: datetime
) -> str:
    """Appointments and due things as one calendar; what repeats stands there once, with its rule."""
    reader = Reader(actor, absolute, host, now)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loopline//Calendar//EN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_text(actor.name)}")
    lines += _zone(actor.zone, now) if reader.is_steady else []
    told = set[int]()
    for entry in entries:
        row = entry.appointment
        if row is None or not row.repeats or not reader.is_steady:
            lines += _event(entry, reader)
        elif row.pk not in told:
            told.add(row.pk)
            lines += _series(entry, row, reader)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(entry: Entry, reader: Reader) -> Iterator[str]:
    row = entry.appointment
    name = str(row.public_id) if row else entry.url.strip("/").replace("/", "-")
    if row is not None and row.repeats:
        name += f"-{entry.starts_at.astimezone(reader.actor.zone):%Y%m%d}"
    yield from _head(name, reader)
    if entry.all_day:
        yield from _whole_days(entry.starts_at, entry.ends_at, reader.actor.zone)
    else:
        yield f"DTSTART:{_moment(entry.starts_at)}"
        yield f"DTEND:{_moment(entry.ends_at)}"
    yield from _told(entry, reader)


def _series(entry: Entry, row: Appointment, reader: Reader) -> Iterator[str]:
    """What repeats: from its first day on, in the operator's own time, so that it stays on its day everywhere."""
    zone = reader.actor.zone
    series = series_of(row, zone)
    at = row.starts_at.astimezone(zone).time()
    yield from _head(str(row.public_id), reader)
    if row.all_day:
        yield from _whole_days(row.starts_at, ends_at(row), zone)
    else:
        yield f"DTSTART;TZID={zone}:{row.starts_at.astimezone(zone):%Y%m%dT%H%M%S}"
        yield f"DTEND;TZID={zone}:{ends_at(row).astimezone(zone):%Y%m%dT%H%M%S}"
    rule = f"RRULE:FREQ={row.repeats.upper()}"
    if row.until is not None:
        last = f"{row.until:%Y%m%d}" if row.all_day else _moment(datetime.combine(row.until, at, tzinfo=zone))
        rule += f";UNTIL={last}"
    yield rule
    for day in sorted(series.skipped):
        yield f"EXDATE;VALUE=DATE:{day:%Y%m%d}" if row.all_day else f"EXDATE;TZID={zone}:{_local(day, at)}"
    yield from _told(entry, reader)


def _head(name: str, reader: Reader) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{name}@{reader.host}"
    yield f"DTSTAMP:{_moment(reader.now)}"


def _told(entry: Entry, reader: Reader) -> Iterator[str]:
    row = entry.appointment
    yield f"SUMMARY:{_text(entry.title)}"
    if entry.detail:
        yield f"{'LOCATION' if row else 'DESCRIPTION'}:{_text(entry.detail)}"
    if row and row.note:
        yield f"DESCRIPTION:{_text(row.note)}"
    if row and row.is_private:
        yield "CLASS:PRIVATE"
    if row:
        yield f"SEQUENCE:{row.version}"
    yield f"URL:{reader.absolute(f'/calendar/{row.public_id}' if row else entry.url)}"
    yield "END:VEVENT"


def _whole_days(starts_at: datetime, until: datetime, zone: tzinfo) -> Iterator[str]:
    first = starts_at.astimezone(zone).date()
    days = max(1, (until - starts_at) // timedelta(days=1))
    yield f"DTSTART;VALUE=DATE:{first:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{first + timedelta(days=days):%Y%m%d}"


def _zone(zone: tzinfo, now: datetime) -> list[str]:
    """The operator's zone, whose clock is never changed."""
    offset = f"{now.astimezone(zone):%z}"
    return [
        "BEGIN:VTIMEZONE",
        f"TZID:{zone}",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        f"TZOFFSETFROM:{offset}",
        f"TZOFFSETTO:{offset}",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def _local(day: date, at: time) -> str:
    return f"{datetime.combine(day, at):%Y%m%dT%H%M%S}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for sign, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(sign, escaped)
    return "".join(sign for sign in text if sign >= " ")


def _folded(line: str) -> Iterator[str]:
    """A long line in pieces that begin with a blank, never cut inside a character."""
    part, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > FOLD:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + width
    yield part
