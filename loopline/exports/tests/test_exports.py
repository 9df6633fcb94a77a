"""Customers leave the house masked; in clear only by two people, and what left comes in again unchanged."""

import csv
import io
from datetime import date, timedelta

import pytest
import python_calamine as calamine
from django.test import Client

from loopline.customers import api as customers
from loopline.customers.models import Customer
from loopline.exports import actions
from loopline.exports.tests.exchange import REASON, brought, fetched, ledger, rows_of, shown, written
from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed
from loopline.kernel.models import AccessRecord
from loopline.testing import Operator, found_operator
from tests.full_customers import full_customer


@pytest.fixture
def three(operator: Operator) -> Operator:
    for place, name in enumerate(["张三丰", "王五", "=李四"]):
        full_customer(operator, "north-1", name, f"+861380013800{place}")
    with operator.door():
        customers.write_customers(
            {"branch_id": [operator.units["south-1"]], "name": ["赵南"], "telephone": ["+442079460958"]},
            source="test",
        )
        Customer.objects.filter(name="王五").update(birth_date="1980-02-29", sex="M")
    return operator


def test_the_list_leaves_masked_with_its_filters_as_csv_and_as_a_workbook(three):
    rows = shown(three, "customers", "?q=%E7%8E%8B")
    assert rows[0][:3] == ["Number", "Name", "Telephone"]
    assert [row[1:3] for row in rows[1:]] == [["王*", "138 **** 8001"]]
    assert [row[1] for row in shown(three, "customers", who="admin")[1:]] == [
        "张**",
        "王*",
        "'=**",
        "赵*",
    ]
    answer = three.client("clerk1").get("/export/customers?format=xlsx")
    book = calamine.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows] == ["Name", "张**", "王*", "=**"]


def test_clear_needs_a_reason_a_second_person_and_lasts_a_day(three):
    with three.door("clerk1") as clerk, pytest.raises(NotAllowed):
        actions.ask_export(actor=clerk, wanted="", reason=REASON)
    with three.door("north") as asker:
        with pytest.raises(actions.ReasonMissing):
            actions.ask_export(actor=asker, wanted="", reason=" ")
        export = str(actions.ask_export(actor=asker, wanted="", reason=REASON).public_id)
        with pytest.raises(actions.ExportNotOpen):
            actions.fetch_export(actor=asker, export=export)
        with pytest.raises(actions.OwnExport):
            actions.decide_export(actor=asker, export=export, approve=True)
    with three.door("admin") as admin:
        actions.decide_export(actor=admin, export=export, approve=True)
        with pytest.raises(actions.ExportDecided):
            actions.decide_export(actor=admin, export=export, approve=False)
        with pytest.raises(actions.ExportNotOpen):
            actions.fetch_export(actor=admin, export=export)
    with three.door("north") as asker:
        actions.fetch_export(actor=asker, export=export)
        with clock.frozen(clock.now() + timedelta(hours=25)), pytest.raises(actions.ExportNotOpen):
            actions.fetch_export(actor=asker, export=export)
    with three.door():
        kinds = AccessRecord.objects.filter(kind__startswith="export").order_by("id")
        assert list(kinds.values_list("kind", "staff_name", "reason")) == [
            ("export_asked", "赵北", REASON),
            ("export_approved", "高明", REASON),
            ("export_clear", "赵北", REASON),
        ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_left_in_clear_comes_in_again_as_duplicates_only(three, tmp_path, form):
    path = tmp_path / f"customers.{form}"
    path.write_bytes(fetched(three, "customers", form=form))
    before = _versions(three)
    run = brought(three, path, "customer_files")
    assert (run.read, run.duplicates, run.created, run.updated, run.rejected) == (3, 3, 0, 0, 0)
    again = brought(three, path, "customer_files")
    assert (again.read, again.duplicates) == (3, 3)
    assert _versions(three) == before


def test_a_changed_row_changes_a_customer_and_a_new_one_makes_one(three, tmp_path):
    rows = list(csv.DictReader(io.StringIO(fetched(three, "customers").decode("utf-8-sig"))))
    rows[1] |= {"name": "王五一", "tier": "diamond", "telephone": "0086 13900001111", "street": "人民路8号"}
    rows.append(
        dict.fromkeys(rows[0], "") | {"name": "钱新", "telephone": "13711112222", "branch": "north-2"}
    )
    rows.append(dict.fromkeys(rows[0], "") | {"name": "孙新", "telephone": "13711112222"})
    rows.append(dict.fromkeys(rows[0], "") | {"name": "周**", "telephone": "13711113333"})
    rows.append(dict.fromkeys(rows[0], "") | {"name": "张三丰", "telephone": "13800138000"})
    path = tmp_path / "changed.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    run = brought(three, path, "customer_files")
    assert (run.duplicates, run.updated, run.created, run.rejected) == (2, 1, 1, 3)
    with three.door("clerk1"):
        changed = Customer.objects.get(name="王五一")
        assert (changed.tier, changed.version) == ("diamond", 2)
        assert next(iter(customers.telephones_of(changed))) == "+8613900001111"
    with three.door("clerk2"):
        assert Customer.objects.get().name == "钱新"


def test_a_masked_export_is_refused_as_input(three, tmp_path):
    rows = shown(three, "customers")
    path = tmp_path / "masked.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    run = brought(three, path, "customer_files")
    assert (run.read, run.rejected) == (3, 3)


def _versions(operator: Operator) -> dict[str, int]:
    with operator.door():
        return dict(Customer.objects.values_list("number", "version"))


def test_programs_take_lists_out_and_two_people_approve_what_is_clear(three):
    def call(who: str) -> dict[str, object]:
        return {
            "headers": {"authorization": f"Bearer {three.token(who)}"},
            "content_type": "application/json",
        }

    browser = Client()
    lists = {
        each["name"]: each["clear"] for each in browser.get("/api/v1/exports/lists", **call("north")).json()
    }
    assert (lists["customers"], lists["numbers"]) == ("with approval", "no")
    file = browser.get("/api/v1/exports/lists/customers?q=%E7%8E%8B&form=csv", **call("north"))
    rows = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Name", "王*"]
    refused = browser.get("/api/v1/exports/lists/customers?clear=true", **call("north"))
    assert (refused.status_code, refused.json()["code"]) == (403, "export_needs_approval")
    asked = browser.post(
        "/api/v1/exports/lists/customers/clear", {"wanted": "q=%E7%8E%8B", "reason": REASON}, **call("north")
    )
    assert asked.status_code == 201
    at = f"/api/v1/exports/clear/{asked.json()['id']}"
    assert browser.post(f"{at}/fetch", {}, **call("north")).json()["code"] == "export_not_open"
    assert browser.post(f"{at}/decide", {"approve": True}, **call("north")).json()["code"] == "own_export"
    assert browser.post(f"{at}/decide", {"approve": True}, **call("admin")).json()["state"] == "approved"
    clear = b"".join(browser.post(f"{at}/fetch", {}, **call("north")).streaming_content).decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(io.StringIO(clear))] == ["王五"]
    assert browser.get("/api/v1/exports/clear", **call("clerk1")).status_code == 403
    assert [each["downloads"] for each in browser.get("/api/v1/exports/clear", **call("north")).json()] == [1]


def test_another_operator_has_them_as_they_were_and_its_numbers_go_on_behind(operator, tmp_path):
    with operator.door():
        customers.write_customers(
            {
                "branch_id": [operator.units["north-1"], operator.units["north-2"]],
                "name": ["张三丰", "李四光"],
                "telephone": ["+8613800138000", "+8613900139000"],
                "street": ["和平路12号", "人民路8号"],
                "document_kind": ["identity_card", ""],
                "document": ["11010519491231002X", ""],
                "joined_on": [date(2020, 5, 1), None],
            },
            source="test",
        )
    told = rows_of(fetched(operator, "customers"))
    path = written(tmp_path / "customers.csv", told)
    other = found_operator()
    assert ledger(brought(other, path, "customer_files")) == {"created": 2}
    assert rows_of(fetched(other, "customers")) == told
    with other.door("clerk1") as clerk:
        assert customers.create_customer(actor=clerk, name="王新").number == "C00000003"
