"""Asking a cube through its doors: the address, the API, the command line; who may, and what is refused."""

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from loopline.kernel.errors import NotAllowed
from loopline.olap import api as olap
from loopline.olap.api import Filter, Measured, Named, Op, Question, Top, Way
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import FEBRUARY, JANUARY, Books, keep_books


@pytest.fixture(scope="module")
def books(database: object) -> Books:
    """A customer of North One with a mobile line (62.33 a month) and broadband (30.00), two months, and a complaint."""
    from loopline.testing import found_operator

    made = keep_books(found_operator())
    warehouse.refresh(made.tenant)
    return made


def asked(cube: str, **given: str | list[str]) -> Question:
    return olap.parse(cube, Named(given))


def test_an_address_is_read_back_to_the_same_question() -> None:
    filters = (
        Filter("tier", Op.IN, ("gold", None)),
        Filter("month", Op.FROM, (date(2026, 1, 1),)),
        Filter("year", Op.NOT_IN, (2025,)),
    )
    measures = (Measured("revenue"), Measured("arpu", Way.YEAR_ON_YEAR))
    question = Question(
        "revenue", ("city", "plan"), ("month",), measures, filters, Top("plan", 5, "revenue"), -1, False
    )
    address = olap.address(question)
    assert address == (
        "rows=city,plan&columns=month&measures=revenue,arpu:year_on_year&filter=tier=gold|-&filter=month>=2026-01"
        "&filter=year!=2025&top=plan:5:revenue&sort=-1&totals=0"
    )
    from django.http import QueryDict

    assert olap.parse("revenue", QueryDict(address)) == question


def test_figures_to_the_fen_with_subtotals_and_ratios(books: Books) -> None:
    question = asked(
        "revenue", rows="month,service", measures="revenue,arpu,customers,revenue:share_of_parent"
    )
    with books.operator.door("analyst") as analyst:
        answer = olap.ask(analyst, question)
    assert answer.rows.keys[:6] == (
        (JANUARY,),
        (JANUARY, "mobile"),
        (JANUARY, "broadband"),
        (FEBRUARY,),
        (FEBRUARY, "mobile"),
        (FEBRUARY, "broadband"),
    )
    assert answer.rows.keys[-1] == ()
    assert answer.values[0, 0] == (Decimal("92.33"), Decimal("46.165000"), 1, Decimal("50.000000"))
    assert answer.figure((JANUARY, "mobile")) == Decimal("62.33")
    assert answer.figure(()) == Decimal("184.66")
    assert answer.figure((), (), 2) == 1


def test_somebody_sees_the_figures_of_his_branches_only(books: Books) -> None:
    question = asked("revenue", rows="branch", measures="revenue")
    with books.operator.door("north") as north:
        assert olap.ask(north, question).figure() == Decimal("184.66")
    with books.operator.door("southerner") as southerner:
        assert olap.ask(southerner, question).figure() is None
        assert olap.members(southerner, "revenue", "branch") == []
        assert olap.behind(southerner, question, Measured("revenue")).customers == ()
    with books.operator.door("clerk1") as clerk, pytest.raises(NotAllowed):
        olap.ask(clerk, question)


def test_the_customers_behind_a_figure(books: Books) -> None:
    question = asked("revenue", rows="service", columns="month", measures="revenue")
    with books.operator.door("analyst") as analyst:
        cell = olap.narrowed(question, ("mobile",), (JANUARY,))
        found = olap.behind(analyst, cell, Measured("revenue"))
        assert (found.customers, found.count, found.after) == (((books.customer, Decimal("62.33")),), 1, "")
        stock = olap.behind(analyst, olap.narrowed(question, (), ()), Measured("customers"))
        assert stock.customers == ((books.customer, 1),)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"rows": "nothing"}, "rows", "unknown_level"),
        ({"rows": "city", "columns": "city"}, "columns", "level_twice"),
        ({"measures": "nothing"}, "measures", "unknown_measure"),
        ({"measures": "revenue:sideways"}, "measures", "unknown_way"),
        ({"filter": ["tier~gold"]}, "filter", "bad_filter"),
        ({"filter": ["month>=soon"]}, "filter", "bad_filter"),
        ({"filter": ["'; DROP TABLE cube_revenue; --=1"]}, "filter", "unknown_level"),
        ({"rows": "plan", "top": "plan:0:revenue"}, "top", "bad_top"),
        ({"rows": "month", "top": "month:3:revenue"}, "top", "bad_top"),
        ({"sort": "7"}, "sort", "unknown_measure"),
        ({"rows": "year,quarter,month,city,district,branch,plan"}, "rows", "too_many_levels"),
    ],
)
def test_what_cannot_be_asked_names_its_field(
    books: Books, given: dict[str, str], field: str, code: str
) -> None:
    answer = books.operator.client("analyst").get("/api/v1/olap/query/revenue", given)
    assert answer.status_code == 422, answer.content
    told = answer.json()
    assert (told["code"], told["field"]) == (code, field)


def test_hostile_members_are_only_members(books: Books) -> None:
    with books.operator.door("analyst") as analyst:
        for text in ("x') OR 1=1 --", "x\\', (SELECT 1)", "'; DROP TABLE fact_bill; --", "x\0", "🧨" * 500):
            assert olap.ask(analyst, asked("revenue", filter=[f"tier={text}"])).figure() is None
        assert olap.ask(analyst, asked("revenue")).figure() == Decimal("184.66")


def test_programs_get_exact_figures(books: Books) -> None:
    browser = books.operator.client("analyst")
    cubes = {cube["name"]: cube for cube in browser.get("/api/v1/olap/cubes").json()}
    assert sorted(cubes) == sorted(olap.cubes.names())
    assert {"name": "arpu", "label": "ARPU", "unit": "CNY", "decimals": 2, "better": 1}.items() <= next(
        measure for measure in cubes["revenue"]["measures"] if measure["name"] == "arpu"
    ).items()
    answer = browser.get("/api/v1/olap/query/revenue", {"rows": "month", "filter": "month<=2026-02"}).json()
    assert answer["cells"][0] == {"row": ["2026-01"], "column": [], "figures": ["92.33"]}
    assert answer["cells"][-1] == {"row": [], "column": [], "figures": ["184.66"]}
    assert browser.get("/api/v1/olap/query/nothing").status_code == 404
    branches = browser.get("/api/v1/olap/cubes/revenue/levels/branch").json()
    assert branches == [{"member": "north-1", "label": "North One"}]


def test_the_command_line_answers_the_same(books: Books) -> None:
    words = [
        "olap",
        "query",
        "--cube",
        "revenue",
        "--rows",
        "service",
        "--measures",
        "revenue,bills",
        "--json",
    ]
    words += ["--filter", "month<=2026-02", "--operator", books.operator.code]
    done = subprocess.run(
        [sys.executable, "-m", "loopline.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    assert [(cell["row"], cell["figures"]) for cell in cells] == [
        (["mobile"], ["124.66", "2"]), (["broadband"], ["60.00", "2"]), ([], ["184.66", "4"]),
    ]  # fmt: skip
