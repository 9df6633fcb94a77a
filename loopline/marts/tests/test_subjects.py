"""The subjects' summaries say what their cubes say, and are made anew when their rule says so."""

from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loopline.billing.models import Bill
from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed
from loopline.marts import api as marts
from loopline.marts import jobs
from loopline.marts.models import MartRefresh
from loopline.marts.refusals import UnknownMart
from loopline.olap import api as olap
from loopline.olap.api import Named
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import Books


def figure(books: Books, cube: str, measure: str, **given: str) -> olap.Value:
    with books.operator.door("analyst") as actor:
        return olap.ask(actor, olap.parse(cube, Named({"measures": measure, **given}))).figure()


def total(books: Books, subject: str, column: str) -> Any:
    return books.read(f"SELECT sum({column}) FROM mart_{subject}")[0][0]


def test_summaries_say_what_the_cubes_say(books: Books) -> None:
    assert total(books, "finance", "revenue") == figure(books, "revenue", "revenue") == Decimal("184.66")
    assert total(books, "finance", "paid") == figure(books, "arrears", "paid") == Decimal("184.66")
    assert total(books, "service", "complaints") == figure(books, "service", "complaints") == 1
    assert total(books, "marketing", "members") == figure(books, "marketing", "members")
    [(owed,)] = books.read("SELECT sum(owed) FROM mart_finance WHERE month = DATE '2026-02-01'")
    assert owed == figure(books, "arrears", "owed", filter="month=2026-02")
    assert books.read(
        "SELECT month, branch, revenue, paid FROM mart_finance WHERE revenue > 0 ORDER BY month"
    )[0][1:] == ("north-1", Decimal("92.33"), Decimal("92.33"))


def test_whoever_may_asks_for_a_refresh(books: Books) -> None:
    with books.operator.door("clerk1") as actor, pytest.raises(NotAllowed):
        jobs.ask_for_refresh(actor=actor, name="finance")
    browser = books.operator.client("admin")
    assert browser.post("/marts/subjects/finance/refresh").status_code == 302
    assert browser.post("/api/v1/marts/finance/refresh").status_code == 202
    assert browser.post("/api/v1/marts/nothing/refresh").status_code == 404


def test_the_page_shows_every_subject(books: Books) -> None:
    page = books.operator.client("admin").get("/marts").content.decode()
    for label in (
        "Sales",
        "Marketing",
        "Stock",
        "Finance",
        "Service",
        "mart_finance",
        "On request",
        "Every night",
    ):
        assert label in page, label


def test_a_rule_says_when_a_summary_follows(books: Books) -> None:
    with books.operator.door():
        bill = Bill.objects.order_by("pk")[0]
        Bill.objects.filter(pk=bill.pk).update(usage_charge=bill.usage_charge + 10, amount=bill.amount + 10)
        from loopline.interactions.models import Interaction

        Interaction.objects.update(kind="enquiry")
    warehouse.refresh(books.tenant)
    assert total(books, "service", "complaints") == 0  # with each load
    assert total(books, "finance", "revenue") == Decimal("184.66")  # on request
    assert figure(books, "revenue", "revenue") == Decimal("194.66")
    assert marts.refresh(books.tenant, "finance", "周衡") > 0
    assert total(books, "finance", "revenue") == Decimal("194.66")
    with books.operator.door("analyst") as actor:
        [finance] = [one for one in marts.standings(actor) if one.subject.name == "finance"]
        made = MartRefresh.objects.get()
    assert (finance.as_of, made.actor_name, made.rows) == (made.at, "周衡", finance.rows)
    with pytest.raises(UnknownMart):
        marts.refresh(books.tenant, "nothing")


def test_by_night_once(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    assert marts.refresh_due(books.tenant) == []  # the complete load has just made them
    later = clock.now().astimezone(UTC).replace(hour=19, minute=0) + timedelta(
        days=1
    )  # three in the morning there
    monkeypatch.setattr(clock, "now", lambda: later)
    with books.operator.door():
        warehouse.Load.objects.update(as_of=later - timedelta(hours=3))
    assert marts.refresh_due(books.tenant) == ["marketing", "stock"]
    with books.operator.door():
        MartRefresh.objects.update(at=later)
    assert marts.refresh_due(books.tenant) == []
