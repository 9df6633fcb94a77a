"""The sandbox on screen and for programs."""

import io
import time

import openpyxl
import pytest

from loopline.sandbox.tests.test_asking import SUMS, asked
from loopline.testing import Operator


def ended(client: object, address: str) -> str:
    """The page of a statement once it has ended."""
    for _ in range(100):
        told = client.get(f"{address}/state", headers={"HX-Request": "true"}).content.decode()  # type: ignore[attr-defined]
        if "hx-get" not in told:
            return client.get(address).content.decode()  # type: ignore[attr-defined, no-any-return]
        time.sleep(0.1)
    raise AssertionError(told)


def test_an_analyst_asks_on_screen_and_takes_the_result_out(operator):
    client = operator.client("analyst")
    page = client.get("/analysis/sql").content.decode()
    assert "fact_subscription_month" in page and "Billed: fee + usage − discount." in page
    answer = client.post("/analysis/sql/ask", {"sql": SUMS})
    assert answer.status_code == 302
    told = ended(client, answer["location"])
    assert '<td class="num">92.33</td>' in told and "2 rows in" in told
    taken = client.get(f"{answer['location']}/file").getvalue().decode()
    assert taken.splitlines()[1] == "2026-01-01,92.33"
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{answer['location']}/file?format=xlsx").content))
    assert [cell.value for cell in book["1"][3]][1] == 92.33
    assert book["1"].freeze_panes == "A2"
    assert book["SQL"]["B5"].value == SUMS


def test_a_fault_is_shown_in_words_with_its_place(operator):
    client = operator.client("analyst")
    answer = client.post("/analysis/sql/ask", {"sql": "SELECT 1\nFROM nowhere"})
    told = client.get(answer["location"]).content.decode()
    assert "There is no table nowhere that you may ask." in told
    assert "line 2, column 6" in told and 'data-at="14"' in told


def test_a_long_result_is_paged(operator):
    row = asked(operator, "SELECT i AS n FROM range(250) r(i)")
    client = operator.client("analyst")
    told = client.get(f"/analysis/sql/{row.public_id}?from=200").content.decode()
    assert (
        "201–250 / 250" in told
        and '<td class="num">249</td>' in told
        and '<td class="num">199</td>' not in told
    )


def test_statements_are_kept_and_removed_on_screen(operator):
    client = operator.client("analyst")
    answer = client.post("/analysis/sql/keep", {"sql": "SELECT 42", "name": "Forty-two", "shared": "on"})
    assert "SELECT 42" in client.get(answer["location"]).content.decode()
    key = answer["location"].rpartition("=")[2]
    assert "Forty-two" in operator.client("admin").get("/analysis/sql").content.decode()
    assert operator.client("admin").post(f"/analysis/sql/kept/{key}/forget").status_code == 404
    client.post(f"/analysis/sql/kept/{key}/forget")
    assert "Forty-two" not in client.get("/analysis/sql").content.decode()
    refused = client.post("/analysis/sql/keep", {"sql": "SELECT 42", "name": " "})
    assert refused.status_code == 422 and "Give the statement a name." in refused.content.decode()


def test_the_log_shows_everything_to_who_audits(operator):
    asked(operator, "SELECT 'for the audit' AS a")
    assert "for the audit" in operator.client("admin").get("/analysis/sql/log").content.decode()
    assert operator.client("analyst").get("/analysis/sql/log").status_code == 403
    assert operator.client("southerner").get("/analysis/sql").status_code == 403


@pytest.fixture
def headers(operator: Operator) -> dict[str, str]:
    return {"Authorization": f"Bearer {operator.token('analyst')}"}


def test_a_program_asks(operator, headers, client):
    found = client.get("/api/v1/sandbox/tables", headers=headers).json()
    assert "fact_bill" in {table["name"] for table in found}
    made = client.post(
        "/api/v1/sandbox/statements", {"sql": SUMS}, content_type="application/json", headers=headers
    )
    assert made.status_code == 201
    address = f"/api/v1/sandbox/statements/{made.json()['id']}"
    for _ in range(100):
        told = client.get(address, headers=headers).json()
        if told["status"] not in ("waiting", "running"):
            break
        time.sleep(0.1)
    assert (told["status"], told["rows"]) == ("done", 2)
    rows = client.get(f"{address}/rows?limit=1&offset=1", headers=headers).json()
    assert rows == {"columns": ["month", "billed"], "rows": [["2026-02-01", "92.33"]], "total": 2}
    refused = client.post(
        "/api/v1/sandbox/statements",
        {"sql": "DROP TABLE x"},
        content_type="application/json",
        headers=headers,
    ).json()
    assert (refused["status"], refused["error"][:18]) == ("refused", "Only queries run h")
