"""A brought table: its star, columns and history, bringing it again, removing it."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loopline.imports import api as imports
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, address_of, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.marts import actions, jobs, queries
from loopline.marts.columns import of_stored
from loopline.marts.models import Kind, Role, Way
from loopline.marts.pages.bringing import limits
from loopline.marts.pages.listing import LoadLine, facts_of, line_of, pictured
from loopline.marts.picture import Star


@dataclass(frozen=True, slots=True)
class MartPage:
    """A brought table; `again_url` and `remove_url` are '' for whoever may not bring."""

    title: str
    subtitle: str
    star: Star
    facts: list[tuple[str, str]]
    columns: list[tuple[str, str, str, str]]
    loads: list[LoadLine]
    ways: list[tuple[str, str, str]]
    limits: str
    error: str
    pivot_url: str
    again_url: str
    remove_url: str


@require_safe
def mart(request: Request, name: str) -> HttpResponse:
    """A brought table."""
    return _page(request, name)


@require_POST
def again(request: Request, name: str) -> HttpResponse:
    """Bring a file into the table that is there."""
    require(request.actor, queries.BRINGS)
    try:
        file = imports.uploaded(request)
        load = actions.receive_again(
            actor=request.actor,
            name=name,
            source=file.chunks(1024 * 1024),
            file_name=file.name or "",
            way=request.POST.get("way", Way.REPLACE),
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        undo(request)
        return _page(request, name, refusal)
    jobs.ask_for_load(load)
    load.refresh_from_db()
    return HttpResponseRedirect(address_of("marts:load", load.public_id))


@require_POST
def remove(request: Request, name: str) -> HttpResponse:
    """Remove the table; the toast takes it back."""
    gone = actions.remove(actor=request.actor, name=name)
    back = HttpResponseRedirect(reverse("marts:list"))
    undo_url = reverse("marts:restore", args=[name])
    return with_toast(back, _("“%(name)s” is removed.") % {"name": gone.title}, undo_url=undo_url)


@require_POST
def restore(request: Request, name: str) -> HttpResponse:
    """Put the table back."""
    actions.restore(actor=request.actor, name=name)
    return HttpResponseRedirect(reverse("marts:mart", args=[name]))


def _page(request: Request, name: str, refusal: Refusal | None = None) -> HttpResponse:
    found = queries.find_mart(request.actor, name)
    brings = request.actor.may(queries.BRINGS)
    page = MartPage(
        title=found.title,
        subtitle=found.about or _("Brought by %(name)s") % {"name": found.owner_name},
        star=pictured(found),
        facts=facts_of(found, queries.newest_loads([found]).get(found.pk)),
        columns=[
            (one.column, str(Role(one.role).label), str(Kind(one.kind).label), one.name)
            for one in of_stored(found.columns)
        ],
        loads=[line_of(one, can_open=brings) for one in queries.loads_of(found)],
        ways=[
            (Way.REPLACE.value, str(Way.REPLACE.label), _("The file is the whole table.")),
            (Way.APPEND.value, str(Way.APPEND.label), _("The file is a further month, say.")),
        ],
        limits=limits(),
        error=refusal.message if refusal else "",
        pivot_url=reverse("olap:pivot", args=[found.name]),
        again_url=reverse("marts:again", args=[found.name]) if brings else "",
        remove_url=reverse("marts:remove", args=[found.name]) if brings else "",
    )
    crumbs = [Crumb(_("Data marts"), reverse("marts:list")), Crumb(page.title)]
    return render(
        request, "marts/mart.html", page, status=refusal.status if refusal else 200, breadcrumbs=crumbs
    )
