"""Customers leave the house masked; in clear only by two people, and what left comes in again unchanged."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
import python_calamine as calamine

from loopline.customers import actions
from loopline.customers import api as customers
from loopline.customers.models import ClearExport, Customer
from loopline.imports import api as imports
from loopline.imports.models import ImportRun
from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed
from loopline.kernel.models import AccessRecord
from loopline.kernel.scope import Scope, enter
from loopline.testing import Operator
from tests.full_customers import full_customer

REASON = "Letters about the new tariff"


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


def _read(answer) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def _fetched(operator: Operator, form: str = "csv", wanted: str = "") -> bytes:
    asker = operator.client("north")
    asked = asker.post("/customers/exports/ask", {"wanted": wanted, "reason": REASON, "format": form})
    assert asked.status_code == 302
    with operator.door():
        export = str(ClearExport.objects.order_by("-id")[0].public_id)
    assert (
        operator.client("admin").post(f"/customers/exports/{export}/decide", {"approve": "1"}).status_code
        == 302
    )
    answer = asker.post(f"/customers/exports/{export}/fetch")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_the_list_leaves_masked_with_its_filters_as_csv_and_as_a_workbook(three):
    rows = _read(three.client("clerk1").get("/customers/export?q=%E7%8E%8B"))
    assert rows[0][:3] == ["Number", "Name", "Telephone"]
    assert [row[1:3] for row in rows[1:]] == [["王*", "138 **** 8001"]]
    assert [row[1] for row in _read(three.client("admin").get("/customers/export"))[1:]] == [
        "张**",
        "王*",
        "'=**",
        "赵*",
    ]
    answer = three.client("clerk1").get("/customers/export?format=xlsx")
    book = calamine.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows] == ["Name", "张**", "王*", "=**"]


def test_clear_needs_a_reason_a_second_person_and_lasts_a_day(three):
    with three.door("clerk1") as clerk, pytest.raises(NotAllowed):
        actions.ask_export(actor=clerk, wanted="", reason=REASON)
    with three.door("north") as asker:
        with pytest.raises(actions.Missing):
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
    path.write_bytes(_fetched(three, form))
    before = _versions(three)
    run = _imported(three, path)
    assert (run.read, run.duplicates, run.created, run.updated, run.rejected) == (3, 3, 0, 0, 0)
    again = _imported(three, path)
    assert (again.read, again.duplicates) == (3, 3)
    assert _versions(three) == before


def test_a_changed_row_changes_a_customer_and_a_new_one_makes_one(three, tmp_path):
    rows = list(csv.DictReader(io.StringIO(_fetched(three).decode("utf-8-sig"))))
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
    run = _imported(three, path)
    assert (run.duplicates, run.updated, run.created, run.rejected) == (2, 1, 1, 3)
    with three.door("clerk1"):
        changed = Customer.objects.get(name="王五一")
        assert (changed.tier, changed.version) == ("diamond", 2)
        assert next(iter(customers.telephones_of(changed))) == "+8613900001111"
    with three.door("clerk2"):
        assert Customer.objects.get().name == "钱新"


def test_a_masked_export_is_refused_as_input(three, tmp_path):
    rows = _read(three.client("clerk1").get("/customers/export"))
    path = tmp_path / "masked.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    run = _imported(three, path)
    assert (run.read, run.rejected) == (3, 3)


def _imported(operator: Operator, path: Path) -> ImportRun:
    with operator.door("admin") as admin:
        run = imports.take_up(actor=admin, path=path, target="customer_files")
    imports.carry_out(operator.tenant, run.pk)
    with enter(Scope(operator.tenant)):
        run.refresh_from_db()
    return run


def _versions(operator: Operator) -> dict[str, int]:
    with operator.door():
        return dict(Customer.objects.values_list("number", "version"))
