"""No list asks the database for each of its rows: with five of everything it asks no less often than with twenty-five.

Every address without a placeholder is asked, of the pages, of our own API and of the TM Forum's. How often the lists
people live in and the TM Forum's lists ask is kept besides.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loopline.identity import api as identity
from loopline.imports.models import ImportRun
from loopline.kernel import clock
from loopline.messaging import api as messaging
from loopline.stock import api as stock
from loopline.stock.models import Device, SimCard
from loopline.testing import PASSWORD, found_operator, same_query_count
from loopline.till.models import Till
from loopline.tmf.engine.resource import resources
from loopline.tmf.tests.making import Maker
from loopline.worklist.models import Task
from tests import routes
from tests.full_customers import full_customer

FEW, MANY = 5, 25
LEAVE = {"/sign-out", "/me/sessions/end", "/push/stream", "/language"}
"""Addresses that end or change a session, or never end themselves."""
LISTS = [
    "/orders?view=all",
    "/tasks?view=all",
    "/tickets",
    "/stock/numbers",
    "/stock/sims",
    "/stock/devices",
    "/customers",
    "/api/v1/orders",
    "/api/v1/worklist/tasks",
    "/api/v1/cases/tickets",
    "/api/v1/stock/numbers?limit=200",
    "/api/v1/customers",
]


@dataclass(frozen=True)
class Look:
    """What an address asks the database, and how much it answers."""

    queries: list[str]
    length: int


class World:
    """An operator with so many of everything, and how often each address asks the database."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.operator = found_operator()
        self.maker = Maker(self.operator)
        self.browser = self.operator.client("admin")
        token = self.operator.token("admin")
        self.program = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})
        self.program.raise_request_exception = self.browser.raise_request_exception = True
        self.made = [
            path
            for path in resources.names()
            if resources[path].create is not None and "" in resources[path].holders
        ]

    def grow(self, first: int, last: int) -> None:
        """Make the customers first…last, and as much of everything else."""
        for number in range(first, last):
            full_customer(self.operator, "north-1", f"王{number}", f"+86138001380{number:02d}")
            for path in self.made:
                self.maker.made(path)
            with self.operator.door("admin") as admin:
                self._furniture(admin, number)

    def _furniture(self, admin: Any, number: int) -> None:
        unit, day = identity.Unit.objects.get(code="north-1"), date(2026, 5, 1) + timedelta(days=number)
        staff = identity.add_staff(
            actor=admin, user_name=f"new{number}", name="新人", unit=unit, roles=["clerk"], password=PASSWORD
        )
        me = identity.Staff.objects.get(pk=admin.staff_id)
        messaging.publish_notice(actor=admin, title=f"Notice {number}")
        messaging.send_message(actor=identity.actor_of(staff, clock.now()), recipient=me, subject="Hello")
        first = f"139000{number:02d}000"
        stock.take_in_range(actor=admin, first=first, last=first)
        SimCard.objects.create(iccid=f"89860{number:015d}", imsi=f"4600{number:011d}")
        Device.objects.create(imei=f"35{number:013d}", model="X1")
        Till.objects.create(branch_id=unit.pk, code=f"T{number}", name=f"Till {number}")
        Task.objects.create(kind="call", title="Call back", subject=f"mine:{number}", branch_id=unit.pk)
        ImportRun.objects.create(
            branch_id=unit.pk,
            target="customers.base",
            file_name="a.csv",
            stored_as="a",
            digest="0",
            size=1,
            as_of=day,
        )

    def ask(self, address: str) -> Any:
        is_page = not address.startswith(("/api/", "/tmf-api/"))
        # At one moment: a session notes now and then that it was seen.
        with clock.frozen(self.now):
            return (self.browser if is_page else self.program).get(address)

    def look(self, address: str) -> Look:
        with CaptureQueriesContext(connection) as captured:
            answer = self.ask(address)
        length = 0 if answer.streaming else len(answer.content)
        return Look([query["sql"] for query in captured.captured_queries], length)


def _addresses() -> list[str]:
    kept = routes.kept()
    plain = [
        route.path
        for route in [*routes.pages(), *routes.endpoints(), *routes.open_apis()]
        if route.is_read and not route.parameters and route.path not in LEAVE
    ]
    return [path for path in plain if kept.get(f"GET {path}", {}).get("answers", True)]


def _open_lists() -> list[str]:
    return [path for path in _addresses() if path.startswith("/tmf-api/") and not path.endswith("/hub")]


@pytest.fixture(scope="module")
def world(database: object) -> World:
    return World()


@pytest.fixture(scope="module")
def looks(world: World) -> dict[str, tuple[Look, Look]]:
    """Each address with few rows and with many."""
    addresses = sorted({*_addresses(), *LISTS})
    world.grow(0, FEW)
    for address in addresses:
        # What is kept in memory from the first request on shall be there.
        world.ask(address)
    few = {address: world.look(address) for address in addresses}
    world.grow(FEW, MANY)
    return {address: (few[address], world.look(address)) for address in addresses}


def _shapes(look: Look) -> list[str]:
    return [re.sub(r"\d+", "n", sql)[:300] for sql in look.queries]


@pytest.mark.parametrize("address", sorted({*_addresses(), *LISTS}))
def test_more_rows_ask_no_more_queries(looks, address):
    few, many = looks[address]
    counts = Counter(_shapes(many)) - Counter(_shapes(few))
    more = "\n".join(f"{count} × {sql}" for sql, count in counts.most_common(8))
    told = f"{len(few.queries)} with {FEW}, {len(many.queries)} with {MANY}\n{more}"
    if len(many.queries) > len(few.queries):
        pytest.fail(told)


@pytest.mark.parametrize("address", [*LISTS, *_open_lists()])
def test_lists_hold_their_query_counts(looks, world, address):
    few, many = looks[address]
    path = address.removeprefix("/tmf-api/").replace("/v4/", "/")
    if address in LISTS or path in world.made:
        assert many.length > few.length
    with same_query_count(f"GET {address}"):
        assert world.ask(address).status_code == 200
