"""One appointment: made, changed, moved by a key, cancelled; and the address for other calendar programs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.desk import actions, queries
from loopline.desk.actions import AppointmentInput
from loopline.desk.models import Appointment, Repeats
from loopline.identity import api as identity
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast

LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240, 480)
MOVES = {
    "day_earlier": timedelta(days=-1),
    "day_later": timedelta(days=1),
    "earlier": timedelta(minutes=-30),
    "later": timedelta(minutes=30),
}


class NoSuchTime(Refusal):
    """A day or time that is none."""

    code = "no_such_time"
    sentence = gettext_lazy("Please give a day and a time.")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may take part."""

    id: str
    name: str
    unit: str
    takes_part: bool


@dataclass(frozen=True, slots=True)
class AppointmentPage:
    """An appointment as it stands."""

    title: str
    when: str
    place: str
    note: str
    owner: str
    people: list[Person]
    is_private: bool
    link: str
    link_label: str
    is_mine: bool
    takes_part: bool
    repeats: str
    day: str
    edit_day_url: str
    skip_url: str
    edit_url: str
    move_url: str
    cancel_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class AppointmentForm:
    """An appointment being written."""

    title: str
    action: str
    cancel_url: str
    values: dict[str, Any]
    lengths: list[tuple[str, str]]
    people: list[Person]
    errors: dict[str, str]
    repeats: list[tuple[str, str]]
    only_day: str


@require_safe
def one(request: Request, public_id: UUID) -> HttpResponse:
    """The appointment, with the keys that move it."""
    row = queries.get_appointment(request.actor, public_id)
    me, key = request.actor.staff_id, {"public_id": row.public_id}
    people = [_person(each.staff, takes_part=True) for each in row.attendances.all()]
    day = _chosen_day(request, row) or row.starts_at.astimezone(request.actor.zone).date()
    is_series = bool(row.repeats)
    page = AppointmentPage(
        title=row.title,
        when=_when(request, row, day),
        place=row.place,
        note=row.note,
        owner=formats.named(row.owner),
        people=people,
        is_private=row.is_private,
        link=row.link,
        link_label=row.link_label or row.link,
        is_mine=row.owner_id == me,
        takes_part=any(each.staff_id == me for each in row.attendances.all()),
        repeats=_rhythm(row),
        day=day.isoformat(),
        edit_day_url=reverse("desk:edit", kwargs=key, query={"only": day.isoformat()}) if is_series else "",
        skip_url=reverse("desk:skip", kwargs=key) if is_series else "",
        edit_url=reverse("desk:edit", kwargs=key),
        move_url=reverse("desk:move", kwargs=key),
        cancel_url=reverse("desk:cancel", kwargs=key),
        back_url=reverse("desk:calendar", query={"day": day.isoformat()}),
    )
    crumbs = [Crumb(_("Schedule"), page.back_url), Crumb(page.title)]
    return render(request, "desk/appointment.html", page, breadcrumbs=crumbs)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Make an appointment."""
    if request.method == "GET":
        start = clock.now().astimezone(request.actor.zone).replace(minute=0) + timedelta(hours=1)
        values = {"day": start.date().isoformat(), "time": start.strftime("%H:%M"), "minutes": "60"}
        given = {
            name: request.GET[name] for name in ("day", "title", "link", "link_label") if name in request.GET
        }
        return _form(request, None, values | given, {})
    return _save(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: Request, public_id: UUID) -> HttpResponse:
    """Change an appointment."""
    row = queries.get_appointment(request.actor, public_id)
    if row.owner_id != request.actor.staff_id:
        raise actions.NotYours
    if request.method == "POST":
        return _save(request, row)
    values = _values_of(request, row)
    only = _chosen_day(request, row, "only")
    if only is not None:
        values |= {"day": only.isoformat(), "only": only.isoformat(), "repeats": "", "until": ""}
    return _form(request, row, values, {})


@require_POST
def skip(request: Request, public_id: UUID) -> HttpResponse:
    """What repeats is not on this one day."""
    day = _day_of(request.POST.get("day", ""))
    if day is None:
        raise NotFound
    actions.skip_day(actor=request.actor, public_id=public_id, day=day)
    to = reverse("desk:calendar", query={"day": day.isoformat()})
    return with_toast(
        HttpResponseRedirect(to), _("Out of the calendar on %(day)s.") % {"day": formats.day(day)}
    )


@require_POST
def move(request: Request, public_id: UUID) -> HttpResponse:
    """Move an appointment by a day or half an hour."""
    by = MOVES.get(request.POST.get("by", ""))
    if by is None:
        raise NotFound
    actions.move_appointment(actor=request.actor, public_id=public_id, by=by)
    return HttpResponseRedirect(reverse("desk:one", kwargs={"public_id": public_id}))


@require_POST
def cancel(request: Request, public_id: UUID) -> HttpResponse:
    """Cancel one's own appointment, or take oneself out of another's."""
    actions.cancel_appointment(actor=request.actor, public_id=public_id)
    return with_toast(HttpResponseRedirect(reverse("desk:calendar")), _("Out of your calendar."))


@require_safe
def people(request: Request) -> HttpResponse:
    """Colleagues of other units whom a typed name finds, as choices of the form."""
    query = request.GET.get("person", "").replace("\0", "").strip()
    found = identity.colleagues(request.actor, query) if query else []
    people = [_person(one, takes_part=True) for one in found]
    page = AppointmentForm("", "", "", {}, [], people, {}, [], "")
    return render(request, "desk/people.html", page)


def _save(request: Request, row: Appointment | None) -> HttpResponse:
    names = (
        "title", "day", "time", "minutes", "place", "note", "link", "link_label", "version", "repeats", "until",
        "only",
    )  # fmt: skip
    values: dict[str, Any] = {name: request.POST.get(name, "").replace("\0", "").strip() for name in names}
    values |= {name: request.POST.get(name) == "on" for name in ("all_day", "is_private")}
    values["attendees"] = [one for one in request.POST.getlist("attendees") if _is_id(one)]
    try:
        wanted = _input(request, values)
        if row is None:
            made = actions.make_appointment(actor=request.actor, wanted=wanted)
        else:
            made = _changed(request, row, wanted, values)
    except Refusal as refusal:
        undo(request)
        return _form(request, row, values, {refusal.field or "title": refusal.message}, refusal.status)
    to = reverse("desk:calendar", query={"day": values["day"]})
    return with_toast(HttpResponseRedirect(to), _("“%(title)s” is in the calendar.") % {"title": made.title})


def _changed(
    request: Request, row: Appointment, wanted: AppointmentInput, values: dict[str, Any]
) -> Appointment:
    """The appointment as it is wanted, on one day only where that was asked for."""
    version = int(values["version"]) if values["version"].isdigit() else None
    only = _day_of(values["only"])
    if only is not None:
        return actions.change_day(
            actor=request.actor, public_id=row.public_id, day=only, wanted=wanted, version=version
        )
    return actions.change_appointment(
        actor=request.actor, public_id=row.public_id, wanted=wanted, version=version
    )


def _input(request: Request, values: dict[str, Any]) -> AppointmentInput:
    try:
        day, at = parse_date(values["day"]), parse_time(values["time"] or "00:00")
        minutes = int(values["minutes"] or 0)
    except ValueError:
        day = at = None
        minutes = 0
    if day is None or at is None or not 1990 <= day.year <= 2200:
        raise NoSuchTime(field="day")
    if values["all_day"]:
        at, minutes = at.replace(hour=0, minute=0, second=0), 1440
    start = datetime.combine(day, at.replace(tzinfo=None), tzinfo=request.actor.zone).astimezone(UTC)
    return AppointmentInput(
        title=values["title"],
        starts_at=start,
        minutes=minutes,
        all_day=values["all_day"],
        place=values["place"],
        note=values["note"],
        is_private=values["is_private"],
        attendees=[UUID(one) for one in values["attendees"]],
        link=values["link"],
        link_label=values["link_label"],
        repeats=values["repeats"],
        until=_day_of(values["until"]),
    )


def _values_of(request: Request, row: Appointment) -> dict[str, Any]:
    start = row.starts_at.astimezone(request.actor.zone)
    plain = ("title", "place", "note", "link", "link_label", "all_day", "is_private", "version", "repeats")
    return {name: getattr(row, name) for name in plain} | {
        "day": start.date().isoformat(),
        "time": start.strftime("%H:%M"),
        "minutes": str(row.minutes),
        "until": row.until.isoformat() if row.until else "",
        "attendees": [str(one.staff.public_id) for one in row.attendances.all()],
    }


def _form(
    request: Request,
    row: Appointment | None,
    values: dict[str, Any],
    errors: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    key = {"public_id": row.public_id} if row else None
    lengths = sorted({*LENGTHS, row.minutes if row else 60})
    page = AppointmentForm(
        title=_("Change the appointment") if row else _("New appointment"),
        action=reverse("desk:edit", kwargs=key) if key else reverse("desk:new"),
        cancel_url=reverse("desk:one", kwargs=key) if key else reverse("desk:calendar"),
        values=values,
        lengths=[(str(minutes), _length(minutes)) for minutes in lengths],
        people=_people(request, values.get("attendees", [])),
        errors=errors,
        repeats=[(value, str(label)) for value, label in Repeats.choices],
        only_day=values.get("only", ""),
    )
    crumbs = [Crumb(_("Schedule"), reverse("desk:calendar")), Crumb(page.title)]
    return render(request, "desk/appointment_form.html", page, status=status, breadcrumbs=crumbs)


def _people(request: Request, chosen: list[str]) -> list[Person]:
    team = queries.team_of(request.actor)
    others = identity.Staff.objects.filter(public_id__in=chosen).exclude(pk__in=[one.pk for one in team])
    rows = [*others.select_related("unit").order_by("name"), *team]
    return [_person(one, takes_part=str(one.public_id) in chosen) for one in rows]


def _person(staff: identity.Staff, *, takes_part: bool) -> Person:
    return Person(str(staff.public_id), formats.named(staff), formats.named(staff.unit), takes_part)


def _when(request: Request, row: Appointment, day: date) -> str:
    start = row.starts_at.astimezone(request.actor.zone)
    when = f"{formats.day(day)} · {_('all day')}" if row.all_day else f"{formats.day(day)} {start:%H:%M}"
    if not row.all_day:
        when += f" · {_length(row.minutes)}"
    return f"{when} · {_rhythm(row)}" if row.repeats else when


def _rhythm(row: Appointment) -> str:
    """How often it comes again, and for how long."""
    if not row.repeats:
        return ""
    often = str(Repeats(row.repeats).label)
    return (
        _("%(often)s up to %(day)s") % {"often": often, "day": formats.day(row.until)} if row.until else often
    )


def _chosen_day(request: Request, row: Appointment, name: str = "day") -> date | None:
    """The day of a series that the address names. Raises NotFound when it is not on that day."""
    given = request.GET.get(name, "")
    if not row.repeats or not given:
        return None
    day = _day_of(given)
    if day is None or not queries.series_of(row, request.actor.zone).has(day):
        raise NotFound
    return day


def _day_of(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and 1990 <= day.year < 2200 else None


def _length(minutes: int) -> str:
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    return _("%(count)s h") % {"count": formats.number(round(minutes / 60, 2))}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


patterns = [
    path("calendar/new", new, name="new"),
    path("calendar/people", people, name="people"),
    path("calendar/<uuid:public_id>", one, name="one"),
    path("calendar/<uuid:public_id>/edit", edit, name="edit"),
    path("calendar/<uuid:public_id>/move", move, name="move"),
    path("calendar/<uuid:public_id>/skip", skip, name="skip"),
    path("calendar/<uuid:public_id>/cancel", cancel, name="cancel"),
]
