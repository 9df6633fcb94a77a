"""Bringing a table on screen, in two steps, and what one is told."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from loopline.marts import api as marts
from loopline.marts.models import MartLoad
from loopline.marts.tests.test_bringing import VISITS
from loopline.warehouse.tests.books import Books


def sent(browser: Any, url: str, text: str = VISITS, **told: str) -> Any:
    file = SimpleUploadedFile("走访.csv", text.encode())
    return browser.post(url, {"file": file, **told})


def worked(books: Books) -> None:
    """What the worker does."""
    with books.operator.door():
        waiting = list(MartLoad.objects.filter(status="queued").values_list("pk", flat=True))
    for key in waiting:
        marts.carry_out(books.tenant, key)


def test_from_a_file_to_a_pivot(books: Books) -> None:
    browser = books.operator.client("admin")
    assert "No table of your own yet" in browser.get("/marts").content.decode()
    refused = sent(browser, "/marts/bring", title=" ")
    assert (refused.status_code, "Please give the table a name." in refused.content.decode()) == (422, True)
    columns = sent(browser, "/marts/bring", title="走访")["location"]
    page = browser.get(columns).content.decode()
    assert re.findall(r'<option value="(\w+)" selected>', page) == [
        "line", "branch", "month", "attribute", "sum", "whole", "mean", "number", "sum", "money",
    ]  # fmt: skip
    assert "13812345678" not in page
    wrong = browser.post(f"{columns}/start", {"role-3": "sum", "kind-3": "", "role-4": "branch"})
    assert (wrong.status_code, "are both" in wrong.content.decode()) == (422, True)
    assert browser.post(f"{columns}/start", {"role-3": "attribute"})["location"] == columns
    waiting = browser.get(columns).content.decode()
    assert "The worker brings the file" in waiting
    assert f'hx-get="{columns}/progress"' in waiting
    worked(books)
    done = browser.get(f"{columns}/progress").content.decode()
    assert "is a cube now: 4 rows were brought" in done
    assert "/analysis/cubes/table" in done
    card = browser.get("/marts").content.decode()
    assert "走访" in card
    assert "Key: branch: 1 unknown" in card


def test_bad_cells_are_shown_by_row_and_column(books: Books) -> None:
    browser = books.operator.client("admin")
    columns = sent(browser, "/marts/bring", VISITS.replace("1,200.50", "much"), title="x")["location"]
    browser.post(f"{columns}/start", {"role-6": "sum", "kind-6": "money"})
    worked(books)
    page = browser.get(columns).content.decode()
    assert "Cells that could not be read" in page
    assert "费用金额" in page
    assert "Tables of our own" in browser.get("/marts").content.decode()
    assert browser.get("/analysis/cubes/x").status_code == 404


def test_again_and_away_and_back(books: Books) -> None:
    browser = books.operator.client("admin")
    columns = sent(browser, "/marts/bring", title="visits")["location"]
    browser.post(f"{columns}/start", {})
    worked(books)
    differs = sent(browser, "/marts/tables/visits/again", "a,b\n1,2\n", way="replace")
    assert (differs.status_code, "has no column" in differs.content.decode()) == (422, True)
    assert sent(browser, "/marts/tables/visits/again", way="append").status_code == 302
    worked(books)
    page = browser.get("/marts/tables/visits").content.decode()
    assert page.count("走访.csv") == 2
    assert browser.post("/marts/tables/visits/remove").status_code == 302
    assert browser.get("/marts/tables/visits").status_code == 404
    assert browser.post("/marts/tables/visits/restore")["location"] == "/marts/tables/visits"
    assert browser.get("/analysis/cubes/visits").status_code == 200


def test_a_draft_can_be_let_go_of(books: Books) -> None:
    browser = books.operator.client("admin")
    columns = sent(browser, "/marts/bring", title="visits")["location"]
    assert "走访.csv" in browser.get("/marts").content.decode()
    assert browser.post(f"{columns}/discard").status_code == 302
    assert browser.get(columns).status_code == 404
    assert "走访.csv" not in browser.get("/marts").content.decode()


def test_who_may_not_bring_is_shown_no_button(books: Books) -> None:
    browser = books.operator.client("north")
    page = browser.get("/marts")
    assert (page.status_code, "/marts/bring" in page.content.decode()) == (200, False)
    assert browser.get("/marts/bring").status_code == 403
    assert sent(browser, "/marts/bring", title="x").status_code == 403
