"""Recording one touch, and withdrawing one that was recorded by mistake a moment ago."""

from datetime import date, datetime

from loopline.interactions.events import InteractionRecorded, InteractionWithdrawn
from loopline.interactions.models import Interaction, Result
from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require


def record_interaction(
    *,
    actor: Actor,
    customer: int | None,
    branch: int,
    kind: str,
    channel: str,
    at: datetime,
    on: date,
    subscription: int | None = None,
    inbound: bool = True,
    topic: str = "",
    summary: str = "",
    result: str = "",
) -> Interaction:
    """Write a touch into the history of a customer (`on` is its day in the operator's zone).

    `customer` is None for somebody who did not say who he is; the touch then belongs to the branch alone.
    """
    made = Interaction.objects.create(
        customer_id=customer,
        branch_id=branch,
        subscription_id=subscription,
        kind=kind,
        channel=channel,
        inbound=inbound,
        at=at,
        on=on,
        topic=topic,
        summary=summary,
        result=result,
        staff_id=actor.staff_id,
        staff_name=actor.name,
    )
    record(InteractionRecorded(kind=kind, channel=channel), about=made, by=actor)
    return made


def settle_interaction(*, interaction: int, on: date | None) -> None:
    """A complaint or fault is solved on that day, or open again (None); one that is solved keeps its day.

    Told by the event of what solved it.
    """
    rows = Interaction.objects.filter(pk=interaction)
    if on is None:
        rows.update(resolved_on=None, result=Result.FOLLOW_UP)
    else:
        rows.filter(resolved_on=None).update(resolved_on=on, result=Result.SOLVED)


def withdraw_interaction(*, actor: Actor, interaction: int) -> None:
    """Take one of one's own out of the history again; that this was done stays in the event log."""
    require(actor, "tasks.work")
    row = Interaction.objects.select_for_update().filter(pk=interaction, staff_id=actor.staff_id).first()
    if row is None:
        raise NotFound
    record(InteractionWithdrawn(kind=row.kind, channel=row.channel), about=row, by=actor)
    row.delete()
