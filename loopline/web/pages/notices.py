"""Notices to units and roles: published, read with a receipt, looked after by who has not read them yet."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity import api as identity
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Creation, Crumb, Request, creations, refuse, render, undo, with_toast
from loopline.kernel.permission import Actor, require
from loopline.messaging import api as messaging

PAGE = 40
SHOWN = 200
creations.add(
    "web.notice",
    Creation(gettext_lazy("Notice to a unit"), "web:publish", "bell", "messaging.publish"),
    order=90,
)


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """A notice; `receipts` says how many have read it, to those who may publish."""

    title: str
    body: str
    author: str
    ago: str
    exact: str
    until: str
    must_read: bool
    is_read: bool
    read_url: str
    receipts: str
    receipts_url: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in the list of those that one looks after."""

    title: str
    to: str
    days: str
    state: str
    tone: str
    must_read: bool
    read: str
    url: str


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """The notices that one looks after."""

    title: str
    rows: list[NoticeRow]
    next_url: str
    publish_url: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody the notice is meant for."""

    name: str
    unit: str
    when: str
    exact: str


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice with its receipts."""

    title: str
    body: str
    author: str
    to: str
    days: str
    state: str
    tone: str
    must_read: bool
    percent: int
    read_label: str
    read: list[Reader]
    missing_label: str
    missing: list[Reader]
    reminded: str
    remind_url: str
    withdraw_url: str


@dataclass(frozen=True, slots=True)
class PublishPage:
    """A notice being written."""

    title: str
    units: list[tuple[str, str]]
    roles: list[tuple[str, str]]
    values: dict[str, Any]
    errors: dict[str, str]


def notice_cards(actor: Actor, limit: int = 20) -> list[NoticeCard]:
    """The newest notices that stand for somebody; those he must read, then those he has not read, first."""
    found = messaging.notices_for(actor, limit)
    publishes = actor.may("messaging.publish")
    read = messaging.times_read([notice for notice, _seen in found]) if publishes else {}
    cards = [
        NoticeCard(
            notice.title,
            notice.body,
            notice.author_name,
            formats.ago(notice.valid_from),
            formats.moment(notice.valid_from),
            _("until %(moment)s") % {"moment": formats.moment(notice.valid_to)} if notice.valid_to else "",
            notice.must_read,
            seen,
            reverse("web:read_notice", kwargs={"public_id": notice.public_id}),
            _receipts(read.get(notice.pk, 0)) if publishes else "",
            reverse("web:notice", kwargs={"public_id": notice.public_id}) if publishes else "",
        )
        for notice, seen in found
    ]
    return sorted(cards, key=lambda card: (card.is_read, not card.must_read))


def _receipts(people: int) -> str:
    return ngettext("Read by %(num)s person", "Read by %(num)s people", people) % {"num": people}


@require_POST
def read_notice(request: Request, public_id: UUID) -> HttpResponse:
    """Leave the receipt of a notice."""
    messaging.read_notice(actor=request.actor, public_id=str(public_id))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("", headers={"HX-Trigger": json.dumps({"counted": ""})})
    return HttpResponseRedirect("/" if request.POST.get("next") == "/" else reverse("web:messages"))


@require_safe
def notices(request: Request) -> HttpResponse:
    """The notices that one looks after, whether they stand or not."""
    require(request.actor, "messaging.publish")
    before = request.GET.get("before", "")
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 2**62
    found = messaging.published(request.actor, below, PAGE + 1)
    read = messaging.times_read(found[:PAGE])
    roles = _roles()
    rows = [_row(notice, read.get(notice.pk, 0), roles) for notice in found[:PAGE]]
    following = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    page = NoticesPage(_("Notices"), rows, following, reverse("web:publish"))
    crumbs = [Crumb(_("Messages"), reverse("web:messages")), Crumb(page.title)]
    return render(request, "web/notices.html", page, breadcrumbs=crumbs)


@require_safe
def notice(request: Request, public_id: UUID) -> HttpResponse:
    """A notice: who has read it, and who has not yet."""
    require(request.actor, "messaging.publish")
    row = messaging.get_notice(request.actor, public_id)
    read, missing = messaging.have_read(row), list(messaging.not_yet_read(row)[: SHOWN + 1])
    total = messaging.audience(row).count()
    count = total - messaging.not_yet_read(row).count()
    state, tone = _state(row)
    key = {"public_id": row.public_id}
    standing = messaging.stands(row, clock.now())
    page = NoticePage(
        title=row.title,
        body=row.body,
        author=row.author_name,
        to=_to(row, _roles()),
        days=_days(row),
        state=state,
        tone=tone,
        must_read=row.must_read,
        percent=round(100 * count / total) if total else 100,
        read_label=_("%(read)s of %(total)s have read it")
        % {"read": formats.number(count), "total": formats.number(total)},
        read=[_reader(one, when) for one, when in read[:SHOWN]],
        missing_label=_("%(num)s not yet") % {"num": formats.number(total - count)},
        missing=[_reader(one) for one in missing[:SHOWN]],
        reminded=formats.ago(row.reminded_at) if row.reminded_at else "",
        remind_url=reverse("web:remind", kwargs=key) if standing and missing else "",
        withdraw_url=reverse("web:withdraw", kwargs=key) if standing or row.valid_from > clock.now() else "",
    )
    crumbs = [Crumb(_("Notices"), reverse("web:notices")), Crumb(page.title)]
    return render(request, "web/notice.html", page, breadcrumbs=crumbs)


@require_POST
def remind(request: Request, public_id: UUID) -> HttpResponse:
    """Write to everybody who has not read it."""
    people = messaging.remind_readers(
        actor=request.actor, public_id=public_id, now=clock.now(), link=reverse("web:messages")
    )
    told = ngettext("%(num)s person was reminded.", "%(num)s people were reminded.", people)
    to = reverse("web:notice", kwargs={"public_id": public_id})
    return with_toast(HttpResponseRedirect(to), told % {"num": people})


@require_POST
def withdraw(request: Request, public_id: UUID) -> HttpResponse:
    """The notice stands no longer."""
    messaging.withdraw_notice(actor=request.actor, public_id=public_id, now=clock.now())
    to = reverse("web:notice", kwargs={"public_id": public_id})
    return with_toast(HttpResponseRedirect(to), _("Withdrawn."))


@require_http_methods(["GET", "POST"])
def publish(request: Request) -> HttpResponse:
    """Publish a notice to a unit and everybody below it, to all or some roles, for some days."""
    require(request.actor, "messaging.publish")
    names = ("title", "body", "unit", "valid_from", "valid_to")
    values: dict[str, Any] = {name: request.POST.get(name, "").replace("\0", "") for name in names}
    values |= {"roles": request.POST.getlist("roles"), "must_read": request.POST.get("must_read") == "on"}
    if request.method == "GET":
        return _publish(request, values | {"unit": str(request.actor.unit_id)}, {})
    try:
        unit = _unit_of(request.actor, values["unit"])
        wanted = messaging.NoticeInput(
            title=values["title"],
            body=values["body"],
            unit=unit,
            roles=values["roles"],
            must_read=values["must_read"],
            valid_from=_midnight(request, values["valid_from"]),
            valid_to=_midnight(request, values["valid_to"], days=1),
        )
        made = messaging.publish_notice(actor=request.actor, wanted=wanted)
    except NotFound as refusal:
        return refuse(request, refusal)
    except Refusal as refusal:
        undo(request)
        return _publish(request, values, {refusal.field or "title": refusal.message}, refusal.status)
    published = HttpResponseRedirect(reverse("web:notice", kwargs={"public_id": made.public_id}))
    return with_toast(published, _("Published to %(unit)s.") % {"unit": formats.named(unit)})


def _publish(
    request: Request, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    units = [
        (str(unit.pk), "　" * max(0, unit.path.count("/") - 2) + formats.named(unit))
        for unit in _units(request.actor)
    ]
    page = PublishPage(_("Publish a notice"), units, list(_roles().items()), values, errors)
    crumbs = [Crumb(_("Notices"), reverse("web:notices")), Crumb(page.title)]
    return render(request, "web/publish.html", page, status=status, breadcrumbs=crumbs)


def _row(notice: messaging.Notice, read: int, roles: dict[str, str]) -> NoticeRow:
    state, tone = _state(notice)
    url = reverse("web:notice", kwargs={"public_id": notice.public_id})
    return NoticeRow(
        notice.title, _to(notice, roles), _days(notice), state, tone, notice.must_read, _receipts(read), url
    )


def _state(notice: messaging.Notice) -> tuple[str, str]:
    now = clock.now()
    if notice.valid_from > now:
        return _("Not yet"), "info"
    return (_("Stands"), "good") if messaging.stands(notice, now) else (_("Over"), "neutral")


def _days(notice: messaging.Notice) -> str:
    first = formats.moment(notice.valid_from)
    return (
        f"{first} – {formats.moment(notice.valid_to)}"
        if notice.valid_to
        else _("since %(day)s") % {"day": first}
    )


def _to(notice: messaging.Notice, roles: dict[str, str]) -> str:
    unit = formats.named(notice.unit) if notice.unit else _("Everybody")
    named = formats.listed(roles.get(code, code) for code in notice.roles)
    return f"{unit} · {named}" if named else unit


def _roles() -> dict[str, str]:
    return {role.code: formats.named(role) for role in identity.Role.objects.order_by("id")}


def _reader(staff: identity.Staff, when: datetime | None = None) -> Reader:
    ago, exact = (formats.ago(when), formats.moment(when)) if when else ("", "")
    return Reader(formats.named(staff), formats.named(staff.unit), ago, exact)


def _midnight(request: Request, text: str, days: int = 0) -> datetime | None:
    """The beginning of a day of the form, or of the day after; None where none was given."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not date(1990, 1, 1) <= day <= date(2200, 1, 1):
        return None
    return datetime.combine(day + timedelta(days=days), datetime.min.time(), tzinfo=request.actor.zone)


def _units(actor: Actor) -> list[identity.Unit]:
    rows = identity.Unit.objects.filter(is_active=True).order_by("path")
    branches = actor.scope.branches
    return list(rows if branches is None else rows.filter(pk__in=branches))


def _unit_of(actor: Actor, key: str) -> identity.Unit:
    found = next((unit for unit in _units(actor) if str(unit.pk) == key), None)
    if found is None:
        raise NotFound(field="unit")
    return found


patterns = [
    path("notices", notices, name="notices"),
    path("notices/publish", publish, name="publish"),
    path("notices/<uuid:public_id>", notice, name="notice"),
    path("notices/<uuid:public_id>/read", read_notice, name="read_notice"),
    path("notices/<uuid:public_id>/remind", remind, name="remind"),
    path("notices/<uuid:public_id>/withdraw", withdraw, name="withdraw"),
]
