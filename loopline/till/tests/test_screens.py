"""The till on screen and for programs."""

from decimal import Decimal

import pytest

from loopline.orders.tests.shop import NOW
from loopline.till import api
from loopline.till.models import Movement, Session


@pytest.fixture
def clerk(counter):
    return counter.operator.client("clerk1")


def program(counter, who="clerk1"):
    from django.test import Client

    return Client(headers={"authorization": f"Bearer {counter.operator.token(who)}"})


def test_a_clerk_s_day_on_screen(counter, clerk):
    assert b"N1" in clerk.get("/till").content
    opened = clerk.post("/till/open", {"till": str(counter.till), "change": "200"})
    day = opened["Location"]
    order = counter.shop.open()
    assert b"To be paid" in clerk.get(f"/orders/{order.public_id}").content
    who = str(counter.shop.customer.public_id)
    form = clerk.get(f"/till/pay?customer={who}").content.decode()
    assert order.number in form
    paid = clerk.post(
        "/till/pay",
        {
            "customer": who, "order": f"{order.public_id}:70.26", "method": "cash", "cash_given": "100",
            "second_amount": "20", "second": "wechat", "request_key": "k",
        },
    )  # fmt: skip
    receipt = clerk.get(paid["Location"]).content.decode()
    assert "¥49.74" in receipt  # change: 100 − 50.26
    assert "¥70.26" in receipt
    first = clerk.post(paid["Location"] + "/print").content.decode()
    second = clerk.post(paid["Location"] + "/print").content.decode()
    assert "Original" in first
    assert "Copy 2" in second
    assert b"Paid in full" in clerk.get(f"/orders/{order.public_id}").content
    assert b"At the counter" in clerk.get(f"/customers/{who}").content
    assert clerk.post(day + "/count", {"cash": "250", "wechat": "20"}).status_code == 422
    assert clerk.post(day + "/count", {"cash": "250", "wechat": "20", "reason": "少找"}).status_code == 302
    assert clerk.post(day + "/confirm").status_code == 403
    boss = counter.operator.client("north")
    assert b"Confirm and close" in boss.get(day).content
    assert boss.post(day + "/confirm").status_code == 302
    assert b"Day closed" in clerk.get("/till/days").content


def test_refunds_deposits_and_corrections_on_screen(counter, clerk):
    counter.open("500")
    order = counter.shop.accept(counter.shop.opening("+8613805350017", detail={"deposit": "100"}))
    who = str(counter.shop.customer.public_id)
    clerk.post("/till/pay", {"customer": who, "order": f"{order.public_id}:170.26", "method": "cash"})
    with counter.operator.door():
        deposit = api.Deposit.objects.get().public_id
    back = clerk.post(f"/till/deposits/{deposit}/return", {"method": "cash", "reason": "信用良好"})
    assert back.status_code == 302
    wrong = clerk.post(
        "/till/pay", {"customer": who, "bill": "9.90", "account": _account(counter), "method": "card"}
    )
    assert clerk.post(wrong["Location"] + "/correct", {"reason": "录错"}).status_code == 302
    assert clerk.post(wrong["Location"] + "/correct", {"reason": "录错"}).status_code == 409
    refused = clerk.post(
        "/till/refund",
        {"customer": who, "account": _account(counter), "amount": "1", "method": "cash", "reason": "x"},
    )
    assert refused.status_code == 422
    assert counter.balances() == {
        "cash": Decimal("570.26"),
        "safe": Decimal(-500),
        "order": Decimal("-70.26"),
    }


def _account(counter):
    with counter.operator.door():
        return str(counter.account())


def test_the_office(counter):
    boss = counter.operator.client("admin")
    assert boss.post("/till/set-up", {"code": "n1", "name": ""}).status_code == 422
    assert boss.post("/till/set-up", {"code": "Z9", "name": "总台"}).status_code == 302
    assert (
        boss.post("/till/terms", {"refund_limit": "300", "rate": "25", "most_months": "6"}).status_code == 302
    )
    with counter.operator.door():
        held = api.terms()
        assert (held.refund_limit, held.rate, held.most_months) == (300, Decimal("0.25"), 6)
    assert (
        boss.post("/till/terms", {"refund_limit": "x", "rate": "25", "most_months": "6"}).status_code == 422
    )
    assert counter.operator.client("clerk1").get("/till/terms").status_code == 403
    assert counter.operator.client("analyst").get("/till").status_code == 403


def test_programs_open_pay_print_and_close(counter):
    client = program(counter)
    json = {"content_type": "application/json"}
    (till,) = client.get("/api/v1/till/tills").json()
    assert till["code"] == "N1"
    day = client.post("/api/v1/till/open", {"till": till["id"], "change": "100"}, **json).json()
    assert (day["state"], day["expected"]) == ("open", {"cash": "100.00"})
    base = f"/api/v1/till/days/{day['id']}"
    payment = {
        "customer": str(counter.shop.customer.public_id),
        "charges": [{"account": _account(counter), "amount": "12.30"}],
        "tenders": [{"method": "alipay", "amount": "12.30"}],
        "request_key": "p1",
    }
    first = client.post(base + "/payments", payment, **json).json()
    again = client.post(base + "/payments", payment, **json).json()
    assert first == again
    assert first["entries"][0] | {"account": None} == {
        "debit": "alipay", "credit": "bill", "amount": "12.30", "order": None, "account": None,
    }  # fmt: skip
    assert client.post(base + f"/corrections/{first['id']}", {"reason": "录错"}, **json).status_code == 200
    told = client.post(base + "/count", {"counted": {"cash": "99"}}, **json)
    assert (told.status_code, told.json()["field"]) == (422, "reason")
    done = client.post(base + "/count", {"counted": {"cash": "100"}}, **json).json()
    assert (done["state"], done["difference"]) == ("closed", "0.00")
    assert client.post(base + "/payments", payment | {"request_key": "p2"}, **json).status_code == 409


@pytest.mark.parametrize("who", ["clerk2", "southerner"])
def test_other_branches_see_neither_till_nor_receipt(counter, who):
    session = counter.open()
    paid = counter.pay_bill(session, "5")
    client = program(counter, who)
    assert client.get("/api/v1/till/tills").json() == []
    assert client.get(f"/api/v1/till/days/{session}").status_code == 404
    assert client.get(f"/api/v1/till/receipts/{paid.public_id}").status_code == 404
    with counter.operator.door(who):
        assert not Movement.objects.exists()
        assert not Session.objects.exists()


def test_a_moved_customer_takes_his_receipts_along_and_the_till_keeps_seeing_them(counter):
    from loopline.customers import api as customers

    session = counter.open()
    paid = counter.pay_bill(session, "5")
    with counter.operator.door("admin") as actor:
        customer = customers.by_public_id(actor, counter.shop.customer.public_id)
        customers.move_customer(actor=actor, customer=customer, branch_id=counter.operator.units["south-1"])
    for who in ("clerk1", "southerner"):
        with counter.operator.door(who):
            assert Movement.objects.get(number=paid.number).at == NOW
