"""Every minute: alarms that are due, and tickets that close because nobody objected."""

from loopline.cases import api
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.jobs import every, job
from loopline.kernel.scope import Scope, current, enter


@job(name="cases.alarms", long=True, one_at_a_time=True)
def alarms(*, tenant: int) -> None:
    """Look after every ticket whose time has come, batch by batch; each batch is a transaction."""
    while True:
        with enter(Scope(tenant)):
            actor = identity.platform_actor(current().tenant, "system")
            if not api.raise_alarms(actor=actor, now=clock.now()):
                return


every(minutes=1, task=alarms, tenants=identity.tenant_ids)
