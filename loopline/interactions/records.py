"""The history of touches for programs: every one there is, and what may be corrected afterwards."""

from collections.abc import Mapping

from django.db.models import QuerySet

from loopline.interactions.events import InteractionCorrected
from loopline.interactions.models import Interaction
from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

CORRECTABLE = ("topic", "summary")


def interactions(actor: Actor) -> QuerySet[Interaction]:
    """Every touch that the actor may see, with its customer where one is known."""
    require(actor, "customers.view")
    return Interaction.objects.select_related("customer")


def correct_interaction(*, actor: Actor, interaction: Interaction, changes: Mapping[str, str]) -> None:
    """Correct the topic or what was said; the event tells which, not what stood there."""
    require(actor, "tasks.work")
    row = Interaction.objects.select_for_update().get(pk=interaction.pk)
    if unknown := set(changes) - set(CORRECTABLE):
        raise NotFound(field=min(unknown))
    changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
    if changed:
        for name in changed:
            setattr(row, name, changes[name])
        row.save(update_fields=changed)
        record(InteractionCorrected(fields=changed), about=row, by=actor)
