"""The file of what was rejected: row, column, value, reason, ready for a spreadsheet."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from loopline.imports.cells import RejectedRow

FORMULA = tuple("=+-@\t\r＝＋－＠")
NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?%?\Z", re.ASCII)


def csv_safe(text: str) -> str:
    """The text so that a spreadsheet shows it instead of running it: `=1+1` → `'=1+1`. Numbers (-5.2, +86138…) stay."""
    if text.lstrip(" \n").startswith(FORMULA) and not NUMBER.match(text):
        return "'" + text
    return text


class RejectsFile:
    """A csv (UTF-8 with mark, so that Excel reads Chinese) in the language that is active when it is written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace")
        self._writer = csv.writer(self._file)
        self._writer.writerow(
            [_("Row number"), _("Column name"), _("Value in the file"), _("Reason for rejection")]
        )

    def write(self, rejected: Iterable[RejectedRow]) -> None:
        """Append faults in the order in which they are given."""
        self._writer.writerows(
            (each.row, csv_safe(each.column), csv_safe(each.value), each.reason.text) for each in rejected
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
