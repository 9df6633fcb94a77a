"""Many rows at once: COPY into a temporary table, then INSERT … SELECT.

COPY straight into a table with row security is refused to the application's role; through a temporary table
every row passes the policies like any other.
"""

import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection, models
from psycopg import sql
from pyarrow import csv

from loopline.kernel.models import ChangedXid, current_tenant

type Column = Sequence[Any] | np.ndarray | pa.Array | pa.ChunkedArray
type Columns = Mapping[str, Column] | pa.Table
"""Equally long columns by name; None (or NaT in an array of dates) is NULL."""

CHUNK = 20_000
_names = itertools.count(1)


def copy_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    *,
    skip_existing: bool = False,
) -> int:
    """Insert tuples in the order of `columns` (column names of the table). Returns how many were inserted.

    The tenant is the open door's; columns that are not given take the model's default. `skip_existing` leaves
    out rows that would break a unique constraint.
    """
    with staged(model, columns, rows) as stage:
        return insert_staged(model, columns, stage, skip_existing=skip_existing)


def copy_columns(model: type[models.Model], columns: Columns, *, skip_existing: bool = False) -> int:
    """Insert an Arrow table or equally long columns by name. Otherwise as `copy_rows`."""
    table = as_table(columns)
    with staged(model, table.column_names, table) as stage:
        return insert_staged(model, table.column_names, stage, skip_existing=skip_existing)


@contextmanager
def staged(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]] | pa.Table
) -> Iterator[sql.Identifier]:
    """A temporary table with these columns of the model's table, filled, for use in SQL; dropped afterwards."""
    stage = sql.Identifier(f"stage_{next(_names)}")
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                stage, named, sql.Identifier(model._meta.db_table)
            )
        )
        fill(stage, columns, rows)
        yield stage
        cursor.execute(sql.SQL("DROP TABLE {}").format(stage))


def fill(stage: sql.Identifier, columns: Sequence[str], rows: Iterable[tuple[Any, ...]] | pa.Table) -> None:
    """COPY tuples or an Arrow table into a temporary table."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        if isinstance(rows, pa.Table):
            command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(stage, named)
            with cursor.copy(command) as copy:
                for block in _csv_blocks(rows):
                    copy.write(block)
            return
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(stage, named)) as copy:
            for row in rows:
                copy.write_row(row)


def insert_staged(
    model: type[models.Model], columns: Sequence[str], stage: sql.Identifier, *, skip_existing: bool = False
) -> int:
    """Insert what a stage holds into the model's table. Returns how many rows were inserted."""
    constants = {"tenant_id": current_tenant()} | _defaults(model, columns)
    values = {name: sql.Literal(value) for name, value in constants.items()} | _touched(model)
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}{}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(map(sql.Identifier, [*columns, *values])),
        sql.SQL(", ").join([*map(sql.Identifier, columns), *values.values()]),
        stage,
        sql.SQL(" ON CONFLICT DO NOTHING" if skip_existing else ""),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Take `count` keys of a table's sequence, so that rows which hang on one another can be made together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(s) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS s OFFSET 0) q, "
            "generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def as_table(columns: Columns) -> pa.Table:
    """Columns by name as an Arrow table."""
    if isinstance(columns, pa.Table):
        return columns
    return pa.table({name: _as_array(column) for name, column in columns.items()})


def of_rows(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Tuples of plain values as an Arrow table, which goes into COPY several times as fast as tuple by tuple."""
    return as_table(dict(zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True)))


def _as_array(column: Column) -> pa.Array | pa.ChunkedArray:
    if isinstance(column, np.ndarray) and column.dtype.kind == "U":
        return pa.array(column.tolist(), pa.string())
    return pa.array(column, from_pandas=True) if isinstance(column, np.ndarray) else pa.array(column)


def _csv_blocks(table: pa.Table) -> Iterator[bytes]:
    """CSV as COPY reads it: NULL is nothing, an empty text is "", bytes are hexadecimal."""
    plain = [_csv_column(column) for column in table.columns]
    ready = pa.table(dict(zip(table.column_names, plain, strict=True)))
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    for start in range(0, ready.num_rows, CHUNK):
        block = io.BytesIO()
        csv.write_csv(ready.slice(start, CHUNK), block, options)
        yield block.getvalue()


def _csv_column(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([None if v is None else "\\x" + v.hex() for v in column.to_pylist()], pa.string())
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column


def _touched(model: type[models.Model]) -> dict[str, sql.Composable]:
    """The transaction in the column that a trigger keeps: said here too for sessions without triggers."""
    this = sql.SQL("(SELECT pg_current_xact_id()::text::bigint)")
    return {
        str(field.column): this
        for field in model._meta.local_concrete_fields
        if isinstance(field, ChangedXid)
    }


def _defaults(model: type[models.Model], given: Sequence[str]) -> dict[str, Any]:
    """The model's own defaults of the columns that are not given; the database fills in its own."""
    made: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        column = field.column or ""
        if column in ("", "tenant_id", *given) or field.primary_key:
            continue
        if field.has_db_default() or not field.has_default():
            continue
        value = field.get_default()
        made[column] = value if isinstance(value, str | int | bool | Decimal | date | datetime) else "{}"
        if isinstance(value, list):
            made[column] = "[]"
    return made
