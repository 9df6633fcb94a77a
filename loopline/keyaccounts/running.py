"""A run by rules in the background: rule by rule, batch by batch, each batch in a transaction of its own.

The run's row keeps how far it has come, so that a killed one goes on behind its last batch and gives nobody twice.
"""

from datetime import datetime

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.events import announce, record
from loopline.kernel.jobs import ask_for, job
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, current, enter
from loopline.keyaccounts.actions import charges, ruling
from loopline.keyaccounts.events import CustomersGiven
from loopline.keyaccounts.models import Post, Run, RunState
from loopline.keyaccounts.queries import accounts
from loopline.keyaccounts.queries import rules as queries
from loopline.keyaccounts.rules.allotting import Seat, allot

BATCH = 1000


@job(name="keyaccounts.run", long=True, one_at_a_time=True)
def follow_rules(*, tenant: int, run: int) -> None:
    """Do a run from where it stands to its end."""
    more = True
    while more:
        with enter(Scope(tenant)):
            more = next_batch(run, clock.now())


def start_run(*, actor: Actor) -> Run:
    """Ask for a run by the rules as they stand. Raises RunUnderWay, NothingToGive."""
    run = ruling.ask_for_run(actor=actor)
    ask_for(follow_rules, run=run.pk)
    return run


def next_batch(run: int, now: datetime, batch: int = BATCH) -> bool:
    """Give the next customers of the rule that the run is at. Returns whether more may follow."""
    found = Run.objects.select_for_update().get(pk=run)
    if found.state not in (RunState.WAITING, RunState.RUNNING):
        return False
    if found.rule >= len(found.rules):
        _end(found, now)
        return False
    found.state = RunState.RUNNING
    rule = found.rules[found.rule]
    keys = queries.unplaced(found.rules, found.rule + 1, found.last, batch)
    given = allot(keys, _seats(rule["post"]))
    if given:
        _open(found, given, now)
    rule["given"] += len(given)
    found.given += len(given)
    if len(keys) < batch or len(given) < len(keys):
        found.rule, found.last = found.rule + 1, 0
    else:
        found.last = keys[-1]
    found.save(update_fields=["state", "rules", "rule", "last", "given"])
    announce("keyaccounts")
    return True


def _seats(post: int) -> list[Seat]:
    keys = queries.holders(Post.objects.get(pk=post))
    loads = accounts.loads(keys)
    rows = Post.objects.filter(pk__in=keys, until=None)
    return [Seat(row.pk, loads.get(row.pk, 0), row.load_limit) for row in rows]


def _open(run: Run, given: dict[int, int], now: datetime) -> None:
    actor = identity.platform_actor(current().tenant, "system")
    posts = Post.objects.in_bulk(list(set(given.values())))
    branches = dict(customers.Customer.objects.filter(pk__in=given).values_list("pk", "branch_id"))
    holders = {key: posts[post] for key, post in given.items()}
    charges.open_charges(run, holders, branches, now.astimezone(actor.zone).date())
    charges.show_strangers(holders, branches, now)


def _end(run: Run, now: datetime) -> None:
    run.state, run.ended_at = RunState.DONE, now
    run.save(update_fields=["state", "ended_at"])
    actor = identity.platform_actor(run.tenant_id, run.by_name)
    record(CustomersGiven(kind=run.kind, count=run.given), about=run, by=actor)
    announce("keyaccounts")
