"""The warehouse on screen and for programs: who sees it, who may refresh it, what it says."""

from decimal import Decimal

from django.test import Client

from loopline.billing.models import Bill
from loopline.kernel.jobs import is_waiting
from loopline.warehouse import api, jobs, lake
from loopline.warehouse.star import TABLES
from loopline.warehouse.tests.books import Books


def test_an_analyst_sees_loads_and_that_all_agrees(books: Books) -> None:
    _refreshed(books)
    shown = books.operator.client("analyst").get("/warehouse").content.decode()
    assert "agrees with operations, to the fen" in shown
    assert "CN¥184.66" in shown or "¥184.66" in shown
    assert (
        shown.count('class="mark-badge is-good"') == len(TABLES) + 2
    )  # each table, the months built from them, the load


def test_a_difference_is_shown_by_name(books: Books) -> None:
    api.refresh(books.tenant)
    with lake.writer(books.tenant) as con:
        con.execute(f"UPDATE fact_bill SET amount = amount + 0.01 WHERE bill_id = {books.bills[0]}")
    api.check(books.tenant)
    shown = books.operator.client("analyst").get("/warehouse").content.decode()
    assert "2 figures differ from operations" in shown
    assert "fact_bill.amount 2026-01: 92.33 in operations, 92.34 in the warehouse" in shown


def test_a_refresh_is_asked_for_once_and_shown_while_it_waits(books: Books) -> None:
    browser = books.operator.client("analyst")
    assert "Nothing has been loaded yet" in browser.get("/warehouse").content.decode()
    for _ in range(2):
        assert browser.post("/warehouse/refresh").status_code == 302
    with books.operator.door():
        assert is_waiting(jobs.refresh_warehouse)
    assert "waiting for its turn" in browser.get("/warehouse").content.decode()
    assert "waiting for its turn" in browser.get("/warehouse/progress").content.decode()


def test_only_those_who_may_see_and_refresh(books: Books) -> None:
    assert books.operator.client("clerk1").get("/warehouse").status_code == 403
    marketer = books.operator.client("marketer")
    assert marketer.get("/warehouse").status_code == 200
    assert marketer.get("/warehouse/dictionary").status_code == 200
    assert marketer.post("/warehouse/refresh").status_code == 403
    with books.operator.door():
        assert not is_waiting(jobs.refresh_warehouse)


def test_programs_read_loads_and_the_check(books: Books) -> None:
    client = Client(headers={"authorization": f"Bearer {books.operator.token('analyst')}"})
    assert client.get("/api/v1/warehouse/check").status_code == 409
    load = _refreshed(books)
    [told] = client.get("/api/v1/warehouse/loads").json()
    assert (told["status"], told["snapshot"], told["rows"]["fact_bill"]) == ("done", load.snapshot, 4)
    found = client.get("/api/v1/warehouse/check").json()
    assert (found["load"], found["agrees"], len(found["tables"])) == (
        str(load.public_id),
        True,
        len(TABLES) + 1,
    )
    assert client.post("/api/v1/warehouse/refresh").status_code == 202
    clerk = Client(headers={"authorization": f"Bearer {books.operator.token('clerk1')}"})
    assert clerk.get("/api/v1/warehouse/loads").status_code == 403


def test_the_page_asks_the_database_little(books: Books, django_assert_max_num_queries: object) -> None:
    _refreshed(books)
    with books.operator.door():
        Bill.objects.filter(pk=books.bills[0]).update(discount=2, amount=Decimal("60.33"))
    api.refresh(books.tenant)
    browser = books.operator.client("analyst")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        browser.get("/warehouse")


def _refreshed(books: Books) -> api.Load:
    load = api.refresh(books.tenant)
    api.check(books.tenant)
    return load
