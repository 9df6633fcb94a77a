"""Noting in a moment what a customer said."""

from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.interactions.models import Channel, Interaction, InteractionKind, Result
from loopline.interactions.touches import record_interaction, settle_interaction
from loopline.kernel import clock, numbers
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.permission import Actor, require

LONGEST = 2000
NOTED_KINDS = (
    InteractionKind.ENQUIRY,
    InteractionKind.COMPLAINT,
    InteractionKind.FAULT,
    InteractionKind.VISIT,
    InteractionKind.NOTE,
)


class NothingSaid(Refusal):
    """A note without text."""

    code = "nothing_said"
    sentence = _("Write a few words about what was said.")


def note_interaction(
    *,
    actor: Actor,
    customer: customers.Customer,
    kind: str,
    channel: str,
    summary: str,
    topic: str = "",
    result: str = "",
) -> Interaction:
    """Write what was said just now into the customer's history. A complaint stays open until it is resolved."""
    require(actor, "tasks.work")
    if kind not in NOTED_KINDS:
        raise Invalid(field="kind", reason=_("Please choose what it was about."))
    if channel not in Channel.values:
        raise Invalid(field="channel", reason=_("Please choose where it happened."))
    if result and result not in Result.values:
        raise Invalid(field="result", reason=_("Please choose how it ended."))
    said = summary.replace("\0", "").strip()
    if not said or numbers.looks_masked(said):
        raise NothingSaid(field="summary")
    made = record_interaction(
        actor=actor,
        customer=customer.pk,
        branch=customer.branch_id,
        kind=kind,
        channel=channel,
        at=clock.now(),
        on=clock.today(actor.zone),
        inbound=kind != InteractionKind.NOTE,
        topic=topic.replace("\0", "").strip()[:80],
        summary=said[:LONGEST],
        result=result,
    )
    if result == Result.SOLVED and kind in (InteractionKind.COMPLAINT, InteractionKind.FAULT):
        settle_interaction(interaction=made.pk, on=made.on)
    return made


def resolve_complaint(*, actor: Actor, interaction: Interaction) -> None:
    """Close an open complaint or fault; one that is closed is left as it is."""
    require(actor, "tasks.work")
    row = Interaction.objects.select_for_update().get(pk=interaction.pk)
    if row.resolved_on is None:
        row.resolved_on = clock.today(actor.zone)
        row.result = Result.SOLVED
        row.save(update_fields=["resolved_on", "result"])
