"""Asking, running and stopping statements; keeping them under a name."""

import logging
import threading
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope, change, enter
from loopline.sandbox import queries, running
from loopline.sandbox.events import ResultTakenOut, StatementAsked, StatementEnded, StatementKept
from loopline.sandbox.models import KeptStatement, Statement, Status
from loopline.sandbox.rules import statement as rules
from loopline.warehouse import api as warehouse

log = logging.getLogger("loopline.sandbox")
AT_ONCE = threading.BoundedSemaphore(2)
"""So many statements of one web process run at once; further ones wait."""
KEPT_SECONDS = 24 * 3600
LOST_AFTER = timedelta(seconds=30)
TOLD_EVERY_SECONDS = 0.5


class TooManyAtOnce(Refusal):
    """Somebody's statements are still running."""

    code = "too_many_statements"
    status = 409
    sentence = _("%(count)s of your statements are still running. Wait for them, or stop one.")


class NoName(Refusal):
    """A statement is kept under a name."""

    code = "statement_without_name"
    sentence = _("Give the statement a name.")


def ask(*, actor: Actor, sql: str) -> Statement:
    """Take a statement in; one that may not run is kept as refused, with why. Raises NotLoaded, TooManyAtOnce.

    It is not run yet: call `start` or, outside of a door, `run`.
    """
    require(actor, queries.ASKS)
    open_ones = Statement.objects.filter(
        staff_id=actor.staff_id,
        status__in=[Status.WAITING, Status.RUNNING],
        seen_at__gt=clock.now() - LOST_AFTER,
    )
    if (count := open_ones.count()) >= 3:
        raise TooManyAtOnce(count=count)
    row = Statement(
        staff_id=actor.staff_id, staff_name=actor.name, sql=sql[: rules.LONGEST + 1].replace("\0", "")
    )
    row.reach, row.seen_at = queries.digest(actor.scope), clock.now()
    try:
        row.tables = [
            [name, list(columns)]
            for name, columns in rules.read(row.sql, queries.known(actor)).tables.items()
        ]
    except rules.Fault as fault:
        row.status, row.fault, row.word, row.at = Status.REFUSED, fault.code, fault.word, fault.at
    row.save()
    row.refresh_from_db()
    names = tuple(name for name, _columns in row.tables)
    record(StatementAsked(tables=names, fault=row.fault), about=row, by=actor)
    return row


def start(*, actor: Actor, row: Statement) -> None:
    """Run a statement beside this process's other work, once the open door's transaction has committed."""
    if row.status == Status.WAITING:
        words = (actor.tenant_id, row.pk)
        transaction.on_commit(lambda: threading.Thread(target=_run_aside, args=words, daemon=True).start())


def _run_aside(tenant: int, key: int) -> None:
    try:
        run(tenant, key)
    except Exception:
        log.exception("statement %s of tenant %s broke", key, tenant)
        _ended(tenant, key, running.Outcome(fault="failed"))
    finally:
        connection.close()


def run(tenant: int, key: int) -> Statement:
    """Run a waiting statement to its end, in the name and within the rights of who asked it. Opens its own doors."""
    with AT_ONCE:
        with enter(Scope(tenant)):
            row = Statement.objects.get(pk=key)
            actor = _asker(row)
            if row.stop_asked or row.status != Status.WAITING:
                return _ended(tenant, key, running.Outcome(fault="stopped"), inside=True)
            row.reach, row.status, row.seen_at = queries.digest(actor.scope), Status.RUNNING, clock.now()
            row.snapshot = warehouse.snapshot(tenant)
            row.save(update_fields=["reach", "status", "seen_at", "snapshot"])
        path = queries.result_path(tenant, row)
        with warehouse.reader(tenant, snapshot=row.snapshot, threads=1, memory="512MB") as con:
            wanted = {name: tuple(columns) for name, columns in row.tables}
            feed = queries.feed(con, actor, wanted)
            outcome = running.run(con, row.sql, feed, path, watched=_Told(tenant, key).watched())
    if outcome.fault:
        path.unlink(missing_ok=True)
    _throw_away(tenant, row)
    return _ended(tenant, key, outcome)


def _asker(row: Statement) -> Actor:
    """Who asked, with the rights that he has now. Raises NotFound, NotAllowed."""
    if not row.staff_id:
        return identity.platform_actor(row.tenant_id, row.staff_name)
    staff = (
        identity.Staff.objects.select_related("unit__parent").filter(pk=row.staff_id, is_active=True).first()
    )
    if staff is None:
        raise NotFound
    actor = identity.actor_of(staff, clock.now())
    require(actor, queries.ASKS)
    return actor


class _Told:
    """Keeps the row of a running statement up to date, and reads from it whether it shall stop."""

    def __init__(self, tenant: int, key: int) -> None:
        self.tenant, self.key = tenant, key
        self.begun, self.next, self.stop_asked = time.monotonic(), 0.0, False

    def watched(self) -> running.Watched:
        return running.Watched(stop=lambda: self.stop_asked, look=self.look)

    def look(self, watched: running.Watched) -> None:
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + TOLD_EVERY_SECONDS
        with enter(Scope(self.tenant)):
            rows = Statement.objects.filter(pk=self.key)
            rows.update(
                percent=watched.percent,
                reading=watched.table,
                seconds=time.monotonic() - self.begun,
                seen_at=clock.now(),
            )
            self.stop_asked = rows.filter(stop_asked=True).exists()


def _ended(tenant: int, key: int, outcome: running.Outcome, inside: bool = False) -> Statement:
    if not inside:
        with enter(Scope(tenant)):
            return _ended(tenant, key, outcome, inside=True)
    row = Statement.objects.select_for_update().get(pk=key)
    if row.status not in (Status.WAITING, Status.RUNNING):
        return row
    row.status = (
        Status.STOPPED if outcome.fault == "stopped" else Status.FAILED if outcome.fault else Status.DONE
    )
    row.fault = "" if outcome.fault == "stopped" else outcome.fault
    row.word, row.at = outcome.detail, outcome.at
    row.rows, row.is_cut, row.seconds = outcome.rows, outcome.cut, round(outcome.seconds, 3)
    row.percent = 100 if row.status == Status.DONE else row.percent
    row.save()
    by = identity.platform_actor(tenant, row.staff_name)
    record(StatementEnded(rows=row.rows, seconds=row.seconds, fault=outcome.fault), about=row, by=by)
    return row


def _throw_away(tenant: int, row: Statement) -> None:
    """Results older than a day, and what a killed process has left."""
    for path in queries.result_path(tenant, row).parent.glob("*.arrow"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()


def stop(*, actor: Actor, public_id: UUID) -> Statement:
    """End a statement of one's own; one whose process was lost is told so at once."""
    row = queries.get_statement(actor, public_id)
    if row.status in (Status.WAITING, Status.RUNNING):
        row.stop_asked = True
        row.save(update_fields=["stop_asked"])
        if is_lost(row):
            return _ended(actor.tenant_id, row.pk, running.Outcome(fault="stopped"), inside=True)
    return row


def is_lost(row: Statement) -> bool:
    """Whether the process that ran a statement has not been heard of for a while."""
    return row.seen_at is None or row.seen_at < clock.now() - LOST_AFTER


def note_taken_out(*, actor: Actor, row: Statement, form: str) -> None:
    """Somebody takes a result out as a file: the audit keeps it."""
    record(ResultTakenOut(rows=row.rows, form=form), about=row, by=actor)


def keep(*, actor: Actor, name: str, sql: str, shared: bool) -> KeptStatement:
    """Keep a statement under a name; the same name again replaces it. Raises NoName."""
    require(actor, queries.ASKS)
    if shared:
        require(actor, "olap.share")
    name = name.strip()[:120]
    if not name:
        raise NoName(field="name")
    row, _made = KeptStatement.objects.update_or_create(
        staff_id=actor.staff_id,
        name=name,
        defaults={
            "sql": sql[: rules.LONGEST].replace("\0", ""),
            "is_shared": shared,
            "staff_name": actor.name,
        },
    )
    record(StatementKept(title=name, shared=shared), about=row, by=actor)
    return row


def forget(*, actor: Actor, public_id: UUID) -> str:
    """A kept statement is kept no longer; only its keeper takes it away. Returns its name."""
    row = queries.get_kept(actor, public_id)
    if row.staff_id != actor.staff_id:
        raise NotFound
    row.delete()
    return row.name


def as_staff(tenant: int, user_name: str) -> Actor:
    """The rights of a member of staff, for the command line; opens his scope in the open door. Raises NotFound."""
    staff = (
        identity.Staff.objects.select_related("unit__parent")
        .filter(user_name=user_name, is_active=True)
        .first()
    )
    if staff is None:
        raise NotFound(field="as")
    actor = identity.actor_of(staff, clock.now())
    change(actor.scope)
    return actor
