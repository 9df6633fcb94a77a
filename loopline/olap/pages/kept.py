"""The views that people keep: saving, opening, renaming, sharing, pinning, removing and putting back."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Request, address_of, again, with_toast
from loopline.kernel.permission import Actor, require
from loopline.olap import actions
from loopline.olap import api as olap
from loopline.olap.models import SavedView, Shared
from loopline.olap.views import view_named, views_of


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A kept view: where it leads, whose it is, and what its owner may do with it."""

    name: str
    url: str
    cube: str
    icon: str
    by: str
    shared: str
    shared_label: str
    is_mine: bool
    pinned: bool
    active: bool
    exact: str
    rename_url: str
    share_url: str
    pin_url: str
    remove_url: str


def view_lines(actor: Actor, cube: str = "", query: str = "") -> list[ViewLine]:
    """The views that somebody sees, of one cube or of all; `query` marks the one that is shown."""
    known = olap.all_cubes()
    return [_line(actor, known[row.cube], row, query) for row in views_of(actor, cube) if row.cube in known]


@require_POST
def save(request: Request) -> HttpResponse:
    """Keep what the pivot shows under a name."""
    cube, query = request.POST.get("cube", ""), request.POST.get("query", "")
    require(request.actor, "olap.view")
    olap.find_cube(cube)
    back = f"{reverse('olap:pivot', args=[cube])}?{query}"
    name = request.POST.get("name", "")
    try:
        view = actions.save_view(actor=request.actor, cube=cube, name=name, address=query)
    except Refusal as refusal:
        return again(request, back, refusal)
    kept = HttpResponseRedirect(_address(view))
    return with_toast(kept, _("Kept as “%(name)s”.") % {"name": view.name})


@require_safe
def show(request: Request, public_id: UUID) -> HttpResponse:
    """Open a kept view."""
    require(request.actor, "olap.view")
    view = view_named(request.actor, str(public_id))
    if view is None:
        raise NotFound
    return HttpResponseRedirect(_address(view))


@require_POST
def rename(request: Request, public_id: UUID) -> HttpResponse:
    """Call a view differently."""
    name = request.POST.get("name", "")
    try:
        view = actions.rename_view(actor=request.actor, view=str(public_id), name=name)
    except Refusal as refusal:
        return again(request, reverse("olap:cubes"), refusal)
    return with_toast(_back(request), _("Renamed to “%(name)s”.") % {"name": view.name})


@require_POST
def share(request: Request, public_id: UUID) -> HttpResponse:
    """Show a view to others, or to nobody else."""
    view = actions.share_view(actor=request.actor, view=str(public_id), shared=request.POST.get("shared", ""))
    said = {
        Shared.NOBODY: _("“%(name)s” is seen by you only."),
        Shared.UNIT: _("“%(name)s” is seen by your unit and those above it."),
        Shared.ALL: _("“%(name)s” is seen by everybody who may analyse."),
    }
    return with_toast(_back(request), said[Shared(view.shared)] % {"name": view.name})


@require_POST
def pin(request: Request, public_id: UUID) -> HttpResponse:
    """Have a view stand first, or no longer."""
    pinned = request.POST.get("pinned") == "1"
    actions.pin_view(actor=request.actor, view=str(public_id), pinned=pinned)
    return _back(request)


@require_POST
def remove(request: Request, public_id: UUID) -> HttpResponse:
    """Remove a view; the next page offers to put it back."""
    view = actions.remove_view(actor=request.actor, view=str(public_id))
    undo_url = address_of("olap:restore", view.public_id)
    return with_toast(_back(request), _("“%(name)s” was removed.") % {"name": view.name}, undo_url=undo_url)


@require_POST
def restore(request: Request, public_id: UUID) -> HttpResponse:
    """Put a removed view back."""
    actions.restore_view(actor=request.actor, view=str(public_id))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("olap:cubes"))


def _address(view: SavedView) -> str:
    return f"{reverse('olap:pivot', args=[view.cube])}?{view.address}"


def _line(actor: Actor, cube: olap.Cube, row: SavedView, query: str) -> ViewLine:
    mine = row.owner_id == actor.staff_id
    may_share = mine and actor.may("olap.share")
    return ViewLine(
        name=row.name,
        url=_address(row),
        cube=str(cube.label),
        icon=cube.icon,
        by="" if mine else row.owner.name,
        shared=row.shared,
        shared_label=str(Shared(row.shared).label) if row.shared else "",
        is_mine=mine,
        pinned=mine and row.pinned,
        active=bool(query) and row.address == query,
        exact=formats.moment(row.used_at),
        rename_url=address_of("olap:rename", row.public_id) if mine else "",
        share_url=address_of("olap:share", row.public_id) if may_share else "",
        pin_url=address_of("olap:pin", row.public_id) if mine else "",
        remove_url=address_of("olap:remove", row.public_id) if mine else "",
    )
