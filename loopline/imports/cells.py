"""A cell as it comes out of a file, what counts as blank, and how it is shown."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loopline.imports.refusals import Reason

type Cell = str | int | float | Decimal | bool | date | datetime | None
type Row = tuple[int, list[Cell]]
"""Row number as a person sees it in a spreadsheet (the header is row 1 unless blank rows stand above it), cells."""

SHOWN = 200
BAD_CHARACTERS = re.compile("[\x00\udc80-\udcff\ufffd]")
BLANKS = frozenset({"", "null", "n/a", "#n/a", "\\n"})
BLANKS_IN_NUMBERS = BLANKS | {"na", "nan", "-", "--", "—", "——"}


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One fault of one row: `column` is the header, or empty where the whole row is at fault."""

    row: int
    column: str
    value: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that stand together in the file; reading resumes with `rows(start_row=last_row + 1)`."""

    rows: list[Row]
    rejected: list[RejectedRow]
    last_row: int
    blank_rows: int = 0

    @property
    def read(self) -> int:
        """Rows read: what was taken and what was rejected; blank rows are not counted."""
        return len(self.rows) + len({each.row for each in self.rejected})


def is_blank(cell: Cell, blanks: frozenset[str] = BLANKS) -> bool:
    """Whether a cell says nothing. `BLANKS` is for texts, where "NA" and "-" may mean something."""
    if cell is None:
        return True
    return isinstance(cell, str) and cell.strip().lower() in blanks


def shown(cell: object) -> str:
    """The cell as text for a person: bytes that could not be read as \\xNN, at most 200 characters."""
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else str(cell)
    text = re.sub("[\udc80-\udcff]", lambda bad: f"\\x{ord(bad[0]) - 0xDC00:02x}", text).replace(
        "\x00", "\\x00"
    )
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def plain(cell: object) -> Cell:
    """A cell of a workbook or parquet file: whole floats become integers, NaN and "" nothing, infinities text."""
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return None if math.isnan(cell) else str(cell)
        return int(cell) if cell.is_integer() and abs(cell) < 1e18 else cell
    if cell is None or cell == "":
        return None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "backslashreplace")
    return cell if isinstance(cell, str | int | Decimal | date) else str(cell)
