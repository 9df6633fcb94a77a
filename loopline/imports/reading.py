"""Open a file as a table: recognised by content, its header cleaned, its rows streamed in batches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from loopline.imports.cells import Batch
from loopline.imports.delimited import open_delimited
from loopline.imports.inspection import inspect_text, recognise
from loopline.imports.limits import DEFAULT, Limits
from loopline.imports.parquet import open_parquet
from loopline.imports.refusals import HeaderMissing, HeaderOnly, TooManyColumns
from loopline.imports.workbook import open_sheet

type Kind = Literal["csv", "csv.gz", "xlsx", "parquet"]
BLANK_RUN = re.compile(r"\s+")


class Source(Protocol):
    """What a file of any kind gives: the header as it stands, its row number, and batches of rows."""

    @property
    def raw_columns(self) -> list[str]:
        """Header cells as they stand."""

    @property
    def header(self) -> int:
        """The header's row number."""

    def batches(self, columns: tuple[str, ...], start_row: int) -> Iterator[Batch]:
        """Rows from `start_row` on."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be imported.

    `columns` are the header's names trimmed, inner blanks collapsed, a nameless one called "column 3", and a name that
    stands there twice told apart as "Name (2)"; `renamed` lists (as it stands, as it is called) where they differ.
    """

    path: Path
    kind: Kind
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    columns: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    source: Source

    @property
    def header_row(self) -> int:
        """The header's row number, 1 unless blank rows stand above it."""
        return self.source.header

    def rows(self, start_row: int = 2) -> Iterator[Batch]:
        """Stream the rows from `start_row` on, about 2,000 at a time, the same at every call.

        Rows that are no rows (ragged, a quote that never closes, a NUL, a wrong byte) come in `Batch.rejected`.
        """
        return self.source.batches(self.columns, start_row)


def open_table(path: Path, *, limits: Limits = DEFAULT) -> Table:
    """Recognise a csv or txt (`,` `;` tab `|`; UTF-8, GB 18030, UTF-16 with a mark), gz of one, xlsx or parquet.

    Raises a `FileRefused` with code and sentence for anything else, and for what is empty, broken, encrypted, too wide
    or unpacks too far. Nothing is written anywhere.
    """
    container = recognise(path, limits)
    if container == "parquet":
        return _table(path, "parquet", open_parquet(path, limits), limits)
    if container == "xlsx":
        sheet = open_sheet(path, limits)
        return _table(path, "xlsx", sheet, limits, sheet=sheet.name)
    zipped = container == "gzip"
    text = open_delimited(path, inspect_text(path, limits, zipped=zipped), limits)
    return _table(
        path,
        "csv.gz" if zipped else "csv",
        text,
        limits,
        encoding=text.facts.encoding,
        delimiter=text.delimiter,
    )


def _table(
    path: Path,
    kind: Kind,
    source: Source,
    limits: Limits,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Table:
    raw = source.raw_columns
    if len(raw) > limits.columns:
        raise TooManyColumns(columns=len(raw), allowed=limits.columns)
    if not any(name.strip() for name in raw):
        raise HeaderMissing
    columns = named(raw)
    renamed = tuple((was, now) for was, now in zip(raw, columns, strict=True) if was != now)
    if not any(batch.read for batch in source.batches(columns, source.header + 1)):
        raise HeaderOnly
    return Table(path, kind, encoding, delimiter, sheet, columns, renamed, source)


def named(raw: list[str]) -> tuple[str, ...]:
    """Header names fit to be shown and told apart.

    `["Call  Failure", "", "x", "X", "x"]` becomes `("Call Failure", "column 2", "x", "X", "x (2)")`.
    """
    cleaned = [BLANK_RUN.sub(" ", name).strip() or f"column {place}" for place, name in enumerate(raw, 1)]
    taken, names = set(cleaned), list[str]()
    seen: set[str] = set()
    for name in cleaned:
        unique, copy = name, 2
        while unique in seen or (unique != name and unique in taken):
            unique, copy = f"{name} ({copy})", copy + 1
        seen.add(unique)
        names.append(unique)
    return tuple(names)
