"""Care: plans whose steps come again, visits that are also contacts, reminders that are told once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from loopline.interactions.models import Interaction
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid, NotAllowed
from loopline.kernel.scope import Scope, enter
from loopline.keyaccounts import api, reminding, task_kind
from loopline.keyaccounts.models import CareStep, Terms
from loopline.keyaccounts.queries import visits as queries
from loopline.keyaccounts.refusals import NotOpen, NotPlanned
from loopline.keyaccounts.rules import care, occasions
from loopline.keyaccounts.tests.ground import NOW, TODAY, Desk, account, found_desk
from loopline.worklist import api as worklist
from loopline.worklist import plain
from loopline.worklist.models import Task

KINDS = (plain, task_kind)


@pytest.fixture
def desk(operator) -> Desk:
    return found_desk(operator)


def test_birthdays_falls_and_months():
    assert occasions.next_birthday(date(1980, 6, 14), TODAY) == date(2027, 6, 14)
    assert occasions.next_birthday(date(1980, 6, 15), TODAY) == TODAY
    assert occasions.next_birthday(date(1980, 2, 29), date(2027, 1, 1)) == date(2027, 2, 28)
    assert occasions.fall([100, 100, 100, 60]) == pytest.approx(0.4)
    assert occasions.fall([0, 0, 0, 60]) is None
    assert care.months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert care.months_later(date(2026, 5, 1), -3) == date(2026, 2, 1)


def test_a_visit_is_planned_done_and_a_contact_of_the_customer(desk):
    operator = desk.operator
    with operator.door():
        wang = account(operator, "north-1", "王一")
    with operator.door("am1") as actor:
        visit = api.plan_visit(actor=actor, customer=wang, at=NOW, purpose="季度走访")
        moved = api.move_visit(actor=actor, visit=visit, at=NOW + timedelta(days=1), version=1)
        with pytest.raises(Conflict):
            api.cancel_visit(actor=actor, visit=visit, reason="x", version=1)
        with pytest.raises(Invalid):
            api.complete_visit(actor=actor, visit=visit, at=NOW, met="王总", result=" ", version=2)
        done = api.complete_visit(
            actor=actor, visit=moved, at=NOW, met="王总", result="愿意续约", version=2, next_step="送方案",
            next_on=TODAY,
        )  # fmt: skip
        touch = Interaction.objects.get(pk=done.interaction_id)
        assert (touch.kind, touch.channel, touch.summary, touch.inbound) == (
            "visit",
            "visit",
            "愿意续约",
            False,
        )
        with pytest.raises(NotPlanned):
            api.cancel_visit(actor=actor, visit=done, reason="x", version=3)
        assert [row.pk for row in queries.visits_of([wang.pk])] == [done.pk]
    with operator.door("clerk1") as actor, pytest.raises(NotAllowed):
        api.plan_visit(actor=actor, customer=wang, at=NOW, purpose="x")


def test_a_care_plan_is_put_in_once_and_its_steps_come_again(desk):
    operator = desk.operator
    with operator.door():
        wang = account(operator, "north-1", "王一", tier="gold")
    with operator.door("am1") as actor:
        made = api.plan_care(actor=actor, customer=wang, plan="gold", today=TODAY)
        assert [(step.what, step.due_on) for step in made] == [
            ("call", date(2026, 6, 29)),
            ("half_yearly_visit", date(2026, 8, 14)),
            ("festival", date(2026, 7, 30)),
        ]
        assert api.plan_care(actor=actor, customer=wang, plan="gold", today=TODAY) == []
        following = api.do_step(actor=actor, step=made[0], result="一切正常", today=TODAY)
        assert following is not None
        assert (following.what, following.due_on) == ("call", date(2026, 8, 15))
        with pytest.raises(NotOpen):
            api.do_step(actor=actor, step=made[0], result="", today=TODAY)
        api.drop_step(actor=actor, step=made[2])
        assert CareStep.objects.filter(done_on=None, dropped=False).count() == 2


def prepared(desk: Desk) -> None:
    """Six occasions with the first manager."""
    operator = desk.operator
    with operator.door() as system:
        born = account(operator, "north-1", "生日", born=date(1980, 6, 20))
        ends = account(operator, "north-1", "合约", contract_ends=date(2026, 8, 1))
        falls = account(operator, "north-1", "下降", megabytes=(1000, 1000, 1000, 500))
        steady = account(
            operator, "north-1", "平稳", megabytes=(1000, 1000, 1000, 900), born=date(1980, 7, 1)
        )
        house = account(operator, "north-1", "机械厂", kind="organisation")
        group = api.make_group(actor=system, customer=house, grade="A")
        person = api.Person(name="何厂长", role="decides", birth_date=date(1970, 6, 16))
        api.set_key_person(actor=system, group=group, person=person)
        api.sign_contract(
            actor=system, group=group, name="专线", starts_on=date(2025, 7, 1), ends_on=date(2026, 7, 1),
            value=Decimal(120000), notice_days=30,
        )  # fmt: skip
        api.add_step(actor=system, customer=steady, title="送茶", way="gift", due_on=date(2026, 6, 17))
        chosen = [born, ends, falls, steady, house]
        api.put_in_charge(actor=system, post=desk.posts["am1"], chosen=chosen, now=NOW)


def night(desk: Desk, *, stop_after: int = 99) -> None:
    after: int | None = 0
    while after is not None and stop_after:
        with enter(Scope(desk.operator.tenant)):
            after = reminding.next_batch(desk.operator.actor(), after, NOW, batch=2)
        stop_after -= 1


def test_each_occasion_is_told_once_however_often_the_night_is_killed_and_run(desk):
    prepared(desk)
    night(desk, stop_after=1)
    night(desk)
    night(desk)
    with desk.operator.door("am1") as actor:
        found = {task.subject.split(":")[0]: task for task in Task.objects.filter(kind=reminding.TASK)}
        assert sorted(found) == [
            "keyaccounts.agreement", "keyaccounts.birthday", "keyaccounts.care", "keyaccounts.contract",
            "keyaccounts.person_birthday", "keyaccounts.usage",
        ]  # fmt: skip
        assert {task.assignee_id for task in found.values()} == {desk.operator.staff["am1"]}
        titles = {key.partition(".")[2]: worklist.title_of(task) for key, task in found.items()}
        assert titles == {
            "agreement": "Group contract HT000001 ends on 1 Jul 2026",
            "birthday": "Birthday on 20 Jun 2026",
            "care": "送茶",
            "contract": "Contract (mobile) ends on 1 Aug 2026",
            "person_birthday": "Birthday of 何** on 16 Jun 2026",
            "usage": "Data 50 % below the last three months",
        }
        kind = worklist.kind_of(found["keyaccounts.care"])
        kind.answer(actor, found["keyaccounts.care"], {"answer": "done", "note": "已送"})
        assert CareStep.objects.get().done_on is not None
        kind.answer(actor, found["keyaccounts.usage"], {"answer": "visit"})
        assert api.Visit.objects.get().customer.name == "下降"
    night(desk)
    with desk.operator.door():
        assert Task.objects.filter(kind=reminding.TASK).count() == 6


def test_the_night_is_gone_through_once_a_day(desk):
    prepared(desk)
    with clock.frozen(NOW):
        reminding.remind.func(tenant=desk.operator.tenant)
        with desk.operator.door():
            assert Terms.objects.get().reminded_on == TODAY
            assert Task.objects.filter(kind=reminding.TASK).count() == 6
            Task.objects.filter(kind=reminding.TASK).delete()
        reminding.remind.func(tenant=desk.operator.tenant)
        with desk.operator.door():
            assert Task.objects.filter(kind=reminding.TASK).count() == 0
    with clock.frozen(NOW.replace(hour=16, minute=30)):  # half past midnight of the next day: not yet
        reminding.remind.func(tenant=desk.operator.tenant)
        with desk.operator.door():
            assert Task.objects.filter(kind=reminding.TASK).count() == 0


def test_the_operator_decides_when_it_reminds(desk):
    with desk.operator.door("director") as actor:
        api.set_terms(actor=actor, birthday_days=14, contract_days=30, fall_percent=50)
        with pytest.raises(Invalid):
            api.set_terms(actor=actor, birthday_days=0, contract_days=30, fall_percent=50)
        assert Terms.objects.get().birthday_days == 14
