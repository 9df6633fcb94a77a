"""Days: a flow by day, beside the same days of the month before, up to the last day known."""

from datetime import date
from decimal import Decimal

import pytest

from loopline.billing.models import Payment
from loopline.olap import api as olap
from loopline.olap.api import Named, Question
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import FEBRUARY, JANUARY, Books, keep_books

PAID = Decimal("92.33")


@pytest.fixture(scope="module")
def books(database: object) -> Books:
    """Paid on the 20th of January and February, five more on the 25th and 31st of January; a complaint."""
    from loopline.testing import found_operator

    made = keep_books(found_operator())
    with made.operator.door():
        known = Payment.objects.get(paid_on=date(2026, 1, 20))
        for day in (25, 31):
            Payment.objects.create(
                customer_id=known.customer_id,
                branch_id=known.branch_id,
                account_id=known.account_id,
                reference=f"more{day}",
                paid_on=date(2026, 1, day),
                amount=Decimal(5),
            )
    warehouse.refresh(made.tenant)
    return made


def asked(**given: str | list[str]) -> Question:
    return olap.parse("daily", Named(given))


def figures(books: Books, question: Question) -> dict[tuple[olap.Member, ...], tuple[olap.Value, ...]]:
    with books.operator.door("analyst") as analyst:
        answer = olap.ask(analyst, question)
    return {answer.rows.keys[row]: found for (row, _column), found in answer.values.items()}


def test_a_day_stands_beside_the_same_day_of_the_month_before(books: Books) -> None:
    found = figures(books, asked(rows="day", measures="paid,paid:same_day_last_month,complaints", totals="0"))
    assert found == {
        ("2026-01-20",): (PAID, None, 0),
        ("2026-01-25",): (Decimal("5.00"), None, 0),
        ("2026-01-31",): (Decimal("5.00"), None, 0),
        ("2026-02-01",): (Decimal("0.00"), None, 1),
        ("2026-02-20",): (PAID, PAID, 0),
    }


def test_the_running_month_stands_beside_last_month_up_to_the_same_day(books: Books) -> None:
    measures = "paid,paid:same_day_last_month,paid:same_day_change,paid:period_ago"
    question = asked(rows="month", measures=measures)
    found = figures(books, question)
    assert found[FEBRUARY,] == (PAID, PAID, Decimal(0), PAID)
    assert found[JANUARY,][1:] == (None, None, None)
    with books.operator.door("analyst") as analyst:
        assert olap.ask(analyst, question).note == "Compared day by day; the last day known is 2026-02-20."
    whole = figures(books, asked(rows="month", measures="paid,paid:period_ago"))
    assert whole[FEBRUARY,] == (PAID, Decimal("102.33"))


def test_of_days_the_cumulative_begins_with_the_month(books: Books) -> None:
    found = figures(books, asked(rows="day", measures="paid,paid:cumulative,paid:period_ago", totals="0"))
    assert found["2026-01-31",] == (Decimal("5.00"), Decimal("102.33"), None)
    assert found["2026-02-20",][1] == PAID
    by_month = figures(books, asked(rows="month", measures="paid:cumulative"))
    assert by_month[FEBRUARY,] == (Decimal("194.66"),)


def test_days_are_named_in_addresses_and_by_programs(books: Books) -> None:
    question = asked(rows="day", filter=["day>=2026-02-01", "month=2026-02"], measures="paid:same_day_change")
    assert olap.address(question) == (
        "rows=day&measures=paid:same_day_change&filter=day>=2026-02-01&filter=month=2026-02"
    )
    browser = books.operator.client("analyst")
    answer = browser.get("/api/v1/olap/query/daily", {"rows": "day", "filter": "day>=2026-02-01"}).json()
    assert answer["cells"][0]["row"] == ["2026-02-01"]
    ways = {"measures": "paid:same_day_last_month"}
    told = browser.get("/api/v1/olap/query/daily", ways).json()
    assert told["note"].endswith("2026-02-20.")
    assert browser.get("/api/v1/olap/query/daily", {"filter": "day>=2026-02-30"}).status_code == 422
    refused = browser.get("/api/v1/olap/query/revenue", {"measures": "revenue:same_day_last_month"}).json()
    assert (refused["code"], refused["field"]) == ("unknown_way", "measures")


def test_the_customers_behind_a_day(books: Books) -> None:
    question = asked(rows="day", measures="paid")
    with books.operator.door("analyst") as analyst:
        found = olap.behind(analyst, olap.narrowed(question, ("2026-01-25",), ()), olap.Measured("paid"))
    assert found.customers == ((books.customer, Decimal("5.00")),)
