"""The address at which a calendar program of somebody's reads his calendar."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loopline.desk import actions, ical, queries
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.agenda import Span
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.scope import Scope, change

BACK, AHEAD = timedelta(days=60), timedelta(days=365)
"""What a calendar program is given."""


@dataclass(frozen=True, slots=True)
class SharePage:
    """The address for a calendar program; shown once."""

    title: str
    url: str
    is_shared: bool


@require_http_methods(["GET", "POST"])
def share(request: Request) -> HttpResponse:
    """Make, renew or take back the address for a calendar program."""
    url = ""
    if request.method == "POST" and request.POST.get("act") == "end":
        actions.unshare_calendar(actor=request.actor)
    elif request.method == "POST":
        key = actions.share_calendar(actor=request.actor)
        url = request.build_absolute_uri(reverse("desk:feed", kwargs={"key": key}))
    page = SharePage(_("Calendar for other programs"), url, queries.is_shared(request.actor))
    crumbs = [Crumb(_("Schedule"), reverse("desk:calendar")), Crumb(page.title)]
    return render(request, "desk/share.html", page, breadcrumbs=crumbs)


@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar of whom a key belongs to, as iCalendar (RFC 5545)."""
    tenant = key.partition("-")[0]
    if not (tenant.isascii() and tenant.isdigit() and len(tenant) < 10):
        raise NotFound
    change(Scope(int(tenant)))
    staff = queries.staff_of_feed(key)
    if staff is None:
        raise NotFound
    now = clock.now()
    actor = identity.actor_of(staff, now)
    change(actor.scope)
    found = queries.entries(actor, Span(now - BACK, now + AHEAD))
    host = request.get_host()
    text = ical.calendar(found, actor, request.build_absolute_uri, host, now)
    return HttpResponse(
        text, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


patterns = [
    path("calendar/share", share, name="share"),
    path("calendar/feed/<str:key>.ics", feed, name="feed"),
]
