"""One definition, two engines: features, circles and cubes are the same on Spark as on DuckDB, cell by cell."""

import math
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from loopline.demo import api as demo
from loopline.mining.usage import circle, features
from loopline.mining.usage.edges import tables
from loopline.mining.usage.tests.cluster import MEMORY, cluster
from loopline.olap import api as olap
from loopline.testing import Operator, found_demo
from loopline.warehouse import api as warehouse
from loopline.warehouse.engines.export import ExportDiffers, verify

pytestmark = pytest.mark.slow

QUESTIONS = (
    ("customers", "month", "tier", "at_end,joined,lost"),
    ("customers", "quarter,service", "", "joined,lost_rate"),
    ("customers", "city", "month", "at_end,upgraded"),
    ("customers", "branch,plan", "", "at_start,lost"),
    ("revenue", "month", "", "revenue,arpu"),
    ("revenue", "month", "service", "revenue,discount"),
    ("revenue", "plan", "quarter", "revenue,bills"),
    ("revenue", "city,district", "tier", "margin_per_line"),
    ("revenue", "kind,branch", "", "revenue,discount_rate"),
    ("usage", "month", "", "mou,dou"),
    ("usage", "plan", "month", "minutes,data_mb"),
    ("usage", "district", "tier", "messages,data_share"),
    ("products", "month", "", "at_end,revenue_per_bill"),
    ("products", "plan", "quarter", "joined,lost,revenue"),
    ("competitors", "month", "", "minutes_competitor,competitor_share"),
    ("competitors", "branch", "month", "minutes_competitor,port_rate"),
    ("service", "month", "", "contacts,complaint_rate"),
    ("service", "city,topic", "month", "contacts,mean_days"),
    ("arrears", "month", "", "billed,arrears_rate"),
    ("arrears", "branch", "tier", "owed,recovery_rate"),
)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("spark")) as address:
        yield address


@pytest.fixture
def operator_in_use(database: Any) -> Operator:
    made = found_demo(size=200)
    warehouse.refresh(made.tenant)
    used = demo.bring_usage(made.tenant, each=40)
    assert used.records == 40 * used.numbers
    return made


def test_both_engines_give_equal_cells(operator_in_use: Operator, master: str) -> None:
    tenant, month = operator_in_use.tenant, _month(operator_in_use)
    statements = _statements(operator_in_use)
    needed = tables(month) | {cube.table: "true" for cube in olap.cubes} | {"dim_unit": "is_current"}
    snapshot = warehouse.snapshot(tenant)
    answers: dict[str, list[pa.Table]] = {}
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    for name in ("duckdb", master):
        with warehouse.open_engine(tenant, needed, name=name, snapshot=snapshot, memory=MEMORY) as engine:
            found = [engine.rows(features.build(engine, month)), engine.rows(circle.build(engine, month))]
            found += [engine.sql(both[engine.name == "spark"]) for both in statements]
            answers[engine.name] = found
    assert answers["duckdb"][0].num_rows > 100
    for ours, theirs in zip(answers["duckdb"], answers["spark"], strict=True):
        assert _same(ours, theirs)
    assert sum(table.num_rows for table in answers["duckdb"][2:]) > 200


def test_an_export_that_differs_is_refused() -> None:
    verify("fact_usage_record", (Decimal(2), Decimal("1.50")), (Decimal(2), Decimal("1.50")))
    with pytest.raises(ExportDiffers):
        verify("fact_usage_record", (Decimal(2), Decimal("1.50")), (Decimal(2), Decimal("1.49")))


def test_an_engine_that_is_not_there_is_refused(operator: Operator) -> None:
    for name in ("mapreduce", "spark://", "local[x]"):
        with pytest.raises(warehouse.EngineUnknown), warehouse.open_engine(operator.tenant, {}, name=name):
            pass


def _month(operator: Operator) -> Any:
    with warehouse.reader(operator.tenant) as con:
        [row] = con.execute("SELECT max(month) FROM fact_usage_record").fetchall()
    return row[0]


def _statements(operator: Operator) -> list[tuple[str, str]]:
    """Twenty questions in both dialects, as the cubes' own compiler writes them."""
    with operator.door() as actor:
        asked = [
            olap.parse(cube, olap.Named({"rows": rows, "columns": columns, "measures": measures}))
            for cube, rows, columns, measures in QUESTIONS
        ]
        return [
            (olap.statement(actor, question), olap.statement(actor, question, dialect="spark"))
            for question in asked
        ]


def _same(ours: pa.Table, theirs: pa.Table) -> bool:
    """Whether two tables have equal cells: all that is no float exactly, floats to 1e-9 of their size."""
    assert len(ours.columns) == len(theirs.columns)
    left, right = _ordered(ours), _ordered(theirs)
    return len(left) == len(right) and all(
        _equal(mine, other)
        for one, two in zip(left, right, strict=True)
        for mine, other in zip(one, two, strict=True)
    )


def _ordered(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows in an order that floats decide last."""
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return sorted(
        rows,
        key=lambda row: (
            [str(_plain(value)) for value in row if not isinstance(value, float)],
            [value for value in row if isinstance(value, float)],
        ),
    )


def _plain(value: Any) -> Any:
    return (
        Decimal(value).normalize() + 0
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
        else value
    )


def _equal(mine: Any, other: Any) -> bool:
    if isinstance(mine, float) and isinstance(other, float):
        return math.isclose(mine, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(_plain(mine) == _plain(other))
