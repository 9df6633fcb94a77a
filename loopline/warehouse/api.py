"""The door of this module for other modules.

`refresh`, `check`, `reader` and `ibis_reader` open their own doors and connections: call them outside of a door.
`latest_load`, `recent_loads` and `ask_for_refresh` are called inside one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from ibis.backends.duckdb import Backend

from loopline.warehouse.actions import STEPS, Step, refresh
from loopline.warehouse.checks import Check, Difference, TableCheck, check
from loopline.warehouse.engines import Engine, open_engine
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
from loopline.warehouse.usage.actions import UsageFile, bring, make_months, replay
from loopline.warehouse.usage.dimensions import bring_dimension
from loopline.warehouse.usage.originals import forget
from loopline.warehouse.usage.spool import bring_spool, put, stream

__all__ = [
    "STEPS",
    "Check",
    "ColumnEntry",
    "Difference",
    "Engine",
    "LakeBusy",
    "Load",
    "NotLoaded",
    "Step",
    "TableCheck",
    "TableEntry",
    "UsageFile",
    "bring",
    "bring_dimension",
    "bring_spool",
    "check",
    "data_dictionary",
    "folder",
    "forget",
    "hold",
    "ibis_of",
    "ibis_reader",
    "latest_load",
    "make_months",
    "open_engine",
    "put",
    "reader",
    "recent_loads",
    "refresh",
    "replay",
    "snapshot",
    "stream",
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


def ibis_of(con: duckdb.DuckDBPyConnection) -> Backend:
    """An Ibis backend over a reader's connection; its tables are the tenant's."""
    return Backend.from_connection(con)


@contextmanager
def ibis_reader(tenant: int, *, snapshot: int | None = None) -> Iterator[Backend]:
    """The tenant's tables in Ibis, pinned to a snapshot. Raises NotLoaded."""
    with reader(tenant, snapshot=snapshot) as con:
        yield ibis_of(con)
