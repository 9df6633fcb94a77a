"""Files of every kind and dialect open as the same table."""

import csv
import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loopline.imports.api import infer_columns, open_table, read_frame
from loopline.imports.cells import Cell
from loopline.imports.reading import Table, named

HEADER = ["客户编号", "Name", "月租"]
ROWS = [
    ["C1", "张三", "58.00"],
    ["C2", "李, 四", "99;5"],
    ["C3", 'said "yes"', "a|b"],
    ["C4", "两\n行", None],
]


def write(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, *ROWS])
    return path


def cells(table: Table, start_row: int = 2) -> list[tuple[int, list[Cell]]]:
    return [row for batch in table.rows(start_row) for row in batch.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_dialect_gives_the_same_rows(tmp_path: Path, delimiter: str, encoding: str) -> None:
    table = open_table(write(tmp_path / "customers.txt", delimiter, encoding))
    assert (table.kind, table.delimiter, table.encoding) == ("csv", delimiter, encoding)
    assert table.columns == ("客户编号", "Name", "月租")
    assert cells(table) == list(enumerate(ROWS, 2))
    assert cells(table, start_row=4) == list(enumerate(ROWS, 2))[2:]


def test_kind_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    packed = tmp_path / "export.csv"
    packed.write_bytes(gzip.compress(write(tmp_path / "plain", ";", "gb18030").read_bytes()))
    table = open_table(packed)
    assert (table.kind, table.encoding, table.delimiter) == ("csv.gz", "gb18030", ";")
    assert cells(table) == list(enumerate(ROWS, 2))


def test_workbook_keeps_types_and_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [
        [],
        ["编号", "电话", "月租", "开户", "在用", "last seen"],
        [],
        ["007", 13800138000, 58.5, date(2024, 1, 5), True, datetime(2024, 1, 5, 10, 2)],
    ]
    for row in rows:
        sheet.append(row)
    book.create_sheet("Second").append(["not", "read"])
    book.save(tmp_path / "b.bin")
    table = open_table(tmp_path / "b.bin")
    assert (table.kind, table.sheet, table.header_row) == ("xlsx", "Sheet", 2)
    assert cells(table) == [
        (4, ["007", 13800138000, 58.5, date(2024, 1, 5), True, datetime(2024, 1, 5, 10, 2)])
    ]
    assert infer_columns(table) == {
        "编号": "text",
        "电话": "integer",
        "月租": "decimal",
        "开户": "date",
        "在用": "boolean",
        "last seen": "text",
    }


def test_workbook_whose_table_begins_in_column_c(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["C3"], book.active["D3"], book.active["C4"], book.active["D4"] = "a", "b", 1, "x"
    book.save(tmp_path / "b.xlsx")
    table = open_table(tmp_path / "b.xlsx")
    assert table.columns == ("a", "b")
    assert cells(table) == [(4, [1, "x"])]


def test_parquet_keeps_types(tmp_path: Path) -> None:
    content = {"n": [1, None], "fee": [Decimal("1.50"), None], "d": [date(2024, 1, 5), None], "s": ["张", ""]}
    pq.write_table(pa.table(content), tmp_path / "p")
    table = open_table(tmp_path / "p")
    assert table.kind == "parquet"
    assert cells(table) == [(2, [1, Decimal("1.50"), date(2024, 1, 5), "张"]), (3, [None, None, None, None])]
    assert cells(table, 3) == [(3, [None, None, None, None])]


def test_parquet_infinities_are_no_numbers(tmp_path: Path) -> None:
    content = {"x": [1.0, 2.5, float("nan"), float("inf")], "b": [b"abc", b"\xff", None, b""]}
    pq.write_table(pa.table(content), tmp_path / "p")
    assert [row for _, row in cells(open_table(tmp_path / "p"))] == [
        [1, "abc"],
        [2.5, "\\xff"],
        [None, None],
        ["inf", ""],
    ]


def test_header_names_are_cleaned_and_told_apart() -> None:
    assert named(["Call  Failure ", "", "x", "X", "x", "x (2)"]) == (
        "Call Failure",
        "column 2",
        "x",
        "X",
        "x (3)",
        "x (2)",
    )


def test_chinese_only_in_the_last_row_still_settles_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 500_000 + "3,张三\n".encode("gb18030"))
    table = open_table(path)
    assert table.encoding == "gb18030"
    assert cells(table, 500_002) == [(500_002, ["3", "张三"])]


def test_wa_telco(shared: Path) -> None:
    table = open_table(shared / "wa_telco_churn.csv")
    assert len(table.columns) == 21
    assert len(cells(table)) == 7043
    assert cells(table)[-1][0] == 7044
    types = infer_columns(table)
    assert [types[name] for name in ("customerID", "SeniorCitizen", "Churn", "TotalCharges", "tenure")] == [
        "text",
        "integer",
        "boolean",
        "decimal",
        "integer",
    ]
    frame = read_frame(shared / "wa_telco_churn.csv")
    assert frame.shape == (7043, 21)
    assert frame["TotalCharges"].isna().sum() == 11
    assert frame["tenure"].dtype == "int64"
    assert set(frame["Churn"]) == {"Yes", "No"}
    assert frame.attrs["rejected"] == []


def test_iranian_has_single_blanks_in_its_headers(shared: Path) -> None:
    table = open_table(shared / "iranian_churn.csv")
    assert table.columns[:4] == ("Call Failure", "Complains", "Subscription Length", "Charge Amount")
    assert table.renamed[0] == ("Call  Failure", "Call Failure")
    frame = read_frame(shared / "iranian_churn.csv")
    assert (len(frame), int(frame.duplicated().sum())) == (3150, 300)


def test_bank_is_gz_with_semicolons(shared: Path) -> None:
    table = open_table(shared / "bankmarketing.csv.gz")
    assert (table.kind, table.delimiter, len(table.columns)) == ("csv.gz", ";", 17)
    assert sum(batch.read for batch in table.rows()) == 45211
