"""The door of this module for other modules.

`refresh`, `check`, `ask_quality`, `reader` and `ibis_reader` open their own doors and connections: call them outside
of a door. `latest_load`, `recent_loads`, `lag` and `ask_for_refresh` are called inside one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import ibis
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType

from loopline.warehouse.actions import STEPS, Step, refresh
from loopline.warehouse.checks import Check, TableCheck, check
from loopline.warehouse.comparing import Difference
from loopline.warehouse.crowds import TYPE as CROWD
from loopline.warehouse.crowds import read as read_crowd
from loopline.warehouse.crowds import united as united_crowds
from loopline.warehouse.delta import THINGS
from loopline.warehouse.derived import MADE, Derived, derived, with_months_before
from loopline.warehouse.engines import Engine, EngineUnknown, open_engine
from loopline.warehouse.freshness import Freshness, lag
from loopline.warehouse.kept import kept_reader, newest_snapshot
from loopline.warehouse.lake import LakeBusy, NotLoaded, folder, hold, loaded_writer, reader
from loopline.warehouse.making import make as make_derived
from loopline.warehouse.making import note_gone, note_made
from loopline.warehouse.models import Load, QualityRun
from loopline.warehouse.personal import is_telling, tells
from loopline.warehouse.quality import ask as ask_quality
from loopline.warehouse.queries import (
    ColumnEntry,
    TableEntry,
    data_dictionary,
    latest_load,
    recent_loads,
    star_dictionary,
    table_names,
)
from loopline.warehouse.usage.actions import UsageFile
from loopline.warehouse.usage.actions import bring as bring_usage
from loopline.warehouse.usage.actions import make_months as make_usage_months
from loopline.warehouse.usage.actions import replay as replay_usage
from loopline.warehouse.usage.dimensions import bring_dimension as bring_usage_dimension
from loopline.warehouse.usage.originals import forget as forget_usage
from loopline.warehouse.usage.queries import FileRow
from loopline.warehouse.usage.queries import files as usage_files
from loopline.warehouse.usage.queries import rejects as usage_rejects
from loopline.warehouse.usage.spool import bring_spool as bring_usage_spool
from loopline.warehouse.usage.spool import put as put_usage
from loopline.warehouse.usage.spool import stream as stream_usage

__all__ = [
    "CROWD",
    "MADE",
    "STEPS",
    "THINGS",
    "Check",
    "ColumnEntry",
    "Derived",
    "Difference",
    "Engine",
    "EngineUnknown",
    "FileRow",
    "Freshness",
    "LakeBusy",
    "Load",
    "NotLoaded",
    "QualityRun",
    "Step",
    "TableCheck",
    "TableEntry",
    "UsageFile",
    "ask_quality",
    "bring_usage",
    "bring_usage_dimension",
    "bring_usage_spool",
    "check",
    "data_dictionary",
    "derived",
    "folder",
    "forget_usage",
    "hold",
    "ibis_of",
    "ibis_reader",
    "is_telling",
    "kept_reader",
    "lag",
    "latest_load",
    "loaded_writer",
    "make_derived",
    "make_usage_months",
    "newest_snapshot",
    "note_gone",
    "note_made",
    "open_engine",
    "put_usage",
    "read_crowd",
    "reader",
    "recent_loads",
    "refresh",
    "replay_usage",
    "schema_of",
    "snapshot",
    "stream_usage",
    "table_names",
    "tells",
    "united_crowds",
    "usage_files",
    "usage_rejects",
    "with_months_before",
]


def snapshot(tenant: int) -> int:
    """The lake's snapshot to name in a record: what `reader(tenant, snapshot=…)` will show again.

    Raises NotLoaded while the tenant has no load.
    """
    with kept_reader(tenant):
        return newest_snapshot()


def schema_of(name: str) -> ibis.Schema:
    """The columns of a table of the lake with their types, for expressions that are bound to no engine.

    Raises KeyError for a table that the warehouse itself does not define.
    """
    entry = {entry.name: entry for entry in star_dictionary()}[name]
    return ibis.schema({column.name: DuckDBType.from_string(column.type) for column in entry.columns})


def ibis_of(con: duckdb.DuckDBPyConnection) -> Backend:
    """An Ibis backend over a reader's connection; its tables are the tenant's."""
    return Backend.from_connection(con)


@contextmanager
def ibis_reader(tenant: int, *, snapshot: int | None = None) -> Iterator[Backend]:
    """The tenant's tables in Ibis, pinned to a snapshot. Raises NotLoaded."""
    with reader(tenant, snapshot=snapshot) as con:
        yield ibis_of(con)
