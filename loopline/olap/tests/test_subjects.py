"""Data services and competition: what stands out in a sentence, charts and tables whose figures lead into the pivot."""

import html
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from loopline.billing.models import MonthlyUsage
from loopline.catalogue.models import Offering, Specification
from loopline.kernel import clock
from loopline.kernel.period import add_months
from loopline.olap import api as olap
from loopline.olap.api import Named
from loopline.subscriptions.models import AddOn, Subscription
from loopline.testing import Operator, found_operator
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import Books, keep_books


@pytest.fixture(scope="module")
def books(database: object) -> Books:
    """A line that took a partner's music three months ago, dropped the news, and calls others a quarter of its time."""
    made = keep_books(found_operator())
    month = last_month()
    with made.operator.door():
        line = Subscription.objects.get(pk=made.mobile)
        who = {"customer_id": line.customer_id, "branch_id": line.branch_id, "subscription": line}
        for code, brand, ended in (
            ("MUSIC", "天籁文化", None),
            ("NEWS", "", month + timedelta(days=9)),
        ):
            specification = Specification.objects.create(code=f"S-{code}", name=code, brand=brand)
            extra = Offering.objects.create(
                code=code, name=code, kind="add_on", monthly_fee=Decimal(8), specification=specification
            )
            started = add_months(month, -2) + timedelta(days=4)
            AddOn.objects.create(**who, offering=extra, started_on=started, ended_on=ended)
        MonthlyUsage.objects.create(**who, month=month, minutes=200, minutes_competitor=50)
    warehouse.refresh(made.tenant)
    return made


def last_month() -> date:
    return add_months(clock.today("Asia/Shanghai").replace(day=1), -1)


def page(operator: Operator, address: str, who: str = "analyst") -> str:
    answer = operator.client(who).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def tables(text: str) -> list[list[list[str]]]:
    """The texts of every table, row by row."""
    return [
        [
            [
                html.unescape(re.sub(r"<[^>]+>", "", cell)).strip()
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
            ]
            for row in re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], re.S)
        ]
        for table in text.split('<table class="list subject-table"')[1:]
    ]


def test_services_say_what_stands_out(books: Books) -> None:
    text = page(books.operator, "/analysis/services")
    assert f"Takers at the end of {last_month():%b %Y}: 1, of 1 services." in text
    stages, _months, partners, given_up = tables(text)
    assert stages[0][:3] == ["Introduced", "1", "50.00"]
    assert [row[0] for row in stages] == ["Introduced", "MUSIC", "NEWS", "Total"]
    assert ["天籁文化", "8.00", "0.00", "1", "0", "0.00%"] in partners
    assert given_up == [["1–3 months", "1", "100.0%"], ["Total", "1", "100.0%"]]


def test_competition_says_what_stands_out(books: Books) -> None:
    text = page(books.operator, "/analysis/competition")
    assert f"In {last_month():%b %Y} 25.0% of all minutes went to other operators." in text
    regions = tables(text)[0]
    assert regions[-1][:3] == ["Total", "25.00%", "50"]
    assert "Usage records are brought" in text


@pytest.mark.parametrize("address", ["/analysis/services", "/analysis/competition"])
def test_each_figure_leads_into_the_pivot_that_tells_it(books: Books, address: str) -> None:
    text = page(books.operator, address)
    links = re.findall(r'<td class="num[^"]*"><a href="([^"]+)">([^<]+)</a>', text)
    assert len(links) > 5
    for link, figure in links:
        pivot = page(books.operator, html.unescape(link))
        assert figure in pivot, link


def test_nothing_is_told_to_whom_nothing_may_be_shown(books: Books) -> None:
    assert "天籁文化" not in page(books.operator, "/analysis/services", "southerner")
    assert books.operator.client("clerk1").get("/analysis/services").status_code == 403
    assert books.operator.client("clerk1").get("/analysis/competition").status_code == 403


def test_arrears_by_age_are_all_arrears(books: Books) -> None:
    with books.operator.door("analyst") as analyst:
        owed = olap.ask(analyst, olap.parse("arrears", Named({"rows": "month", "measures": "owed"})))
        aged = olap.ask(
            analyst, olap.parse("ageing", Named({"rows": "month", "columns": "age", "measures": "owed"}))
        )
    for month in owed.rows.keys:
        assert (aged.figure(month) or 0) == owed.figure(month)
