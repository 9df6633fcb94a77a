"""Two files of one customer: what hangs on the merged one is paid, changed, closed and cancelled under the survivor."""

from decimal import Decimal

import pytest

from loopline.billing.models import Payment
from loopline.customers import api as customers
from loopline.customers.models import Account
from loopline.kernel.errors import Invalid, NotFound
from loopline.orders import actions
from loopline.orders.actions import WantedItem, WantedOrder
from loopline.orders.models import Order
from loopline.orders.tests.shop import NOW
from loopline.till import api, queries

NUMBER = "+8613805350017"


@pytest.fixture
def double(counter):
    """A second file of the customer with a line and an order that is not paid, merged into the first."""
    shop = counter.shop
    kept = shop.customer
    with shop.operator.door("clerk1") as clerk:
        shop.customer = customers.create_customer(actor=clerk, name="张三丰")
    gone = shop.customer
    line = shop.line(NUMBER, "M59")
    with shop.operator.door("north") as boss:
        merge = customers.merge_customers(actor=boss, survivor=kept, merged=gone)
    shop.customer = kept
    return gone, line, merge


def owing(counter, customer):
    with counter.operator.door():
        found = queries.owing_orders(customers.together(customer.pk))
        return [(order.number, amount) for order, amount in found]


def undo(counter, merge):
    with counter.operator.door("north") as boss:
        customers.undo_merge(actor=boss, customer=counter.shop.customer, merge=str(merge.public_id))


def test_the_survivor_pays_what_is_open_on_the_merged_file_and_the_undo_gives_it_back(counter, double):
    gone, _line, merge = double
    kept = counter.shop.customer
    ((number, amount),) = owing(counter, kept)
    with counter.operator.door():
        order = Order.objects.get(number=number)
        assert order.customer_id == gone.pk
    session = counter.open()
    made = counter.pay_order(session, order, amount)
    assert owing(counter, kept) == []
    undo(counter, merge)
    with counter.operator.door():
        assert made.customer_id == gone.pk
        assert queries.bindings_of([kept.pk]) == ([], [])
    assert (owing(counter, kept), owing(counter, gone)) == ([], [])
    back = counter.act(
        "clerk1", api.correct, session=session, movement=made.public_id, reason="wrong customer", now=NOW
    )
    assert back.customer_id == gone.pk
    assert owing(counter, gone) == [(number, amount)]


def test_a_bill_of_the_merged_file_is_paid_into_its_account(counter, double):
    gone, _line, _merge = double
    with counter.operator.door():
        account = Account.objects.get(customer=gone)
    session = counter.open()
    pay = {
        "session": session,
        "customer": counter.shop.customer.public_id,
        "charges": [api.Charge(Decimal(30), account=account.public_id)],
        "tenders": [api.Tender("cash", Decimal(30))],
    }
    made = counter.act("clerk1", api.pay, **pay, now=NOW)
    with counter.operator.door():
        paid = Payment.objects.get(reference=f"{made.number}/1")
        assert (paid.customer_id, paid.account_id, made.customer_id) == (gone.pk, account.pk, gone.pk)


def test_lines_of_the_merged_file_are_changed_and_closed_under_the_survivor(counter, double):
    gone, line, merge = double
    shop = counter.shop
    with shop.operator.door():
        change = WantedItem("change_plan", subscription=line, offering=shop.offer("M99"))
    order = shop.drive(shop.accept(change))
    assert (order.state, order.customer_id) == ("completed", gone.pk)
    closing = shop.accept(WantedItem("close", subscription=line))
    with shop.operator.door("clerk1") as clerk:
        actions.cancel_order(actor=clerk, order=closing.public_id, reason="stays", now=NOW)
    assert shop.drive(closing).state == "cancelled"
    undo(counter, merge)
    closing = WantedItem("close", subscription=line)
    with pytest.raises(Invalid):
        shop.accept(closing)
    with shop.operator.door("clerk1") as clerk:
        wanted = WantedOrder(gone.public_id, (closing,))
        order = actions.accept_order(actor=clerk, wanted=wanted, now=NOW)
    assert shop.drive(order).state == "completed"


def test_an_order_about_both_files_stands_in_the_survivor_s(counter, double):
    _gone, line, _merge = double
    shop = counter.shop
    own = shop.line("+8613805350026")
    both = shop.accept(WantedItem("suspend", subscription=line), WantedItem("suspend", subscription=own))
    assert both.customer_id == shop.customer.pk


def test_an_order_of_a_stranger_is_not_paid_under_this_customer(counter, double):
    shop = counter.shop
    kept = shop.customer
    with shop.operator.door("clerk1") as clerk:
        shop.customer = customers.create_customer(actor=clerk, name="李四光")
    strange = shop.open("+8613805350035")
    shop.customer = kept
    session = counter.open()
    with pytest.raises(NotFound):
        counter.pay_order(session, strange, strange.due_now)


def test_the_pages_show_the_merged_file_s_matters_under_the_survivor(counter, double):
    gone, _line, _merge = double
    kept = counter.shop.customer
    counter.open()
    client = counter.operator.client("clerk1")
    ((number, _amount),) = owing(counter, kept)
    for customer in (kept, gone):
        page = client.get(f"/till/pay?customer={customer.public_id}")
        assert (page.status_code, number in page.content.decode()) == (200, True)
        page = client.get(f"/orders/new?customer={customer.public_id}&kind=close").content.decode()
        assert f'name="customer" value="{kept.public_id}"' in page
        assert "138 **** 0017" in page
