"""The calendar by day, week and month: appointments and whatever is due, of oneself or of one's team."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_time, get_day_names
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.desk import queries
from loopline.desk.queries import Entry
from loopline.kernel import clock, formats
from loopline.kernel.agenda import Span
from loopline.kernel.pages import Creation, MenuItem, Request, creations, menu, render

VIEWS = ("day", "week", "month")
IN_CELL = 3
"""So many entries a day of the month shows; the others are a click away."""

menu.add(
    "desk.calendar",
    MenuItem("desk", gettext_lazy("Schedule"), "desk:calendar", "calendar", key="y"),
    order=25,
)
creations.add(
    "desk.appointment", Creation(gettext_lazy("Appointment"), "desk:new", "calendar-plus"), order=70
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days of whose calendar."""

    view: str
    day: date
    team: bool

    def url(self, **other: Any) -> str:
        """The address of this view, or of one beside it."""
        values = {"view": self.view, "day": self.day.isoformat(), "whose": "team" if self.team else "mine"}
        return reverse("desk:calendar") + "?" + urlencode(values | other)


@dataclass(frozen=True, slots=True)
class EntryView:
    """Something in a calendar, in words."""

    time: str
    title: str
    detail: str
    who: str
    url: str
    icon: str
    tone: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """A day with its entries; `hidden` counts those that a month has no room for."""

    label: str
    number: str
    iso: str
    url: str
    new_url: str
    is_today: bool
    is_other: bool
    entries: list[EntryView]
    hidden: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The calendar."""

    title: str
    view: str
    heading: str
    tabs: list[dict[str, Any]]
    whose: list[dict[str, Any]]
    previous_url: str
    today_url: str
    next_url: str
    new_url: str
    share_url: str
    weekdays: list[str]
    days: list[DayView]


@require_safe
def calendar(request: Request) -> HttpResponse:
    """The days that were asked for; without asking, this week."""
    wanted, zone = _wanted(request), request.actor.zone
    days = _days(wanted)
    span = Span(
        queries.midnight(days[0], zone), queries.midnight(days[-1] + timedelta(days=1), zone), wanted.team
    )
    found = queries.entries(request.actor, span)
    page = CalendarPage(
        title=_("Schedule"),
        view=wanted.view,
        heading=_heading(wanted, days),
        tabs=[
            {"label": label, "url": wanted.url(view=view), "active": view == wanted.view, "key": key}
            for view, label, key in (
                ("day", _("By day"), "1"), ("week", _("By week"), "2"), ("month", _("By month"), "3"),
            )
        ],
        whose=[
            {"label": _("Mine"), "url": wanted.url(whose="mine"), "active": not wanted.team},
            {"label": _("My team"), "url": wanted.url(whose="team"), "active": wanted.team},
        ],
        previous_url=wanted.url(day=_beside(wanted, -1).isoformat()),
        today_url=wanted.url(day=clock.today(zone).isoformat()),
        next_url=wanted.url(day=_beside(wanted, 1).isoformat()),
        new_url=reverse("desk:new", query={"day": _day_for_new(wanted, zone).isoformat()}),
        share_url=reverse("desk:share"),
        weekdays=[get_day_names("abbreviated", locale=_locale())[number] for number in range(7)],
        days=[_day(wanted, day, found, zone) for day in days],
    )  # fmt: skip
    return render(request, "desk/calendar.html", page)


def entry_view(entry: Entry, day: date | None, zone: tzinfo, *, team: bool) -> EntryView:
    """An entry in words, as it stands on a day."""
    row = entry.appointment
    late = row is None and entry.starts_at < clock.now()
    return EntryView(
        time=_times(entry, day, zone),
        title=entry.title,
        detail=entry.detail,
        who=entry.who if team else "",
        url=_url(entry, zone),
        icon=entry.icon,
        tone="bad" if late else "info" if row is None else "accent",
        is_due=row is None,
    )


def _url(entry: Entry, zone: tzinfo) -> str:
    """An entry's page; of what repeats, that of its day."""
    row = entry.appointment
    if row is None:
        return entry.url
    day = {"day": entry.starts_at.astimezone(zone).date().isoformat()} if row.repeats else None
    return reverse("desk:one", kwargs={"public_id": row.public_id}, query=day)


def _wanted(request: Request) -> Wanted:
    view, given = request.GET.get("view", "week"), request.GET.get("day", "")
    try:
        day = parse_date(given)
    except ValueError:
        day = None
    today = clock.today(request.actor.zone)
    if day is None or not date(1990, 1, 1) <= day <= date(2200, 1, 1):
        day = today
    return Wanted(view if view in VIEWS else "week", day, request.GET.get("whose") == "team")


def _days(wanted: Wanted) -> list[date]:
    """The days that are shown: a month is shown in whole weeks from Monday."""
    if wanted.view == "day":
        return [wanted.day]
    first, count = wanted.day, 7
    if wanted.view == "month":
        first = wanted.day.replace(day=1)
        count = 42
    monday = first - timedelta(days=first.weekday())
    days = [monday + timedelta(days=number) for number in range(count)]
    if wanted.view == "month" and days[35].month != first.month:
        days = days[:35]
    return days


def _beside(wanted: Wanted, by: int) -> date:
    if wanted.view == "month":
        first = wanted.day.replace(day=1)
        return (
            (first + timedelta(days=32)).replace(day=1)
            if by > 0
            else (first - timedelta(days=1)).replace(day=1)
        )
    return wanted.day + timedelta(days=by if wanted.view == "day" else 7 * by)


def _day_for_new(wanted: Wanted, zone: tzinfo) -> date:
    today = clock.today(zone)
    return today if today in _days(wanted) else wanted.day


def _day(wanted: Wanted, day: date, found: Iterable[Entry], zone: tzinfo) -> DayView:
    start, end = queries.midnight(day, zone), queries.midnight(day + timedelta(days=1), zone)
    here = [
        entry
        for entry in found
        if start <= entry.starts_at < end or (entry.starts_at < start and entry.ends_at > start)
    ]
    shown = here[:IN_CELL] if wanted.view == "month" else here
    hidden = len(here) - len(shown)
    return DayView(
        label=format_date(day, "EEEE d" if wanted.view == "week" else "EEE", locale=_locale()),
        number=str(day.day),
        iso=day.isoformat(),
        url=wanted.url(view="day", day=day.isoformat()),
        new_url=reverse("desk:new", query={"day": day.isoformat()}),
        is_today=day == clock.today(zone),
        is_other=wanted.view == "month" and day.month != wanted.day.month,
        entries=[entry_view(entry, day, zone, team=wanted.team) for entry in shown],
        hidden=_("%(num)s more") % {"num": hidden} if hidden else "",
    )


def _heading(wanted: Wanted, days: list[date]) -> str:
    if wanted.view == "month":
        return formats.month(wanted.day)
    if wanted.view == "day":
        return format_date(wanted.day, "full", locale=_locale())
    return f"{formats.day(days[0])} – {formats.day(days[-1])}"


def _times(entry: Entry, day: date | None, zone: tzinfo) -> str:
    if entry.all_day:
        return _("all day")
    start, end = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    if entry.appointment is None or start == end:
        return _clock(start)
    if day is not None and start.date() < day:
        return _("until %(time)s") % {"time": _clock(end)} if end.date() == day else _("all day")
    return f"{_clock(start)}–{_clock(end)}"


def _clock(moment: datetime) -> str:
    return format_time(moment.time(), "HH:mm", locale=_locale())


def _locale() -> str:
    return "zh_Hans_CN" if (translation.get_language() or "en").startswith("zh") else "en_GB"


patterns = [path("calendar", calendar, name="calendar")]
