"""A whole file as a data frame, for mining."""

from pathlib import Path
from typing import Any

import pandas as pd

from loopline.imports.cells import BLANKS_IN_NUMBERS, Cell, RejectedRow, is_blank
from loopline.imports.kinds import TypeTally
from loopline.imports.limits import DEFAULT, Limits
from loopline.imports.reading import open_table

FRAME_BLANKS = frozenset({""})


def read_frame(path: Path, *, limits: Limits = DEFAULT) -> pd.DataFrame:
    """The file's rows in their order, one frame row for each file row, duplicates kept.

    Integer columns are int64 (float64 where some are blank), decimal ones float64 with NaN for blanks; everything else
    is of dtype object with the strings as they stand and None for blanks. `frame.attrs["rejected"]` lists rows that are
    no rows of a table (ragged, undecodable), which no frame can hold; it is empty for a sound file.
    Raises a `FileRefused` as `open_table` does.
    """
    table = open_table(path, limits=limits)
    columns: list[list[Cell]] = [[] for _ in table.columns]
    tallies = [TypeTally() for _ in table.columns]
    rejected: list[RejectedRow] = []
    for batch in table.rows():
        rejected.extend(batch.rejected)
        for column, tally, cells in zip(
            columns, tallies, zip(*(row for _, row in batch.rows), strict=True), strict=False
        ):
            tally.add(cells)
            column.extend(cells)
    series = {
        name: _series(cells, tally.type)
        for name, cells, tally in zip(table.columns, columns, tallies, strict=True)
    }
    frame = pd.DataFrame(series)
    frame.attrs["rejected"] = rejected
    return frame


def _series(cells: list[Cell], kind: str) -> "pd.Series[Any]":
    if kind not in ("integer", "decimal"):
        return pd.Series([None if is_blank(cell, FRAME_BLANKS) else cell for cell in cells], dtype=object)
    numbers = [None if is_blank(cell, BLANKS_IN_NUMBERS) else _number(cell) for cell in cells]
    whole = kind == "integer" and None not in numbers
    return pd.Series(numbers, dtype="int64" if whole else "float64")


def _number(cell: Cell) -> float | int:
    text = str(cell).strip().replace(",", "")
    return int(text) if text.lstrip("+-").isdigit() else float(text)
