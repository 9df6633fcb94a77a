"""Text files with a delimiter: read as a stream, one faulty row at a time set aside, the rest taken."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from loopline.imports.cells import BAD_CHARACTERS, Batch, Cell, RejectedRow, Row, shown
from loopline.imports.inspection import TextFacts, open_bytes
from loopline.imports.limits import Limits
from loopline.imports.refusals import FileEmpty, Reason, UnknownEncoding

DELIMITERS = ",;\t|"
ENCODING_NAMES = {"gb18030": "GB 18030", "utf-16": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that is no row of a table."""

    text: str
    code: str


type Record = list[str] | Broken


@dataclass(frozen=True, slots=True)
class Delimited:
    """A csv, txt or gz of one; `header` is its row number."""

    path: Path
    facts: TextFacts
    delimiter: str
    raw_columns: list[str]
    header: int
    limits: Limits

    def batches(self, columns: tuple[str, ...], start_row: int) -> Iterator[Batch]:
        """Rows from `start_row` on. A quoted cell may hold line breaks; it is one row, as a spreadsheet counts."""
        with _lines(self.path, self.facts) as lines:
            number = 0
            start = max(start_row, self.header + 1)
            for records, dirty in _records(lines, self.delimiter, self.limits, self.facts):
                first, number = number + 1, number + len(records)
                if number >= start:
                    skip = max(start - first, 0)
                    yield _Sorter(columns, self.facts).sort(first + skip, records[skip:], dirty=dirty)


def open_delimited(path: Path, facts: TextFacts, limits: Limits) -> Delimited:
    """Find delimiter and header in the first rows."""
    with _lines(path, facts) as lines:
        head = list(islice(lines, limits.record_lines))
    delimiter = _delimiter(head, limits)
    number = 0
    for records, _dirty in _records(iter(head), delimiter, limits, facts):
        for record in records:
            number += 1
            cells = [record.text] if isinstance(record, Broken) else record
            if not any(cell.strip() for cell in cells):
                continue
            if any(BAD_CHARACTERS.search(cell) for cell in cells):
                raise UnknownEncoding(row=number)
            return Delimited(path, facts, delimiter, cells, number, limits)
    raise FileEmpty


@contextmanager
def _lines(path: Path, facts: TextFacts) -> Iterator[Iterator[str]]:
    """Lines with their ends kept; bytes outside the encoding come through as lone surrogates (U+FFFD in UTF-16)."""
    errors = "replace" if facts.encoding == "utf-16" else "surrogateescape"
    with (
        open_bytes(path, zipped=facts.zipped) as file,
        io.TextIOWrapper(file, facts.encoding, errors, newline="") as text,
    ):
        yield text


def _delimiter(head: list[str], limits: Limits) -> str:
    """The delimiter by which most of the first rows have as many cells as the first; a comma where none divides."""

    def score(delimiter: str) -> tuple[float, int]:
        found = chain.from_iterable(batch for batch, _ in _records(iter(head), delimiter, limits, None))
        widths = [len(record) for record in found if isinstance(record, list) and any(record)]
        if not widths or widths[0] < 2:
            return (0.0, 0)
        return (widths.count(widths[0]) / len(widths), widths[0])

    best = max(DELIMITERS, key=score)
    return best if score(best)[1] else ","


def _records(
    lines: Iterator[str], delimiter: str, limits: Limits, facts: TextFacts | None
) -> Iterator[tuple[list[Record], bool]]:
    """Records in groups, and whether a group may hold characters that do not belong.

    The quick way takes a group whose lines are all whole records; only where quotes run over lines or are broken is
    the group read record by record.
    """
    while chunk := list(islice(lines, limits.batch_rows)):
        records: list[Record] = []
        try:
            records.extend(csv.reader(chunk, delimiter=delimiter, strict=True))
        except csv.Error:
            records = []
        if len(records) != len(chunk):
            pending = deque(chunk)
            records = list(_record_by_record(pending, lines, delimiter, limits))
            yield records, True
        else:
            yield records, facts is not None and _dirty("".join(chunk), facts)


def _record_by_record(
    pending: deque[str], lines: Iterator[str], delimiter: str, limits: Limits
) -> Iterator[Record]:
    """One record at a time. A quote that never closes costs its own line: the lines it swallowed are read again."""
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while len(taken) < limits.record_lines:
            line = pending.popleft() if pending else next(lines, None)
            if line is None:
                return
            taken.append(line)
            yield line

    while pending:
        taken.clear()
        try:
            yield next(csv.reader(feed(), delimiter=delimiter, strict=True))
        except csv.Error as error:
            pending.extendleft(reversed(taken[1:]))
            if "field larger" in str(error):
                code = "cell_too_long"
            else:
                code = "quote_open" if len(taken) > 1 or "end of data" in str(error) else "quote_misplaced"
            yield Broken(taken[0].rstrip("\r\n"), code)


def _dirty(text: str, facts: TextFacts) -> bool:
    if "\x00" in text or facts.mixed:
        return True
    if text.isascii():
        return False
    if facts.encoding == "utf-16" and "\ufffd" in text:
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Sorter:
    """Parts the records of a group into rows and rejected rows."""

    columns: tuple[str, ...]
    facts: TextFacts

    def sort(self, first: int, records: list[Record], *, dirty: bool) -> Batch:
        width = len(self.columns)
        rows: list[Row] = []
        rejected: list[RejectedRow] = []
        blank = 0
        for number, record in enumerate(records, first):
            if isinstance(record, Broken):
                rejected.append(RejectedRow(number, "", shown(record.text), Reason(record.code)))
                continue
            if not any(record):
                blank += 1
                continue
            if len(record) != width and not (record := self._fitted(record)):
                rejected.append(self._ragged(number, records[number - first]))
                continue
            if dirty and (fault := self._fault(number, record)):
                rejected.append(fault)
                continue
            cells: list[Cell] = [cell or None for cell in record]
            rows.append((number, cells))
        return Batch(rows, rejected, first + len(records) - 1, blank)

    def _fitted(self, record: list[str]) -> list[str]:
        """The row without blank cells beyond the last column, which many exports add; empty where it does not fit."""
        width = len(self.columns)
        return record[:width] if len(record) > width and not any(record[width:]) else []

    def _ragged(self, number: int, record: Record) -> RejectedRow:
        cells = record if isinstance(record, list) else []
        code = "cells_missing" if len(cells) < len(self.columns) else "cells_extra"
        values: dict[str, str | int] = {"cells": len(cells), "columns": len(self.columns)}
        return RejectedRow(number, "", shown(" | ".join(cells)), Reason(code, values))

    def _fault(self, number: int, record: list[str]) -> RejectedRow | None:
        for column, cell in zip(self.columns, record, strict=True):
            if "\x00" in cell:
                return RejectedRow(number, column, shown(cell), Reason("nul"))
            if not cell.isascii() and self._undecodable(cell):
                name = ENCODING_NAMES.get(self.facts.encoding, "UTF-8")
                return RejectedRow(number, column, shown(cell), Reason("wrong_byte", {"encoding": name}))
        if self.facts.mixed and self.facts.encoding == "gb18030" and (text := _as_utf8("".join(record))):
            return RejectedRow(number, "", shown(text), Reason("other_encoding"))
        return None

    def _undecodable(self, cell: str) -> bool:
        if self.facts.encoding == "utf-16":
            return "\ufffd" in cell
        return any("\udc80" <= letter <= "\udcff" for letter in cell)


def _as_utf8(text: str) -> str:
    """The text read as UTF-8 where its bytes are plainly that: Chinese that also happens to decode as GB 18030."""
    if text.isascii():
        return ""
    try:
        again = text.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return ""
    return (
        again
        if any("\u2e80" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef" for letter in again)
        else ""
    )
