"""Every cell of random pivots equals a plain query over the facts, for whoever asks."""

import os
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from loopline.customers.models import Customer
from loopline.demo import api as demo
from loopline.demo.keyaccounts import write_key_accounts
from loopline.demo.services import write_services
from loopline.kernel import clock
from loopline.olap import api as olap
from loopline.olap.api import Filter, Measured, Op, Question, Top, Way
from loopline.olap.tests import reference
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator, found_demo
from loopline.warehouse import api as warehouse

PIVOTS = int(os.environ.get("LOOPLINE_PIVOTS", "40"))
"""How many are drawn; the soak asks for many more."""
WAYS = (Way.PLAIN, Way.PLAIN, Way.PLAIN, Way.YEAR_AGO, Way.PERIOD_AGO, Way.CUMULATIVE)
SEED = 20261122
READERS = ("liqun.chen", "regional", "branch")


@pytest.fixture(scope="module")
def operator(database: object) -> Operator:
    """The demo operator after two loads, between which customers and lines changed, with groups, services and usage."""
    made = found_demo()
    with made.door() as actor:
        write_key_accounts(actor=actor, seed=SEED, now=clock.now())
        write_services(seed=SEED, today=clock.today(actor.zone))
    warehouse.refresh(made.tenant)
    demo.bring_usage(made.tenant, each=8)
    with made.door():
        for place, customer in enumerate(Customer.objects.order_by("pk")[:60]):
            Customer.objects.filter(pk=customer.pk).update(tier=("gold", "", "silver")[place % 3])
        for line in Subscription.objects.filter(state="active").order_by("pk")[:25]:
            Subscription.objects.filter(pk=line.pk).update(
                state="ported_out", ended_on=clock.today("Asia/Shanghai"), end_reason="customer_request"
            )
    warehouse.refresh(made.tenant)
    return made


@pytest.fixture(scope="module")
def truth(operator: Operator) -> Iterator[reference.Reference]:
    """The facts in memory."""
    con = duckdb.connect(config={"threads": "1"})
    with warehouse.reader(operator.tenant) as lake:
        for name in reference.FACTS:
            rows = lake.execute(f"SELECT * FROM {name}").to_arrow_table()
            con.register("taken", rows)
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM taken")
            con.unregister("taken")
    yield reference.build(con, clock.today("Asia/Shanghai"))
    con.close()


def test_every_cell_of_random_pivots_equals_a_plain_query(
    operator: Operator, truth: reference.Reference
) -> None:
    rng = random.Random(SEED)
    compared = 0
    for number in range(PIVOTS):
        reader = READERS[number % 3]
        with _door(operator, reader) as actor:
            question = _drawn(rng, actor)
            answer = olap.ask(actor, question)
            compared += _compare(truth, question, answer, actor.scope.branches)
    assert compared > PIVOTS * 10


def _door(operator: Operator, reader: str) -> Any:
    """The whole company, a city with its branches, one branch."""
    from contextlib import contextmanager
    from dataclasses import replace

    from loopline.identity.models import Unit

    @contextmanager
    def opened() -> Iterator[Any]:
        with operator.door("liqun.chen") as actor:
            if reader == READERS[0]:
                yield actor
                return
            level = "city" if reader == "regional" else "branch"
            unit = Unit.objects.filter(level=level).order_by("pk")[1]
            below = tuple(Unit.objects.filter(path__startswith=unit.path).values_list("pk", flat=True))
            yield replace(actor, scope=replace(actor.scope, branches=below))

    return opened()


def _drawn(rng: random.Random, actor: Any) -> Question:
    cube = olap.find_cube(rng.choice(sorted(reference.MEASURES)))
    names = [name for name in cube.levels if name != "province"]
    levels = rng.sample(names, rng.randint(0, 3))
    cut = rng.randint(0, len(levels))
    rows, columns = tuple(levels[:cut]), tuple(levels[cut:])
    ways = (*WAYS, Way.SAME_DAY_LAST_MONTH) if cube.is_daily else WAYS
    measures = tuple(
        Measured(name, rng.choice(ways))
        for name in rng.sample(sorted(reference.MEASURES[cube.name]), rng.randint(1, 3))
    )
    filters = tuple(_filter(rng, actor, cube) for _ in range(rng.choice((0, 1, 1, 2))))
    top = None
    choices = [
        name
        for name in levels
        if not cube.levels[name].is_time and name not in reference.OWN.get(cube.name, ())
    ]
    if choices and rng.random() < 0.3:
        top = Top(rng.choice(choices), rng.randint(1, 3), rng.choice(sorted(reference.MEASURES[cube.name])))
    return Question(cube.name, rows, columns, measures, filters, top, 0, rng.random() < 0.8)


def _filter(rng: random.Random, actor: Any, cube: olap.Cube) -> Filter:
    if rng.random() < 0.4:
        month = date(2025 + (rng.random() < 0.7), rng.randint(1, 12), 1)
        return Filter("month", rng.choice((Op.FROM, Op.TO)), (month,))
    if cube.is_daily and rng.random() < 0.3:
        day = date(2025 + (rng.random() < 0.7), rng.randint(1, 12), rng.randint(1, 28))
        return Filter("day", rng.choice((Op.FROM, Op.TO)), (day.isoformat(),))
    level = rng.choice([name for name in cube.levels if name not in (*reference.TIME, "province")])
    members = [member for member, _label in olap.members(actor, cube.name, level)] or [None]
    return Filter(
        level,
        rng.choice((Op.IN, Op.NOT_IN)),
        tuple(rng.sample(members, rng.randint(1, min(3, len(members))))),
    )


def _compare(
    truth: reference.Reference, question: Question, answer: olap.Answer, branches: tuple[int, ...] | None
) -> int:
    largest: dict[str, list[olap.Member]] = {}
    if question.top:
        place = (question.rows + question.columns).index(question.top.level)
        axis = answer.rows if place < len(question.rows) else answer.columns
        depth = place if place < len(question.rows) else place - len(question.rows)
        seen = {key[depth] for key in axis.keys if len(key) > depth}
        largest[question.top.level] = [member for member in seen if member != olap.OTHERS]
    for pairs, figures in reference.cells_of(answer):
        for measured, figure in zip(question.measures, figures, strict=True):
            must = truth.cell(question, pairs, measured, branches, largest)
            told = f"{olap.address(question)} {pairs} {measured}: {figure} is not {must}"
            assert _equal(figure, must), told
    return len(answer.values) * len(question.measures)


def _equal(figure: olap.Value, must: Decimal | None) -> bool:
    """The same; nothing there at all and a count or sum of nothing are the same."""
    if figure is None or must is None:
        return not figure and not must
    return abs(Decimal(figure) - must) <= max(Decimal("0.000002"), abs(must) * Decimal("1e-9"))
