"""Opening the lake: DuckDB over Parquet files whose catalogue is in the PostgreSQL database `lake`.

One writer at a time, kept so by a session lock in PostgreSQL that goes with its process; any number of readers,
each on one pinned snapshot and locked into the folder of its tenant. Each tenant has a schema (`t<id>`) and the
folder of that name. Extensions are loaded from the installed wheels, never from the network.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal
from loopline.warehouse import crowds
from loopline.warehouse.personal import keyed_hash, without_personal_values
from loopline.warehouse.remembered import Remembered

EXTENSIONS = ("postgres_scanner", "ducklake")
LOCK = 7_105_116_001
"""Key of the advisory lock in the database `lake` that its one writer holds."""
INDEXED = {
    "ducklake_data_file": "table_id",
    "ducklake_delete_file": "table_id",
    "ducklake_file_column_stats": "table_id, column_id",
    "ducklake_file_partition_value": "table_id",
    "ducklake_table_column_stats": "table_id",
}
MEMORY = "2GB"
_MISLED = "statistics_propagation"
"""What must not look at the bounds that DuckLake keeps of columns, see `_duckdb`."""
THREADS = 2


class LakeBusy(Refusal):
    """Another load, or a backup, holds the lake."""

    code = "lake_busy"
    status = 409
    sentence = _("The warehouse is being written or backed up. Try again when that is done.")


class NotLoaded(Refusal):
    """There is nothing to read yet."""

    code = "lake_not_loaded"
    status = 409
    sentence = _("The warehouse has not been loaded yet. Refresh it first.")


def schema(tenant: int) -> str:
    """The tenant's schema in the lake."""
    return f"t{int(tenant)}"


def folder() -> Path:
    """Where the lake's Parquet files stand."""
    return settings.INSTALLATION.folder("lake")


@contextmanager
def hold(wait_seconds: float = 0) -> Iterator[psycopg.Connection[Any]]:
    """Keep every writer away while the block runs. Raises LakeBusy when the lake is not free in time.

    The lock belongs to a connection of its own: it goes with the process, however that ends.
    """
    dsn = settings.INSTALLATION.dsn("lake", "lake")
    with psycopg.connect(**dsn, **settings.INSTALLATION.options, autocommit=True) as held:
        held.execute("SELECT set_config('lock_timeout', %s, false)", [f"{int(wait_seconds * 1000) + 1}ms"])
        try:
            held.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        except psycopg.errors.LockNotAvailable:
            raise LakeBusy from None
        yield held


class Writer:
    """A connection that writes the lake, kept from load to load and turned to one tenant at a time.

    `lake` may be written, `source` is PostgreSQL in the tenant's scope, read only: one transaction reads it in one
    snapshot (repeatable read). Whoever writes holds the lake besides.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con, self.tenant = con, 0
        self.remembered: dict[int, Remembered] = {}
        crowds.register(con)
        # What hides personal values is keyed by the tenant that the connection is turned to.
        con.create_function(
            "keyed_hash", lambda text: keyed_hash(self.tenant, "number", text), ["VARCHAR"], "VARCHAR"
        )
        con.create_function(
            "without_personal_values",
            lambda text: without_personal_values(self.tenant, text),
            ["VARCHAR"],
            "VARCHAR",
        )

    def turn_to(self, tenant: int) -> duckdb.DuckDBPyConnection:
        """The connection, in the tenant's schema and scope."""
        if self.tenant != tenant:
            if self.tenant:
                self.con.execute("USE memory")
                self.con.execute("DETACH source")
            self.tenant = 0
            _attach_source(self.con, tenant)
            self.tenant = tenant
        self.con.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{schema(tenant)}")
        self.con.execute(f"USE lake.{schema(tenant)}")
        return self.con


def plan_as_written(con: duckdb.DuckDBPyConnection, as_written: bool) -> None:
    """Join in the order in which statements say it; for what is small, finding a better one costs more than it saves.

    It asks the catalogue about each column of each table.
    """
    off = f"{_MISLED},join_order" if as_written else _MISLED
    con.execute(f"SET disabled_optimizers = '{off}'")


@contextmanager
def opened(*, memory: str = MEMORY, threads: int = THREADS) -> Iterator[Writer]:
    """A writer; it may write only while the lake is held."""
    with _duckdb(memory, threads) as con:
        _attach_lake(con, "lake")
        _index_catalogue()
        yield Writer(con)


def _index_catalogue() -> None:
    """Index the catalogue's tables, which DuckLake asks several times for each table of a query and reads whole."""
    dsn = settings.INSTALLATION.dsn("lake", "lake")
    with psycopg.connect(**dsn, **settings.INSTALLATION.options, autocommit=True) as catalogue:
        there = {
            row[0]
            for row in catalogue.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        }
        for table, columns in INDEXED.items():
            if f"{table}_by_table" not in there:
                catalogue.execute(f"CREATE INDEX IF NOT EXISTS {table}_by_table ON {table} ({columns})")


@contextmanager
def writer(
    tenant: int, *, wait_seconds: float = 0, memory: str = MEMORY, threads: int = THREADS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake held and a writer turned to the tenant. Raises LakeBusy."""
    with hold(wait_seconds), opened(memory=memory, threads=threads) as made:
        yield made.turn_to(tenant)


@contextmanager
def loaded_writer(
    tenant: int, *, wait_seconds: float = 600, memory: str = MEMORY
) -> Iterator[duckdb.DuckDBPyConnection]:
    """As `writer`, for what comes besides the loads: there must be one already. Raises LakeBusy, NotLoaded."""
    threads = min(THREADS, settings.THREADS)
    with writer(tenant, wait_seconds=wait_seconds, memory=memory, threads=threads) as con:
        try:
            con.execute("SELECT subscription_id FROM dim_subscription LIMIT 0")
        except duckdb.CatalogException:
            raise NotLoaded from None
        yield con


@contextmanager
def reader(
    tenant: int,
    *,
    snapshot: int | None = None,
    with_source: bool = False,
    follow: bool = False,
    writes_to: Path | None = None,
    memory: str = MEMORY,
    threads: int = THREADS,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read the tenant's tables as of `snapshot` (the latest when None), which stays pinned.

    With `follow` nothing is pinned: each transaction sees the newest snapshot of its own time.

    The connection may open no file but those of the tenant; Arrow and pandas tables may be registered with it.
    It is for our own queries: SQL that a person typed needs a process of its own.
    `with_source` attaches PostgreSQL in the tenant's scope as `source`; into the folder `writes_to` it may copy.
    Raises NotLoaded.
    """
    pinned = latest_snapshot() if snapshot is None else int(snapshot)
    if pinned is None:
        raise NotLoaded
    with _duckdb(memory, threads) as con:
        pin = "" if follow else f", SNAPSHOT_VERSION {pinned}"
        _attach_lake(con, "lake_reader", f", READ_ONLY{pin}")
        if with_source:
            _attach_source(con, tenant)
        try:
            con.execute(f"USE lake.{schema(tenant)}")
        except duckdb.CatalogException:
            raise NotLoaded from None
        open_folders = [str(folder() / schema(tenant)) + "/", str(_spill())]
        open_folders += [f"{writes_to}/"] if writes_to else []
        con.execute(f"SET allowed_directories = {open_folders}")
        # Once off it cannot be turned on again; other settings stay open, for Ibis sets the time zone.
        con.execute("SET enable_external_access = false")
        yield con


def latest_snapshot() -> int | None:
    """The newest snapshot of the lake; None while there is no lake."""
    dsn = settings.INSTALLATION.dsn("lake_reader", "lake")
    with psycopg.connect(**dsn, **settings.INSTALLATION.options) as catalogue:
        try:
            row = catalogue.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return None if row is None or row[0] is None else int(row[0])


def current_snapshot(con: duckdb.DuckDBPyConnection) -> int | None:
    """The snapshot that a connection reads."""
    row = con.execute("SELECT id FROM lake.current_snapshot()").fetchone()
    return None if row is None else int(row[0])


@contextmanager
def _duckdb(memory: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory,
            "threads": str(threads),
            "temp_directory": str(_spill()),
        }
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        # DuckLake keeps one pair of bounds for a column of a table. They become too narrow when a file has none of
        # its own (nulls fill one of its row groups), and are those of now when an older snapshot is read; DuckDB
        # would conclude from them that a filter finds nothing. Files are still skipped by bounds of their own.
        con.execute(f"SET disabled_optimizers = '{_MISLED}'")
        for name in EXTENSIONS:
            con.load_extension(str(_extension(name)))
        yield con
    finally:
        with suppress(duckdb.Error):
            con.close()


def _spill() -> Path:
    return settings.INSTALLATION.folder("spill")


def _extension(name: str) -> Path:
    """The file that the wheel `duckdb-extension-<name>` brought for this DuckDB."""
    found = find_spec(f"duckdb_extension_{name}")
    places = list(found.submodule_search_locations or []) if found else []
    file = f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"
    for place in places:
        if (path := Path(place) / file).is_file():
            return path
    raise FileNotFoundError(
        f"the DuckDB extension {name} for {duckdb.__version__} is missing: install "
        f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
    )


def _attach_lake(con: duckdb.DuckDBPyConnection, role: str, options: str = "") -> None:
    # Secrets keep the passwords out of duckdb_databases(). The path in the catalogue is overridden because a
    # restored or moved data folder stands elsewhere.
    _secret(con, "catalogue", role, "lake")
    con.execute(
        f"CREATE SECRET lake_secret (TYPE ducklake, METADATA_PATH {_metadata_path()}, "
        f"DATA_PATH {_text(str(folder()) + '/')}, "
        "METADATA_PARAMETERS MAP {'TYPE': 'postgres', 'SECRET': 'catalogue'})"
    )
    con.execute(f"ATTACH 'ducklake:lake_secret' AS lake (OVERRIDE_DATA_PATH true{options})")


def _attach_source(con: duckdb.DuckDBPyConnection, tenant: int) -> None:
    con.execute("DROP SECRET IF EXISTS operations")
    _secret(con, "operations", "app", settings.INSTALLATION.dsn("app")["dbname"])
    words = f"options='-c app.tenant={int(tenant)} -c app.whole=t' application_name=loopline-warehouse"
    con.execute(
        f"ATTACH {_text(words + _further_options())} AS source (TYPE postgres, SECRET operations, READ_ONLY)"
    )


def _secret(con: duckdb.DuckDBPyConnection, name: str, role: str, database: str) -> None:
    dsn = settings.INSTALLATION.dsn(role, database)
    con.execute(
        f"CREATE SECRET {name} (TYPE postgres, HOST {_text(dsn['host'])}, PORT {int(dsn['port'])}, "
        f"USER {_text(dsn['user'])}, PASSWORD {_text(dsn['password'])}, DATABASE {_text(dsn['dbname'])})"
    )


def _metadata_path() -> str:
    return _text(_further_options().strip())


def _further_options() -> str:
    """Options that DATABASE_URL carries (sslmode and the like), as libpq reads them."""
    return "".join(f" {name}='{value}'" for name, value in settings.INSTALLATION.options.items())


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
