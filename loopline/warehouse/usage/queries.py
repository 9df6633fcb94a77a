"""The ledger of usage files, read from the lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from loopline.kernel.errors import NotFound
from loopline.warehouse.kept import kept_reader
from loopline.warehouse.lake import NotLoaded
from loopline.warehouse.usage import tables


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in the ledger."""

    file_id: int
    name: str
    format: str
    status: str
    reason: str
    rows_read: int
    taken: int
    doubles: int
    rejected: int
    late: int
    unknown: int
    first_day: date | None
    last_day: date | None
    moment: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """All files together."""

    files: int
    records: int
    rejected: int
    unknown: int


_FILE = ", ".join(FileRow.__dataclass_fields__)


def files(tenant: int, *, before: int = 0, count: int = 50) -> list[FileRow]:
    """The newest files, those before a file when one is named; none before the first."""
    where = "WHERE file_id < ?" if before else "WHERE ? = 0"
    rows = _read(
        tenant, f"SELECT {_FILE} FROM {tables.FILE} {where} ORDER BY file_id DESC LIMIT {int(count)}", before
    )
    return [FileRow(*row) for row in rows]


def standing(tenant: int) -> Standing:
    """All files, and the sums over those that were taken (what is refused has none)."""
    rows = _read(
        tenant,
        f"SELECT count(*), coalesce(sum(taken), 0), coalesce(sum(rejected), 0), coalesce(sum(unknown), 0) "
        f"FROM {tables.FILE}",
    )
    return Standing(*(int(value) for value in rows[0])) if rows else Standing(0, 0, 0, 0)


def file(tenant: int, file_id: int) -> FileRow:
    """One file. Raises NotFound."""
    rows = _read(tenant, f"SELECT {_FILE} FROM {tables.FILE} WHERE file_id = ?", file_id)
    if not rows:
        raise NotFound
    return FileRow(*rows[0])


def rejects(tenant: int, file_id: int, *, after: int = 0, count: int = 100) -> list[tuple[int, str, str]]:
    """Rows that could not be read: (row, field, reason), in the order of the file."""
    return _read(
        tenant,
        f"SELECT line, field, reason FROM {tables.REJECT} WHERE file_id = ? AND line > ? "
        f"ORDER BY line LIMIT {int(count)}",
        file_id,
        after,
    )


def _read(tenant: int, query: str, *values: Any) -> list[Any]:
    with _reader(tenant) as con:
        return con.execute(query, list(values)).fetchall() if con is not None else []


def _has_files(con: duckdb.DuckDBPyConnection) -> bool:
    try:
        con.execute(f"SELECT 1 FROM {tables.FILE} LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


@contextmanager
def _reader(tenant: int) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """A reader; None while the tenant has no lake, or one that has never seen usage."""
    try:
        with kept_reader(tenant) as con:
            yield con if _has_files(con) else None
    except NotLoaded:
        yield None
