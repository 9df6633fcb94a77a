"""What is done with customer files each night, in the operator's own small hours."""

from loopline.customers import api, panels
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.jobs import every, job
from loopline.kernel.scope import Scope, enter

HOUR = 3
BATCH = 2000


@job(name="customers.nightly", long=True, one_at_a_time=True)
def nightly(*, tenant: int) -> None:
    """Asked for each hour; works in the hour after three o'clock of the operator's zone."""
    with enter(Scope(tenant)):
        actor = identity.platform_actor(tenant, "life cycle")
        if clock.now().astimezone(actor.zone).hour != HOUR:
            return
    run_rules(tenant)


def run_rules(tenant: int) -> int:
    """Let the rules move every customer, count the numbers of every document, and fill in match keys.

    Each batch is a transaction of its own, so a killed worker loses one. Returns how many customers were moved.
    """
    panels.load()
    moved, after = 0, 0
    while True:
        with enter(Scope(tenant)):
            actor = identity.platform_actor(tenant, "life cycle")
            rows = api.Customer.objects.filter(pk__gt=after, survivor=None).order_by("pk")
            keys = list(rows.values_list("pk", flat=True)[:BATCH])
            if not keys:
                break
            moved += api.move_life_cycles(actor=actor, customers=keys)
            api.count_lines(keys)
        after = keys[-1]
    while True:
        with enter(Scope(tenant)):
            if api.fill_in_keys(BATCH) < BATCH:
                return moved


every(minutes=60, task=nightly, tenants=identity.tenant_ids)
