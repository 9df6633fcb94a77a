"""Reminding account managers: each night, batch by batch; an occasion has one task, however often the night is run.

The subject of the task names the occasion, and a subject is taken once. A killed night is gone through again from
its start; only a night that came to its end is marked.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.events import announce
from loopline.kernel.jobs import job
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.keyaccounts.models import Charge, Terms
from loopline.keyaccounts.queries import occasions as queries
from loopline.keyaccounts.rules import occasions
from loopline.worklist import api as worklist

BATCH = 500
NIGHT = 1
"""The hour of the operator's day from which a night is gone through."""
TASK = "keyaccounts.reminder"


@job(name="keyaccounts.remind", long=True, one_at_a_time=True)
def remind(*, tenant: int) -> None:
    """Go through all customers in charge, once a night."""
    with enter(Scope(tenant)):
        actor = identity.platform_actor(tenant, "system")
        now = clock.now()
        terms = Terms.objects.first() or Terms()
        if now.astimezone(actor.zone).hour < NIGHT or terms.reminded_on == now.astimezone(actor.zone).date():
            return
    after: int | None = 0
    while after is not None:
        with enter(Scope(tenant)):
            after = next_batch(identity.platform_actor(tenant, "system"), after, now)
    with enter(Scope(tenant)):
        Terms.objects.get_or_create()
        Terms.objects.update(reminded_on=now.astimezone(actor.zone).date())


def next_batch(actor: Actor, after: int, now: datetime, batch: int = BATCH) -> int | None:
    """Remind of the occasions of the next customers in charge. Returns the place behind them, None at the end."""
    rows = Charge.objects.filter(until=None, pk__gt=after).select_related("staff").order_by("pk")
    charges = list(rows[:batch])
    if not charges:
        return None
    terms = Terms.objects.first() or Terms()
    today = now.astimezone(actor.zone).date()
    by_customer = {charge.customer_id: charge for charge in charges}
    # All questions are asked before the copy begins: it has the connection for itself.
    found = list(queries.of_customers(list(by_customer), terms, today))
    made = worklist.create_tasks(_task(one, by_customer, actor, now) for one in found)
    if made:
        for staff in sorted({charge.staff_id for charge in charges}):
            announce("worklist", staff=staff)
    return charges[-1].pk


def _task(
    occasion: queries.Occasion, charges: Mapping[int, Charge], actor: Actor, now: datetime
) -> worklist.NewTask:
    charge = charges[occasion.customer]
    due = datetime.combine(occasion.on, time(18), tzinfo=actor.zone).astimezone(UTC)
    return worklist.NewTask(
        kind=TASK,
        title=occasion.kind,
        branch=charge.branch_id,
        customer=occasion.customer,
        subject=occasion.subject,
        source="keyaccounts.reminders",
        source_name="",
        detail={"occasion": occasion.kind, "on": occasion.on.isoformat(), **occasion.detail},
        priority=occasions.PRIORITY[occasion.kind],
        due_at=max(due, now),
        assignee=charge.staff_id,
    )
