"""One field finds everything a person may see, however it is typed, and nothing else."""

import json
import logging

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import finding
from loopline.testing import Operator, found_operator
from tests.full_customers import DOCUMENT, Full, full_customer

WHO = ["admin", "marketer", "analyst", "north", "clerk1", "clerk2", "southerner"]


@pytest.fixture(scope="module")
def world(database: object) -> tuple[Operator, dict[str, Full]]:
    """A full customer in each of two branches."""
    operator = found_operator()
    return operator, {
        "north-1": full_customer(operator, "north-1", "张三丰", "+8613800138000"),
        "south-1": full_customer(operator, "south-1", "王海燕", "+8613900139000"),
    }


def _found(operator: Operator, who: str, text: str, only: str = "") -> dict[str, list[finding.Hit]]:
    with operator.door(who) as actor:
        return {group.name: group.hits for group in finding.find(actor, text, 20, only)}


@pytest.mark.parametrize(
    "typed",
    [
        "张三丰",
        "zhangsanfeng",
        "zsf",
        "138 0013 8000",
        "１３８００１３８０００",
        "+86 138-0013-8000",
        DOCUMENT,
    ],
)
def test_a_customer_is_found_however_he_is_typed_and_shown_masked(world, typed):
    operator, full = world
    hits = _found(operator, "clerk1", typed)["customers"]
    assert f"/customers/{full['north-1'].public_id}" in [hit.url for hit in hits]
    assert "张三丰" not in str(hits) and "张" in hits[0].label


def test_a_subscription_is_found_by_the_beginning_of_its_number_and_shown_masked(world):
    operator, full = world
    with operator.door():
        from loopline.subscriptions.api import Subscription

        number = Subscription.objects.filter(customer_id=full["north-1"].id).exclude(number="").first().number
    bare = number.removeprefix("+86")
    for typed in (number, bare, f"{bare[:3]} {bare[3:7]} {bare[7:]}", bare[:7]):
        hits = _found(operator, "clerk1", typed)["subscriptions"]
        assert hits[0].url == f"/customers/{full['north-1'].public_id}", typed
        assert bare not in str(hits)
    assert "subscriptions" not in _found(operator, "clerk2", bare)


def test_orders_and_tickets_are_found_by_their_numbers(world):
    from loopline.cases.api import Ticket
    from loopline.orders.api import Order

    operator, full = world
    with operator.door():
        order = Order.objects.filter(customer_id=full["north-1"].id).get()
        ticket = Ticket.objects.filter(customer_id=full["north-1"].id).get()
    assert _found(operator, "clerk1", order.number.lower())["orders"][0].url == f"/orders/{order.public_id}"
    assert f"/tickets/{ticket.public_id}" in [
        h.url for h in _found(operator, "clerk1", ticket.number)["tickets"]
    ]
    assert "orders" not in _found(operator, "southerner", order.number)
    assert "orders" not in _found(operator, "analyst", order.number)


def test_an_e_mail_is_found_whole(world):
    from loopline.customers.models import ContactMedium

    operator, full = world
    with operator.door():
        row = ContactMedium.objects.filter(customer_id=full["north-1"].id, kind="email").first()
        if row is None:
            row = ContactMedium.objects.create(
                customer_id=full["north-1"].id,
                branch_id=operator.units["north-1"],
                kind="email",
                value="zsf@example.com",
            )
    assert _found(operator, "clerk1", row.value.upper())["customers"][0].url.endswith(
        full["north-1"].public_id
    )
    assert "customers" not in _found(operator, "clerk2", row.value)


def test_a_misspelt_name_of_a_colleague_or_unit_is_found_all_the_same(world):
    operator, _full = world
    with operator.door() as actor:
        identity.add_staff(
            actor=actor,
            user_name="jonathan.harker",
            name="哈克",
            name_en="Jonathan Harker",
            unit=identity.Unit.objects.get(pk=operator.units["north-1"]),
            roles=["clerk"],
            password="Slow-river-43",
        )
    for typed in ("jonathan", "Jonatan", "harkar", "哈克"):
        assert [hit.label for hit in _found(operator, "admin", typed)["staff"]] == ["Jonathan Harker"], typed
    assert _found(operator, "admin", "sauth city")["units"][0].label == "South City"
    assert "units" not in _found(operator, "clerk1", "South City")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(who=st.sampled_from(WHO), data=st.data())
def test_nobody_is_shown_what_he_may_not_see(world, who, data):
    """For any person and any part of any value of a customer: a hit leads to what the person sees, and is masked."""
    operator, full = world
    customer = data.draw(st.sampled_from(list(full.values())))
    value = data.draw(
        st.sampled_from([customer.name, customer.number, customer.telephone, DOCUMENT, "zsf", "why"])
    )
    start = data.draw(st.integers(0, len(value) - 1))
    typed = value[start : data.draw(st.integers(start + 1, len(value)))]
    found = _found(operator, who, typed)
    shown = str(found)
    for one in full.values():
        assert one.telephone.removeprefix("+86") not in shown and DOCUMENT not in shown
        assert one.name not in shown
    with operator.door(who) as actor:
        visible = {
            f"/customers/{key}" for key in customers.Customer.objects.values_list("public_id", flat=True)
        }
        may = actor.may("customers.view")
    urls = {hit.url for name in ("customers", "subscriptions") for hit in found.get(name, [])}
    assert urls <= (visible if may else set())


def test_what_is_typed_is_in_no_address_and_in_no_log(world, caplog):
    operator, _full = world
    browser = operator.client("clerk1")
    with caplog.at_level(logging.DEBUG):
        page = browser.post("/search", {"q": "张三丰"}).content.decode()
        palette = browser.post("/search/palette", {"q": "张三丰"}).content.decode()
        assert browser.get("/search", {"q": "张三丰"}).content.decode().count("张") == 0
        assert browser.get("/search/palette").status_code == 405
    assert "张**" in page and "张**" in palette
    assert "张三丰" not in caplog.text.replace("/search?q=", "")
    addresses = [part.split('"')[0] for part in page.split('href="')[1:] + page.split('action="')[1:]]
    assert not [address for address in addresses if "%E5%BC%A0" in address or "q=" in address]


def test_a_program_searches_with_the_text_in_the_body(world):
    operator, full = world
    call = {"content_type": "application/json"}
    token = {"authorization": f"Bearer {operator.token('clerk1')}"}
    body = json.dumps({"text": full["north-1"].number})
    groups = Client().post("/api/v1/desk/search", body, headers=token, **call).json()
    assert groups[0]["name"] == "customers"
    assert groups[0]["hits"][0]["url"] == f"/customers/{full['north-1'].public_id}"
