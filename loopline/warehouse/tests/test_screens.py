"""The warehouse on screen and for programs: who sees it, who may refresh it, what it says."""

from decimal import Decimal

from django.test import Client

from loopline.billing.models import Bill
from loopline.kernel.jobs import is_waiting
from loopline.warehouse import api, jobs, lake, quality
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
    with lake.writer(books.tenant, wait_seconds=30) as con:
        con.execute(f"UPDATE fact_bill SET amount = amount + 0.01 WHERE bill_id = {books.bills[0]}")
    api.check(books.tenant)
    shown = books.operator.client("analyst").get("/warehouse").content.decode()
    assert "2 figures differ from operations" in shown
    assert f"fact_bill.amount {books.bills[0]} 2026-01: 62.33 in operations, 62.34 in the warehouse" in shown


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


def test_quality_names_the_rule_and_the_keys(books: Books) -> None:
    browser = books.operator.client("analyst")
    assert "The rules have not been asked yet" in browser.get("/warehouse/quality").content.decode()
    api.refresh(books.tenant)
    quality.run(books.tenant)
    assert "Every rule holds." in browser.get("/warehouse/quality").content.decode()
    with lake.writer(books.tenant, wait_seconds=30) as con:
        con.execute(f"UPDATE fact_bill SET amount = amount + 1 WHERE bill_id = {books.bills[0]}")
    quality.run(books.tenant)
    shown = browser.get("/warehouse/quality?table=fact_bill").content.decode()
    assert "1 rule does not hold." in shown
    assert "amount adds up from monthly_fee, usage_charge, discount, to the fen" in shown
    assert f'<td class="wide num">{books.bills[0]}</td>' in shown
    client = Client(headers={"authorization": f"Bearer {books.operator.token('analyst')}"})
    [broken] = [rule for rule in client.get("/api/v1/warehouse/quality").json() if rule["failing"]]
    assert (broken["table"], broken["months"], broken["sample"]) == (
        "fact_bill",
        {"2026-01-01": 1},
        {"2026-01-01": [str(books.bills[0])]},
    )


def test_the_dictionary_is_searched_in_both_languages_and_leads_to_origins(books: Books) -> None:
    browser = books.operator.client("marketer")
    assert "/warehouse/dictionary/fact_porting" in browser.get("/warehouse/dictionary").content.decode()
    found = browser.get("/warehouse/dictionary?q=携号").content.decode()
    assert "/warehouse/lineage/fact_order_item/other_operator" in found
    assert "Nothing found" in browser.get("/warehouse/dictionary?q=zzzz").content.decode()
    shown = browser.get("/warehouse/dictionary/fact_bill").content.decode()
    assert "Bills, by subscription and month." in shown and "billing_bill" in shown
    assert browser.get("/warehouse/dictionary/nothing").status_code == 404
    origin = browser.get("/warehouse/lineage/fact_subscription_month/revenue").content.decode()
    assert "billing_bill.amount" in origin and "<svg" in origin
    assert "/warehouse/lineage/fact_bill/amount" in origin
    assert browser.get("/warehouse/lineage/fact_bill/nothing").status_code == 404
    client = Client(headers={"authorization": f"Bearer {books.operator.token('analyst')}"})
    [first, second, third] = client.get("/api/v1/warehouse/lineage/fact_subscription_month/revenue").json()
    assert (
        first["made_of"] == [second["place"]] == [{"table": "fact_bill", "column": "amount", "source": False}]
    )
    assert second["made_of"] == [third["place"]]
    assert third["place"] == {"table": "billing_bill", "column": "amount", "source": True}
    assert len(client.get("/api/v1/warehouse/dictionary").json()) == len(api.data_dictionary())
