"""Pivots on the cubes, by one reader and by twenty at once, the customers behind a figure, and making the tables."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.installation import Installation

DATA = "the demo operator with twelve months of usage, bills and contacts"
CODE = "benchmark"
SEED = 20261122
ALONE, READERS, EACH = 120, 20, 6


def run(size: str = "demo", data: Path | None = None) -> list[Result]:
    """Measure in a folder of its own, which is removed afterwards, or in `data`, which is kept.

    The reference of a pivot is the same sum by the same levels over the facts themselves, in the same lake.
    """
    with _folder(data) as folder, opened(Installation(folder)):
        from loopline.demo import api as demo
        from loopline.kernel.permission import system
        from loopline.warehouse import api as warehouse

        tenant = demo.load(size=size, code=CODE).tenant
        loaded = _seconds(lambda: warehouse.refresh(tenant))
        actor = system(tenant)
        return [
            Result("load and all tables", loaded, "s"),
            *_sizes(tenant),
            *_pivots(actor),
            *_drills(actor),
        ]


def _sizes(tenant: int) -> list[Result]:
    from loopline.warehouse import api as warehouse

    with warehouse.kept_reader(tenant) as con:
        counted = {
            name: con.execute(f"SELECT count(*) FROM {name}").fetchone()
            for name in ("dim_subscription", "line_month", "cube_revenue", "cube_service")
        }
    return [Result(f"rows of {name}", float(row[0]), "") for name, row in counted.items() if row]


def _pivots(actor: Any) -> list[Result]:
    from loopline.olap import api as olap

    rng = random.Random(SEED)
    added = [_drawn(rng, distinct=False) for _ in range(ALONE)]
    counted = [_drawn(rng, distinct=True) for _ in range(ALONE // 4)]
    olap.ask(actor, added[0])
    alone = [_seconds(lambda q=question: olap.ask(actor, q)) for question in added]
    begun = time.process_time()
    for question in added[:20]:
        olap.ask(actor, question)
    cpu = (time.process_time() - begun) / 20
    people = [_seconds(lambda q=question: olap.ask(actor, q)) for question in counted]
    plain = [_seconds(lambda: _plainly(actor.tenant_id)) for _ in range(10)]
    with ThreadPoolExecutor(READERS) as pool:
        many = list(pool.map(lambda q: _seconds(lambda: olap.ask(actor, q)), added[: READERS * EACH]))
    return [
        Result("pivot, p50", _at(alone, 0.5), "ms", _at(plain, 0.5)),
        Result("pivot, p95", _at(alone, 0.95), "ms", _at(plain, 0.95)),
        Result("pivot, CPU", 1000 * cpu, "ms"),
        Result("pivot with different customers, p95", _at(people, 0.95), "ms"),
        Result(f"pivot, {READERS} readers at once, p95", _at(many, 0.95), "ms"),
    ]


def _drills(actor: Any) -> list[Result]:
    from loopline.olap import api as olap

    times = []
    for cube, measure in (
        ("revenue", "revenue"),
        ("customers", "lost"),
        ("service", "complaints"),
        ("usage", "data_mb"),
    ):
        question = olap.parse(cube, olap.Named({"rows": "tier", "columns": "month", "measures": measure}))
        answer = olap.ask(actor, question)
        months = [key for key in answer.columns.keys if key]
        for row in answer.rows.keys[:3]:
            cell = olap.narrowed(question, row, months[-2])
            times.append(_seconds(lambda q=cell, m=measure: olap.behind(actor, q, olap.Measured(m))))
    return [Result("customers behind a figure, p95", _at(times, 0.95), "ms")]


def _drawn(rng: random.Random, *, distinct: bool) -> Any:
    from loopline.olap import api as olap

    cube = rng.choice([cube for cube in olap.cubes if cube.counted or not distinct])
    counted = {part.name for part in cube.counted}
    measures = [one for one in cube.measures.values() if bool(counted.intersection(one.parts)) == distinct]
    levels = rng.sample(list(cube.levels), rng.randint(1, 3))
    cut = rng.randint(1, len(levels))
    asked = rng.sample(measures, min(len(measures), rng.randint(1, 3)))
    ways = [olap.Way.PLAIN, olap.Way.PLAIN, olap.Way.YEAR_ON_YEAR, olap.Way.PERIOD_ON_PERIOD, olap.Way.SHARE]
    since = olap.Filter("month", olap.Op.FROM, (date(2026, 1, 1),))
    return olap.Question(
        cube.name,
        tuple(levels[:cut]),
        tuple(levels[cut:]),
        tuple(olap.Measured(one.name, olap.Way.PLAIN if distinct else rng.choice(ways)) for one in asked),
        (since,) if rng.random() < 0.5 else (),
    )


def _plainly(tenant: int) -> None:
    """Revenue by month and tier straight from the facts."""
    from loopline.warehouse import api as warehouse

    with warehouse.kept_reader(tenant) as con:
        con.execute(
            "SELECT b.month, c.tier, sum(b.amount) FROM fact_bill b JOIN dim_customer c ON "
            "c.customer_id = b.customer_id AND c.is_current GROUP BY GROUPING SETS ((1, 2), (1), ())"
        ).fetchall()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _at(times: list[float], share: float) -> float:
    """A quantile of times, in milliseconds."""
    return 1000 * statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1]


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="loopline-bench-") as made:
        yield Path(made)
