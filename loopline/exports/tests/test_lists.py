"""Lists leave the house as files: with their filters, masked, in the taker's language, and noted."""

import csv
import io

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from loopline.exports.targets import outgoing_lists
from loopline.kernel.models import AccessRecord
from loopline.orders.tests.shop import Shop, found_shop
from loopline.testing import Operator
from tests.full_customers import full_customer

NAMES = (
    "accounts",
    "addresses",
    "breaches",
    "customers",
    "devices",
    "figure_customers",
    "indicators",
    "interactions",
    "key_accounts",
    "numbers",
    "offers",
    "orders",
    "sims",
    "subscriptions",
    "tickets",
)
EMPTY = {"breaches", "devices", "figure_customers", "indicators", "key_accounts"}
"""Lists of which a new operator has heads alone."""


@pytest.fixture
def shop(operator: Operator) -> Shop:
    shop = found_shop(operator)
    full_customer(operator, "north-1", "王小明", "+8613800138000")
    return shop


def table(browser, name: str, query: str = "", **headers: str) -> list[list[str]]:
    answer = browser.get(f"/export/{name}{query}", headers=headers or None)
    assert answer.status_code == 200, answer
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def test_every_list_is_there_and_each_has_as_many_cells_as_heads(shop, operator):
    assert tuple(sorted(each.name for each in outgoing_lists())) == NAMES
    shop.open()
    browser = operator.client("admin")
    page = browser.get("/export").content.decode()
    for name in NAMES:
        assert f"/export/{name}?format=xlsx" in page
        rows = table(browser, name)
        assert len(rows) >= (1 if name in EMPTY else 2), name
        assert {len(row) for row in rows} == {len(rows[0])}, name
    assert browser.get("/export/nothing").status_code == 404
    with operator.door():
        noted = AccessRecord.objects.filter(kind="export").values_list("field", flat=True)
        assert sorted(noted) == list(NAMES)


def test_a_file_holds_what_its_list_shows_and_nobody_by_name(shop, operator):
    order = shop.open()
    clerk = operator.client("clerk1")
    heads, *rows = table(clerk, "orders", "?view=open")
    assert heads[:4] == ["Order", "Customer", "What", "State"]
    assert [row[:3] for row in rows if row[0] == order.number] == [[order.number, "张**", "Open a line"]]
    assert table(clerk, "orders", "?view=open&channel=web") == [heads]
    (line,) = table(clerk, "subscriptions", "?service=mobile&state=active")[1:]
    assert (line[1], line[2]) == ("王**", "138 **** 8000")
    for name in ("orders", "tickets", "subscriptions", "interactions"):
        text = str(table(clerk, name))
        assert "王小明" not in text
        assert "13800138000" not in text
        assert [len(table(operator.client("clerk2"), name))] == [1], name


def test_a_file_speaks_the_takers_language_and_opens_in_excel(shop, operator):
    browser = operator.client("clerk1")
    heads = table(browser, "interactions", **{"accept-language": "zh-CN"})[0]
    assert heads[:3] == ["时间", "客户编号", "客户"]
    answer = browser.get("/export/numbers?format=xlsx&state=available")
    assert answer["Content-Disposition"] == 'attachment; filename="numbers.xlsx"'
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    assert sheet.max_row == 101
    assert sheet["A2"].value == "008613805350000"


def test_a_file_of_many_costs_as_many_queries_as_a_file_of_few(shop, operator):
    browser = operator.client("clerk1")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            table(browser, "orders")
            table(browser, "subscriptions")
        return len(captured)

    shop.open()
    before = queries()
    for place in range(20, 26):
        shop.open(f"+86138053500{place}")
    assert queries() == before


def test_a_file_in_clear_of_many_costs_as_many_queries_as_one_of_few(shop, operator):
    def queries() -> dict[str, int]:
        counted = {}
        for each in outgoing_lists():
            with operator.door("admin") as admin, CaptureQueriesContext(connection) as captured:
                if each.clear:
                    list(each.clear.blocks(admin, QueryDict("view=open&state=all")))
            counted[each.name] = len(captured)
        return counted

    shop.open()
    shop.line("+8613805350018")
    before = queries()
    for place in range(20, 24):
        shop.open(f"+86138053500{place}")
        shop.line(f"+86138053500{place + 10}")
        full_customer(operator, "north-1", f"李小{place}", f"+86138001380{place}")
    assert queries() == before


def test_who_may_not_see_a_list_takes_none_out(shop, operator):
    analyst = operator.client("analyst")
    assert analyst.get("/export/orders").status_code == 403
    assert "/export/orders" not in analyst.get("/export").content.decode()
