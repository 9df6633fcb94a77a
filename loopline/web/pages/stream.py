"""Where the news come from, and the counters in the head that they renew."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import path
from django.views.decorators.http import require_safe

from loopline.kernel import pages
from loopline.kernel.pages import Request, render


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters in the head of every page, alone."""

    tasks_open: int
    unread: int


@require_safe
def stream(request: HttpRequest) -> HttpResponse:
    """Lead the browser to the push process."""
    if getattr(request, "actor", None) is None:
        return HttpResponse(status=401)
    host = split_domain_port(request.get_host())[0]
    to = settings.PUSH_URL or f"{request.scheme}://{host}:{settings.PORT + 1}/stream"
    # 307 keeps it a redirect of this moment only; HttpResponseRedirect would say 302.
    return HttpResponse(status=307, headers={"Location": to, "Cache-Control": "no-store"})


@require_safe
def counters(request: Request) -> HttpResponse:
    """The counters in the head of every page, counted anew."""
    return render(request, "web/counters.html", Counters(_count("tasks", request), _count("unread", request)))


def _count(name: str, request: Request) -> int:
    return pages.counters[name](request.actor) if name in pages.counters else 0


patterns = [path("push/stream", stream, name="stream"), path("counters", counters, name="counters")]
