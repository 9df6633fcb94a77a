"""The worker brings what lies in the spool, and lets go of originals that are old enough."""

from loopline.identity.api import tenant_ids
from loopline.kernel.jobs import every, job
from loopline.warehouse.lake import NotLoaded
from loopline.warehouse.usage import originals
from loopline.warehouse.usage.spool import bring_spool, waiting


@job(name="warehouse.usage", long=True, one_at_a_time=True)
def bring_usage(tenant: int) -> None:
    """Bring the files of the spool. Before the first refresh they wait."""
    if not waiting(tenant):
        return
    try:
        bring_spool(tenant)
    except NotLoaded:
        return


@job(name="warehouse.forget_usage", long=True, one_at_a_time=True)
def forget_usage(tenant: int) -> None:
    """Remove originals that have been kept long enough."""
    originals.forget(tenant)


every(minutes=1, task=bring_usage, tenants=tenant_ids)
every(minutes=24 * 60, task=forget_usage, tenants=tenant_ids)
