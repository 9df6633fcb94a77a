"""One look of the watch: measure what may have changed, judge it, and follow what was breached."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from loopline.kernel import clock
from loopline.kernel.errors import Refusal
from loopline.kernel.permission import Actor, require
from loopline.kpi.actions import founding, measuring, watching
from loopline.kpi.models import Indicator, WatchState
from loopline.kpi.queries.book import HISTORY, formula_of, indicators, open_book
from loopline.kpi.queries.cubes import Cubes
from loopline.kpi.queries.figures import Counts, Figures, Plans
from loopline.kpi.queries.tree import Tree, tree
from loopline.kpi.rules.formula import PLAN, WORK
from loopline.warehouse import api as warehouse

RUNNING = 2
"""Periods that are measured again and again: what comes late belongs to the one before."""


def watch(*, actor: Actor, now: datetime) -> None:
    """Look after every indicator. Counts are taken anew each time, cubes when the lake has changed."""
    require(actor, "kpi.manage")
    founding.set_up(actor=actor)
    state, _new = WatchState.objects.select_for_update().get_or_create()
    today, units, chosen = clock.today(actor.zone), tree(), indicators(actor)
    snapshot = _snapshot(actor.tenant_id)
    moved = snapshot is not None and (snapshot != state.snapshot or today != state.on)
    of_cubes = [each for each in chosen if formula_of(each).source not in (WORK, PLAN)]
    due = of_cubes if moved else [each for each in of_cubes if each.measured_at is None]
    notes = [
        _measure(actor, Counts(actor, units, now), _of(chosen, WORK), now),
        _measure(actor, Cubes(actor, units), due, now) if snapshot is not None else "",
    ]
    if today != state.on:
        measuring.learn_days_off(units, chosen, today)
    _measure_plans(actor, units, chosen, now)
    _judge(actor, units, chosen, now)
    state.snapshot, state.on, state.ran_at = snapshot or 0, today, now
    state.note = " ".join(note for note in notes if note)
    state.save()


def _of(chosen: Sequence[Indicator], source: str) -> list[Indicator]:
    return [each for each in chosen if formula_of(each).source == source]


def _measure(actor: Actor, figures: Figures, chosen: Sequence[Indicator], now: datetime) -> str:
    """Measure the running periods, and the history of what is new. Returns why a source could not tell."""
    for group, count in (
        ([each for each in chosen if each.measured_at is None], HISTORY),
        ([each for each in chosen if each.measured_at is not None], RUNNING),
    ):
        if not group:
            continue
        try:
            with transaction.atomic():
                measuring.measure(actor=actor, figures=figures, chosen=group, count=count, now=now)
        except Refusal as refusal:
            return refusal.message
    return ""


def _measure_plans(actor: Actor, units: Tree, chosen: list[Indicator], now: datetime) -> None:
    today = clock.today(actor.zone)
    plans = _of(chosen, PLAN)
    others = [each for each in chosen if each not in plans]
    if plans:
        book = open_book(units, others, units.units, today)
        _measure(actor, Plans(book, others), plans, now)


def _judge(actor: Actor, units: Tree, chosen: list[Indicator], now: datetime) -> None:
    book = open_book(units, chosen, units.units, clock.today(actor.zone))
    watching.judge_values(actor=actor, book=book, chosen=chosen, now=now)
    watching.judge_the_past(actor=actor, book=book, now=now)
    watching.escalate(actor=actor, tree=units, now=now)
    watching.settle_answered(actor=actor, now=now)


def _snapshot(tenant: int) -> int | None:
    """The lake's snapshot; None while nothing is loaded."""
    try:
        return warehouse.snapshot(tenant)
    except warehouse.NotLoaded:
        return None
