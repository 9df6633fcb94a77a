"""Twice a minute: indicators are measured and judged, breaches given to somebody, gone up with, seen to recover."""

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.jobs import every, job
from loopline.kernel.scope import Scope, enter
from loopline.kpi import api


@job(name="kpi.watch", long=True, one_at_a_time=True)
def watch(*, tenant: int) -> None:
    """Look after an operator's indicators, in one transaction."""
    with enter(Scope(tenant)):
        api.watch(actor=identity.platform_actor(tenant, "system"), now=clock.now())


every(minutes=0.5, task=watch, tenants=identity.tenant_ids)
