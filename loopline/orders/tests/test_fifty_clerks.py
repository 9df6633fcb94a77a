"""Fifty clerks want to sell the same twenty numbers at the same moment, each in a process of his own."""

import multiprocessing
from collections import Counter
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel.numbers import national
from loopline.orders.models import Order
from loopline.orders.tests.shop import Shop
from loopline.stock import api as stock
from loopline.subscriptions.models import Subscription
from loopline.testing import PASSWORD

CLERKS, NUMBERS = 50, 20
STARTED: list[Barrier] = []


def numbers() -> list[str]:
    return [f"+86138053500{place:02d}" for place in range(30, 30 + NUMBERS)]


def plan_of(shop: Shop) -> str:
    with shop.operator.door():
        return str(shop.offer("M59"))


def hire(shop: Shop) -> list[dict[str, Any]]:
    """Fifty clerks of one hall, each with a token and with a customer in front of him."""
    plan = plan_of(shop)
    with shop.operator.door("admin") as admin:
        hall = identity.Unit.objects.get(pk=shop.operator.units["north-1"])
        made = []
        for place in range(CLERKS):
            clerk = identity.add_staff(
                actor=admin,
                user_name=f"clerk-{place}",
                name=f"营业员{place}",
                unit=hall,
                roles=["clerk"],
                password=PASSWORD,
            )
            file = customers.create_customer(actor=admin, name=f"客户{place}", branch_id=hall.pk)
            token = identity.issue_token(staff=clerk, label="till")
            made.append({"token": token, "customer": str(file.public_id), "plan": plan})
    return made


def sell(job: tuple[dict[str, Any], str]) -> tuple[str, int, dict[str, Any]]:
    """One clerk: he waits until all stand ready, and accepts the order through the door of the API."""
    clerk, number = job
    client = Client(headers={"authorization": f"Bearer {clerk['token']}", "accept-language": "en"})
    item = {"kind": "open", "offering": clerk["plan"], "number": number}
    body = {"customer": clerk["customer"], "items": [item], "channel": "counter", "seen_in_person": True}
    STARTED[0].wait(60)
    answer = client.post("/api/v1/orders", body, content_type="application/json")
    return number, answer.status_code, answer.json()


def _ready(barrier: Barrier) -> None:
    STARTED[:] = [barrier]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_twenty_are_sold_and_thirty_clerks_are_told_why_not(shop):
    clerks = hire(shop)
    jobs = [(clerk, numbers()[place % NUMBERS]) for place, clerk in enumerate(clerks)]
    forks = multiprocessing.get_context("fork")
    connections.close_all()
    with forks.Pool(CLERKS, _ready, (forks.Barrier(CLERKS),)) as pool:
        told = pool.map(sell, jobs, chunksize=1)

    sold = [number for number, status, _ in told if status == 201]
    assert sorted(sold) == numbers()
    refused = [(number, status, body) for number, status, body in told if status != 201]
    assert Counter((status, body["code"]) for _, status, body in refused) == {(409, "number_taken"): 30}
    for number, _, body in refused:
        assert body["title"] == f"{national(number)} cannot be had: it is reserved for another order."

    with shop.operator.door("admin"):
        orders = list(Order.objects.order_by("pk"))
        assert len(orders) == NUMBERS
        taken = stock.Number.objects.filter(number__in=numbers()).exclude(state="free")
        assert taken.count() == NUMBERS
    for order in orders:
        shop.drive(order, order.created_at)
    with shop.operator.door("admin"):
        lines = Subscription.objects.filter(state="active").order_by("number")
        assert list(lines.values_list("number", flat=True)) == numbers()
        assert lines.values("customer").distinct().count() == NUMBERS
        cards = stock.SimCard.objects.exclude(subscription=None)
        assert cards.count() == cards.values("subscription").distinct().count() == NUMBERS
