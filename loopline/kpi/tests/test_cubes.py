"""Indicators made of cubes: the values are the cubes' own, and a complaint in the books becomes a task."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.http import QueryDict

from loopline.interactions.api import Interaction
from loopline.kernel import clock
from loopline.kpi import api as kpi
from loopline.kpi.queries.cubes import Cubes
from loopline.kpi.queries.relationship import relationship_quality
from loopline.kpi.queries.terms import cube_address
from loopline.kpi.queries.tree import tree
from loopline.kpi.rules.formula import Formula
from loopline.kpi.tests.ground import at, look
from loopline.olap import api as olap
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import keep_books
from loopline.worklist.models import Task

REVENUE = Formula("revenue.revenue")
ARPU = Formula("revenue.arpu")
MEAN = Formula("revenue.revenue", "revenue.bills")
MOBILE = Formula("revenue.revenue", filters="service=mobile")
FEBRUARY = date(2026, 2, 1)


def load(operator, moment):
    """Everything up to now stands in the lake."""
    with clock.frozen(moment):
        warehouse.refresh(operator.tenant)


def test_values_are_those_of_the_cubes(operator):
    keep_books(operator)
    load(operator, datetime(2026, 2, 20, tzinfo=UTC))
    with operator.door() as system:
        units = tree()
        told = Cubes(system, units).values([REVENUE, MEAN, MOBILE], "month", [date(2026, 1, 1), FEBRUARY])
        quarter = Cubes(system, units).values([REVENUE], "quarter", [date(2026, 1, 1)])
    hall, company = operator.units["north-1"], operator.units["company"]
    assert told[REVENUE, hall, FEBRUARY] == Decimal("92.33")
    assert told[REVENUE, company, FEBRUARY] == Decimal("92.33")
    assert told[MEAN, hall, FEBRUARY] == Decimal("46.165")
    assert told[MOBILE, hall, FEBRUARY] == Decimal("62.33")
    assert (REVENUE, operator.units["south"], FEBRUARY) not in told
    assert quarter[REVENUE, company, date(2026, 1, 1)] == Decimal("184.66")


def test_a_figure_leads_to_the_cube_that_told_it(operator):
    with operator.door():
        units = tree()
        hall = units.units[operator.units["north-1"]]
        url = cube_address(MOBILE, hall, "month", FEBRUARY)
    path, _mark, query = url.partition("?")
    assert path == "/analysis/cubes/revenue"
    question = olap.parse("revenue", QueryDict(query))
    assert [each.level for each in question.filters] == ["branch", "month", "month", "service"]


def test_a_complaint_becomes_a_task_and_the_next_month_recovers(operator):
    books = keep_books(operator)
    moment = at("2026-02-20 09:00")
    load(operator, moment)
    look(operator, moment)
    with operator.door():
        row = kpi.Indicator.objects.get(code="complaint_rate")
        found = kpi.IndicatorValue.objects.get(indicator=row, branch__code="north-1", period=FEBRUARY)
        before = found.value
    with operator.door("admin") as admin:
        kpi.set_threshold(actor=admin, indicator=row.public_id, basis="absolute", warn=before, breach=before)
    look(operator, moment + timedelta(minutes=1))
    with operator.door():
        assert not kpi.Breach.objects.exists()
        Interaction.objects.create(
            customer_id=books.customer,
            branch_id=operator.units["north-1"],
            kind="complaint",
            channel="call",
            at=moment,
            on=clock.local_day(moment, "Asia/Shanghai"),
            topic="network",
        )
    load(operator, moment + timedelta(seconds=70))
    look(operator, moment + timedelta(minutes=2))
    with operator.door():
        breach = kpi.Breach.objects.get(branch__code="north-1")
        assert (breach.value, breach.bound) == (2 * before, before)
        assert Task.objects.get(subject=f"kpi.breach:{breach.pk}").status == "open"
        later = date(2026, 3, 1)
        kpi.IndicatorValue.objects.filter(period=later).delete()
    look(operator, at("2026-03-05 09:00"))
    with operator.door():
        breach.refresh_from_db()
        known = kpi.IndicatorValue.objects.filter(indicator=row, branch__code="north-1", period=later).first()
        assert (known is None) == (breach.recovered_at is None)


def test_relationship_quality_by_tier(operator):
    keep_books(operator)
    load(operator, datetime(2026, 2, 20, tzinfo=UTC))
    with operator.door() as system:
        units = tree()
        whole, tier = relationship_quality(system, units, operator.units["north"], date(2026, 2, 20))
        assert relationship_quality(system, units, operator.units["south"], date(2026, 2, 20)) == []
    assert (whole.tier, whole.customers, tier.customers) == ("", 1, 1)
    assert {name: float(value) for name, value in whole.parts.items()} == {
        "satisfaction": 0, "trust": 100, "commitment": 0, "tenure": 39.04, "breadth": 66.67, "depth": 93,
    }  # fmt: skip
    assert whole.index == Decimal("49.785")
    with clock.frozen(datetime(2026, 2, 20, tzinfo=UTC)):
        page = operator.client("north").get("/performance/relationship").content.decode()
    assert "Relationship quality" in page
    assert ">50<" in page
