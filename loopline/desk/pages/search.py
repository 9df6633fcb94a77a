"""The search over everything: as a page, and in the command palette. What is typed is sent in the body, never in an
address, so that no name or number comes into logs and histories."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from loopline.kernel import finding
from loopline.kernel.finding import Asked, Finder, Hit, finders
from loopline.kernel.pages import Request, creations, menu, render
from loopline.kernel.permission import Actor

ON_PAGE, ALONE, IN_PALETTE = 8, 100, 5


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found for a text; `only` names the group that is shown alone."""

    title: str
    query: str
    only: str
    groups: list[finding.Group]


def _pages(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    entries = [entry for entry in (*menu, *creations) if not entry.permission or actor.may(entry.permission)]
    return [
        Hit(str(entry.label), "", reverse(entry.url_name), entry.icon)
        for entry in entries
        if wanted.folded in str(entry.label).casefold() or wanted.folded in entry.url_name
    ][:limit]


finders.add("pages", Finder(gettext_lazy("Pages"), "", _pages), order=90)


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: Request) -> HttpResponse:
    """Everything found, on a page."""
    query, only = request.POST.get("q", "").strip(), request.POST.get("only", "")
    groups = finding.find(request.actor, query, ALONE if only else ON_PAGE, only)
    return render(request, "desk/search.html", SearchPage(_("Search"), query, only, groups))


@require_POST
def palette(request: Request) -> HttpResponse:
    """The best of it, for the command palette; pages and commands it finds by itself."""
    groups = finding.find(request.actor, request.POST.get("q", ""), IN_PALETTE)
    found = [group for group in groups if group.name != "pages"]
    return render(request, "shell/found.html", SearchPage("", "", "", found))


patterns = [path("search", search, name="search"), path("search/palette", palette, name="palette")]
