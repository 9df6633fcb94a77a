"""The pivot through the screens: a small operator's books, cell by cell, and the customers behind them."""

import csv
import html
import io
import re
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from loopline.kernel.models import AccessRecord
from loopline.testing import Operator
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import NAME, Books, keep_books

REVENUE = "/analysis/cubes/revenue"
BILLED = "filter=month=2026-01|2026-02"
ASKED = f"rows=month&columns=service&measures=revenue&{BILLED}"
PART = {"hx-request": "true"}


@pytest.fixture
def books(operator: Operator) -> Books:
    """The books of a customer in North One, loaded."""
    made = keep_books(operator)
    warehouse.refresh(made.tenant)
    return made


def page(operator: Operator, address: str, who: str = "analyst", **headers: str) -> str:
    answer = operator.client(who).get(address, headers=headers or None)
    assert answer.status_code == 200, (address, answer.status_code)
    return html.unescape(answer.content.decode())


def rows(text: str) -> list[list[str]]:
    """The texts of the table's body, row by row."""
    body = text.partition('<table class="pivot-grid"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr.*?</tr>", body, re.S)
    ]


def test_every_cell_is_what_the_books_say(books):
    assert rows(page(books.operator, f"{REVENUE}?{ASKED}")) == [
        ["2026-01", "62.33", "30.00", "92.33"],
        ["2026-02", "62.33", "30.00", "92.33"],
        ["Total", "124.66", "60.00", "184.66"],
    ]


def test_subtotals_stand_before_their_parts_and_ratios_are_divided_anew(books):
    shown = rows(
        page(books.operator, f"{REVENUE}?rows=year,month&measures=revenue,usage_share,revenue:share&{BILLED}")
    )
    assert shown == [
        ["2026", "184.66", "3.61%", "100.0%"],
        ["2026-01", "92.33", "3.61%", "50.0%"],
        ["2026-02", "92.33", "3.61%", "50.0%"],
        ["Total", "184.66", "3.61%", "100.0%"],
    ]


def test_a_change_has_its_sign_and_its_arrow(books):
    shown = rows(page(books.operator, f"{REVENUE}?rows=month&measures=revenue:period_on_period&{BILLED}"))
    assert shown[1] == ["2026-02", "→ 0.0%"]
    assert shown[0] == ["2026-01", "–"]


def test_a_step_swaps_the_pivot_alone_and_names_its_address(books):
    answer = books.operator.client("analyst").get(f"{REVENUE}?{ASKED}", headers=PART)
    text = answer.content.decode()
    assert answer["HX-Push-Url"] == f"{REVENUE}?{ASKED}"
    assert text.lstrip().startswith('<div class="pivot"')
    assert 'class="sidebar"' not in text
    back = books.operator.client("analyst").get(
        f"{REVENUE}?{ASKED}", headers={**PART, "HX-History-Restore-Request": "true"}
    )
    assert "HX-Push-Url" not in back


def test_a_member_leads_deeper_and_the_trail_back_up(books):
    text = page(books.operator, f"{REVENUE}?rows=year&measures=revenue")
    deeper = f"{REVENUE}?rows=quarter&measures=revenue&filter=year=2026"
    assert f'href="{deeper}"' in text
    inside = page(books.operator, deeper)
    assert rows(inside)[0] == ["2026-Q1", "184.66"]
    assert f'class="trail-step" href="{REVENUE}?rows=year&measures=revenue"' in inside


def test_every_figure_leads_to_the_customers_behind_it(books):
    text = page(books.operator, f"{REVENUE}?{ASKED}")
    places = re.findall(r'<button name="at" value="([^"]+)"', text)
    assert places[0] == "2026-01;mobile;0"
    assert places[-1] == ";;0"
    listed = page(books.operator, f"/analysis/behind?cube=revenue&{ASKED}&at={places[0]}")
    assert "司***" in listed or "司**" in listed
    assert NAME not in listed
    assert "62.33" in listed
    assert "1 customer" in listed
    assert "Mobile" in listed
    with books.operator.door():
        (look,) = AccessRecord.objects.filter(kind="figure")
        assert (look.field, look.staff_name) == ("cube:revenue", "周衡")


def test_the_customers_behind_a_figure_can_be_taken_out_masked(books):
    answer = books.operator.client("analyst").get(
        f"/export/figure_customers?cube=revenue&{ASKED}&at=2026-01;broadband;0"
    )
    table = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert table[0] == ["Number", "Name", "Branch", "Revenue"]
    assert [(row[0], row[2], row[3]) for row in table[1:]] == [("C1", "North One", "30.00")]
    assert NAME not in str(table)


@pytest.mark.parametrize("at", ["x;y;z", ";;9", "2026-01;mobile;a", "a,b,c;;0"])
def test_a_place_that_is_not_in_the_table_is_refused(books, at):
    answer = books.operator.client("analyst").get(f"/analysis/behind?cube=revenue&{ASKED}&at={at}")
    assert answer.status_code == 422


def test_nobody_sees_figures_or_customers_of_another_branch(books):
    address = f"{REVENUE}?{ASKED}"
    assert "Nothing found" in page(books.operator, address, "southerner")
    assert rows(page(books.operator, address, "north"))[0] == ["2026-01", "62.33", "30.00", "92.33"]
    text = page(books.operator, f"/analysis/behind?cube=revenue&{ASKED}&at=;;0", "southerner")
    assert "Nobody is behind this figure" in text
    answer = books.operator.client("southerner").get(f"{REVENUE}/file?{ASKED}&form=csv")
    assert "62.33" not in answer.content.decode("utf-8-sig")


def test_who_may_not_analyse_sees_no_cube(books):
    clerk = books.operator.client("clerk1")
    for address in (
        "/analysis/cubes",
        REVENUE,
        f"{REVENUE}/file",
        f"{REVENUE}/filter?level=tier",
        "/analysis/ask",
    ):
        assert clerk.get(address).status_code == 403, address


def test_the_filter_shows_the_members_and_leads_to_the_filtered_pivot(books):
    text = page(books.operator, f"{REVENUE}/filter?{ASKED}&level=service", "analyst", **PART)
    assert re.findall(r'name="member" value="([^"]+)"', text) == ["mobile", "broadband"]
    assert "124.66" in text
    browser = books.operator.client("analyst")
    applied = browser.get(f"{REVENUE}/filtered?{ASKED}&level=service&member=mobile&op=not_in")
    assert unquote(applied.url) == f"{REVENUE}?{ASKED}&filter=service!=mobile"
    spanned = browser.get(f"{REVENUE}/filtered?{ASKED}&level=month&first=2026-02&last=")
    assert unquote(spanned.url) == f"{REVENUE}?{ASKED}&filter=month>=2026-02".replace(f"&{BILLED}", "")
    shown = page(books.operator, applied.url)
    assert "not Mobile" in shown
    assert rows(shown)[0] == ["2026-01", "30.00", "30.00"]


def test_a_file_holds_what_is_shown_and_says_what_was_asked(books):
    browser = books.operator.client("analyst")
    asked = f"{ASKED}&filter=service=mobile|broadband"
    answer = browser.get(f"{REVENUE}/file?{asked}&form=xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="revenue.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(max_row=8)}
    assert told["Service"] == "Mobile, Broadband"
    assert told["Revenue"] == "Billed: fee + usage − discount."
    assert told["Taken by"].startswith("周衡, ")
    assert told["As of"] != "–"
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    first = cells.index(["2026-01", 62.33, 30, 92.33])
    assert cells[first - 2] == [None, "Mobile", "Broadband", "Total"]
    assert cells[first + 2] == ["Total", 124.66, 60, 184.66]
    assert sheet.cell(first + 1, 2).number_format == "#,##0.00"
    assert sheet.freeze_panes == f"B{first + 1}"
    plain = browser.get(f"{REVENUE}/file?{asked}&form=csv").content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(plain)))[-1] == ["Total", "124.66", "60.00", "184.66"]
    paper = browser.get(f"{REVENUE}/file?{asked}&form=pdf")
    assert paper.content.startswith(b"%PDF-")
    assert browser.get(f"{REVENUE}/file?{asked}&form=exe").status_code == 404
    with books.operator.door():
        noted = AccessRecord.objects.filter(kind="export").values_list("field", flat=True)
        assert list(noted) == ["cube:revenue"] * 3


def test_a_sentence_leads_to_the_pivot_that_answers_and_says_what_it_did_not_understand(books):
    browser = books.operator.client("analyst")
    answer = browser.get("/analysis/ask?q=purple revenue by month of Mobile in 2026")
    assert answer.url.startswith(
        f"{REVENUE}?rows=month&measures=revenue&filter=service=mobile&filter=year=2026&q="
    )
    text = html.unescape(browser.get(answer.url).content.decode())
    assert '<mark class="unknown-word">purple</mark>' in text
    assert rows(text)[-1] == ["Total", "124.66"]


def test_before_the_first_load_the_page_says_so(operator):
    text = page(operator, REVENUE)
    assert "Nothing is loaded yet" in text
    assert "/warehouse" in text


def test_a_question_that_cannot_be_is_refused_by_name(books):
    browser = books.operator.client("analyst")
    for address, said in [
        ("?rows=nothing", "no level called nothing"),
        ("?measures=nothing", "no measure called nothing"),
        ("?rows=month&columns=month", "stands there twice"),
        ("?filter=what", "cannot be read"),
    ]:
        answer = browser.get(REVENUE + address)
        assert answer.status_code == 422, address
        assert said in html.unescape(answer.content.decode()), address
    assert browser.get("/analysis/cubes/nothing").status_code == 404
