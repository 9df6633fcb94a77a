"""Workbooks (xlsx): measured through the zip before they are opened, since a small one may unfold to gigabytes."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import python_calamine as calamine

from loopline.imports.cells import Batch, Cell, RejectedRow, Row, plain, shown
from loopline.imports.inspection import readable
from loopline.imports.limits import MIB, Limits
from loopline.imports.refusals import (
    FileBroken,
    FileEmpty,
    FileEncrypted,
    FileExpandsTooFar,
    FileTooLarge,
    Reason,
    UnknownFormat,
)

LOCAL_HEADER = struct.Struct("<4s5H3I2H")
STORED, DEFLATED, ENCRYPTED_FLAG = 0, 8, 1
CELL = re.compile(rb'<(?:\w+:)?c(?: [^>]*?)? r="([A-Z]{1,3})')
ROWS = re.compile(rb' r="[A-Z]{0,3}(\d{1,7})"')
ROW_TAG, CELL_TAG = re.compile(rb"<(?:\w+:)?row[ >/]"), re.compile(rb"<(?:\w+:)?c[ >/]")


class _Workbook:
    """A sheet held open; its cells live in memory, bounded by `Limits.workbook_cells`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def sheet(self) -> calamine.CalamineSheet:
        """The first visible worksheet that holds anything."""
        try:
            book = calamine.load_workbook(self.path)
            for number, sheet in enumerate(book.sheets_metadata):
                if (
                    sheet.visible != calamine.SheetVisibleEnum.Visible
                    or sheet.typ != calamine.SheetTypeEnum.WorkSheet
                ):
                    continue
                found = book.get_sheet_by_index(number)
                if found.end is not None and found.height:
                    return found
        except calamine.PasswordError as error:
            raise FileEncrypted from error
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise FileBroken(kind="xlsx") from error
        raise FileEmpty

    def rows(self) -> Iterator[list[Cell]]:
        for cells in self.sheet.iter_rows():
            yield [_midnight(plain(cell)) for cell in cells]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet; `header` is its row number."""

    book: _Workbook
    raw_columns: list[str]
    header: int
    limits: Limits

    @property
    def name(self) -> str:
        """The sheet's name on its tab."""
        return self.book.sheet.name

    def batches(self, columns: tuple[str, ...], start_row: int) -> Iterator[Batch]:
        """Rows from `start_row` on; cells beyond the last column that hold something make the row a rejected one."""
        start = max(start_row, self.header + 1)
        numbered = islice(enumerate(self.book.rows(), 1), start - 1, None)
        while chunk := list(islice(numbered, self.limits.batch_rows)):
            yield _sorted(columns, chunk)


def open_sheet(path: Path, limits: Limits) -> Sheet:
    """Open the first sheet with content, after its sizes have been checked."""
    check_workbook(path, limits)
    book = _Workbook(path)
    for number, cells in enumerate(book.rows(), 1):
        if any(cell is not None for cell in cells):
            while cells and cells[-1] is None:
                cells.pop()
            return Sheet(book, [shown(cell) for cell in cells], number, limits)
    raise FileEmpty


def _sorted(columns: tuple[str, ...], chunk: list[Row]) -> Batch:
    width, blank = len(columns), 0
    rows: list[Row] = []
    rejected: list[RejectedRow] = []
    for number, cells in chunk:
        if all(cell is None for cell in cells):
            blank += 1
        elif any(cell is not None for cell in cells[width:]):
            values: dict[str, str | int] = {"cells": len(cells), "columns": width}
            text = shown(" | ".join(map(shown, cells)))
            rejected.append(RejectedRow(number, "", text, Reason("cells_extra", values)))
        else:
            rows.append((number, cells[:width] + [None] * (width - len(cells))))
    return Batch(rows, rejected, chunk[-1][0], blank)


def _midnight(cell: Cell) -> Cell:
    """A moment at midnight is meant as a day."""
    return cell.date() if isinstance(cell, datetime) and cell.time() == time() else cell


def check_workbook(path: Path, limits: Limits) -> None:
    """Refuse what is no workbook, is encrypted or broken, or would unfold beyond the limits.

    The sizes in a zip's directory may lie, so each member is unpacked and counted, and the sheets' own cell addresses
    are read: one cell in XFD1048576 spans a rectangle of 17 thousand million cells.
    """
    size = path.stat().st_size
    allowed = min(limits.workbook_bytes, limits.expanded_allowed(size))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
        raise FileBroken(kind="xlsx") from error
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise UnknownFormat(looks_like="zip")
    if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
        raise FileEncrypted
    if sum(member.file_size for member in members) > allowed:
        raise FileExpandsTooFar(allowed=readable(allowed), size=readable(size))
    total = 0
    with path.open("rb") as file:
        for member in members:
            extent = _Extent()
            for block in _unpacked(file, member):
                total += len(block)
                if total > allowed:
                    raise FileExpandsTooFar(allowed=readable(allowed), size=readable(size))
                if member.filename.startswith("xl/worksheets/"):
                    extent.add(block)
            if extent.cells > limits.workbook_cells:
                raise FileTooLarge(allowed=f"{limits.workbook_cells:,}")


def _unpacked(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's content as the compressed bytes give it, whatever the directory claims."""
    try:
        file.seek(member.header_offset)
        header = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
        file.seek(header[-2] + header[-1], 1)
        left = member.compress_size
        if member.compress_type not in (STORED, DEFLATED):
            raise FileBroken(kind="xlsx")
        unpack = zlib.decompressobj(-15) if member.compress_type == DEFLATED else None
        while left > 0 and (packed := file.read(min(left, MIB // 4))):
            left -= len(packed)
            if unpack is None:
                yield packed
                continue
            while packed and not unpack.eof:
                yield unpack.decompress(packed, MIB)
                packed = unpack.unconsumed_tail
    except (zlib.error, struct.error, OSError) as error:
        raise FileBroken(kind="xlsx") from error


class _Extent:
    """How large a rectangle the addresses in a sheet's XML span, counted while it streams by."""

    def __init__(self) -> None:
        self.last_row = self.row_tags = self.cell_tags = self.addressed = 0
        self.columns: set[bytes] = set()
        self.tail = b""

    def add(self, block: bytes) -> None:
        text = self.tail + block
        cut = text.rfind(b"<")
        text, self.tail = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        letters = CELL.findall(text)
        self.addressed += len(letters)
        self.columns.update(letters)
        self.row_tags += len(ROW_TAG.findall(text))
        self.cell_tags += len(CELL_TAG.findall(text))
        self.last_row = max(self.last_row, max(map(int, ROWS.findall(text)), default=0))

    @property
    def cells(self) -> int:
        """Rows × columns. Cells without an address follow one another, so that many may stand in one row."""
        width = max((_column_number(letters) for letters in self.columns), default=0)
        loose = self.cell_tags - self.addressed
        rows = max(self.last_row, self.row_tags)
        return (
            rows * width
            if loose <= 0
            else max(rows * width, rows * min(16_384, width + loose // max(self.row_tags, 1)))
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
