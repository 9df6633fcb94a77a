"""Carrying an import out: batch by batch, each in a transaction of its own, from wherever the last one ended."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction

from loopline.identity import api as identity
from loopline.imports import storage
from loopline.imports.cells import RejectedRow
from loopline.imports.columns import match_columns
from loopline.imports.events import ImportFinished, ImportRefused
from loopline.imports.kinds import TypeTally, ValueType
from loopline.imports.limits import Limits
from loopline.imports.merging import Merger, Tally
from loopline.imports.models import AT_WORK, ImportRun, Reject, Status
from loopline.imports.reading import Table, open_table
from loopline.imports.rows import RowParser
from loopline.imports.targets import Order, target_named
from loopline.kernel import clock, copying
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.models import current_tenant
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter

log = logging.getLogger("loopline.imports")
BATCH_ROWS = 5_000
LIMITS = Limits(batch_rows=BATCH_ROWS)
LOCK = 7_431
"""Imports of a tenant merge one after the other, whatever process they run in: two never make the same customer."""

type Tell = Callable[[ImportRun], None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What reading the whole file once has found."""

    types: dict[str, ValueType]
    rows: int


def carry_out(tenant: int, run_id: int, tell: Tell = lambda run: None) -> None:
    """Import the file of a run that was ordered. Opens its own doors; safe to be killed and run again.

    Every batch commits together with the run's progress, so that a second call goes on behind the last batch, and
    two at once share the batches without doing one twice. A refused file changes nothing. `tell` hears of progress.
    """
    with enter(Scope(tenant)):
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.status not in AT_WORK:
            return
        if run.status == Status.QUEUED:
            run.status = Status.READING
            run.save(update_fields=["status"])
        path = storage.path_of(run)
    try:
        table = open_table(path, limits=LIMITS)
        survey = _survey(tenant, run, table)
    except Refusal as refusal:
        _refuse(tenant, run_id, refusal)
        return
    try:
        if run.dry_run:
            _try(tenant, run_id, table, survey, tell)
        else:
            _merge_all(tenant, run_id, table, survey, tell)
    except (OperationalError, InterfaceError):
        raise  # the database went away: whoever called comes again, and goes on
    except Exception:
        _fail(tenant, run_id)
        raise
    with enter(Scope(tenant)):
        done = ImportRun.objects.get(pk=run_id)
        tell(done)
        if done.status == Status.FINISHED:
            storage.remove(done)


def survey_of(table: Table) -> Survey:
    """Read every row once: the type of each column, and how many rows there are.

    Raises a `FileRefused` for a file that turns out broken behind its beginning.
    """
    tallies = [TypeTally() for _ in table.columns]
    rows = 0
    for batch in table.rows():
        rows += batch.read
        columns = zip(*(cells for _, cells in batch.rows), strict=True)
        for tally, values in zip(tallies, columns, strict=False):
            tally.add(values)
    return Survey({name: tally.type for name, tally in zip(table.columns, tallies, strict=True)}, rows)


def _survey(tenant: int, run: ImportRun, table: Table) -> Survey:
    """The survey, kept with the run, so that a resumed import types its values as it began."""
    if run.rows_total is not None and "types" in run.format:
        return Survey(run.format["types"], run.rows_total)
    found = survey_of(table)
    with enter(Scope(tenant)):
        kept = ImportRun.objects.select_for_update().get(pk=run.pk)
        kept.format = {**kept.format, "types": found.types}
        kept.rows_total = found.rows
        kept.save(update_fields=["format", "rows_total"])
    return found


def _merge_all(tenant: int, run_id: int, table: Table, survey: Survey, tell: Tell) -> None:
    with enter(Scope(tenant)):
        again = _take_turn(run_id).started_at is not None
        run = _begun(run_id)
        merger = _merger(run, table, survey, again=again)
        start = max(run.next_row, table.header_row + 1)
    for batch in _one_ahead(map(merger.prepare, table.rows(start))):
        with enter(Scope(tenant)):
            now = _take_turn(run_id)
            if now.status != Status.RUNNING:
                return
            if batch.last_row < now.next_row:
                continue
            tally = merger.merge(batch)
            _keep_faults(now, tally.faults)
            _advance(now, tally, batch.last_row + 1)
        tell(now)
    with enter(Scope(tenant)):
        _finish(_take_turn(run_id))


def _try(tenant: int, run_id: int, table: Table, survey: Survey, tell: Tell) -> None:
    """Count what an import would do: all of it in one transaction, of which only the counts are kept."""
    with enter(Scope(tenant)):
        begun = _begun(run_id)
        if begun.status != Status.RUNNING:
            return
        _clear_ledger(begun)
    with enter(Scope(tenant)):
        faults: list[RejectedRow] = []
        run = _take_turn(run_id)
        with suppress(_Undone), transaction.atomic():
            merger = _merger(run, table, survey)
            for batch in _one_ahead(map(merger.prepare, table.rows())):
                tally = merger.merge(batch)
                faults += tally.faults
                _count(run, tally)
                tell(run)
            raise _Undone
        _keep_faults(run, faults)
        run.status, run.finished_at, run.next_row = Status.TRIED, clock.now(), 0
        run.save()


def _one_ahead[T](items: Iterator[T]) -> Iterator[T]:
    """The same items, each made in a thread while the one before is at work: parsing beside PostgreSQL."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item


class _Undone(Exception):
    """Rolls a trial back."""


def _begun(run_id: int) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.status in AT_WORK:
        run.status = Status.RUNNING
        run.started_at = run.started_at or clock.now()
        run.save(update_fields=["status", "started_at"])
    return run


def _take_turn(run_id: int) -> ImportRun:
    """The run as it is now, once no other import of the tenant is inside a batch."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, current_tenant()])
    return ImportRun.objects.select_for_update().get(pk=run_id)


def _merger(run: ImportRun, table: Table, survey: Survey, *, again: bool = False) -> Merger:
    target = target_named(run.target)
    actor = _actor(run)
    fields = target.fields(actor.country)
    mapping = match_columns(table.columns, fields, run.mapping)
    parser = RowParser(table, mapping, fields, survey.types)
    branches = actor.scope.branches
    order = Order(
        run=run.pk,
        actor=actor,
        branch=run.branch_id,
        allowed=None if branches is None else frozenset(branches),
        as_of=run.as_of,
        columns=mapping.fields,
        types=parser.characteristics,
        trial=run.dry_run,
        again=again,
    )
    return Merger(target, order, parser, table.columns, run.mapping)


def _actor(run: ImportRun) -> Actor:
    """Whoever ordered the import, with the units he may write to now."""
    staff = identity.Staff.objects.filter(pk=run.actor_id).select_related("unit__parent").first()
    if staff is None:
        return identity.platform_actor(current_tenant(), run.actor_name)
    return identity.actor_of(staff, clock.now())


def _advance(run: ImportRun, tally: Tally, next_row: int) -> None:
    _count(run, tally)
    run.next_row = next_row
    run.save(update_fields=["read", "created", "updated", "duplicates", "rejected", "next_row"])


def _count(run: ImportRun, tally: Tally) -> None:
    run.created += tally.created
    run.updated += tally.updated
    run.duplicates += tally.duplicates
    run.rejected += tally.rejected
    run.read += tally.read


def _clear_ledger(run: ImportRun) -> None:
    run.read = run.created = run.updated = run.duplicates = run.rejected = 0
    run.save()
    run.rejects.all().delete()


def _keep_faults(run: ImportRun, faults: Iterable[RejectedRow]) -> None:
    copying.copy_rows(
        Reject,
        ["run_id", "branch_id", "row_number", "column", "value", "code", "values"],
        (
            (
                run.pk,
                run.branch_id,
                each.row,
                each.column,
                each.value,
                each.reason.code,
                json.dumps(each.reason.values),
            )
            for each in faults
        ),
    )


def _finish(run: ImportRun) -> None:
    if run.status != Status.RUNNING:
        return
    run.status, run.finished_at = Status.FINISHED, clock.now()
    run.save(update_fields=["status", "finished_at"])
    event = ImportFinished(
        target=run.target,
        read=run.read,
        created=run.created,
        updated=run.updated,
        duplicates=run.duplicates,
        rejected=run.rejected,
    )
    record(event, about=run, by=_actor(run))


def _refuse(tenant: int, run_id: int, refusal: Refusal) -> None:
    with enter(Scope(tenant)):
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        run.status, run.finished_at = Status.REFUSED, clock.now()
        run.error = {
            "code": refusal.code,
            "values": {key: str(value) for key, value in refusal.values.items()},
        }
        run.save(update_fields=["status", "finished_at", "error"])
        record(ImportRefused(code=refusal.code), about=run, by=_actor(run))
        storage.remove(run)


def _fail(tenant: int, run_id: int) -> None:
    """Something broke: say so on screen. What was merged stays, and the import can be continued."""
    log.exception("import %s broke", run_id)
    with enter(Scope(tenant)):
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.status in AT_WORK:
            run.status, run.error = Status.FAILED, {"code": "broken", "values": {}}
            run.save(update_fields=["status", "error"])
