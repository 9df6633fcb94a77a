"""What type a column without a field has, decided from all its values and never from a guess at some."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from loopline.imports.cells import BLANKS_IN_NUMBERS, Cell, is_blank
from loopline.imports.reading import Table

type ValueType = Literal["integer", "decimal", "boolean", "date", "text"]

YES = frozenset({"yes", "y", "true", "是"})
NO = frozenset({"no", "n", "false", "否"})
INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})\Z", re.ASCII)
DECIMAL = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+|[1-9]\d{0,2}(?:,\d{3}){1,4}(?:\.\d+)?)(?:[eE][+-]?\d{1,2})?\Z",
    re.ASCII,
)
DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))\Z", re.ASCII
)
FIRST_YEAR, LAST_YEAR = 1900, 2100


def infer_type(values: Iterable[Cell]) -> ValueType:
    """The narrowest type that every value has; blanks (also "NA", "N/A", "null", "-") say nothing.

    Digit strings that begin with 0 or have more than 15 digits are identifiers, hence text; 0 and 1 are integers, yes
    and no (是, 否) booleans; a column of eight-digit days is of dates; a date with a time of day stays text, so that
    the time is not lost; a column of blanks is text.
    """
    tally = TypeTally()
    tally.add(values)
    return tally.type


class TypeTally:
    """Collects, batch by batch, which types a column's values allow. Holds five flags and no values."""

    def __init__(self) -> None:
        self._forms: set[str] = set()

    def add(self, values: Iterable[Cell]) -> None:
        """Take more values into account."""
        if "text" not in self._forms:
            self._forms.update(map(_form, set(values)))

    @property
    def type(self) -> ValueType:
        """The type so far."""
        forms = self._forms - {""}
        if not forms or "text" in forms:
            return "text"
        if forms <= {"date", "day number"}:
            return "date"
        if forms <= {"integer", "day number"}:
            return "integer"
        if forms <= {"integer", "day number", "decimal"}:
            return "decimal"
        return "boolean" if forms == {"boolean"} else "text"


def infer_columns(table: Table) -> dict[str, ValueType]:
    """The type of each column, over all rows; memory stays that of one batch."""
    tallies = [TypeTally() for _ in table.columns]
    for batch in table.rows():
        for tally, values in zip(
            tallies, zip(*(cells for _, cells in batch.rows), strict=True), strict=False
        ):
            tally.add(values)
    return {name: tally.type for name, tally in zip(table.columns, tallies, strict=True)}


def _form(cell: Cell) -> str:
    if not isinstance(cell, str):
        return _typed_form(cell)
    text = cell.strip()
    if INTEGER.match(text):
        return "day number" if len(text) == 8 and day_of(text) else "integer"
    if DECIMAL.match(text):
        return "decimal"
    lowered = text.lower()
    if lowered in BLANKS_IN_NUMBERS:
        return ""
    if lowered in YES or lowered in NO:
        return "boolean"
    return "date" if day_of(text) else "text"


def _typed_form(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int):
        return "integer" if abs(cell) < 10**15 else "text"
    if isinstance(cell, datetime):
        return "text"
    if isinstance(cell, float | Decimal):
        return "decimal"
    return "date" if isinstance(cell, date) else "text"


def day_of(text: str) -> date | None:
    """The day that a text names as 2024-01-05, 2024/1/5, 20240105 or 2024年1月5日, between 1900 and 2100."""
    found = DATE.match(text)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def typed(cell: Cell, kind: ValueType) -> Cell:
    """A characteristic's value in the type that `infer_type` found for its column, None where blank."""
    if is_blank(cell, BLANKS_IN_NUMBERS if kind != "text" else frozenset({""})):
        return None
    if kind == "text" or not isinstance(cell, str):
        return cell if isinstance(cell, str) or kind != "text" else str(cell)
    text = cell.strip()
    if kind == "boolean":
        return text.lower() in YES
    if kind == "date":
        return day_of(text)
    return int(text) if kind == "integer" else Decimal(text.replace(",", ""))
