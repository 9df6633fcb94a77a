"""The demo operator lives on: days pass, customers leave and complain, and answer what they are offered.

A step is one transaction: the worlds are moved and saved, then the rows are written together with the new day. A
state or truth file of a step that was killed is written anew when the step is repeated.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.demo.archive import write_truth
from loopline.demo.bills import Lines
from loopline.demo.calendar import Calendar
from loopline.demo.columns import OWNER, between, owners, renamed
from loopline.demo.contacts import anything_running, note_answers, talk_of
from loopline.demo.facts import Facts
from loopline.demo.founding import CODE
from loopline.demo.groups import bill_groups
from loopline.demo.keys import Keys
from loopline.demo.models import Simulation
from loopline.demo.wording import END_REASONS
from loopline.demo.world import World
from loopline.demo.writing import (
    Places,
    end_states,
    interaction_keys,
    write_arrivals,
    write_life,
    write_lines,
)
from loopline.identity import api as identity
from loopline.interactions import api as interactions
from loopline.kernel.errors import Conflict, NotFound
from loopline.kernel.scope import NOBODY, Scope, enter
from loopline.subscriptions import api as subscriptions

LONGEST_STEP = 31
BATCH = 25_000

_COUNTED = ("days", "joined", "left", "answers", "accepted")


class NoSuchDemo(NotFound):
    """There is no demo operator of this code."""

    sentence = _("There is no demo operator “%(code)s”. Bring it with: loopline demo load")


class StillLoading(Conflict):
    """Time stands still until everybody is there."""

    code = "demo_still_loading"
    sentence = _("The demo operator is still loading (%(done)s of %(target)s customers).")


@dataclass(frozen=True, slots=True)
class Passed:
    """What happened in the days that passed: customers who joined and left, offers answered and accepted."""

    today: date
    days: int
    joined: int
    left: int
    answers: int
    accepted: int


def folder_of(tenant: int) -> Path:
    """Where an operator's truth and its worlds' states are."""
    folder: Path = settings.INSTALLATION.folder("demo") / str(tenant)
    return folder


def today_of(simulation: Simulation) -> date:
    """The operator's day."""
    day: date = Calendar.ending(simulation.end_month).dates(np.array(simulation.day)).item()
    return day


def tick(*, days: int, code: str = CODE) -> Passed:
    """Let `days` days pass for a demo operator that is complete. Outside of any door.

    Killed and called again it goes on from the last day that was committed. Raises NoSuchDemo, StillLoading.
    """
    with enter(NOBODY):
        tenant = identity.find_tenant(code)
    if tenant is None:
        raise NoSuchDemo(code=code)
    with enter(Scope(tenant)):
        simulation = Simulation.objects.first()
        if simulation is None:
            raise NoSuchDemo(code=code)
        if simulation.complete < simulation.target:
            raise StillLoading(done=simulation.written, target=simulation.target)
        today = today_of(simulation)
    return go_on(tenant, until=today + timedelta(days=days))


def go_on(tenant: int, *, until: date, staffed: bool = True) -> Passed:
    """Live until that day begins, never backwards. Outside of any door.

    `staffed`: the simulation plays the staff and contacts who is due in campaigns.
    """
    passed: Counter[str] = Counter()
    while True:
        with enter(Scope(tenant)):
            simulation = Simulation.objects.select_for_update().get()
            today = today_of(simulation)
            if today >= until:
                return Passed(today, *(passed[name] for name in _COUNTED))
            every_day = staffed and anything_running()
            days = 1 if every_day else min(LONGEST_STEP, (until - today).days)
            passed += _step(simulation, days, staffed) + Counter(days=days)
        _forget_states(tenant, simulation.day)


def apply(facts: Facts, lines: Lines, places: Places) -> None:
    """Write the rows of days that have passed, in the open door."""
    present = [owners(facts, name) for name in OWNER]
    everybody = np.unique(np.concatenate(present))
    for start in range(0, len(everybody), BATCH):
        few = everybody[start : start + BATCH]
        _apply(between(facts, int(few[0]), int(few[-1]) + 1), few, lines, places)


def _step(simulation: Simulation, days: int, staffed: bool) -> Counter[str]:
    tenant, before = simulation.tenant_id, simulation.day
    folder = folder_of(tenant)
    actor = identity.platform_actor(tenant, "demo")
    talk = talk_of(today_of(simulation) if staffed else None, seen=simulation.seen_xid)
    places = Places.of_door(str(actor.zone))
    passed: Counter[str] = Counter()
    for index in range(len(simulation.blocks)):
        world = World.load(folder / f"world-{index}", day=before)
        contacts, heard = talk.with_customers_of(world)
        facts = world.advance(days, contacts, heard)
        world.save(folder / f"world-{index}")
        write_truth(folder, facts, before, index)
        apply(facts, Lines.of(world.cohorts), places)
        passed += note_answers(facts["answers"], actor=actor)
        passed["joined"] += len(facts["customers"]["customer"])
        passed["left"] += len(facts["truth_leavers"]["customer"])
    began = today_of(simulation)
    simulation.day, simulation.seen_xid = before + days, talk.until
    for month in months_over(began, today_of(simulation)):
        bill_groups(seed=simulation.seed, month=month)
    simulation.save(update_fields=["day", "seen_xid"])
    identity.live_ahead(day=today_of(simulation))
    return passed


def months_over(began: date, today: date) -> list[date]:
    """The first days of the months that ended between two days."""
    months, first = [], began.replace(day=1)
    while (following := (first + timedelta(days=31)).replace(day=1)) <= today:
        months.append(first)
        first = following
    return months


def _apply(facts: Facts, everybody: np.ndarray, lines: Lines, places: Places) -> None:
    new = facts["customers"]["customer"]
    if len(new):
        write_arrivals(_of(facts, new, among=True), places)
    older = _of(facts, new, among=False)
    keys = Keys.known(everybody)
    if len(older["subscriptions"]["subscription"]):
        write_lines(older, keys, places)
        keys = Keys.known(everybody)
    write_life(facts, keys, lines, places)
    _end(facts, keys)
    _renew(facts, keys)
    solved = facts["resolutions"]
    if len(solved["interaction"]):
        interactions.resolve_interactions(
            zip(interaction_keys(solved["interaction"]).tolist(), solved["resolved_on"].tolist(), strict=True)
        )


def _of(facts: Facts, customer: np.ndarray, *, among: bool) -> Facts:
    """The rows of these customers, or of all others."""
    chosen = {name: np.isin(owners(facts, name), customer, invert=not among) for name in OWNER}
    return {
        name: {column: values[which] for column, values in facts[name].items()}
        for name, which in chosen.items()
    }


def _end(facts: Facts, keys: Keys) -> None:
    ended = facts["terminations"]
    line, kind = ended["subscription"], ended["kind"]
    if not len(line):
        return
    states, reasons = end_states(line, kind), renamed(kind, END_REASONS)
    columns = (keys.lines(line), ended["on"], states, reasons)
    subscriptions.end_subscriptions(zip(*(column.tolist() for column in columns), strict=True))
    gone = kind != "internal"
    left = keys.hanging(ended["customer"][gone])["customer_id"]
    customers.amend_customers(
        {
            customer: customers.Amendment(left_on=day, life_cycle=customers.LifeCycle.LOST)
            for customer, day in zip(left.tolist(), ended["on"][gone].tolist(), strict=True)
        }
    )


def _renew(facts: Facts, keys: Keys) -> None:
    signed = facts["contracts"]
    if len(signed["subscription"]):
        columns = (keys.lines(signed["subscription"]), signed["ends_on"])
        subscriptions.renew_contracts(zip(*(column.tolist() for column in columns), strict=True))


def _forget_states(tenant: int, day: int) -> None:
    """Only the state of the day that is committed is ever taken up again."""
    for state in folder_of(tenant).glob("world-*/state-*.npz"):
        if state.name != f"state-{day:06d}.npz":
            with suppress(FileNotFoundError):
                state.unlink()
