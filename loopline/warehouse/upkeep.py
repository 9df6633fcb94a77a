"""Keeping the lake in shape: hundreds of small commits an hour leave small files and snapshots behind.

Small files are merged, rows that stand in the catalogue are written out, files of which much is deleted are written
anew. Snapshots are let go but for those of the last hour, those that a load of the last days or a model run names, and
the newest; their files are removed when nobody can still be reading them. The caller holds the lake.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from loopline.identity.api import tenant_ids
from loopline.kernel.modules import brought
from loopline.kernel.scope import NOBODY, Scope, enter
from loopline.warehouse import journal, lake, stream
from loopline.warehouse.models import Load

KEPT_DAYS = 7
"""Snapshots named by loads of so many days can be read."""
KEPT_WHOLE = timedelta(hours=1)
SMALL = 256 * 1024
"""Files below so many bytes are merged between the hours."""
READ_FOR = timedelta(hours=6)
"""So long a reader may go on with a snapshot that is let go."""


@dataclass(frozen=True, slots=True)
class Care:
    """What was found and done: files of the lake before and after, snapshots let go and those that remain."""

    files_before: int
    files_after: int
    expired: int
    snapshots: int


def care(con: duckdb.DuckDBPyConnection, now: datetime, only: Iterable[int] | None = None) -> Care:
    """Merge (the files of all operators, or of some `only`), let go, remove. Opens its own doors, one for each."""
    with enter(NOBODY):
        tenants = tenant_ids()
        state = next(iter(stream.states()), None)
    kept = _kept(tenants, now)
    if state is not None:
        for tenant in tenants:
            journal.purge(tenant, state.epoch, now)
    before = _files(con)
    for tenant in tenants if only is None else only:
        _merge(con, lake.schema(tenant))
    expired = _let_go(con, kept, now)
    con.execute("CALL ducklake_cleanup_old_files('lake', older_than => ?)", [now - READ_FOR])
    return Care(before, _files(con), expired, _number(con, "SELECT count(*) FROM ducklake_snapshots('lake')"))


def _merge(con: duckdb.DuckDBPyConnection, schema: str) -> None:
    tables = con.execute(
        "SELECT DISTINCT t.table_name FROM __ducklake_metadata_lake.ducklake_table t "
        "JOIN __ducklake_metadata_lake.ducklake_schema s USING (schema_id) "
        "WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name = ?",
        [schema],
    ).fetchall()
    for (table,) in sorted(tables):
        con.execute(
            f"CALL ducklake_flush_inlined_data('lake', schema_name => '{schema}', table_name => '{table}')"
        )
        con.execute(f"CALL ducklake_rewrite_data_files('lake', '{table}', schema => '{schema}')")
        con.execute(f"CALL ducklake_merge_adjacent_files('lake', '{table}', schema => '{schema}')")


def tidy(con: duckdb.DuckDBPyConnection, schema: str, tables: Iterable[str]) -> None:
    """Merge the small files of some tables of an operator, and write those anew of which half is deleted."""
    for table in tables:
        con.execute(
            f"CALL ducklake_flush_inlined_data('lake', schema_name => '{schema}', table_name => '{table}')"
        )
        con.execute(
            f"CALL ducklake_rewrite_data_files('lake', '{table}', schema => '{schema}', delete_threshold => 0.5)"
        )
        con.execute(
            f"CALL ducklake_merge_adjacent_files('lake', '{table}', schema => '{schema}', max_file_size => {SMALL})"
        )


def _kept(tenants: list[int], now: datetime) -> set[int]:
    """The snapshots that loads of the last days and the modules above name."""
    kept: set[int] = set()
    for tenant in tenants:
        with enter(Scope(tenant)):
            recent = Load.objects.filter(
                started_at__gte=now - timedelta(days=KEPT_DAYS), snapshot__isnull=False
            )
            kept |= {load.snapshot for load in recent if load.snapshot is not None}
            newest = Load.objects.filter(status="done", snapshot__isnull=False).order_by("-pk").first()
            kept |= {newest.snapshot} if newest is not None and newest.snapshot is not None else set()
            for pins in brought("pins").values():
                kept |= pins.snapshots()
    return kept


def _let_go(con: duckdb.DuckDBPyConnection, kept: set[int], now: datetime) -> int:
    rows = con.execute(
        "SELECT snapshot_id FROM ducklake_snapshots('lake') WHERE snapshot_time < ? "
        "AND snapshot_id < (SELECT max(snapshot_id) FROM ducklake_snapshots('lake'))",
        [now - KEPT_WHOLE],
    ).fetchall()
    gone = sorted({int(row[0]) for row in rows} - kept)
    if gone:
        con.execute(f"CALL ducklake_expire_snapshots('lake', versions => {gone})")
    return len(gone)


def _files(con: duckdb.DuckDBPyConnection) -> int:
    return _number(
        con,
        "SELECT count(*) FROM __ducklake_metadata_lake.ducklake_data_file WHERE end_snapshot IS NULL",
    )


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])
