"""Bringing the demo operator: founded, then filled world by world, batch by batch.

An operator consists of worlds whose edges are the usual sizes, so that a small one grows into a large one without a
change to whom it has already. A batch commits together with the mark of how far its cohort is; after a kill the
cohorts are made again from the seed, exactly as they were, and what is written is passed over. The cohorts of a large
world are lived and written side by side (`crew.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from loopline.demo import crew, founding
from loopline.demo.archive import write_truth
from loopline.demo.bills import Lines
from loopline.demo.columns import between
from loopline.demo.desks import write_desks
from loopline.demo.facts import Facts
from loopline.demo.founding import CODE
from loopline.demo.keyaccounts import write_key_accounts
from loopline.demo.models import Mark, Simulation
from loopline.demo.orders import write_orders
from loopline.demo.population import Cohort
from loopline.demo.services import write_services
from loopline.demo.steering import set_aims
from loopline.demo.tickets import write_tickets
from loopline.demo.ticking import apply, folder_of, go_on
from loopline.demo.world import SIZES, Intake, Part, World
from loopline.demo.writing import Places, write_arrivals, write_life
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.scope import NOBODY, Scope, change, enter

SEED = 39
BATCH = 10_000
LATER = 2_000_000  # the keys of those who join after the recorded year begin here
LATER_STEP = 500_000
COHORTS_OF_WORLD = 10_000
SMALLEST, LARGEST = 50, LATER - 1

type Progress = Callable[[int, int], None]
"""Told the customers that are there and those that shall be there."""


class NoSuchSize(Invalid):
    """Neither a name nor a number of customers that is possible."""

    sentence = _("The size is small, demo, large or a number from %(smallest)s to %(largest)s.")


class NotADemo(Conflict):
    """A real operator has the code."""

    code = "not_a_demo"
    sentence = _("The operator “%(code)s” is there already and is not a simulated one.")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a load has brought: `customers` of the recorded year, `new` of them by this call."""

    tenant: int
    code: str
    customers: int
    new: int
    today: date


def load(*, size: str | int, code: str = CODE, progress: Progress | None = None) -> Summary:
    """Bring the operator `code` to at least `size` customers (small, demo, large or a number), and up to today.

    What is there already stays. It may be killed and called again, and two calls at once do not harm each other.
    Raises NoSuchSize, NotADemo. Outside of any door.
    """
    wanted = size_of(size)
    tenant = _founded(code, wanted)
    simulation = _simulation(tenant)
    before = simulation.written
    there = 0
    for index, customers in enumerate(worlds_of(simulation.blocks, simulation.target)):
        if index >= len(simulation.blocks) and there < wanted:
            _load_world(tenant, index, customers, progress or _silent)
        there += customers
    # Nobody is contacted meanwhile: the tasks that wait in worklists are for people, unless a tick is asked for.
    passed = go_on(tenant, until=_real_day(tenant), staffed=False)
    _write_tickets(tenant)
    if code == CODE:
        _write_key_accounts(tenant)
        _write_services(tenant, passed.today)
        write_orders(tenant, clock.now())
        _set_aims(tenant)
    simulation = _simulation(tenant)
    return Summary(tenant, code, simulation.complete, simulation.complete - before, passed.today)


def size_of(size: str | int) -> int:
    """How many customers a size means; a number may also come as text."""
    wanted = int(size) if isinstance(size, int) or size.isdecimal() else SIZES.get(size, 0)
    if not SMALLEST <= wanted <= LARGEST:
        raise NoSuchSize(smallest=SMALLEST, largest=LARGEST)
    return wanted


def worlds_of(blocks: list[int], target: int) -> list[int]:
    """Customers of each world: those there are, and further ones up to `target`, ending at the usual sizes."""
    edges = [edge for edge in sorted(SIZES.values()) if sum(blocks) < edge < target]
    if target > sum(blocks):
        edges.append(target)
    return [*blocks, *np.diff([sum(blocks), *edges]).tolist()]


def part_of(index: int, blocks: list[int]) -> Part:
    """The keys of world number `index`."""
    return Part(1 + sum(blocks[:index]), LATER + index * LATER_STEP, index * COHORTS_OF_WORLD)


def _silent(done: int, target: int) -> None:
    """Tell nobody."""


def _founded(code: str, wanted: int) -> int:
    """The operator with its simulation, founded in one transaction where it is not there; its target raised."""
    with enter(NOBODY):
        with connection.cursor() as cursor:  # of two that come at once the second finds it founded
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demo'), hashtext(%s))", [code])
        tenant = identity.find_tenant(code)
        if tenant is None:
            tenant = founding.found(code)
            Simulation.objects.create(seed=SEED, end_month=_last_month(), target=wanted)
        else:
            change(Scope(tenant))
            simulation = Simulation.objects.select_for_update().first()
            if simulation is None:
                raise NotADemo(code=code)
            simulation.target = max(simulation.target, wanted)
            simulation.save(update_fields=["target"])
    return tenant


def _load_world(tenant: int, index: int, customers: int, progress: Progress) -> None:
    simulation = _simulation(tenant)
    world = World.new(
        size=customers,
        seed=simulation.seed,
        end_month=simulation.end_month,
        part=part_of(index, simulation.blocks),
    )
    intakes = world.intakes()
    with crew.gathered(customers) as each:
        for intake, cohort in zip(intakes, each(partial(_load_cohort, tenant, world), intakes), strict=True):
            world.take_in(cohort)
            progress(intake.first + intake.size - 1, simulation.target)
    _complete(tenant, index, world)


def _load_cohort(tenant: int, world: World, intake: Intake) -> Cohort:
    """Let a cohort live the recorded year, and write what is not written yet."""
    cohort, facts = world.live(intake)
    write_truth(folder_of(tenant), facts, 0, intake.number)
    lines = Lines.of([cohort])
    for first in range(intake.first, intake.first + intake.size, BATCH):
        after = min(first + BATCH, intake.first + intake.size)
        _write_batch(tenant, intake.number, between(facts, first, after), lines)
    return cohort


def _write_batch(tenant: int, cohort: int, facts: Facts, lines: Lines) -> None:
    who = facts["customers"]["customer"]
    last = int(who.max())
    with enter(Scope(tenant)):
        mark, _new = Mark.objects.select_for_update().get_or_create(cohort=cohort)
        if last <= mark.last:
            return
        places = Places.of_door(identity.current_tenant().time_zone)
        keys = write_arrivals(facts, places)
        write_life(facts, keys, lines, places, new=True)
        mark.last = last
        mark.save(update_fields=["last"])
        # The only row that cohorts share, and therefore the last to be written.
        Simulation.objects.update(written=F("written") + len(who))


def _complete(tenant: int, index: int, world: World) -> None:
    """Let a world catch up with the operator's day, and make it one of its worlds."""
    folder = folder_of(tenant)
    with enter(Scope(tenant)):
        simulation = Simulation.objects.select_for_update().get()
        if len(simulation.blocks) > index:
            return
        if simulation.day > world.day:
            before, facts = world.day, world.advance(simulation.day - world.day)
            write_truth(folder, facts, before, index)
            apply(facts, Lines.of(world.cohorts), Places.of_door(identity.current_tenant().time_zone))
        world.save(folder / f"world-{index}")
        simulation.day = world.day
        simulation.blocks = [*simulation.blocks, world.customers]
        simulation.save(update_fields=["day", "blocks"])


def _write_tickets(tenant: int) -> None:
    with enter(Scope(tenant)):
        simulation = Simulation.objects.select_for_update().get()
        actor = identity.platform_actor(tenant, "demo")
        write_tickets(actor=actor, seed=simulation.seed, now=clock.now())
        write_desks(actor=actor, now=clock.now())


def _write_key_accounts(tenant: int) -> None:
    """Only for the operator that visitors see: its groups have lines of which the planted truth knows nothing."""
    with enter(Scope(tenant)):
        simulation = Simulation.objects.select_for_update().get()
        actor = identity.platform_actor(tenant, "demo")
        write_key_accounts(actor=actor, seed=simulation.seed, now=clock.now())


def _set_aims(tenant: int) -> None:
    with enter(Scope(tenant)):
        actor = identity.platform_actor(tenant, "demo")
        set_aims(actor=actor, today=clock.today(actor.zone))


def _write_services(tenant: int, today: date) -> None:
    """Only for the operator that visitors see, as the truth knows nothing of what its lines take."""
    with enter(Scope(tenant)):
        simulation = Simulation.objects.select_for_update().get()
        write_services(seed=simulation.seed, today=today)


def _simulation(tenant: int) -> Simulation:
    with enter(Scope(tenant)):
        return Simulation.objects.get()


def _real_day(tenant: int) -> date:
    with enter(Scope(tenant)):
        return clock.today(identity.current_tenant().time_zone)


def _last_month() -> date:
    """First day of the last month that is over."""
    return (clock.today("Asia/Shanghai").replace(day=1) - timedelta(days=1)).replace(day=1)
