"""The door of this module for other modules.

`refresh`, `check`, `reader` and `ibis_reader` open their own doors and connections: call them outside of a door.
`latest_load`, `recent_loads` and `ask_for_refresh` are called inside one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import ibis
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType

from loopline.warehouse.actions import STEPS, Step, refresh
from loopline.warehouse.checks import Check, Difference, TableCheck, check
from loopline.warehouse.derived import Derived, derived
from loopline.warehouse.kept import kept_reader
from loopline.warehouse.lake import LakeBusy, NotLoaded, folder, hold, reader
from loopline.warehouse.models import Load
from loopline.warehouse.queries import (
    ColumnEntry,
    TableEntry,
    data_dictionary,
    latest_load,
    recent_loads,
    table_names,
)

__all__ = [
    "STEPS",
    "Check",
    "ColumnEntry",
    "Derived",
    "Difference",
    "LakeBusy",
    "Load",
    "NotLoaded",
    "Step",
    "TableCheck",
    "TableEntry",
    "check",
    "data_dictionary",
    "derived",
    "folder",
    "hold",
    "ibis_of",
    "ibis_reader",
    "kept_reader",
    "latest_load",
    "reader",
    "recent_loads",
    "refresh",
    "schema_of",
    "snapshot",
    "table_names",
]


def snapshot(tenant: int) -> int:
    """The lake's snapshot to name in a record: what `reader(tenant, snapshot=…)` will show again.

    Raises NotLoaded while the tenant has no load.
    """
    with reader(tenant) as con:
        row = con.execute("SELECT id FROM lake.current_snapshot()").fetchone()
    assert row is not None
    return int(row[0])


def schema_of(name: str) -> ibis.Schema:
    """The columns of a table of the lake with their types, for expressions that are bound to no engine.

    Raises KeyError for a table that the data dictionary does not know.
    """
    entry = {entry.name: entry for entry in data_dictionary()}[name]
    return ibis.schema({column.name: DuckDBType.from_string(column.type) for column in entry.columns})


def ibis_of(con: duckdb.DuckDBPyConnection) -> Backend:
    """An Ibis backend over a reader's connection; its tables are the tenant's."""
    return Backend.from_connection(con)


@contextmanager
def ibis_reader(tenant: int, *, snapshot: int | None = None) -> Iterator[Backend]:
    """The tenant's tables in Ibis, pinned to a snapshot. Raises NotLoaded."""
    with reader(tenant, snapshot=snapshot) as con:
        yield ibis_of(con)
