"""The door of this module for other modules."""

from loopline.kernel.permission import Actor
from loopline.tmf.engine.keeping import make_kept
from loopline.tmf.models import Kept

__all__ = ["ensure_kept"]


def ensure_kept(*, actor: Actor, path: str, name: str) -> Kept:
    """An entity of this name that is kept for clients, made where there is none."""
    found = Kept.objects.filter(resource=path, name=name).order_by("pk").first()
    return found or make_kept(actor, path, {"name": name})
