"""An indicator goes wrong, somebody has a task within a minute, ignores it, his superior gets it, it comes right."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from loopline.cases.tests.ground import customer, opened, set_up, step
from loopline.kernel.models import Event
from loopline.kpi import api as kpi
from loopline.kpi.actions.defining import set_target, set_threshold
from loopline.kpi.tests.ground import MORNING, at, indicator, look
from loopline.messaging.models import Message
from loopline.worklist.models import Task


def values(operator, code, period=date(2026, 11, 1)):
    with operator.door():
        rows = kpi.IndicatorValue.objects.filter(indicator__code=code, period=period, is_latest=True)
        return {row.branch.code: row.value for row in rows.select_related("branch")}


def breach_of(operator):
    with operator.door():
        return kpi.Breach.objects.select_related("indicator", "branch").get()


def tasks(operator):
    with operator.door():
        rows = Task.objects.filter(kind="kpi.breach").select_related("assignee").order_by("pk")
        return [(row.assignee.user_name if row.assignee else "", row.status, row.due_at) for row in rows]


def late_tickets(operator, count):
    """Complaints at a hall of which the time ran out."""
    set_up(operator)
    who = customer(operator)
    return [
        opened(operator, customer=who, category="network.speed", now=at("2026-11-10 09:00"), title=f"慢{n}")
        for n in range(count)
    ]


@pytest.fixture
def aimed(operator):
    """90 % of tickets in time; below 85 % of that it is a breach. The hall's leader answers for his hall."""
    look(operator, MORNING - timedelta(days=10))
    service = indicator(operator, "service_level")
    with operator.door("admin") as admin:
        set_target(actor=admin, indicator=service.public_id, unit="company", since=date(2026, 1, 1), value=90)
        set_threshold(actor=admin, indicator=service.public_id, basis="of_target", warn="0.95", breach="0.85")
    return service


def test_from_breach_to_recovery(operator, aimed):
    rows = late_tickets(operator, 2)
    look(operator, MORNING)
    assert values(operator, "service_level") == {"company": 0, "north": 0, "north-1": 0}
    with operator.door():
        assert kpi.Breach.objects.count() == 3
        found = kpi.Breach.objects.get(branch__code="north-1")
        assert (found.value, found.bound, found.due_at) == (0, Decimal("76.5"), MORNING + timedelta(hours=24))
        steps = [(row.kind, row.unit.code if row.unit else "") for row in found.steps.order_by("pk")]
    assert steps == [("seen", ""), ("given", "north-1")]
    assert [row for row in tasks(operator) if row[0] == "north"] == [
        ("north", "open", MORNING + timedelta(hours=24))
    ]
    with operator.door("north"):
        assert Message.objects.filter(subject__contains="North City").count() == 1

    look(operator, MORNING + timedelta(minutes=1))  # nothing is told twice
    assert len(tasks(operator)) == 3

    look(operator, MORNING + timedelta(hours=25))
    with operator.door():
        found.refresh_from_db()
        assert found.level == 1
        went_up = found.steps.get(kind="escalated")
        assert (went_up.person_id, went_up.unit.code) == (operator.staff["north"], "north")

    with operator.door("north") as north:
        task = Task.objects.get(subject=f"kpi.breach:{found.pk}:1")
        with pytest.raises(kpi.NothingSaid):
            kpi.answer(actor=north, breach=found, task=task, text=" ", now=MORNING + timedelta(hours=26))
    with operator.door("north") as north:
        kpi.answer(actor=north, breach=found, task=task, text="加派两人", now=MORNING + timedelta(hours=26))
    look(operator, MORNING + timedelta(hours=26, minutes=1))
    with operator.door():
        assert set(Task.objects.filter(source=f"kpi.breach:{found.pk}").values_list("status", flat=True)) == {
            "done"
        }

    who = customer(operator)
    for number in range(18):
        new = opened(
            operator,
            customer=who,
            category="ask.plan",
            now=MORNING + timedelta(hours=26),
            title=f"问{number}",
        )
        step(operator, new, "resolved", MORNING + timedelta(hours=26, minutes=5))
    for row in rows:
        step(operator, row, "resolved", MORNING + timedelta(hours=26, minutes=6))
    look(operator, MORNING + timedelta(hours=27))
    assert values(operator, "service_level")["north-1"] == 90
    with operator.door():
        found.refresh_from_db()
        assert found.recovered_at == MORNING + timedelta(hours=27)
        kinds = list(found.steps.order_by("pk").values_list("kind", flat=True))
        assert kinds == ["seen", "given", "escalated", "measure", "recovered"]
        names = Event.objects.filter(about_kind="kpi.breach", about_id=found.pk).order_by("pk")
        assert list(names.values_list("name", flat=True)) == [
            "kpi.threshold_passed",
            "kpi.breach_escalated",
            "kpi.breach_answered",
            "kpi.indicator_recovered",
        ]
