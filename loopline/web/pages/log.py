"""What I did: my changes from the event log, my sign-ins and looks at personal data from the audit."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.customers.panels import told as in_words
from loopline.kernel import clock, formats
from loopline.kernel.models import AccessRecord, Event, current_tenant
from loopline.kernel.pages import Request, render
from loopline.web import wording as _worded  # noqa: F401

PAGE = 50
LOOKS = {
    "sign_in": (gettext_lazy("Signed in"), "login-2", "neutral"),
    "sign_in_failed": (gettext_lazy("Failed sign-in"), "lock", "bad"),
    "sign_out": (gettext_lazy("Signed out"), "logout", "neutral"),
    "reveal": (gettext_lazy("Personal data shown"), "eye", "warn"),
    "walk_in": (gettext_lazy("Customer of another branch opened"), "door-exit", "warn"),
    "export": (gettext_lazy("Export"), "download", "warn"),
    "figure": (gettext_lazy("Customers behind a figure"), "users", "warn"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log."""

    icon: str
    title: str
    detail: str
    ago: str
    exact: str
    tone: str
    by: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """My log."""

    title: str
    tabs: list[dict[str, Any]]
    entries: list[Entry]
    next_url: str
    looks: bool


@require_safe
def log(request: Request) -> HttpResponse:
    """What I did today; with `?all=1` ever, with `?looks=1` what I looked at."""
    looks, before = request.GET.get("looks") == "1", request.GET.get("before", "")
    ever = looks or request.GET.get("all") == "1"
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    if looks:
        entries, last = _looks(request.actor.staff_id, below)
    else:
        entries, last = _changes(request.actor.staff_id, below, None if ever else _midnight(request))
    base = reverse("web:log")
    page = LogPage(
        _("My log"),
        [
            {"label": _("Today"), "url": base, "active": not ever},
            {"label": _("What I changed"), "url": f"{base}?all=1", "active": ever and not looks},
            {"label": _("Sign-ins and looks"), "url": f"{base}?looks=1", "active": looks},
        ],
        entries,
        f"{base}?looks={int(looks)}&all={int(ever)}&before={last}" if last else "",
        looks,
    )
    return render(request, "web/log.html", page)


def _midnight(request: Request) -> datetime:
    today = clock.local_day(clock.now(), request.actor.zone)
    return datetime.combine(today, time.min, tzinfo=request.actor.zone)


def _changes(staff: int, below: int | None, since: datetime | None) -> tuple[list[Entry], int]:
    found = Event.objects.filter(tenant_id=current_tenant(), actor_id=staff).order_by("-id")
    if since is not None:
        found = found.filter(at__gte=since)
    rows = list((found.filter(pk__lt=below) if below else found)[: PAGE + 1])
    told = [(event, in_words(event)) for event in rows[:PAGE]]
    entries = [
        Entry(line.icon, line.title, line.detail, line.ago, line.exact, line.tone) for _event, line in told
    ]
    return entries, rows[PAGE - 1].pk if len(rows) > PAGE else 0


def _looks(staff: int, below: int | None) -> tuple[list[Entry], int]:
    found = AccessRecord.objects.filter(staff_id=staff).order_by("-id")
    rows = list((found.filter(pk__lt=below) if below else found)[: PAGE + 1])
    return [_look(row) for row in rows[:PAGE]], rows[PAGE - 1].pk if len(rows) > PAGE else 0


def _look(row: AccessRecord) -> Entry:
    title, icon, tone = LOOKS.get(row.kind, (row.kind, "history", "neutral"))
    detail = " · ".join(part for part in (row.field, row.reason, row.address) if part)
    return Entry(icon, str(title), detail, formats.ago(row.at), formats.moment(row.at), tone)


patterns = [path("me/log", log, name="log")]
