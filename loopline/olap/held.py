"""Cubes held in memory: what questions read.

A cube's table is small, but each look at it through the lake's catalogue costs twenty times what adding it up does.
So a process holds the cubes that are asked for, and when the lake has a newer snapshot it fetches the months that were
made since: a question reads one state of a cube from beginning to end, whatever is loaded meanwhile.
"""

import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from itertools import count
from threading import Lock

import duckdb
import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from loopline.olap import periods
from loopline.olap.compiler import PLACE
from loopline.olap.definitions import Cube
from loopline.warehouse import api as warehouse

MOST = 6
"""So many states (the newest of an operator, or one that is pinned) are held in a process."""

NAMES = {
    "unit": "SELECT code, name, name_en FROM dim_unit WHERE is_current",
    "plan": "SELECT code, max(name), max(name_en) FROM dim_offering WHERE is_current GROUP BY code",
    "vas": "SELECT code, max(name), max(name_en) FROM (SELECT code, name, name_en FROM dim_offering WHERE is_current "
    "UNION ALL SELECT upper(vas), name, name_en FROM dim_vas) GROUP BY code",
    "campaign": "SELECT number, name, name FROM dim_campaign WHERE is_current",
    "channel": "SELECT channel, name, name_en FROM dim_channel",
}
"""Where the names of members stand in the lake: code, Chinese, English."""

type Names = Mapping[str, list[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class State:
    """Where the lake stands: its snapshot, the moment that tells of, and when each month of each table was made."""

    snapshot: int
    as_of: datetime | None
    made: Mapping[str, Mapping[date, datetime]]

    def months(self, cube: Cube) -> tuple[date, ...]:
        """The months of a cube, in order."""
        return tuple(sorted(self.made.get(cube.table, {})))


@dataclass(frozen=True, slots=True)
class _Month:
    """One month of a cube: its numbers, and whom it counts by part."""

    made_at: datetime
    numbers: pa.Table
    stored: Mapping[str, list[bytes | None]]
    sets: dict[str, list[BitMap]] = field(default_factory=dict)

    def crowds(self, part: str) -> list[BitMap]:
        """The sets of a part, by row; read when they are first asked for."""
        if part not in self.sets:
            self.sets[part] = [warehouse.read_crowd(one) for one in self.stored[part]]
        return self.sets[part]


class _Table:
    """The numbers of a cube in one state, in a schema of their own that goes when nobody reads it any more."""

    def __init__(self, cube: Cube, numbers: pa.Table) -> None:
        self.schema = f"held{next(_numbers)}"
        with _engine().cursor() as con:
            con.execute(f"CREATE SCHEMA {self.schema}")
            con.register("numbers", numbers)
            con.execute(f"CREATE TABLE {self.schema}.{cube.table} AS SELECT * FROM numbers")
        weakref.finalize(self, _drop, self.schema).atexit = False


@dataclass(frozen=True)
class Held:
    """A cube in one state, which never changes."""

    cube: Cube
    state: State
    names: Names
    parts: tuple[_Month, ...]
    table: _Table

    @property
    def months(self) -> tuple[date, ...]:
        """The months that there are."""
        return self.state.months(self.cube)

    def days(self, zone: tzinfo) -> tuple[date, ...]:
        """Every day from the first month's first to the last one known; what is planned for later is not known yet."""
        as_of = self.state.as_of
        today = as_of.astimezone(zone).date() if as_of else date.max
        known = f"SELECT min(day), max(day) FROM {self.cube.table} WHERE day <= ?"
        with self.opened() as con:
            row = con.execute(known, [today]).fetchone()
        return periods.days(row[0].replace(day=1), row[1]) if row and row[0] else ()

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that reads the cube's table, with PLACE beside its columns, and nothing else."""
        with _engine().cursor() as con:
            con.execute(f"USE {self.table.schema}")
            yield con

    def crowds(self, part: str) -> list[BitMap]:
        """Whom a part counts in each row, by PLACE."""
        return [one for month in self.parts for one in month.crowds(part)]


class _Shelf:
    """What is held of one operator in one state; it goes on with the newest unless it is pinned."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.state: State | None = None
        self.months: dict[str, dict[date, _Month]] = {}
        self.held: dict[str, Held] = {}
        self.names: dict[str, list[tuple[str, str, str]]] = {}

    def known(self, cube: Cube, names: Iterable[str], snapshot: int) -> Held | None:
        """The cube where it is here as of a snapshot, without a look at the lake."""
        with self.lock:
            if self.state is None or self.state.snapshot != snapshot or not set(names) <= set(self.names):
                return None
            return self._named(cube)

    def taken(self, con: duckdb.DuckDBPyConnection, cube: Cube, names: Iterable[str]) -> Held:
        """The cube in the state of a reader."""
        with self.lock:
            snapshot = snapshot_of(con)
            if self.state is None or self.state.snapshot != snapshot:
                self.state, self.held, self.names = state_of(con), {}, {}
            for name in set(names) - set(self.names):
                self.names[name] = con.execute(NAMES[name]).fetchall()
            if cube.name not in self.held:
                self.held[cube.name] = self._held(con, cube, self.state)
            found = self._named(cube)
            assert found is not None
            return found

    def _named(self, cube: Cube) -> Held | None:
        found = self.held.get(cube.name)
        return None if found is None else replace(found, names=dict(self.names))

    def _held(self, con: duckdb.DuckDBPyConnection, cube: Cube, state: State) -> Held:
        made = state.made.get(cube.table, {})
        known = self.months.get(cube.name, {})
        kept = {month: one for month, one in known.items() if made.get(month) == one.made_at}
        self.months[cube.name] = kept | _fetched(
            con, cube, {m: at for m, at in made.items() if m not in kept}
        )
        parts = tuple(self.months[cube.name][month] for month in sorted(made))
        table = pa.concat_tables(part.numbers for part in parts) if parts else _fetch(con, cube, "FALSE")[0]
        places = pa.array(np.arange(table.num_rows, dtype="int32"))
        return Held(cube, state, {}, parts, _Table(cube, table.append_column(PLACE, places)))


_shelves: OrderedDict[tuple[str, int, int | None], _Shelf] = OrderedDict()
_lock = Lock()
_numbers = count(1)


def hold(tenant: int, cube: Cube, names: Iterable[str] = (), *, snapshot: int | None = None) -> Held:
    """The cube as of a snapshot of the lake (None: the newest), with some NAMES. Raises NotLoaded."""
    shelf, asked = _shelf(tenant, snapshot), tuple(names)
    newest = warehouse.newest_snapshot() if snapshot is None else snapshot
    if (found := shelf.known(cube, asked, newest)) is not None:
        return found
    reading = warehouse.kept_reader(tenant)
    if snapshot is not None:
        reading = warehouse.reader(tenant, snapshot=snapshot)
    with reading as con:
        return shelf.taken(con, cube, asked)


def snapshot_of(con: duckdb.DuckDBPyConnection) -> int:
    """The snapshot that the open transaction reads."""
    row = con.execute("SELECT id FROM lake.current_snapshot()").fetchone()
    return int(row[0]) if row else 0


def state_of(con: duckdb.DuckDBPyConnection) -> State:
    """Where the lake stands in the open transaction. Raises NotLoaded."""
    try:
        rows = con.execute(f"SELECT name, month, made_at FROM {warehouse.MADE}").fetchall()
        loaded = con.execute('SELECT max(moment) FROM "load"').fetchone()
    except duckdb.CatalogException:
        raise warehouse.NotLoaded from None
    made: dict[str, dict[date, datetime]] = {}
    for name, month, made_at in rows:
        made.setdefault(name, {})[month] = made_at
    return State(snapshot_of(con), loaded[0].replace(tzinfo=UTC) if loaded and loaded[0] else None, made)


def _fetched(con: duckdb.DuckDBPyConnection, cube: Cube, due: Mapping[date, datetime]) -> dict[date, _Month]:
    """Months of the cube's table as they are in the lake."""
    if not due:
        return {}
    among = ", ".join(f"DATE '{month.isoformat()}'" for month in sorted(due))
    numbers, stored = _fetch(con, cube, f"month IN ({among})")
    at = numbers.column("month").to_numpy().astype("datetime64[D]")
    found = {}
    for month, made_at in due.items():
        places = np.flatnonzero(at == np.datetime64(month))
        found[month] = _Month(
            made_at,
            numbers.take(places).combine_chunks(),
            {part: [column[place] for place in places.tolist()] for part, column in stored.items()},
        )
    return found


def _fetch(
    con: duckdb.DuckDBPyConnection, cube: Cube, condition: str
) -> tuple[pa.Table, dict[str, list[bytes | None]]]:
    table = con.execute(f"SELECT * FROM {cube.table} WHERE {condition}").to_arrow_table()
    who = [part.name for part in cube.counted]
    return table.drop_columns(who), {part: table.column(part).to_pylist() for part in who}


def _shelf(tenant: int, snapshot: int | None) -> _Shelf:
    key = (str(warehouse.folder()), tenant, snapshot)
    with _lock:
        shelf = _shelves.setdefault(key, _Shelf())
        _shelves.move_to_end(key)
        while len(_shelves) > MOST:
            _shelves.popitem(last=False)
    return shelf


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """A DuckDB of this process that holds nothing and opens no file."""
    con = duckdb.connect(config={"threads": "1", "memory_limit": "512MB", "enable_external_access": "false"})
    con.execute("SET TimeZone = 'UTC'")
    return con


def _drop(schema: str) -> None:
    with suppress(duckdb.Error), _engine().cursor() as con:
        con.execute(f"DROP SCHEMA {schema} CASCADE")
