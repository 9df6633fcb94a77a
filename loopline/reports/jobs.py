"""Every minute: schedules that are due; and the making of a run."""

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.jobs import ask_for, every, job
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.reports import actions, making
from loopline.reports.models import Delivery, DeliveryStatus, Run


@job(name="reports.produce", long=True)
def produce(*, tenant: int, run: int) -> None:
    """Make a run to its end."""
    making.produce(tenant, run)


@job(name="reports.due", long=True, one_at_a_time=True)
def make_due(*, tenant: int) -> None:
    """Have every report made that is due, and see that the standard set is there."""
    with enter(Scope(tenant)):
        actor = identity.platform_actor(tenant, "system")
        actions.bring_standard(actor=actor)
        for run in actions.take_due(actor=actor, now=clock.now()):
            ask_for(produce, run=run.pk)


@job(name="reports.send", long=True)
def send(*, tenant: int, mail: int) -> None:
    """Send a mail of a run that is made."""
    making.send(tenant, mail)


def ask_for_mail(mail: Delivery) -> None:
    """Have a mail sent in the background, if it waits to be."""
    if mail.status == DeliveryStatus.WAITING:
        ask_for(send, mail=mail.pk)


def ask_for_run(actor: Actor, run: Run) -> int:
    """Have a run made in the background. Returns the job's id."""
    return ask_for(produce, run=run.pk)


every(minutes=1, task=make_due, tenants=identity.tenant_ids)
