"""Wishes for files in clear."""

from loopline.exports.models import ClearExport
from loopline.kernel.errors import NotAllowed
from loopline.kernel.permission import Actor

ASKS, APPROVES = "customers.export_clear", "customers.approve_export"
SHOWN = 50


def clear_exports(actor: Actor) -> list[ClearExport]:
    """The newest: one's own, and all of them for who approves."""
    if not (actor.may(ASKS) or actor.may(APPROVES)):
        raise NotAllowed(permission=ASKS)
    rows = ClearExport.objects.order_by("-id")
    return list((rows if actor.may(APPROVES) else rows.filter(asked_by_id=actor.staff_id))[:SHOWN])
