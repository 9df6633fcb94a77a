"""A plain Parquet export of a pinned snapshot, counted and added up, for engines that cannot read the lake."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal


class ExportDiffers(Refusal):
    """An engine reads other rows from an export than the lake gave."""

    code = "export_differs"
    status = 500
    sentence = _("The export of %(table)s differs: %(ours)s in the lake, %(theirs)s in the export.")


_ADDED_UP = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


@dataclass(frozen=True, slots=True)
class Exported:
    """A table in an export: its files, its columns with their DuckDB types, and its proof."""

    table: str
    folder: Path
    columns: Mapping[str, str]
    proof: tuple[Decimal, ...]


def export(con: duckdb.DuckDBPyConnection, folder: Path, tables: Mapping[str, str]) -> list[Exported]:
    """Write the rows of some tables that fulfil their condition. `con` reads one pinned snapshot.

    Raises ExportDiffers when what was written is not what the lake has.
    """
    found = []
    for table, condition in tables.items():
        columns = {row[0]: row[1] for row in con.execute(f"DESCRIBE {table}").fetchall()}
        where = folder / table
        where.mkdir(mode=0o700)
        con.execute(
            f"COPY (SELECT * FROM {table} WHERE {condition}) TO '{where / 'part.parquet'}' (FORMAT parquet)"
        )
        query = proof_of(columns)
        ours = _proof(con.execute(f"{query} FROM {table} WHERE {condition}").fetchone())
        theirs = _proof(con.execute(f"{query} FROM read_parquet('{where / 'part.parquet'}')").fetchone())
        verify(table, ours, theirs)
        found.append(Exported(table, where, columns, ours))
    return found


def proof_of(columns: Mapping[str, str]) -> str:
    """SELECT … of the row count, the values that are there, and the sums of every number, in both dialects."""
    parts = ["count(*)"]
    for name, kind in columns.items():
        parts.append(f"count({name})")
        if kind in _ADDED_UP:
            parts.append(f"sum(CAST({name} AS DECIMAL(38,0)) % 1000003)")
        elif kind.startswith("DECIMAL"):
            parts.append(f"sum(CAST({name} AS DECIMAL(38,4)))")
    return "SELECT " + ", ".join(parts)


def verify(table: str, ours: tuple[Decimal, ...], theirs: tuple[Decimal, ...]) -> None:
    """Raise ExportDiffers unless both proofs are equal."""
    if ours != theirs:
        raise ExportDiffers(table=table, ours=str(ours), theirs=str(theirs))


def _proof(row: tuple[object, ...] | None) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(value or 0)) for value in row or ())
