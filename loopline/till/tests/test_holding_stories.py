"""Deposits, devices by instalments, and leaving a contract early, with exact sums."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from loopline.kernel.errors import Invalid
from loopline.orders.actions import NotPossible, WantedItem, cancel_order
from loopline.orders.tests.shop import NOW
from loopline.stock import api as stock
from loopline.subscriptions.models import Subscription
from loopline.till import api
from loopline.till.models import Deposit, InstalmentPlan

D = Decimal
NUMBER = "+8613805350017"
IMEI = "490154203237518"


@pytest.fixture
def device(counter):
    with counter.operator.door("admin") as admin:
        stock.load_devices(actor=admin, devices=[(IMEI, "星河 X1", D("2999.00"))])
    return IMEI


def close(counter, line, now=NOW, **detail):
    return counter.shop.accept(WantedItem("close", subscription=line, detail=detail), now=now)


def line_of(counter):
    with counter.operator.door():
        return Subscription.objects.get(number=NUMBER, state="active").public_id


def test_a_deposit_is_held_and_set_off_when_the_line_is_closed(counter):
    session = counter.open()
    order = counter.shop.accept(counter.shop.opening(NUMBER, detail={"deposit": "300"}))
    assert order.due_now == D("370.26")
    assert "A deposit of ¥300.00 is held" in order.agreement
    counter.pay_order(session, order, "370.26")
    assert counter.balances()["deposit"] == D(-300)
    counter.shop.drive(order)
    closing = close(counter, line_of(counter))
    assert closing.due_now == D(-300)
    closing = counter.shop.drive(closing)
    assert (closing.state, closing.due_now) == ("completed", D(-300))
    with counter.operator.door():
        assert Deposit.objects.get().state == "set_off"
    assert "deposit" not in counter.balances()
    back = counter.act(
        "clerk1", api.refund_order, session=session, order=closing.public_id, method="cash", reason="销户退押金",
        now=NOW,
    )  # fmt: skip
    assert back.amount == D(-300)
    assert counter.balances() == {"cash": D("270.26"), "safe": D(-200), "order": D("-70.26")}


def test_a_deposit_of_an_order_that_came_to_nothing_is_given_back(counter):
    session = counter.open()
    order = counter.shop.accept(counter.shop.opening(NUMBER, detail={"deposit": "300"}))
    counter.pay_order(session, order, "370.26", ("wechat", "370.26"))
    with counter.operator.door("clerk1") as actor:
        cancel_order(actor=actor, order=order.public_id, reason="", now=NOW)
    counter.shop.drive(order)
    counter.act(
        "clerk1",
        api.refund_order,
        session=session,
        order=order.public_id,
        method="wechat",
        reason="退单",
        now=NOW,
    )
    with counter.operator.door():
        assert Deposit.objects.get().state == "returned"
    assert counter.balances() == {"cash": D(200), "safe": D(-200)}


def test_a_deposit_is_given_back_while_the_line_goes_on_but_not_while_it_closes(counter):
    session = counter.open("500")
    order = counter.shop.accept(counter.shop.opening(NUMBER, detail={"deposit": "300"}))
    counter.pay_order(session, order, "370.26")
    counter.shop.drive(order)
    with counter.operator.door():
        deposit = Deposit.objects.get().public_id
    wanted = {"session": session, "deposit": deposit, "method": "cash", "reason": "信用良好", "now": NOW}
    closing = close(counter, line_of(counter))
    with pytest.raises(api.DepositGone):
        counter.act("clerk1", api.return_deposit, **wanted)
    with counter.operator.door("clerk1") as actor:
        cancel_order(actor=actor, order=closing.public_id, reason="", now=NOW)
    counter.shop.drive(closing)
    counter.act("clerk1", api.return_deposit, **wanted)
    with pytest.raises(api.DepositGone):
        counter.act("clerk1", api.return_deposit, **wanted)
    assert counter.balances() == {"cash": D("570.26"), "safe": D(-500), "order": D("-70.26")}


def test_a_device_by_instalments_and_what_is_left_at_the_close(counter, device):
    session = counter.open()
    bought = {"device": device, "months": "12", "first": "500"}
    order = counter.shop.accept(counter.shop.opening(NUMBER, detail=bought))
    # 500 first; 2,499 in twelve parts of 208.25.
    assert (order.due_now, order.monthly) == (D("570.26"), D(99))
    assert "¥208.25 a month for 12 months" in order.agreement
    with counter.operator.door():
        assert stock.Device.objects.get(imei=device).state == "reserved"
    counter.pay_order(session, order, "570.26", ("card", "570.26"))
    counter.shop.drive(order)
    with counter.operator.door():
        plan = InstalmentPlan.objects.get()
        assert (plan.price, plan.first, plan.months) == (D(2999), D(500), 12)
        assert plan.started_on == date(2026, 7, 10)
        assert stock.Device.objects.get(imei=device).state == "in_use"
    # On 10 October three parts (August to October) have been asked for: 2,499 − 3 × 208.25.
    later = datetime(2026, 10, 10, 2, tzinfo=UTC)
    closing = close(counter, line_of(counter), now=later)
    assert closing.due_now == D("1874.25")
    counter.shop.drive(closing, later)
    counter.pay_order(session, closing, "1874.25", ("card", "1874.25"), now=later)
    with counter.operator.door():
        plan.refresh_from_db()
        assert (plan.state, plan.settled, plan.ended_on) == ("settled", D("1874.25"), date(2026, 10, 10))
    assert counter.open_on(closing) == 0


def test_an_order_that_fails_gives_the_device_back_to_stock(counter, device):
    counter.shop.behave("refused", "activate_line")
    order = counter.shop.accept(counter.shop.opening(NUMBER, detail={"device": device}))
    assert order.due_now == D("3069.26")
    assert counter.shop.drive(order).state == "failed"
    with counter.operator.door():
        assert stock.Device.objects.get(imei=device).state == "available"
        assert not InstalmentPlan.objects.exists()


def test_two_orders_cannot_have_one_device_and_figures_are_checked(counter, device):
    counter.shop.accept(counter.shop.opening(NUMBER, detail={"device": device}))
    with pytest.raises(stock.DeviceTaken):
        counter.shop.accept(counter.shop.opening("+8613805350018", detail={"device": device}))
    for detail, fault in [
        ({"device": "1"}, NotPossible),
        ({"device": device, "months": "5"}, Invalid),
        ({"device": device, "months": "12", "first": "3000"}, Invalid),
        ({"deposit": "-1"}, Invalid),
        ({"deposit": "0.001"}, Invalid),
    ]:
        with pytest.raises(fault):
            counter.shop.accept(counter.shop.opening("+8613805350019", detail=detail))


def test_leaving_a_contract_early_costs_what_the_formula_says_and_is_told_before(counter):
    line = counter.shop.line(NUMBER, "M239")
    # 24 months from 10 July 2026; on 10 July 2028 the last day is a begun month: 25 × 239 × 0.3, at most 3 × 239.
    closing = close(counter, line)
    assert closing.due_now == D("717.00")
    assert "The contract ends early: ¥717.00 for 25 months that are left." in closing.agreement


def test_near_the_end_of_the_contract_the_months_count(counter):
    line = counter.shop.line(NUMBER, "M239")
    later = datetime(2028, 3, 20, 2, tzinfo=UTC)
    # 20 March to 10 July 2028: four months begun. 4 × 239 × 0.3.
    assert close(counter, line, now=later).due_now == D("286.80")


def test_a_cheaper_plan_costs_the_part_that_is_lost_and_a_dearer_one_nothing(counter):
    line = counter.shop.line(NUMBER, "M239")
    later = datetime(2028, 3, 20, 2, tzinfo=UTC)
    with counter.operator.door():
        cheaper = WantedItem(
            "change_plan", offering=counter.shop.offer("M99"), subscription=line, when="2028-04-01"
        )
    order = counter.shop.accept(cheaper, now=later)
    # From 1 April: four months left, (239 − 99) × 0.3 each.
    assert (order.due_now, order.once) == (D("168.00"), D("168.00"))


def test_the_operator_decides_about_the_fee(counter):
    line = counter.shop.line(NUMBER, "M239")
    counter.act("admin", api.set_terms, changes={"rate": "0.5", "most_months": "0"})
    assert close(counter, line).due_now == 0


def test_what_a_cheaper_plan_gives_back_pays_for_a_part_of_the_deposit(counter):
    line = counter.shop.line(NUMBER, "M99")
    session = counter.open("0")
    with counter.operator.door():
        wanted = WantedItem(
            "change_plan", offering=counter.shop.offer("M59"), subscription=line, detail={"deposit": "300"}
        )
    order = counter.shop.accept(wanted)
    # 59 × 22 ÷ 31 − 99 × 22 ÷ 31 + 300.
    assert order.due_now == D("271.61")
    counter.pay_order(session, order, "271.61")
    assert counter.balances() == {"cash": D("271.61"), "deposit": D(-300), "order": D("28.39")}
    assert counter.open_on(order) == 0


def test_a_receipt_with_a_deposit_is_taken_back_and_paid_anew(counter):
    session = counter.open("0")
    order = counter.shop.accept(counter.shop.opening(NUMBER, detail={"deposit": "300"}))
    wrong = counter.pay_order(session, order, "370.26", ("card", "370.26"))
    counter.act("clerk1", api.correct, session=session, movement=wrong.public_id, reason="刷错卡", now=NOW)
    assert counter.balances() == {}
    counter.pay_order(session, order, "370.26")
    assert counter.balances() == {"cash": D("370.26"), "deposit": D(-300), "order": D("-70.26")}
    with counter.operator.door():
        assert sorted(Deposit.objects.values_list("state", flat=True)) == ["held", "returned"]
