"""Standing in for a colleague who is away."""

from datetime import date

from loopline.identity.events import Delegated, DelegationEnded
from loopline.identity.models import Delegation, Staff
from loopline.identity.refusals import NotForOneself, PeriodReversed
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor


def delegate(*, actor: Actor, to: Staff, first_day: date, last_day: date, reason: str) -> Delegation:
    """Let a colleague stand in for oneself, both days included. Raises NotForOneself, PeriodReversed."""
    if to.pk == actor.staff_id or not to.is_active:
        raise NotForOneself(field="to")
    if last_day < first_day or last_day < clock.today(actor.zone):
        raise PeriodReversed(field="last_day")
    row = Delegation.objects.create(
        staff_id=actor.staff_id, to=to, first_day=first_day, last_day=last_day, reason=reason
    )
    event = Delegated(to=to.name, first_day=first_day.isoformat(), last_day=last_day.isoformat())
    record(event, about=row.staff, by=actor)
    announce("session", staff=to.pk)
    return row


def end_delegation(*, actor: Actor, public_id: str) -> None:
    """End it before its last day; whoever is away or stands in may. Raises NotFound."""
    row = Delegation.objects.select_related("staff", "to").filter(public_id=public_id, ended_at=None).first()
    if row is None or actor.staff_id not in (row.staff_id, row.to_id):
        raise NotFound
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    record(DelegationEnded(to=row.to.name), about=row.staff, by=actor)
    announce("session", staff=row.to_id)
