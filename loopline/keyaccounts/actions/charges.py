"""Putting customers in charge by hand, handing them over, and taking the latest of it back.

What is done in one go is a run: it knows which charges it opened and ended and what went along, so that one step
takes all of it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel.copying import copy_rows
from loopline.kernel.events import record, record_many
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import ChargeTaken, CustomersGiven, RunUndone
from loopline.keyaccounts.models import Charge, Post, Run, RunKind, RunState, Visit, VisitState
from loopline.keyaccounts.queries import accounts, chain
from loopline.keyaccounts.queries.whole import whole_operator
from loopline.keyaccounts.refusals import NoRoom, NothingToGive, NotTheLast, OutOfReach, PostIsOver
from loopline.keyaccounts.rules.allotting import shares
from loopline.keyaccounts.rules.words import clean
from loopline.messaging import api as messaging
from loopline.worklist import api as worklist

COLUMNS = ["customer_id", "branch_id", "post_id", "staff_id", "since", "reason", "run_id"]
TOLD = 2000
"""Up to so many customers each has the change in his own history; a larger run is told once, about itself."""


def put_in_charge(
    *, actor: Actor, post: Post, chosen: Iterable[customers.Customer], now: datetime, note: str = ""
) -> Run:
    """Put customers in somebody's charge, or in nobody's former hands: whoever had them hands them over.

    Raises NoRoom, NothingToGive, OutOfReach.
    """
    require(actor, "keyaccounts.assign")
    _check_reach(actor, [post])
    keys = sorted({customer.pk for customer in chosen})
    held = _held(keys)
    wanted = [key for key in keys if key not in held or held[key].post_id != post.pk]
    if not wanted:
        raise NothingToGive(field="customers")
    _check_room(post, len(wanted))
    run = _begin(actor, RunKind.HAND, note=clean(note, 2000))
    _pass_on(actor, run, dict.fromkeys(wanted, post), held, now)
    return _finish(actor, run, len(wanted), now)


def release(*, actor: Actor, chosen: Iterable[customers.Customer], now: datetime, note: str = "") -> Run:
    """Nobody looks after these customers by name any more. Raises NothingToGive."""
    require(actor, "keyaccounts.assign")
    held = _held(sorted({customer.pk for customer in chosen}))
    if not held:
        raise NothingToGive(field="customers")
    run = _begin(actor, RunKind.HAND, note=clean(note, 2000))
    _end(run, held, now, actor)
    _tell_customers(actor, held, {})
    return _finish(actor, run, len(held), now)


def hand_over(*, actor: Actor, post: Post, successors: Sequence[Post], note: str, now: datetime) -> Run:
    """Everything a manager has goes to one successor, or is split among several; tasks and visits go along.

    The customers are dealt out one after the other in their order, so that each successor gets his even share.
    Raises NoRoom, NothingToGive, OutOfReach.
    """
    require(actor, "keyaccounts.assign")
    heirs = [heir for heir in dict.fromkeys(successors) if heir.pk != post.pk and heir.until is None]
    if not heirs:
        raise NothingToGive(field="successors")
    _check_reach(actor, [post, *heirs])
    held = {charge.customer_id: charge for charge in accounts.open_of(post).select_for_update(of=("self",))}
    if not held:
        raise NothingToGive(field="post")
    for heir, share in zip(heirs, shares(len(held), len(heirs)), strict=True):
        _check_room(heir, share)
    run = _begin(actor, RunKind.HAND_OVER, post=post, note=clean(note, 2000))
    given = {key: heirs[place % len(heirs)] for place, key in enumerate(held)}
    _pass_on(actor, run, given, held, now)
    _tell_successors(actor, run, given)
    return _finish(actor, run, len(held), now)


def undo_run(*, actor: Actor, run: Run, now: datetime) -> Run:
    """Take the latest run back: who had a customer before has him again, with the tasks and visits that went along.

    Whoever was put into other hands since stays there. Raises NotTheLast, PostIsOver.
    """
    require(actor, "keyaccounts.assign")
    found = Run.objects.select_for_update().get(pk=run.pk)
    if found.by_id != actor.staff_id:
        require(actor, "keyaccounts.chain")
    later = Run.objects.filter(pk__gt=found.pk).exclude(state=RunState.UNDONE).exists()
    if later or found.state not in (RunState.DONE, RunState.STOPPED):
        raise NotTheLast
    with whole_operator():
        opened = Charge.objects.filter(run=found, until=None)
        strangers = list(opened.values_list("staff_id", "customer_id"))
        count = opened.delete()[0]
        identity.withdraw_customers(pairs=strangers)
        back = Charge.objects.filter(ended_by=found)
        taken = Charge.objects.filter(customer__in=back.values("customer"), until=None).values("customer")
        back = back.exclude(customer__in=list(taken.values_list("customer", flat=True)))
        gone = back.filter(post__until__isnull=False).select_related("staff").first()
        if gone is not None:
            raise PostIsOver(who=gone.staff.name)
        _open_where_needed(back, now)
        count = max(count, back.update(until=None, ended_by=None))
        _move_back(found)
    found.state, found.undone_by, found.ended_at = RunState.UNDONE, actor.name, now
    found.save(update_fields=["state", "undone_by", "ended_at"])
    record(RunUndone(kind=found.kind, count=count), about=found, by=actor)
    return found


def open_charges(
    run: Run | None, given: Mapping[int, Post], branches: Mapping[int, int], today: date
) -> None:
    """Write the charges of a run, and let their holders see customers of other branches."""
    copy_rows(
        Charge,
        COLUMNS,
        (
            (
                key,
                branches[key],
                post.pk,
                post.staff_id,
                today,
                run.kind if run else "",
                run.pk if run else None,
            )
            for key, post in given.items()
        ),
    )


def _begin(actor: Actor, kind: RunKind, *, post: Post | None = None, note: str = "") -> Run:
    return Run.objects.create(
        kind=kind,
        state=RunState.RUNNING,
        post=post,
        note=note,
        by_id=actor.staff_id,
        by_name=actor.name,
    )


def _finish(actor: Actor, run: Run, count: int, now: datetime) -> Run:
    run.state, run.total, run.given, run.ended_at = RunState.DONE, count, count, now
    run.save(update_fields=["state", "total", "given", "ended_at", "moved"])
    record(CustomersGiven(kind=run.kind, count=count, note=run.note), about=run, by=actor)
    return run


def _held(keys: Sequence[int]) -> dict[int, Charge]:
    rows = Charge.objects.filter(customer__in=list(keys), until=None).select_related("staff")
    return {row.customer_id: row for row in rows.select_for_update(of=("self",))}


def _pass_on(
    actor: Actor, run: Run, given: Mapping[int, Post], held: Mapping[int, Charge], now: datetime
) -> None:
    today = now.astimezone(actor.zone).date()
    branches = dict(customers.Customer.objects.filter(pk__in=list(given)).values_list("pk", "branch_id"))
    former = {key: held[key] for key in given if key in held}
    _end(run, former, now, actor)
    open_charges(run, given, branches, today)
    show_strangers(given, branches, now)
    _move_along(run, given, former)
    _tell_customers(actor, former, given)


def _end(run: Run, held: Mapping[int, Charge], now: datetime, actor: Actor) -> None:
    today = now.astimezone(actor.zone).date()
    rows = Charge.objects.filter(pk__in=[charge.pk for charge in held.values()])
    rows.update(until=today, ended_by=run)
    identity.withdraw_customers(pairs=[(charge.staff_id, key) for key, charge in held.items()])


def show_strangers(given: Mapping[int, Post], branches: Mapping[int, int], now: datetime) -> None:
    """Whoever is put in charge of a customer of a branch he does not see, sees this one."""
    pairs: list[tuple[int, int]] = []
    for post in {post.pk: post for post in given.values()}.values():
        within = chain.sees_customers_of(post, now)
        if within is None:
            continue
        seen = set(within)
        pairs += [
            (post.staff_id, key)
            for key, holder in given.items()
            if holder.pk == post.pk and branches[key] not in seen
        ]
    identity.assign_customers(pairs=pairs)


def _open_where_needed(charges: Iterable[Charge], now: datetime) -> None:
    rows = list(charges.select_related("post"))  # type: ignore[attr-defined]
    given = {row.customer_id: row.post for row in rows}
    show_strangers(given, {row.customer_id: row.branch_id for row in rows}, now)


def _move_along(run: Run, given: Mapping[int, Post], former: Mapping[int, Charge]) -> None:
    """Open tasks and planned visits go with the customer; which ones is kept, to bring them back."""
    tasks: list[list[int]] = []
    visits: list[list[int]] = []
    with whole_operator():
        for before, after in sorted({(former[key].staff_id, given[key].staff_id) for key in former}):
            keys = [key for key in former if (former[key].staff_id, given[key].staff_id) == (before, after)]
            moved = worklist.pass_tasks(of=before, to=after, customers=keys)
            tasks += [[task, before, after] for task in moved]
            planned = Visit.objects.filter(customer__in=keys, staff_id=before, state=VisitState.PLANNED)
            visits += [[key, before, after] for key in planned.values_list("pk", flat=True)]
            planned.update(staff_id=after)
    run.moved = {"tasks": tasks, "visits": visits}


def _move_back(run: Run) -> None:
    for before, after in sorted({(before, after) for _key, before, after in run.moved.get("tasks", [])}):
        keys = [task for task, *pair in run.moved["tasks"] if pair == [before, after]]
        worklist.pass_tasks(of=after, to=before, tasks=keys)
    for key, before, after in run.moved.get("visits", []):
        Visit.objects.filter(pk=key, staff_id=after, state=VisitState.PLANNED).update(staff_id=before)


def _tell_customers(actor: Actor, former: Mapping[int, Charge], given: Mapping[int, Post]) -> None:
    keys = list(dict.fromkeys([*given, *former]))
    if len(keys) > TOLD:
        return
    rows = customers.Customer.objects.in_bulk(keys)
    events = [
        (
            ChargeTaken(
                before=former[key].staff.name if key in former else "",
                to=given[key].staff.name if key in given else "",
            ),
            rows[key],
        )
        for key in keys
        if key in rows
    ]
    record_many(list(events), by=actor)


def _tell_successors(actor: Actor, run: Run, given: Mapping[int, Post]) -> None:
    leaving = run.post.staff.name if run.post else ""
    for heir in {post.pk: post for post in given.values()}.values():
        count = sum(post.pk == heir.pk for post in given.values())
        told = _("%(who)s hands %(count)s customers over to you") % {"who": leaving, "count": count}
        messaging.send_message(
            actor=actor, recipient=heir.staff, subject=told, body=run.note, link="/key-accounts"
        )


def _check_room(post: Post, more: int) -> None:
    with whole_operator():
        load = accounts.loads([post.pk]).get(post.pk, 0)
    if load + more > post.load_limit:
        raise NoRoom(field="post", who=post.staff.name, limit=post.load_limit, count=load + more)


def _check_reach(actor: Actor, posts: Sequence[Post]) -> None:
    if actor.is_system:
        return
    seen = {post.pk for post in chain.visible(actor)}
    if not {post.pk for post in posts} <= seen:
        raise OutOfReach(field="post")
