"""What customers ask for, from the counter to the line that works, and what happens when the outside does not help."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from loopline.customers import api as customers
from loopline.kernel.models import Event
from loopline.orders import actions, api
from loopline.orders.actions import NotPossible, OrderUnderWay, WantedItem
from loopline.orders.models import Order, OrderItem, PortingCode, SimulatorRequest, Step
from loopline.orders.tests.shop import NOW
from loopline.stock.api import NumberTaken, SimCard
from loopline.subscriptions.models import AddOn, Subscription
from loopline.worklist.models import Task

NUMBER = "+8613805350017"


def test_a_line_is_opened_and_paid_from_today(shop):
    order = shop.open(NUMBER, "M99")
    assert (order.state, order.number) == ("acknowledged", "O00000001")
    assert shop.number(NUMBER) == "reserved"
    # 22 of 31 days of July are left: 99 × 22 ÷ 31.
    assert (order.due_now, order.monthly, order.once) == (Decimal("70.26"), Decimal(99), Decimal(0))
    done = shop.drive(order)
    assert done.state == "completed"
    assert [state for _, state in shop.steps(order)] == ["done"] * 6
    with shop.operator.door():
        line = Subscription.objects.get(number=NUMBER)
        assert (line.state, line.offering.code, line.monthly_fee) == ("active", "M99", Decimal(99))
        assert line.started_on.isoformat() == "2026-07-10"
        card = SimCard.objects.get(subscription=line)
        assert card.state == "in_use"
        told = Event.objects.filter(about_kind="subscriptions.subscription").order_by("pk")
        assert list(told.values_list("name", flat=True)) == [
            "subscriptions.opened",
            "subscriptions.state_changed",
        ]
    assert shop.number(NUMBER) == "in_use"
    assert shop.performed() == {"activate_line": 1, "open_billing": 1}


def test_the_same_request_makes_one_order(shop):
    first = shop.open(NUMBER, request_key="web-17")
    second = shop.open(NUMBER, request_key="web-17")
    assert first.pk == second.pk


def test_a_number_that_is_sold_is_refused_in_words_and_nothing_is_kept(shop):
    shop.open(NUMBER)
    with pytest.raises(NumberTaken):
        shop.open(NUMBER)
    with shop.operator.door():
        assert Order.objects.count() == 1
        assert SimCard.objects.filter(state="reserved").count() == 1


def test_the_outside_answers_twice_and_is_heard_once(shop):
    shop.behave("twice")
    order = shop.drive(shop.open(NUMBER))
    assert order.state == "completed"
    with shop.operator.door():
        assert list(Step.objects.filter(outside=True).values_list("answers", flat=True)) == [2, 2]
    assert shop.performed() == {"activate_line": 1, "open_billing": 1}


def test_the_outside_answers_late(shop):
    shop.behave("late", "activate_line", seconds=90)
    order = shop.open(NUMBER)
    assert shop.drive(order).state == "inProgress"
    assert shop.drive(order, NOW + timedelta(seconds=30)).state == "inProgress"
    assert shop.drive(order, NOW + timedelta(seconds=91)).state == "completed"
    with shop.operator.door():
        assert SimulatorRequest.objects.get(operation="activate_line").received == 1


def test_the_outside_never_answers_and_all_is_taken_back_in_reverse(shop):
    shop.behave("never", "open_billing")
    order = shop.open(NUMBER)
    moment = NOW
    for wait in (0, 3, 11, 31):
        moment += timedelta(minutes=wait)
        order = shop.drive(order, moment)
    assert order.state == "failed"
    assert shop.steps(order) == [
        ("keep_number", "undone"),
        ("keep_sim", "undone"),
        ("create_line", "undone"),
        ("activate_line", "undone"),
        ("open_billing", "undone"),
        ("put_in_use", "skipped"),
    ]
    assert shop.number(NUMBER) == "available"
    assert shop.performed() == {}
    assert order.due_now == 0
    with shop.operator.door():
        assert SimulatorRequest.objects.get(operation="open_billing").received == 3
        assert Subscription.objects.get(number=NUMBER).state == "terminated"
        ended = list(
            Step.objects.filter(state="undone")
            .order_by("ended_at", "-position")
            .values_list("position", flat=True)
        )
        assert ended == [5, 4, 3, 2, 1]
        assert not SimCard.objects.exclude(state="available").exists()


def test_what_cannot_be_reached_is_asked_again_with_the_same_key(shop):
    shop.behave("unreachable", "activate_line", times=2)
    order = shop.open(NUMBER)
    assert shop.drive(order).state == "inProgress"
    assert shop.drive(order, NOW + timedelta(minutes=3)).state == "inProgress"
    assert shop.drive(order, NOW + timedelta(minutes=14)).state == "completed"
    assert shop.performed() == {"activate_line": 1, "open_billing": 1}


def test_a_port_in_that_fails_half_way_is_compensated(shop):
    shop.behave("refused", "activate_line")
    number = "+8613912345678"
    with shop.operator.door():
        item = WantedItem(
            "port_in", offering=shop.offer("M59"), number=number, detail={"code": "123456", "donor": "West"}
        )
    order = shop.drive(shop.accept(item))
    assert order.state == "failed"
    assert shop.steps(order) == [
        ("adopt_number", "undone"),
        ("keep_sim", "undone"),
        ("create_line", "undone"),
        ("request_port_in", "undone"),
        ("activate_line", "failed"),
        ("open_billing", "skipped"),
        ("put_in_use", "skipped"),
    ]
    assert shop.number(number) == "away"
    assert shop.performed() == {}
    shop.behave_well()
    assert shop.drive(shop.accept(item)).state == "completed"
    assert shop.number(number) == "in_use"


def test_a_mover_keeps_his_number(shop):
    with shop.operator.door():
        opening = WantedItem("open", offering=shop.offer("B300"))
    shop.drive(shop.accept(opening))
    with shop.operator.door():
        line = Subscription.objects.get(service="broadband").public_id
    moved = shop.drive(shop.accept(WantedItem("move", subscription=line, detail={"site": "和平路12号"})))
    assert moved.state == "completed"
    after = shop.subscription(line)
    assert (after.state, after.characteristics["site"]) == ("active", "和平路12号")
    mobile = shop.line(NUMBER)
    with pytest.raises(NotPossible):
        shop.accept(WantedItem("move", subscription=mobile, detail={"site": "x"}))
    assert shop.subscription(mobile).number == NUMBER


def test_a_plan_is_changed_on_the_last_day_of_a_month_and_on_the_first_of_the_next(shop):
    last_day = datetime(2026, 7, 31, 2, 0, tzinfo=UTC)
    line = shop.line(NUMBER, "M59")
    with shop.operator.door():
        today = WantedItem("change_plan", subscription=line, offering=shop.offer("M99"))
        month = WantedItem("change_plan", subscription=line, offering=shop.offer("M239"), when="month")
    changed = shop.accept(today, now=last_day)
    # One of 31 days: 1.90 back for the old plan, 3.19 for the new one.
    assert changed.due_now == Decimal("3.19") - Decimal("1.90")
    assert shop.drive(changed, last_day).state == "completed"
    assert shop.subscription(line).offering.code == "M99"
    later = shop.accept(month, now=last_day)
    assert (later.due_now, later.monthly) == (Decimal(0), Decimal(239))
    assert shop.drive(later, last_day).state == "pending"
    assert shop.subscription(line).offering.code == "M99"
    first = datetime(2026, 7, 31, 16, 0, tzinfo=UTC)  # midnight of 1 August in the operator's zone
    assert shop.drive(later, first).state == "completed"
    after = shop.subscription(line)
    assert (after.offering.code, after.contract_ends_on.isoformat()) == ("M239", "2028-08-01")


def test_who_is_not_to_be_served_may_only_give_up(shop):
    line = shop.line(NUMBER)
    with shop.operator.door("admin") as admin:
        customers.stop_service(actor=admin, customer=shop.customer, reason="fraud", note="Case 7")
    with pytest.raises(customers.NotToBeServed):
        shop.open("+8613805350018")
    wanted = actions.WantedOrder(shop.customer.public_id, (shop.opening("+8613805350018"),))
    with shop.operator.door() as system, pytest.raises(customers.NotToBeServed):
        api.quote(actor=system, wanted=wanted, now=NOW)
    given_up = WantedItem("close", subscription=line, detail={"at_once": True})
    assert shop.drive(shop.accept(given_up)).state == "completed"


def test_under_one_document_five_numbers_are_opened_and_not_a_sixth(shop):
    with shop.operator.door("clerk1") as clerk:
        customers.add_document(
            actor=clerk, customer=shop.customer, kind="identity_card", number="11010119900307299X"
        )
    for last in range(5):
        shop.line(f"+861380535002{last}")
    with pytest.raises(customers.TooManyLines):
        shop.open("+8613805350025")
    assert shop.number("+8613805350025") == "available"


def test_suspend_resume_and_close(shop):
    line = shop.line(NUMBER)
    lost = WantedItem("suspend", subscription=line, detail={"reason": "lost"})
    assert shop.drive(shop.accept(lost)).state == "completed"
    assert shop.subscription(line).state == "suspended_lost"
    assert shop.drive(shop.accept(WantedItem("resume", subscription=line))).state == "completed"
    assert shop.subscription(line).state == "active"
    assert shop.drive(shop.accept(WantedItem("close", subscription=line))).state == "completed"
    closed = shop.subscription(line)
    assert (closed.state, closed.ended_on.isoformat()) == ("pre_terminated", "2026-07-10")
    assert shop.number(NUMBER) == "in_use"
    with shop.operator.door() as system:
        assert actions.end_kept_lines(actor=system, now=NOW + timedelta(days=89)) == 0
        assert actions.end_kept_lines(actor=system, now=NOW + timedelta(days=90)) == 1
    assert (shop.subscription(line).state, shop.number(NUMBER)) == ("terminated", "cooling")


def test_a_number_is_changed_and_the_old_one_cools_off(shop):
    line = shop.line(NUMBER)
    order = shop.accept(WantedItem("change_number", subscription=line, number="+8613805350026"))
    assert shop.drive(order).state == "completed"
    assert shop.subscription(line).number == "+8613805350026"
    assert (shop.number(NUMBER), shop.number("+8613805350026")) == ("cooling", "in_use")


def test_services_on_top_are_added_and_removed(shop):
    line = shop.line(NUMBER)
    with shop.operator.door():
        add = WantedItem("add_service", subscription=line, offering=shop.offer("DATA"))
        remove = WantedItem("remove_service", subscription=line, offering=shop.offer("DATA"))
    added = shop.accept(add)
    with pytest.raises(OrderUnderWay):
        shop.accept(add)
    assert shop.drive(added).state == "completed"
    assert added.monthly == 10
    with pytest.raises(NotPossible):
        shop.accept(add)
    assert shop.drive(shop.accept(remove)).state == "completed"
    with shop.operator.door():
        assert AddOn.objects.get().ended_on.isoformat() == "2026-07-10"


def test_a_new_line_with_a_service_is_one_order_whose_second_item_waits_for_the_first(shop):
    shop.behave("late", "activate_line", seconds=60)
    order = shop.accept(shop.opening(NUMBER), shop.opening("+8613805350026", needs=(1,)))
    assert shop.drive(order).state == "inProgress"
    assert shop.items(order) == ["inProgress", "acknowledged"]
    assert shop.drive(order, NOW + timedelta(seconds=61)).state == "inProgress"
    assert shop.drive(order, NOW + timedelta(seconds=130)).state == "completed"


def test_what_needs_a_failed_item_is_cancelled_with_it(shop):
    shop.behave("refused", "activate_line", times=1)
    order = shop.drive(shop.accept(shop.opening(NUMBER), shop.opening("+8613805350026", needs=(1,))))
    order = shop.drive(order)
    assert (order.state, shop.items(order)) == ("failed", ["failed", "cancelled"])
    assert shop.number("+8613805350026") == "available"


def test_of_two_items_one_fails_and_the_order_is_partial(shop):
    shop.behave("refused", "activate_line", times=1)
    order = shop.drive(shop.accept(shop.opening(NUMBER), shop.opening("+8613805350026")))
    assert (order.state, shop.items(order)) == ("partial", ["failed", "completed"])
    assert order.due_now == Decimal("70.26")


def test_a_sim_swap_by_telephone_is_held_until_a_supervisor_releases_it(shop):
    line = shop.line(NUMBER)
    swap = WantedItem("sim_swap", subscription=line, sim="esim")
    order = shop.accept(swap, channel="phone")
    assert shop.drive(order).state == "held"
    with shop.operator.door():
        item = OrderItem.objects.get(order=order)
        assert item.held_until == NOW + timedelta(hours=24)
    with shop.operator.door("north") as supervisor:
        actions.release_item(actor=supervisor, item=item.public_id, rejected=False, reason="called", now=NOW)
    assert shop.drive(order).state == "inProgress"
    shop.scan(order)
    assert shop.drive(order).state == "completed"
    with shop.operator.door():
        found = dict(SimCard.objects.exclude(state="available").values_list("kind", "state"))
    assert found == {"plain": "spent", "esim": "in_use"}
    seen = shop.drive(shop.accept(swap, seen_in_person=True))
    shop.scan(seen)
    assert shop.drive(seen).state == "completed"


def test_a_held_sim_swap_is_rejected_and_the_card_goes_back(shop):
    line = shop.line(NUMBER)
    order = shop.drive(shop.accept(WantedItem("sim_swap", subscription=line), channel="web"))
    with shop.operator.door("north") as supervisor:
        item = OrderItem.objects.get(order=order)
        actions.release_item(actor=supervisor, item=item.public_id, rejected=True, reason="fraud", now=NOW)
    assert shop.drive(order).state == "rejected"
    with shop.operator.door():
        assert SimCard.objects.filter(state="in_use").count() == 1
        assert not SimCard.objects.filter(state="reserved").exists()


def test_a_number_leaves_with_a_code_that_we_issued(shop):
    line = shop.line(NUMBER)
    with shop.operator.door("clerk1") as clerk, pytest.raises(NotPossible) as refused:
        actions.issue_porting_code(actor=clerk, customer=shop.customer, subscription=line, now=NOW)
    assert "120" in refused.value.message
    later = datetime.now(UTC)
    with shop.operator.door() as system:
        Subscription.objects.filter(public_id=line).update(started_on="2020-01-01")
        code = actions.issue_porting_code(actor=system, customer=shop.customer, subscription=line, now=later)
        again = actions.issue_porting_code(actor=system, customer=shop.customer, subscription=line, now=later)
        assert code.code == again.code
        assert code.code not in str(list(Event.objects.values_list("payload", flat=True)))
    order = shop.accept(WantedItem("port_out", subscription=line, detail={"code": code.code}), now=later)
    assert shop.drive(order, later).state == "completed"
    assert (shop.subscription(line).state, shop.number(NUMBER)) == ("ported_out", "away")
    with shop.operator.door():
        assert PortingCode.objects.get().used_at is not None


def test_an_order_is_cancelled_in_flight_and_taken_back(shop):
    shop.behave("late", "activate_line", seconds=600)
    order = shop.drive(shop.open(NUMBER))
    with shop.operator.door("clerk1") as clerk:
        actions.cancel_order(actor=clerk, order=order.public_id, reason="changed his mind", now=NOW)
    assert shop.fresh(order).state == "assessingCancellation"
    assert shop.drive(order).state == "cancelled"
    assert shop.number(NUMBER) == "available"
    assert shop.drive(order, NOW + timedelta(minutes=20)).state == "cancelled"
    assert shop.performed() == {}
    with shop.operator.door("clerk1") as clerk, pytest.raises(actions.AlreadyOver):
        actions.cancel_order(actor=clerk, order=order.public_id, reason="again", now=NOW)


def test_the_day_of_an_order_is_changed_until_work_begins(shop):
    line = shop.line(NUMBER, "M59")
    with shop.operator.door():
        month = WantedItem("change_plan", subscription=line, offering=shop.offer("M99"), when="month")
    order = shop.drive(shop.accept(month))
    with shop.operator.door("clerk1") as clerk:
        changes = {"not_before": NOW + timedelta(days=3), "description": "sooner"}
        actions.amend_order(
            actor=clerk, order=order.public_id, version=order.version, changes=changes, now=NOW
        )
    assert shop.drive(order, NOW + timedelta(days=4)).state == "completed"


def test_an_order_in_jeopardy_becomes_a_task_that_ends_with_it(shop):
    shop.behave("late", "activate_line", seconds=4000)
    order = shop.drive(shop.open(NUMBER))
    with shop.operator.door() as system:
        assert actions.watch(actor=system, now=NOW + timedelta(minutes=40)) == 0
        assert actions.watch(actor=system, now=NOW + timedelta(minutes=50)) == 1
        assert actions.watch(actor=system, now=NOW + timedelta(minutes=55)) == 0
        task = Task.objects.get()
        assert (task.kind, task.status, task.source_name) == ("orders.jeopardy", "open", order.number)
    assert shop.fresh(order).jeopardy == "late"
    for minutes in (3, 14):
        shop.drive(order, NOW + timedelta(minutes=minutes))
    assert shop.drive(order, NOW + timedelta(seconds=4001)).state in ("completed", "failed")
    with shop.operator.door():
        assert Task.objects.get().status == "cancelled"
