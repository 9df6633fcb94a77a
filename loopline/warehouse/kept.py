"""Readers that are kept open: a question to the lake costs milliseconds, attaching it a hundred times that.

One DuckDB for each tenant in each process, locked into the tenant's folder as any reader is; every question has a
cursor and one transaction of its own, and so sees one snapshot of the lake from beginning to end.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import duckdb
import psycopg
from django.conf import settings

from loopline.warehouse import lake

MOST = 4
"""So many tenants' readers are kept in a process; the one unused for longest is closed for another."""
MEMORY = "1GB"


@dataclass
class _Kept:
    connection: duckdb.DuckDBPyConnection
    closing: ExitStack
    users: int = 0
    broken: bool = False


_kept: OrderedDict[int, _Kept] = OrderedDict()
_lock = Lock()
_catalogue_lock = Lock()
_NEWEST = "SELECT max(snapshot_id) FROM ducklake_snapshot"


@contextmanager
def kept_reader(tenant: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor on the tenant's tables in one transaction, at the newest snapshot. Raises NotLoaded.

    A reader that cannot begin (its server was started anew) is replaced once, unseen; one that fails under a question
    is not used again.
    """
    held, cursor = _begun(tenant)
    try:
        yield cursor
        cursor.execute("COMMIT")
    except duckdb.Error:
        held.broken = True
        raise
    finally:
        cursor.close()
        _give_back(held)


def newest_snapshot() -> int:
    """The newest snapshot of the lake, by a connection that is kept. Raises NotLoaded."""
    with _catalogue_lock:
        try:
            row = _catalogue().execute(_NEWEST).fetchone()
        except psycopg.OperationalError:
            _catalogue.cache_clear()
            row = _catalogue().execute(_NEWEST).fetchone()
        except psycopg.errors.UndefinedTable:
            raise lake.NotLoaded from None
    if row is None or row[0] is None:
        raise lake.NotLoaded
    return int(row[0])


def forget(tenant: int | None = None) -> None:
    """Close what is kept of a tenant, or of all."""
    with _lock:
        for key in [tenant] if tenant is not None else list(_kept):
            _drop(key)
    if tenant is None:
        with _catalogue_lock:
            _catalogue.cache_clear()


def _begun(tenant: int) -> tuple[_Kept, duckdb.DuckDBPyConnection]:
    """A reader with a cursor in a transaction of its own."""
    try:
        return _try_to_begin(tenant)
    except duckdb.Error:
        return _try_to_begin(tenant)


def _try_to_begin(tenant: int) -> tuple[_Kept, duckdb.DuckDBPyConnection]:
    held = _take(tenant)
    cursor = held.connection.cursor()
    try:
        cursor.execute(f"USE lake.{lake.schema(tenant)}")
        cursor.execute("BEGIN")
    except duckdb.Error:
        held.broken = True
        cursor.close()
        _give_back(held)
        raise
    return held, cursor


def _take(tenant: int) -> _Kept:
    with _lock:
        held = _kept.get(tenant)
        if held is None or held.broken:
            _drop(tenant)
            closing = ExitStack()
            opened = closing.enter_context(lake.reader(tenant, follow=True, memory=MEMORY))
            held = _kept[tenant] = _Kept(opened, closing)
            while len(_kept) > MOST:
                _drop(next(iter(_kept)))
        _kept.move_to_end(tenant)
        held.users += 1
        return held


def _give_back(held: _Kept) -> None:
    with _lock:
        held.users -= 1
        if held.broken and held.users == 0:
            held.closing.close()


@cache
def _catalogue() -> psycopg.Connection[Any]:
    dsn = settings.INSTALLATION.dsn("lake_reader", "lake")
    return psycopg.connect(**dsn, **settings.INSTALLATION.options, autocommit=True)


def _drop(tenant: int) -> None:
    held = _kept.pop(tenant, None)
    if held is not None:
        held.broken = True
        if held.users == 0:
            held.closing.close()
