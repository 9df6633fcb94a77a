"""CPU of web process and database for each request of the operational core, and eight clients at once."""

import html
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config import environment
from loopline.config.deathsignal import launcher
from loopline.config.installation import Installation

DATA = "the demo operator with twelve months of usage, bills and contacts"
HOST = "127.0.0.1"
WARM_UP, ROUNDS = 6, 40
CLIENTS, EACH = 8, 60

GET, NUMBER, CREATE, PAGE, TMF, SEARCH, ACCEPT = 5, 8, 15, 15, 20, 25, 40
"""Milliseconds that a request may cost at a million customers on two cores."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request and the status of its answer; `body` makes it a POST of JSON."""

    address: str
    body: dict[str, Any] | None = None
    status: int = 200


type Turn = Callable[[int], Call]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the requests need to know of the operator: who asks, and some customers, lines, numbers and plans."""

    token: str
    size: int
    customers: list[str]
    numbers: list[str]
    names: list[str]
    lines: list[str]
    free: list[str]
    plan: str


def run(size: str = "large", data: Path | None = None) -> list[Result]:
    """Figures at `size` (small, demo, large or a number); `data` is a folder that is kept from run to run."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Installation(data or Path(folder) / "data")) as house,
    ):
        made, seconds = _loaded(size)
        results = [Result(f"made: {made:,} customers", seconds, "s")] if seconds > 5 else []
        browser, ground = _prepared(made)
        light = _cost(browser, lambda turn: Call("/api/v1/identity/me"))
        for name, bound, turn in _requests(browser, ground):
            results.append(Result(f"{name} (at most {bound})", _cost(browser, turn), "ms CPU", light))
        return [*results, *_at_once(house, ground)]


def _requests(browser: Any, ground: Ground) -> Iterator[tuple[str, int, Turn]]:
    """What is measured: name, bound, the request of each turn."""

    def nth(rows: list[str]) -> Callable[[int], str]:
        return lambda turn: rows[turn % len(rows)]

    customer, number, name, line, free = map(
        nth, (ground.customers, ground.numbers, ground.names, ground.lines, ground.free)
    )
    tmf = "/tmf-api/{}?limit=50&offset={}".format
    yield (
        "get a customer by id",
        GET,
        lambda turn: Call(f"/tmf-api/customerManagement/v4/customer/{customer(turn)}"),
    )
    yield "get a line by id", GET, lambda turn: Call(f"/tmf-api/productInventory/v4/product/{line(turn)}")
    yield (
        "by number, with the first screen",
        NUMBER,
        lambda turn: Call(f"/api/v1/customers/by-number?number={number(turn)[1:]}"),
    )
    mark = time.time_ns() // 1000 % 10**9
    yield (
        "create with duplicate check",
        CREATE,
        lambda turn: Call("/api/v1/customers", _new_customer(mark + turn * 7), 201),
    )
    for title, address in (
        ("customers", "/customers?"),
        ("customers by name", "/customers?sort=name&"),
        ("customers of a branch, newest", "/customers?sort=joined&branch={branch}&"),
        ("orders", "/orders?"),
        ("tickets", "/tickets?"),
        ("tasks", "/tasks?"),
        ("free numbers", "/stock/numbers?"),
    ):
        for depth, page in _pages(browser, ground, address):
            yield f"list of {title}, {depth}", PAGE, lambda turn, page=page: Call(page)
    for title, path in (
        ("customers", "customerManagement/v4/customer"),
        ("individuals", "partyManagement/v4/individual"),
        ("products", "productInventory/v4/product"),
        ("bills", "customerBillManagement/v4/customerBill"),
        ("interactions", "partyInteraction/v4/partyInteraction"),
        ("accounts", "accountManagement/v4/billingAccount"),
    ):
        yield f"TM Forum list of {title}", TMF, lambda turn, path=path: Call(tmf(path, 0))
        yield (
            f"TM Forum list of {title}, far in",
            TMF,
            lambda turn, path=path: Call(tmf(path, min(10_000, ground.size) - 50)),
        )
    yield "search by part of a number", SEARCH, lambda turn: Call(f"/customers?q={number(turn)[5:11]}")
    yield "search by name", SEARCH, lambda turn: Call(f"/customers?q={name(turn)}")
    yield "search by a common family name", SEARCH, lambda turn: Call(f"/customers?q={'王李张刘'[turn % 4]}")
    yield (
        "search by pinyin",
        SEARCH,
        lambda turn: Call(f"/customers?q={['zhangw', 'lix', 'wangj', 'chen'][turn % 4]}"),
    )
    yield (
        "accept an order",
        ACCEPT,
        lambda turn: Call(
            "/api/v1/orders",
            {
                "customer": customer(turn),
                "items": [{"kind": "open", "offering": ground.plan, "number": free(turn)}],
            },
            201,
        ),
    )


def _pages(browser: Any, ground: Ground, address: str) -> Iterator[tuple[str, str]]:
    """The first page of a list, and the one that is reached by turning a hundred times, if it goes so far."""
    first = address.format(branch=_branch())
    yield "first page", first
    page, turned = first, 0
    while turned < 100 and (following := _next_page(browser.get(page).content.decode())):
        page, turned = following, turned + 1
    yield f"page {turned + 1}", page


def _next_page(page: str) -> str:
    """The address behind the link to the next page, empty where there is none; that of an export is another."""
    found = re.search(r'href="(?!/[^"?]*export)([^"]*[?&;]after=[^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def _branch() -> str:
    from loopline.demo.organisation import HALLS, branch_code

    return branch_code(len(HALLS) // 2)


def _new_customer(mark: int) -> dict[str, Any]:
    """Somebody whom nobody resembles."""
    name = "".join(chr(0x4E00 + mark // 997**place % 997 * 17 % 20_000) for place in range(3))
    return {
        "name": name,
        "birth_date": f"{1950 + mark % 50}-0{1 + mark % 9}-1{mark % 10}",
        "telephone": f"+86199{mark % 10**8:08}",
        "document_kind": "passport",
        "document": f"E{mark:09}",
        "street": f"测试路{mark}号",
    }


def _loaded(size: str) -> tuple[int, float]:
    """Bring the operator to a size. Returns its customers, and the seconds that it took."""
    from django.conf import settings

    from loopline.demo import api as demo

    settings.ALLOWED_HOSTS = [HOST]
    begun = time.perf_counter()
    return demo.load(size=size).customers, time.perf_counter() - begun


def _prepared(size: int) -> tuple[Any, Ground]:
    """A program that signs in as a supervisor at the head office, and what it asks for."""
    from django.db.models import Max
    from django.test import Client

    from loopline.catalogue.models import Offering
    from loopline.customers.models import Customer
    from loopline.demo import api as demo
    from loopline.identity import api as identity
    from loopline.kernel.scope import NOBODY, Scope, enter
    from loopline.stock.models import Number
    from loopline.subscriptions.models import Subscription

    with enter(NOBODY):
        tenant = identity.find_tenant(demo.CODE)
    if tenant is None:
        raise RuntimeError("the demo operator was not founded")
    with enter(Scope(tenant)):
        last = Customer.objects.aggregate(last=Max("id"))["last"]
        spread = [1 + last * part // 200 for part in range(1, 200)]
        people = list(Customer.objects.filter(pk__in=spread, left_on=None))
        lines = list(
            Subscription.objects.filter(
                customer__in=[row.pk for row in people], service="mobile", state="active"
            )
        )
        free = Number.objects.filter(state="available", grade=0, fee=0).order_by("-id")
        staff = identity.Staff.objects.get(user_name="liqun.chen")
        ground = Ground(
            token=identity.issue_token(staff=staff, label="bench"),
            size=size,
            customers=[str(row.public_id) for row in people],
            numbers=[row.number for row in lines],
            names=[row.name for row in people if row.kind == "person"],
            lines=[str(row.public_id) for row in lines],
            free=list(free.values_list("number", flat=True)[:200]),
            plan=str(Offering.objects.get(code="M99").public_id),
        )
    return Client(
        headers={"authorization": f"Bearer {ground.token}", "accept-language": "zh-CN"}, SERVER_NAME=HOST
    ), ground


def _cost(browser: Any, turn: Turn) -> float:
    """Median milliseconds of CPU of this process and of the database's for one request."""
    spent = []
    for number in range(WARM_UP + ROUNDS):
        call = turn(number)
        before = time.process_time_ns() + _database_ns()
        if call.body is None:
            answer = browser.get(call.address)
        else:
            answer = browser.post(call.address, json.dumps(call.body), content_type="application/json")
        spent.append((time.process_time_ns() + _database_ns() - before) / 1e6)
        if answer.status_code != call.status:
            raise RuntimeError(f"{call.address} answered {answer.status_code}: {answer.content[:300]!r}")
    return statistics.median(spent[WARM_UP:])


def _database_ns() -> int:
    """Nanoseconds of CPU that the process of PostgreSQL which serves us has spent."""
    from django.db import connection

    if connection.connection is None:
        return 0
    text = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return int(text.split()[0])


def _at_once(house: Installation, ground: Ground) -> list[Result]:
    """Eight clients at a web process of its own, each asking for the next thing as soon as it has the last."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = ("-m", "loopline.config.webserver", "wsgi", "loopline.config.wsgi:application", HOST, str(port))
    server = subprocess.Popen(
        launcher(*command, signal_number=signal.SIGTERM),
        env=os.environ | {environment.DATA.name: str(house.data), environment.HOSTS.name: HOST},
    )
    try:
        _wait_for(port)
        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            asked = [
                one
                for part in clients.map(lambda who: _client(port, ground, who), range(CLIENTS))
                for one in part
            ]
        seconds = time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(20)
    waits = sorted(wait for wait, _status in asked)
    name = f"{CLIENTS} clients at once: "
    return [
        Result(name + "throughput", len(asked) / seconds, "requests/s"),
        Result(name + "p50", waits[len(waits) // 2], "ms"),
        Result(name + "p99", waits[len(waits) * 99 // 100], "ms"),
        Result(name + "errors", sum(status != 200 for _wait, status in asked), "of " + str(len(asked))),
    ]


def _client(port: int, ground: Ground, who: int) -> list[tuple[float, int]]:
    """Milliseconds and status of each answer: files, callers, pages, searches and lists in turn."""
    line = http.client.HTTPConnection(HOST, port, timeout=60)
    headers = {"authorization": f"Bearer {ground.token}", "accept-language": "zh-CN"}
    found = []
    for turn in range(EACH):
        place = (turn * CLIENTS + who) % min(len(ground.customers), len(ground.numbers))
        address = (
            f"/tmf-api/customerManagement/v4/customer/{ground.customers[place]}",
            f"/api/v1/customers/by-number?number={ground.numbers[place][1:]}",
            f"/customers/{ground.customers[place]}",
            "/customers?sort=joined",
            f"/customers?q={ground.numbers[place][5:11]}",
            "/tmf-api/productInventory/v4/product?limit=50",
        )[turn % 6]
        begun = time.perf_counter()
        line.request("GET", address, headers=headers)
        answer = line.getresponse()
        answer.read()
        found.append(((time.perf_counter() - begun) * 1000, answer.status))
    return found


def _wait_for(port: int) -> None:
    """Until the web process answers; RuntimeError after two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection(HOST, port, timeout=5)
            line.request("GET", "/healthz")
            if line.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the web process does not answer")
