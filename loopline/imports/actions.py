"""Bringing a file, deciding on its mapping, letting the import begin, and stopping it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.db import transaction

from loopline.imports import queries, storage
from loopline.imports.columns import match_columns
from loopline.imports.events import FileReceived, ImportOrdered, ImportStopped
from loopline.imports.limits import DEFAULT
from loopline.imports.models import AT_WORK, STARTABLE, ImportRun, Status
from loopline.imports.reading import open_table
from loopline.imports.refusals import FileMissing, ImportAtWork, NotAFile, NothingMapped
from loopline.imports.targets import named_or_refused, target_named
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

CUSTOMER_BASE = "customer_base"


def receive_file(
    *,
    actor: Actor,
    name: str,
    source: Path | Iterable[bytes],
    target: str = CUSTOMER_BASE,
    as_of: date | None = None,
    allowed: int = DEFAULT.file_bytes,
) -> ImportRun:
    """Put a file away and open it as a table; nothing is imported yet. `source`: a path, or the file's bytes.

    `as_of` is the day of the file's figures (today when not given): what counts in months is counted back from it.
    Raises a FileRefused for what is no table, and then keeps nothing.
    """
    require(actor, named_or_refused(target).permission)
    if isinstance(source, Path):
        _check_path(source)
    stored = storage.put(storage.blocks_of(source) if isinstance(source, Path) else source, allowed=allowed)
    try:
        table = open_table(stored.path)
        mapping = match_columns(table.columns, target_named(target).fields(actor.country))
        run = ImportRun.objects.create(
            branch_id=queries.unit_of(actor),
            target=target,
            file_name=storage.label(name),
            stored_as=stored.name,
            digest=stored.digest,
            size=stored.size,
            format=queries.format_of(table),
            mapping={match.column: match.target for match in mapping.matches},
            as_of=as_of or clock.today(actor.zone),
            actor_id=actor.staff_id,
            actor_name=actor.name,
        )
        record(FileReceived(file_name=run.file_name, size=run.size), about=run, by=actor)
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise
    return run


def order(
    *,
    actor: Actor,
    run: ImportRun,
    mapping: dict[str, str] | None = None,
    as_of: date | None = None,
    dry_run: bool = False,
) -> ImportRun:
    """Decide on the mapping (column → target, see `mappings`) and let the import begin, or be tried.

    A stopped or broken import goes on where it ended, under the mapping it began with. Raises MappingRefused where the
    mapping cannot be followed, ImportAtWork while it runs or once it is done.
    """
    run = _locked(actor, run)
    if run.status not in STARTABLE:
        raise ImportAtWork
    if not run.next_row:
        run.mapping = checked_mapping(actor, run, run.mapping if mapping is None else mapping)
        run.as_of = as_of or run.as_of
        run.dry_run = dry_run
        run.read = run.created = run.updated = run.duplicates = run.rejected = 0
        run.rejects.all().delete()
    run.status, run.error, run.finished_at, run.started_at = Status.QUEUED, {}, None, clock.now()
    run.save()
    record(ImportOrdered(dry_run=run.dry_run), about=run, by=actor)
    return run


def take_up(
    *,
    actor: Actor,
    path: Path,
    target: str = CUSTOMER_BASE,
    mapping: dict[str, str] | None = None,
    as_of: date | None = None,
    dry_run: bool = False,
) -> ImportRun:
    """Order the import of a file, or go on with one of the same file and mapping that was cut off.

    The run is to be carried out by whoever calls (`carry_out`). Raises as `receive_file` and `order`.
    """
    require(actor, target_named(target).permission)
    _check_path(path)
    digest = storage.digest_of(storage.blocks_of(path))
    cut_off = None if dry_run else queries.unfinished_like(actor, digest, target)
    if cut_off is not None and (
        mapping is None or checked_mapping(actor, cut_off, mapping) == cut_off.mapping
    ):
        at_work = cut_off.status in AT_WORK
        return cut_off if at_work else order(actor=actor, run=cut_off)
    run = receive_file(actor=actor, name=path.name, source=path, target=target, as_of=as_of)
    return order(actor=actor, run=run, mapping=mapping, dry_run=dry_run)


def checked_mapping(actor: Actor, run: ImportRun, chosen: dict[str, str] | None) -> dict[str, str]:
    """The whole mapping, column → target. Raises MappingRefused where it cannot be followed or fills no field."""
    fields = target_named(run.target).fields(actor.country)
    mapping = match_columns(run.format["columns"], fields, chosen)
    mapping.require(fields)
    if not mapping.fields:
        raise NothingMapped
    return {match.column: match.target for match in mapping.matches}


def stop(*, actor: Actor, run: ImportRun) -> ImportRun:
    """Stop after the batch at work; what was merged stays, and the import can go on later."""
    run = _locked(actor, run)
    if run.status in AT_WORK:
        run.status = Status.STOPPED
        run.save(update_fields=["status"])
        record(ImportStopped(read=run.read), about=run, by=actor)
    return run


def discard(*, actor: Actor, run: ImportRun) -> None:
    """Remove a file of which nothing was imported, with all that is known of it."""
    run = _locked(actor, run)
    if run.status not in STARTABLE or run.next_row:
        raise ImportAtWork
    stored = storage.path_of(run)
    run.delete()
    transaction.on_commit(lambda: stored.unlink(missing_ok=True))


def _locked(actor: Actor, run: ImportRun) -> ImportRun:
    require(actor, target_named(run.target).permission)
    locked = ImportRun.objects.select_for_update().filter(pk=run.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _check_path(path: Path) -> None:
    if not path.exists():
        raise FileMissing(name=path.name)
    if not path.is_file():
        raise NotAFile(name=path.name)
