"""A day at the till: money in and out, to the fen, and the close that cannot be changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from loopline.billing.models import Payment
from loopline.kernel.errors import Invalid, NotAllowed
from loopline.orders import actions as order_actions
from loopline.orders.tests.shop import NOW
from loopline.till import api
from loopline.till.actions.paying import NotCorrectable
from loopline.till.actions.sessions import SecondPerson
from loopline.till.models import Entry, Movement, Session
from loopline.till.tests.conftest import LATER

D = Decimal


def test_a_day_from_change_to_close(counter):
    session = counter.open("200")
    order = counter.shop.open()
    assert order.due_now == D("70.26")
    paid = counter.pay_order(session, order, "70.26", ("cash", "50.26"), ("wechat", "20"), cash_given=D(100))
    assert (paid.number, paid.amount, paid.cash_given) == ("N1-000002", D("70.26"), D(100))
    bill = counter.pay_bill(session, "99.90", "card")
    assert bill.number == "N1-000003"
    assert counter.expected(session) == {"cash": D("250.26"), "wechat": D(20), "card": D("99.90")}
    assert counter.balances() == {
        "cash": D("250.26"), "wechat": D(20), "card": D("99.90"),
        "safe": D(-200), "order": D("-70.26"), "bill": D("-99.90"),
    }  # fmt: skip
    counted = {"cash": D("250.26"), "wechat": D(20), "card": D("99.90")}
    done = counter.act("clerk1", api.count_till, session=session, counted=counted, reason="", now=LATER)
    assert (done.state, done.difference, done.closed_by) == ("closed", D(0), "钱一")
    assert counter.balances() == {"safe": D("170.16"), "order": D("-70.26"), "bill": D("-99.90")}
    with counter.operator.door():
        row = Payment.objects.get(reference="N1-000003/1")
        assert (row.amount, row.method, row.paid_on) == (D("99.90"), "card", date(2026, 7, 10))


def test_a_difference_needs_a_reason_and_a_second_person(counter):
    session = counter.open("100")
    counter.pay_bill(session, "50")
    counted = {"cash": D("149.50")}
    with pytest.raises(Invalid, match="say why"):
        counter.act("clerk1", api.count_till, session=session, counted=counted, reason=" ", now=LATER)
    waits = counter.act(
        "clerk1", api.count_till, session=session, counted=counted, reason="找零有误", now=LATER
    )
    assert (waits.state, waits.difference) == ("counted", D("-0.50"))
    with pytest.raises(api.NotOpen):
        counter.pay_bill(session, "1")
    with pytest.raises(NotAllowed):
        counter.act("clerk1", api.confirm_count, session=session, now=LATER)
    done = counter.act("north", api.confirm_count, session=session, now=LATER)
    assert (done.state, done.closed_by) == ("closed", "赵北")
    assert counter.balances() == {"safe": D("49.50"), "difference": D("0.50"), "bill": D(-50)}


def test_nobody_confirms_his_own_count(counter):
    session = counter.open("100")
    counter.act("north", api.count_till, session=session, counted={"cash": D(99)}, reason="?", now=LATER)
    with pytest.raises(SecondPerson):
        counter.act("north", api.confirm_count, session=session, now=LATER)
    again = counter.act("admin", api.reject_count, session=session, reason="重新清点")
    assert again.state == "open"
    done = counter.act(
        "clerk1", api.count_till, session=session, counted={"cash": D(100)}, reason="", now=LATER
    )
    assert done.state == "closed"


def test_the_same_request_takes_the_money_once(counter):
    session = counter.open()
    first = counter.pay_bill(session, "30", request_key="k1")
    second = counter.pay_bill(session, "30", request_key="k1")
    assert first.pk == second.pk
    assert counter.expected(session) == {"cash": D(230)}


def test_an_order_is_paid_once_and_in_full(counter):
    session = counter.open()
    order = counter.shop.open()
    with pytest.raises(api.NothingOwed):
        counter.pay_order(session, order, "70.25")
    counter.pay_order(session, order, "70.26")
    with pytest.raises(api.NothingOwed):
        counter.pay_order(session, order, "70.26")


def test_a_receipt_is_taken_back_by_a_counter_entry(counter):
    session = counter.open()
    paid = counter.pay_bill(session, "30")
    back = counter.act(
        "clerk1", api.correct, session=session, movement=paid.public_id, reason="金额录错", now=NOW
    )
    assert (back.amount, back.corrects_id, back.kind) == (D(-30), paid.pk, "correction")
    assert counter.expected(session) == {"cash": D(200)}
    with counter.operator.door():
        assert sum(Payment.objects.values_list("amount", flat=True)) == 0
    with pytest.raises(NotCorrectable):
        counter.act("clerk1", api.correct, session=session, movement=paid.public_id, reason="x", now=NOW)
    with pytest.raises(NotCorrectable):
        counter.act("clerk1", api.correct, session=session, movement=back.public_id, reason="x", now=NOW)


def test_large_refunds_are_made_by_a_supervisor_and_never_exceed_what_was_paid(counter):
    session = counter.open("2000")
    counter.pay_bill(session, "800")
    with counter.operator.door():
        account = counter.account()
    wanted = {
        "session": session, "customer": counter.shop.customer.public_id, "account": account,
        "method": "cash", "now": NOW,
    }  # fmt: skip
    with pytest.raises(api.NeedsAuthority):
        counter.act("clerk1", api.refund_bill, amount=D(600), reason="多缴", **wanted)
    with pytest.raises(Invalid):
        counter.act("north", api.refund_bill, amount=D(600), reason="", **wanted)
    counter.act("north", api.refund_bill, amount=D(600), reason="多缴", **wanted)
    with pytest.raises(api.OverPaid):
        counter.act("clerk1", api.refund_bill, amount=D("200.01"), reason="多缴", **wanted)
    counter.act("clerk1", api.refund_bill, amount=D(200), reason="多缴", **wanted)
    assert counter.balances() == {"cash": D(2000), "safe": D(-2000)}


def test_a_cancelled_order_is_paid_back(counter):
    session = counter.open()
    order = counter.shop.open()
    counter.pay_order(session, order, "70.26")
    with counter.operator.door("clerk1") as actor:
        order_actions.cancel_order(actor=actor, order=order.public_id, reason="客户反悔", now=NOW)
    counter.shop.drive(order)
    back = counter.act(
        "clerk1",
        api.refund_order,
        session=session,
        order=order.public_id,
        method="cash",
        reason="退单",
        now=NOW,
    )
    assert back.amount == D("-70.26")
    assert counter.balances() == {"cash": D(200), "safe": D(-200)}
    with pytest.raises(api.OverPaid):
        counter.act(
            "clerk1",
            api.refund_order,
            session=session,
            order=order.public_id,
            method="cash",
            reason="x",
            now=NOW,
        )


def test_no_more_cash_leaves_the_till_than_lies_in_it(counter):
    session = counter.open("0")
    paid = counter.pay_bill(session, "30", "card")
    with counter.operator.door():
        account = counter.account()
    with pytest.raises(api.NotEnoughCash):
        counter.act(
            "clerk1", api.refund_bill, session=session, customer=counter.shop.customer.public_id,
            account=account, amount=D(30), method="cash", reason="x", now=NOW,
        )  # fmt: skip
    assert paid.amount == D(30)


def test_a_closed_day_and_the_ledger_cannot_be_changed_even_by_hand(counter):
    session = counter.open()
    counter.pay_bill(session, "30")
    counter.act("clerk1", api.count_till, session=session, counted={"cash": D(230)}, reason="", now=LATER)
    attempts = [
        "UPDATE till_entry SET amount = 1",
        "DELETE FROM till_entry",
        "UPDATE till_movement SET amount = 0",
        "DELETE FROM till_movement",
        "UPDATE till_session SET reason = 'x'",
        "DELETE FROM till_session",
    ]
    with counter.operator.door():
        for attempt in attempts:
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(attempt)
        row = Session.objects.get()
        with pytest.raises(DatabaseError, match="closed"), transaction.atomic():
            Movement.objects.create(
                session=row, kind="payment", branch_id=row.branch_id, number="X", amount=D(1)
            )


def test_two_clerks_at_one_till_lose_no_fen_and_no_number(counter):
    session = counter.open("0")

    def take(place):
        try:
            counter.pay_bill(session, f"{place}.01", request_key=f"r{place}")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, range(1, 21)))
    assert counter.expected(session) == {"cash": D("210.20")}
    with counter.operator.door():
        numbers = sorted(Movement.objects.values_list("number", flat=True))
        assert numbers == [f"N1-{place:06d}" for place in range(1, 21)]
        assert Entry.objects.count() == 20


def test_two_clerks_take_an_order_s_money_once(counter):
    session = counter.open()
    order = counter.shop.open()

    def take(_place):
        try:
            counter.pay_order(session, order, "70.26")
            return "paid"
        except api.NothingOwed:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == ["paid", "told", "told", "told"]


def test_two_open_the_same_till_and_one_is_told(counter):
    counter.open()
    with pytest.raises(api.TillInUse, match="钱一"):
        counter.open(who="north")
