"""Background work of the demo."""

from loopline.demo.loading import load
from loopline.identity import api as identity
from loopline.kernel.jobs import job
from loopline.kernel.scope import Scope, enter


@job(name="demo.grow", long=True, one_at_a_time=True)
def grow(tenant: int, size: int) -> None:
    """Bring the demo operator of the tenant to `size` customers. Killed and run again it goes on where it was."""
    with enter(Scope(tenant)):
        code = identity.current_tenant().code
    load(size=size, code=code)
