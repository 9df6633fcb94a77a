"""Files whose transaction was rolled back are taken away once a day."""

from loopline.documents import store
from loopline.documents.models import Document
from loopline.identity import api as identity
from loopline.kernel.jobs import every, job
from loopline.kernel.scope import current


@job(name="documents.sweep", one_at_a_time=True)
def sweep() -> None:
    """Remove the files of the tenant that no row knows."""
    tenant = current().tenant
    known = Document.objects.values_list("place", flat=True)
    for place in store.strays(tenant, known):
        store.remove(tenant, place)


every(minutes=24 * 60, task=sweep, tenants=identity.tenant_ids)
