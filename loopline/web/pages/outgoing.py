"""Lists as files: every list that can be taken out, and the file of one."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.kernel.outgoing import outgoing_lists, take_out
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render

menu.add(
    "web.lists",
    MenuItem("administration", gettext_lazy("Lists as files"), "web:lists", "download", "customers.view"),
    order=66,
)


@dataclass(frozen=True, slots=True)
class ListsPage:
    """Name, and the addresses as csv and Excel, of each list."""

    title: str
    rows: list[tuple[str, str, str]]


@require_safe
def lists(request: Request) -> HttpResponse:
    """Every list that one may take out as a whole."""
    rows = [
        (str(each.label), at := reverse("web:export", kwargs={"name": each.name}), f"{at}?format=xlsx")
        for each in outgoing_lists()
        if request.actor.may(each.permission)
    ]
    page = ListsPage(_("Lists as files"), rows)
    return render(request, "web/lists.html", page, breadcrumbs=[Crumb(page.title)])


@require_safe
def export(request: Request, name: str) -> HttpResponseBase:
    """A list as a file, with the filters of the page that it was asked for on."""
    return take_out(request.actor, name, request.GET, request.GET.get("format", ""))


patterns = [path("export", lists, name="lists"), path("export/<slug:name>", export, name="export")]
