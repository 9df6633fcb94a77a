"""The change stream: PostgreSQL's log, decoded to keys and kept in the journal.

A publication names the relations that the star reads, with their keys and tenants only; a replication slot keeps the
log for us. Collecting peeks at the slot, writes what it says to the journal together with how far it came, and only
then lets the slot forget: killed anywhere, nothing is lost and nothing comes twice. One collects at a time.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from loopline.identity.api import tenant_ids
from loopline.kernel import clock
from loopline.kernel.scope import NOBODY, Scope, change, enter
from loopline.warehouse.models import Change, Stream
from loopline.warehouse.pgoutput import TOMBSTONES, Reader, Transaction
from loopline.warehouse.star import TABLES

log = logging.getLogger("loopline.warehouse")

SLOT = PUBLICATION = "loopline_warehouse"
LOCK = 7_105_116_002
"""Key of the advisory lock that whoever collects holds, in the operational database."""
BATCH = 20_000
"""About so many changed rows are decoded at once."""
SLOT_WAIT = "20s"
"""A new slot waits until the transactions that run at that moment have ended; so long at most."""


TROUBLES = {
    "level": _("The database server keeps no log for a change stream (wal_level is not logical)."),
    "right": _("The database server does not let us read its change stream."),
    "slots": _("All replication slots of the database server are in use."),
    "waiting": _("A transaction has been open for long; the change stream begins when it has ended."),
}
"""Why there is no change stream, in words."""


class NoStream(Exception):
    """The server gives no change stream; its text is one of TROUBLES."""


@dataclass(frozen=True, slots=True)
class State:
    """How far the stream has been read. `trouble` (see TROUBLES) is why there is none; loads go by transaction then."""

    epoch: int
    collected: int
    trouble: str = ""
    tenants: frozenset[int] = frozenset()
    """Whose rows this very collecting found changed."""


def states() -> list[Stream]:
    """The state, in any open door; empty before the first collecting."""
    return list(Stream.objects.raw("SELECT * FROM warehouse_stream_state()"))


def followed_relations() -> list[str]:
    """Every relation that a table of the star reads, in alphabetical order."""
    return sorted({table.relation for table in TABLES} | {name for table in TABLES for name, _ in table.also})


def collect(con: psycopg.Connection[Any] | None = None) -> State:
    """Bring the journal up to everything committed before now. Opens its own doors. Never raises NoStream.

    `con` is a connection that `connected` made, for whoever collects often.
    """
    try:
        if con is not None:
            return _collect_alone(con)
        with connected() as made:
            return _collect_alone(made)
    except NoStream as refused:
        return _troubled(str(refused))
    except psycopg.errors.InsufficientPrivilege:
        return _troubled("right")


@contextmanager
def connected(role: str = "stream") -> Iterator[psycopg.Connection[Any]]:
    """A connection of the role that may read the log."""
    words = {**settings.INSTALLATION.dsn(role), **settings.INSTALLATION.options}
    with psycopg.connect(**words, autocommit=True, application_name="loopline-stream") as con:
        yield con


def end_of_log(con: psycopg.Connection[Any]) -> int:
    """The end of PostgreSQL's log; while it stays where it is, nothing at all has been written."""
    (end,) = _one(con, "SELECT pg_current_wal_insert_lsn() - '0/0'")
    return int(end)


def _collect_alone(con: psycopg.Connection[Any]) -> State:
    con.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        # What is committed without waiting for the disk is visible before it can be decoded.
        con.execute("SELECT pg_logical_emit_message(false, 'loopline', '', true)")
        return _collect(con)
    finally:
        if not con.closed:
            con.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _collect(con: psycopg.Connection[Any]) -> State:
    state = _ready(con)
    tenants: set[int] = set()
    while True:
        (end,) = _one(con, "SELECT pg_current_wal_flush_lsn() - '0/0'")
        found, rows = _peeked(con, state.collected)
        more = rows >= BATCH
        reached = found[-1].position if found and more else end
        tenants |= _keep(state, found, reached)
        con.execute("SELECT pg_replication_slot_advance(%s, '0/0'::pg_lsn + %s::numeric)", [SLOT, reached])
        if not more:
            return State(state.epoch, state.collected, tenants=frozenset(tenants))


def _peeked(con: psycopg.Connection[Any], known: int) -> tuple[list[Transaction], int]:
    """The next transactions after the commit `known`, and how many messages were looked at."""
    reader, found, rows = Reader(), [], 0
    with con.transaction(), con.cursor("peek", binary=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(
            "SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, %s, "
            "'proto_version', '1', 'publication_names', %s)",
            [SLOT, BATCH, PUBLICATION],
        )
        for (message,) in cursor:
            rows += 1
            done = reader.take(bytes(message))
            if done is not None and done.position > known:
                found.append(done)
    return found, rows


def _keep(state: Stream, found: list[Transaction], reached: int) -> set[int]:
    """Write the transactions to the journal with how far the stream has come. Returns whose rows they changed."""
    with enter(NOBODY):
        everybody = tenant_ids()
    with enter(NOBODY):
        next_xid = _next_xid()
        rows = [row for done in found for row in _changes(state.epoch, done, next_xid, everybody)]
        tenants = {row.tenant_id for row in rows}
        for tenant in sorted(tenants):
            change(Scope(tenant))
            Change.objects.bulk_create([row for row in rows if row.tenant_id == tenant], batch_size=1000)
        change(NOBODY)
        if found:
            state.collected = found[-1].position
        state.advanced, state.collected_at, state.trouble = reached, clock.now(), ""
        state.save()
    return tenants


def _changes(epoch: int, done: Transaction, next_xid: int, everybody: list[int]) -> Iterator[Change]:
    for (relation, tenant), keys in done.changes.items():
        for owner in everybody if tenant is None else (tenant,):
            yield Change(
                tenant_id=owner,
                epoch=epoch,
                position=done.position,
                transaction=_whole_xid(done.xid, next_xid),
                committed_at=done.committed_at,
                relation=relation,
                keys=None if keys is None else sorted(keys),
            )


def _whole_xid(xid: int, next_xid: int) -> int:
    """The stream tells the lower 32 bits of a transaction's number: the newest with these before the next one."""
    whole = next_xid >> 32 << 32 | xid
    return whole if whole < next_xid else whole - 2**32


def _next_xid() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


# The publication and the slot


def _ready(con: psycopg.Connection[Any]) -> Stream:
    """The state to go on from, with publication and slot made anew where they are not what they should be."""
    with enter(NOBODY):
        state = Stream.objects.first() or Stream()
    (level,) = _one(con, "SELECT current_setting('wal_level')")
    if level != "logical":
        raise NoStream("level")
    wanted = _wanted(con)
    slot = con.execute(
        "SELECT confirmed_flush_lsn - '0/0', wal_status, database = current_database() AND plugin = 'pgoutput' "
        "FROM pg_replication_slots WHERE slot_name = %s",
        [SLOT],
    ).fetchone()
    whole = slot is not None and slot[2] and slot[1] != "lost" and slot[0] <= state.advanced and state.epoch
    if whole and _published(con) == wanted:
        return state
    if slot is not None:
        con.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
    _publish(wanted)
    return _begin(con, state)


def _begin(con: psycopg.Connection[Any], state: Stream) -> Stream:
    """A new slot, thus a new epoch: what went by meanwhile is unknown, and every lake is loaded completely.

    The slot waits for the transactions that run now, so all it tells began under the publication as it is.
    """
    try:
        with con.transaction():
            con.execute("SELECT set_config('statement_timeout', %s, true)", [SLOT_WAIT])
            (begin,) = _one(
                con,
                f"SELECT lsn - '0/0' FROM pg_create_logical_replication_slot('{SLOT}', 'pgoutput')",
            )
    except psycopg.errors.QueryCanceled:
        raise NoStream("waiting") from None
    except psycopg.errors.ConfigurationLimitExceeded:
        raise NoStream("slots") from None
    state.epoch, state.collected, state.advanced = state.epoch + 1, int(begin), int(begin)
    with enter(NOBODY):
        state.save()
    log.warning("the change stream begins anew (epoch %s): every operator is loaded completely", state.epoch)
    return state


def _wanted(con: psycopg.Connection[Any]) -> dict[str, tuple[str, ...]]:
    """Relation → the columns to publish: its key and, where it has one, its tenant."""
    rows = con.execute(
        "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace "
        "AND (c.relname = ANY(%s) AND a.attname IN ('id', 'tenant_id') "
        "OR c.relname = %s AND a.attname IN ('id', 'tenant_id', 'relation', 'row_id')) GROUP BY 1",
        [followed_relations(), TOMBSTONES],
    ).fetchall()
    return {relation: tuple(columns) for relation, columns in rows}


def _published(con: psycopg.Connection[Any]) -> dict[str, tuple[str, ...]]:
    rows = con.execute(
        "SELECT tablename, (SELECT array_agg(name::text ORDER BY name) FROM unnest(attnames) name) "
        "FROM pg_publication_tables WHERE pubname = %s",
        [PUBLICATION],
    ).fetchall()
    return {relation: tuple(columns) for relation, columns in rows}


def _publish(wanted: dict[str, tuple[str, ...]]) -> None:
    """Only the owner of the tables may publish them."""
    tables = sql.SQL(", ").join(
        sql.SQL("{} ({})").format(
            sql.Identifier("public", relation), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        for relation, columns in sorted(wanted.items())
    )
    with connected("owner") as con, con.transaction():
        name = sql.Identifier(PUBLICATION)
        con.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(name))
        con.execute(sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(name, tables))


def _troubled(why: str) -> State:
    with enter(NOBODY):
        state = Stream.objects.first() or Stream()
        if state.trouble != why:
            log.warning("no change stream: %s Loads go by transaction instead.", TROUBLES[why])
        state.trouble, state.collected_at = why, clock.now()
        state.save()
    return State(state.epoch, state.collected, why)


def _one(con: psycopg.Connection[Any], query: Any) -> Any:
    row = con.execute(query).fetchone()
    assert row is not None
    return row
