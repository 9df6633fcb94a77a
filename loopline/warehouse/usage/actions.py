"""Bringing usage records: each file one transaction of the lake, with its row in the ledger.

A file that was brought before changes nothing, overlapping files add what is new. Killed at any point it is simply
brought again. The months it touched are marked; `make_months` makes anew what stands on them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.scope import Scope, enter
from loopline.warehouse import derived, lake, making
from loopline.warehouse.usage import months, originals, tables
from loopline.warehouse.usage.layouts import Layout, layout_for, read_layout
from loopline.warehouse.usage.originals import Original
from loopline.warehouse.usage.refusals import OriginalMissing, UnusableFile, told
from loopline.warehouse.usage.taking import Setting, Taken, take

WAIT_SECONDS = 600
MADE = (months.MONTH, months.OPERATOR, months.SERVICE)
"""The tables that stand on the records."""


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file in the ledger. `status` is done, refused, or known for one that was brought before."""

    file_id: int
    name: str
    status: str
    reason: str = ""
    read: int = 0
    taken: int = 0
    doubles: int = 0
    rejected: int = 0
    late: int = 0
    unknown: int = 0


@contextmanager
def writing(
    tenant: int, *, wait_seconds: float = WAIT_SECONDS, memory: str = lake.MEMORY
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake's writer with the tables of usage in place. Raises LakeBusy, NotLoaded."""
    with lake.loaded_writer(tenant, wait_seconds=wait_seconds, memory=memory) as con:
        con.execute("SET preserve_insertion_order = true")
        tables.prepare(con)
        yield con


def bring(
    tenant: int, path: Path, *, name: str = "", layout: str = "", memory: str = lake.MEMORY
) -> UsageFile:
    """Bring a file of usage records. `layout` is the text of its layout; without it the tenant's folder of layouts
    and the file's name decide. Opens its own connections. Raises LakeBusy, NotLoaded, UnusableLayout, UnusableFile.
    """
    original = originals.keep(tenant, path, name)
    chosen = (
        read_layout(layout) if layout else layout_for(path, original.name, originals.home(tenant, "layouts"))
    )
    with writing(tenant, memory=memory) as con:
        return bring_into(con, setting_of(tenant), original, chosen)


def refuse(tenant: int, path: Path, why: UnusableFile) -> UsageFile:
    """Note in the ledger that a file cannot be taken, and keep it aside. Raises LakeBusy, NotLoaded."""
    original = originals.keep(tenant, path)
    with writing(tenant) as con:
        return _note_refusal(
            con, tenant, file_id=_next(con), original=original, layout=Layout(""), reason=why.reason
        )


def bring_into(con: duckdb.DuckDBPyConnection, at: Setting, original: Original, layout: Layout) -> UsageFile:
    """As `bring`, with an open writer and a file that is kept already. A refusal is told by the ledger."""
    known = con.execute(
        f"SELECT file_id, name FROM {tables.FILE} WHERE sha256 = ? AND status = 'done'", [original.sha256]
    ).fetchone()
    if known is not None:
        return UsageFile(int(known[0]), str(known[1]), "known")
    file_id = _next(con)
    con.execute("BEGIN")
    try:
        taken = take(con, original, layout, file_id, at)
        found = _note(con, file_id, original, layout, taken)
        con.execute("CALL lake.set_commit_message('loopline', ?)", [f"usage {file_id} of t{at.tenant}"])
        con.execute("COMMIT")
    except UnusableFile as refused:
        con.execute("ROLLBACK")
        return _note_refusal(
            con,
            at.tenant,
            file_id=file_id,
            original=original,
            layout=layout,
            reason=refused.reason,
        )
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return found


def make_months(tenant: int, con: duckdb.DuckDBPyConnection | None = None) -> list[date]:
    """Make anew the tables that stand on months with new records. Returns the months. Raises LakeBusy, NotLoaded."""
    if con is None:
        with writing(tenant) as opened:
            return make_months(tenant, opened)
    con.execute("BEGIN")
    try:
        rows = con.execute(f"SELECT DISTINCT month FROM {tables.DUE} ORDER BY 1").fetchall()
        due = [row[0] for row in rows]
        if due:
            derived.prepare(con)
            making.make_touched(con, making.Touched({tables.RECORD: set(due)}, frozenset(), due[0]))
            con.execute(f"DELETE FROM {tables.DUE}")
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return due


def replay(tenant: int, since: date) -> list[UsageFile]:
    """Make the records from a day on again out of the original files, in one transaction, and what stands on them.

    Numbers that were nobody's find their subscription when it has come since. Raises OriginalMissing before anything
    is changed.
    """
    at = setting_of(tenant, since)
    with writing(tenant) as con:
        rows = con.execute(
            f"SELECT file_id, name, sha256, format, layout FROM {tables.FILE} "
            "WHERE status = 'done' AND last_day >= ? ORDER BY file_id",
            [since],
        ).fetchall()
        files = [
            (int(row[0]), _original(tenant, row[2], row[1]), read_layout(row[4], row[3])) for row in rows
        ]
        con.execute("BEGIN")
        try:
            con.execute(
                f"INSERT INTO {tables.DUE} SELECT DISTINCT month FROM {tables.RECORD} WHERE on_day >= ?",
                [since],
            )
            con.execute(f"DELETE FROM {tables.RECORD} WHERE on_day >= ?", [since])
            told = [_again(con, file_id, original, layout, at) for file_id, original, layout in files]
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
        make_months(tenant, con)
    return told


def setting_of(tenant: int, since: date | None = None) -> Setting:
    """Zone and country of an operator."""
    with enter(Scope(tenant)):
        operator = identity.current_tenant()
        return Setting(tenant, operator.time_zone, since=since.isoformat() if since else "")


def _next(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute(f"SELECT coalesce(max(file_id), 0) + 1 FROM {tables.FILE}").fetchone()
    assert row is not None
    return int(row[0])


def _original(tenant: int, sha256: str, name: str) -> Original:
    found = originals.archived(tenant, sha256, name)
    if found is None:
        raise OriginalMissing(name=name)
    return found


def _again(
    con: duckdb.DuckDBPyConnection, file_id: int, original: Original, layout: Layout, at: Setting
) -> UsageFile:
    con.execute(f"DELETE FROM {tables.REJECT} WHERE file_id = ?", [file_id])
    taken = take(con, original, layout, file_id, at)
    con.execute(
        f"INSERT INTO {tables.DUE} SELECT DISTINCT CAST(date_trunc('month', on_day) AS DATE) FROM keyed"
    )
    return UsageFile(
        file_id, original.name, "done", "", taken.read, taken.taken, taken.doubles, taken.rejected
    )


def _note(
    con: duckdb.DuckDBPyConnection, file_id: int, original: Original, layout: Layout, taken: Taken
) -> UsageFile:
    """The row of the ledger and the marks on the months, in the transaction of the records."""
    late, unknown, charge, first, last = _figures(con)
    con.execute(
        f"INSERT INTO {tables.FILE} VALUES ({', '.join('?' * len(tables.FILE_COLUMNS))})",
        [
            file_id,
            original.name,
            original.sha256,
            original.size,
            layout.format,
            layout.text,
            "done",
            "",
            taken.read,
            taken.taken,
            taken.doubles,
            taken.rejected,
            late,
            unknown,
            charge,
            first,
            last,
            clock.now().replace(tzinfo=None),
        ],
    )
    con.execute(
        f"INSERT INTO {tables.DUE} SELECT DISTINCT CAST(date_trunc('month', on_day) AS DATE) FROM keyed "
        f"EXCEPT SELECT month FROM {tables.DUE}"
    )
    return UsageFile(
        file_id,
        original.name,
        "done",
        "",
        taken.read,
        taken.taken,
        taken.doubles,
        taken.rejected,
        late,
        unknown,
    )


def _figures(con: duckdb.DuckDBPyConnection) -> tuple[int, int, object, date | None, date | None]:
    """Late and unknown records of `keyed`, their charges, their first and last day."""
    row = con.execute(f"""
        SELECT count(*) FILTER (date_trunc('month', on_day) < (
                 SELECT max(date_trunc('month', last_day)) FROM {tables.FILE} WHERE status = 'done')),
               count(*) FILTER (l.subscription_id IS NULL), coalesce(sum(CAST(charge AS {tables.CHARGE})), 0),
               min(on_day), max(on_day)
        FROM keyed k LEFT JOIN line_map l
          ON l.key = k.number_key AND k.on_day BETWEEN l.first_day AND l.last_day""").fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), row[2], row[3], row[4]


def _note_refusal(
    con: duckdb.DuckDBPyConnection,
    tenant: int,
    *,
    file_id: int,
    original: Original,
    layout: Layout,
    reason: str,
) -> UsageFile:
    values = [file_id, original.name, original.sha256, original.size, layout.format, layout.text]
    values += ["refused", reason, 0, 0, 0, 0, 0, 0, 0, None, None, clock.now().replace(tzinfo=None)]
    con.execute(f"INSERT INTO {tables.FILE} VALUES ({', '.join('?' * len(values))})", values)
    kept = originals.home(tenant, "refused") / original.sha256
    original.path.replace(kept)
    return UsageFile(file_id, original.name, "refused", told(reason))
