"""The views that somebody sees: his own and those shared with him."""

from django.db.models import Q, QuerySet

from loopline.kernel.permission import Actor
from loopline.olap.models import SavedView


def views_of(actor: Actor, cube: str = "") -> QuerySet[SavedView]:
    """Kept views, of one cube or of all: pinned ones of one's own first, then by name."""
    rows = SavedView.objects.filter(removed_at=None).exclude(name="").select_related("owner", "unit")
    if cube:
        rows = rows.filter(cube=cube)
    mine = Q(owner_id=actor.staff_id)
    return rows.annotate(is_pinned=mine & Q(pinned=True)).order_by("-is_pinned", "name", "pk")


def left_at(actor: Actor) -> QuerySet[SavedView]:
    """Where the person left each cube, the last one first."""
    return SavedView.objects.filter(owner_id=actor.staff_id, name="", removed_at=None).order_by("-used_at")


def view_named(actor: Actor, public_id: str) -> SavedView | None:
    """A view that the person sees, None for none."""
    return views_of(actor).filter(public_id=public_id).first()
