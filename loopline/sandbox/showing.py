"""What came out of a statement, as people and spreadsheets read it."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from loopline.kernel import formats

PAGE = 100
LONGEST_CELL = 400
_KEYS = ("_id", "_key", "year", "code", "number")


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the result."""

    label: str
    type: str
    numeric: bool


def heads(table: pa.Table) -> list[Head]:
    """The columns, with whether numbers stand in them."""
    return [Head(field.name, _type(field.type), _is_number(field.type)) for field in table.schema]


def page(table: pa.Table, first: int) -> list[list[str]]:
    """A page of rows from `first` (from 0) as finished strings."""
    names = table.schema.names
    part = table.slice(first, PAGE)
    columns = [
        [_shown(value, name) for value in part.column(place).to_pylist()] for place, name in enumerate(names)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _type(kind: pa.DataType) -> str:
    return str(kind).replace("decimal128", "decimal").removesuffix("[day]").replace("date32", "date")


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _shown(value: Any, name: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if name.endswith(_KEYS) else formats.number(value)
        case float():
            return formats.number(value, 4) if abs(value) < 1e15 else repr(value)
        case Decimal():
            exponent = value.as_tuple().exponent
            return formats.number(value, -exponent if isinstance(exponent, int) else None)
        case _:
            text = _plain(value)
            return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case str() | Decimal() | int() | float() | timedelta():
            return str(value)
        case bytes():
            return value.hex()
        case _:
            return json.dumps(value, ensure_ascii=False, default=_plain)


def as_csv(table: pa.Table) -> Iterator[bytes]:
    """The result for spreadsheets, with texts like formulas marked as texts; numbers stay numbers."""
    yield b"\xef\xbb\xbf"
    rows = _rows(table)
    yield _lines([table.schema.names])
    while block := list(islice(rows, 1000)):
        yield _lines([[_safe(value) for value in row] for row in block])


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _safe(value: Any) -> str:
    text = _plain(value)
    formula = isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{text}" if formula else text


def as_xlsx(table: pa.Table, facts: list[tuple[str, str]]) -> bytes:
    """The result as a workbook: values of their own types under a frozen head, and a sheet of what was asked."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    sheet.freeze_panes = "A2"
    bold = [WriteOnlyCell(sheet, value=name) for name in table.schema.names]
    for cell in bold:
        cell.font = Font(bold=True)
    sheet.append(bold)
    for row in _rows(table):
        sheet.append([_cell(sheet, value) for value in row])
    told = book.create_sheet("SQL")
    for label, value in facts:
        told.append([_cell(told, label), _cell(told, value)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        value = str(value)  # spreadsheets would round it
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    if value is None or isinstance(value, bool | int | float | Decimal | date | datetime):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", _plain(value))[:32_767])
    cell.data_type = "s"  # a text that looks like a formula stays a text
    return cell


def _rows(table: pa.Table) -> Iterator[list[Any]]:
    for batch in table.to_batches(1000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield list(row)


def plain_rows(table: pa.Table) -> list[list[Any]]:
    """Rows as JSON takes them: numbers, texts, truth; decimals and moments as text."""
    return [
        [
            value if value is None or isinstance(value, bool | int | float | str) else _plain(value)
            for value in row
        ]
        for row in _rows(table)
    ]
