"""Background work of stock."""

from loopline.identity.api import platform_actor, tenant_ids
from loopline.kernel import clock, jobs
from loopline.kernel.scope import current
from loopline.stock.api import recycle


@jobs.job(name="stock.recycle", one_at_a_time=True)
def free_again() -> None:
    """Free what was held too long and what has cooled off."""
    recycle(actor=platform_actor(current().tenant, "stock"), now=clock.now())


jobs.every(minutes=1, task=free_again, tenants=tenant_ids)
