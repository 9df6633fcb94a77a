"""Keeping looks at cubes: saving, sharing, pinning, removing, and finding one's way back."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.olap.events import ViewRemoved, ViewSaved, ViewShared
from loopline.olap.models import SavedView, Shared

LONGEST_NAME = 80
LONGEST_ADDRESS = 4000


class NameMissing(Refusal):
    """A view that is kept has a name."""

    code = "missing"
    sentence = _("Please give the view a name.")


class NameTaken(Conflict):
    """One person's views of a cube differ in their names."""

    code = "view_name_taken"
    sentence = _("You have another view of this cube by this name.")


def save_view(*, actor: Actor, cube: str, name: str, address: str) -> SavedView:
    """Keep a look at a cube under a name; a view of one's own by that name is kept anew. Raises NameMissing."""
    require(actor, "olap.view")
    kept, address = _name(name), address.replace("\0", "")[:LONGEST_ADDRESS]
    view, _made = SavedView.objects.update_or_create(
        owner_id=actor.staff_id,
        cube=cube,
        name=kept,
        removed_at=None,
        defaults={"address": address, "used_at": clock.now()},
        create_defaults={"address": address, "used_at": clock.now(), "unit_id": actor.unit_id},
    )
    record(ViewSaved(cube=cube, title=kept), about=view, by=actor)
    return view


def rename_view(*, actor: Actor, view: str, name: str) -> SavedView:
    """Call a view of one's own differently. Raises NameMissing, NameTaken."""
    require(actor, "olap.view")
    row, kept = _own(actor, view), _name(name)
    _require_free(row, kept)
    row.name = kept
    row.save(update_fields=["name"])
    record(ViewSaved(cube=row.cube, title=kept), about=row, by=actor)
    return row


def share_view(*, actor: Actor, view: str, shared: str) -> SavedView:
    """Show a view of one's own to nobody else, to the own unit or to everybody."""
    require(actor, "olap.share")
    if shared not in Shared.values:
        raise Invalid(field="shared", reason=_("Please choose one of the values offered."))
    row = _own(actor, view)
    row.shared, row.unit_id = shared, actor.unit_id
    row.save(update_fields=["shared", "unit_id"])
    record(ViewShared(cube=row.cube, title=row.name, shared=shared), about=row, by=actor)
    return row


def pin_view(*, actor: Actor, view: str, pinned: bool) -> SavedView:
    """Have a view of one's own stand first, or no longer."""
    require(actor, "olap.view")
    row = _own(actor, view)
    row.pinned = pinned
    row.save(update_fields=["pinned"])
    return row


def remove_view(*, actor: Actor, view: str) -> SavedView:
    """Remove a view of one's own."""
    require(actor, "olap.view")
    row = _own(actor, view)
    row.removed_at = clock.now()
    row.save(update_fields=["removed_at"])
    record(ViewRemoved(cube=row.cube, title=row.name, back=False), about=row, by=actor)
    return row


def restore_view(*, actor: Actor, view: str) -> SavedView:
    """Put a removed view of one's own back. Raises NameTaken when another has its name by now."""
    require(actor, "olap.view")
    row = _own(actor, view, removed=True)
    _require_free(row, row.name)
    row.removed_at = None
    row.save(update_fields=["removed_at"])
    record(ViewRemoved(cube=row.cube, title=row.name, back=True), about=row, by=actor)
    return row


def leave_mark(*, actor: Actor, cube: str, address: str) -> None:
    """Remember where somebody left a cube, so that he can go on there."""
    require(actor, "olap.view")
    if not actor.staff_id or not actor.unit_id:
        return
    mark = {"address": address.replace("\0", "")[:LONGEST_ADDRESS], "used_at": clock.now()}
    SavedView.objects.update_or_create(
        owner_id=actor.staff_id,
        cube=cube,
        name="",
        removed_at=None,
        defaults=mark,
        create_defaults=mark | {"unit_id": actor.unit_id},
    )


def _name(name: str) -> str:
    kept = " ".join(name.replace("\0", "").split())[:LONGEST_NAME]
    if not kept:
        raise NameMissing(field="name")
    return kept


def _own(actor: Actor, public_id: str, *, removed: bool = False) -> SavedView:
    rows = SavedView.objects.select_for_update().exclude(name="")
    row = rows.filter(public_id=public_id, owner_id=actor.staff_id, removed_at__isnull=not removed).first()
    if row is None:
        raise NotFound
    return row


def _require_free(row: SavedView, name: str) -> None:
    others = SavedView.objects.filter(owner_id=row.owner_id, cube=row.cube, name=name, removed_at=None)
    if others.exclude(pk=row.pk).exists():
        raise NameTaken(field="name")
