"""CPU of the web process for each request of the list, search, pivot and unified view at 20,000 customers."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.installation import Installation

DATA = "the demo operator with 20,000 customers, twelve months of usage and bills, and a score for every line"
WARM_UP, ROUNDS, VIEWED = 5, 60, 30
HOST = "127.0.0.1"
PIVOT = "/analysis/cubes/revenue?rows={}&columns={}&measures=revenue,arpu&filter=month>=2026-01"
LEVELS = ("month", "city", "tier", "service", "plan")


def run() -> list[Result]:
    """Milliseconds of CPU per request, beside the lightest page of the house (a form without data)."""
    with tempfile.TemporaryDirectory() as folder, opened(Installation(Path(folder) / "data")):
        browser, customers, names = _prepared()
        reference = _cpu(browser, lambda turn: "/me/password")
        pages: dict[str, Callable[[int], str]] = {
            "list, first page": lambda turn: "/customers",
            "list, riskiest first": lambda turn: "/customers?sort=risk",
            "list of a branch and tier": lambda turn: "/customers?tier=gold&sort=name",
            "search by part of a number": lambda turn: f"/customers?q={1380 + turn}",
            "search by name": lambda turn: f"/customers?q={names[turn % len(names)]}",
            "search by pinyin": lambda turn: f"/customers?q={['zhang', 'wangw', 'lix', 'chen'][turn % 4]}",
            "pivot, a part swapped": lambda turn: PIVOT.format(LEVELS[turn % 5], LEVELS[(turn + 2) % 5]),
            "unified view": lambda turn: f"/customers/{customers[turn % len(customers)]}",
        }
        return [Result(name, _cpu(browser, address), "ms CPU", reference) for name, address in pages.items()]


def _prepared() -> tuple[Any, list[str], list[str]]:
    """A browser signed in at the head office, customers to look at and names to search."""
    from django.conf import settings
    from django.test import Client

    from loopline.demo import api as demo
    from loopline.identity import api as identity
    from loopline.kernel.scope import NOBODY, Scope, enter
    from loopline.warehouse import api as warehouse

    settings.ALLOWED_HOSTS = [HOST]
    demo.load(size="demo")
    with enter(NOBODY):
        tenant = identity.find_tenant(demo.CODE)
    if tenant is None:
        raise RuntimeError("the demo operator was not founded")
    with enter(Scope(tenant)):
        customers, names = _scored()
    warehouse.refresh(tenant)
    with enter(Scope(tenant)):
        staff = identity.Staff.objects.filter(unit__level="company", is_active=True).order_by("pk")[0]
        token = identity.issue_token(staff=staff, label="bench")
    browser = Client(
        headers={"authorization": f"Bearer {token}", "accept-language": "zh-CN"}, SERVER_NAME=HOST
    )
    return browser, customers, names


def _scored() -> tuple[list[str], list[str]]:
    """Give every line a score, and choose the customers to look at."""
    from loopline.customers.models import Customer
    from loopline.scores import api as scores
    from loopline.subscriptions.models import Subscription

    lines = list(Subscription.objects.values_list("pk", flat=True))
    risks = [(line * 37 % 997) / 1000 for line in lines]
    text = {"en": "The contract ends soon.", "zh-hans": "合约即将到期。"}
    scores.write_scores(
        {
            "subscription_id": lines,
            "risk": risks,
            "risk_class": ["high" if risk > 0.6 else "low" for risk in risks],
            "value": [Decimal(line % 200) for line in lines],
            "value_class": ["high" if line % 200 > 100 else "low" for line in lines],
            "reasons": [json.dumps([{"topic": "contract", "text": text}] * 3)] * len(lines),
        },
        model_run_id=1,
        as_of=date(2026, 1, 31),
    )
    some = Customer.objects.order_by("id")[1000 : 1000 + VIEWED]
    return [str(row.public_id) for row in some], [row.name[:2] for row in some]


def _cpu(browser: Any, address: Callable[[int], str]) -> float:
    """Median milliseconds of this process's CPU per request; every answer must be a page."""
    spent = []
    for turn in range(WARM_UP + ROUNDS):
        before = time.process_time()
        answer = browser.get(address(turn))
        spent.append((time.process_time() - before) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address(turn)} answered {answer.status_code}")
    return statistics.median(spent[WARM_UP:])
