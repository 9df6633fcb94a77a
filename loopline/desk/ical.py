"""A calendar as other programs read it (iCalendar, RFC 5545)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from loopline.desk.queries import Entry
from loopline.kernel.permission import Actor

FOLD = 73
"""Octets of a line before it is folded; the standard allows 75."""


def calendar(
    entries: Iterable[Entry], actor: Actor, absolute: Callable[[str], str], host: str, now: datetime
) -> str:
    """Appointments and due things as one calendar. `absolute` makes an address of ours whole."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loopline//Calendar//EN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_text(actor.name)}")
    for entry in entries:
        lines += _event(entry, actor, absolute, host, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(
    entry: Entry, actor: Actor, absolute: Callable[[str], str], host: str, now: datetime
) -> Iterator[str]:
    row = entry.appointment
    url = f"/calendar/{row.public_id}" if row else entry.url
    yield "BEGIN:VEVENT"
    yield f"UID:{row.public_id if row else url.strip('/').replace('/', '-')}@{host}"
    yield f"DTSTAMP:{_moment(now)}"
    if entry.all_day:
        first = entry.starts_at.astimezone(actor.zone).date()
        days = max(1, (entry.ends_at - entry.starts_at) // timedelta(days=1))
        yield f"DTSTART;VALUE=DATE:{first:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{first + timedelta(days=days):%Y%m%d}"
    else:
        yield f"DTSTART:{_moment(entry.starts_at)}"
        yield f"DTEND:{_moment(entry.ends_at)}"
    yield f"SUMMARY:{_text(entry.title)}"
    if entry.detail:
        yield f"{'LOCATION' if row else 'DESCRIPTION'}:{_text(entry.detail)}"
    if row and row.note:
        yield f"DESCRIPTION:{_text(row.note)}"
    if row and row.is_private:
        yield "CLASS:PRIVATE"
    if row:
        yield f"SEQUENCE:{row.version}"
    yield f"URL:{absolute(url)}"
    yield "END:VEVENT"


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
