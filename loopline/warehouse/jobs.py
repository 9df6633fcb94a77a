"""The refresh as background work: when somebody asks, and by the clock for every operator."""

from loopline.identity.api import tenant_ids
from loopline.kernel.jobs import ask_for, every, job
from loopline.kernel.permission import Actor, require
from loopline.warehouse import actions, checks, quality
from loopline.warehouse.usage import jobs as usage_jobs

__all__ = ["ask_for_refresh", "refresh_warehouse", "usage_jobs"]


@job(name="warehouse.refresh", long=True, one_at_a_time=True)
def refresh_warehouse(tenant: int) -> None:
    """Bring the lake up to now, reconcile it and ask the rules of quality."""
    actions.refresh(tenant)
    checks.check(tenant)
    quality.run(tenant)


every(minutes=10, task=refresh_warehouse, tenants=tenant_ids)


def ask_for_refresh(actor: Actor) -> int:
    """Ask for a refresh in the open door. Returns the job's id."""
    require(actor, "warehouse.refresh")
    return ask_for(refresh_warehouse)
