"""What is known of a file and of its import."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from loopline.identity import api as identity
from loopline.imports import storage
from loopline.imports.cells import RejectedRow, shown
from loopline.imports.columns import Mapping, Match, match_columns
from loopline.imports.kinds import ValueType, infer_type
from loopline.imports.limits import Limits
from loopline.imports.models import ImportRun, Reject, Status
from loopline.imports.reading import Table, open_table
from loopline.imports.refusals import Reason
from loopline.imports.rows import ParsedRow, RowParser
from loopline.imports.targets import target_named
from loopline.imports.values import Field
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require

LOOKED_AT = 1_000
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column as the preview shows it: what becomes of it and why, its type, and a few of its values."""

    match: Match
    type: ValueType
    samples: list[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file before it is imported, judged by its first `looked_at` rows."""

    columns: list[ColumnSeen]
    fields: list[Field]
    parser: RowParser
    rows: list[ParsedRow]
    looked_at: int
    faulty_rows: int
    problems: list[tuple[str, Reason, int]] = field(default_factory=list)
    """(column, reason, how often), most frequent first."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """read = created + updated + duplicates + rejected."""

    read: int
    created: int
    updated: int
    duplicates: int
    rejected: int


def ledger(run: ImportRun) -> Ledger:
    """The counts of a run."""
    return Ledger(run.read, run.created, run.updated, run.duplicates, run.rejected)


def find_run(actor: Actor, public_id: UUID) -> ImportRun:
    """A run within what the actor may see. Raises NotFound."""
    require(actor, "customers.import")
    run = ImportRun.objects.filter(public_id=public_id).first()
    if run is None:
        raise NotFound
    return run


def list_runs(actor: Actor, *, before: int = 0, count: int = 50) -> list[ImportRun]:
    """Runs within what the actor may see, newest first; `before` is the key of the last one shown."""
    require(actor, "customers.import")
    runs = ImportRun.objects.order_by("-pk")
    return list((runs.filter(pk__lt=before) if before else runs)[:count])


def unfinished_like(actor: Actor, digest: str, target: str) -> ImportRun | None:
    """An import of the same file by the same person that began and did not end."""
    runs = ImportRun.objects.filter(digest=digest, target=target, actor_id=actor.staff_id, dry_run=False)
    open_ones = runs.filter(status__in=[Status.QUEUED, Status.READING, Status.RUNNING, Status.FAILED])
    return open_ones.filter(next_row__gt=0).order_by("-pk").first()


def rejects_of(run: ImportRun, *, after: tuple[int, int] = (0, 0), count: int = 0) -> list[Reject]:
    """Rejected values in the order of the file, behind (row, key); all of them when `count` is 0."""
    row, key = after
    rows = run.rejects.order_by("row_number", "id")
    if row:
        rows = rows.filter(row_number__gte=row).exclude(row_number=row, id__lte=key)
    return list(rows[:count] if count else rows)


def as_rejected(reject: Reject) -> RejectedRow:
    """A kept reject as the fault it was."""
    target_named(reject.run.target)  # its reasons come with it
    return RejectedRow(
        reject.row_number, reject.column, reject.value, Reason(reject.code, dict(reject.values))
    )


def preview(actor: Actor, run: ImportRun, chosen: dict[str, str] | None = None, *, rows: int = 10) -> Preview:
    """Parse the first rows as they would be imported under the proposed or the chosen mapping.

    Raises MappingRefused where the chosen mapping cannot be followed, FileRefused where the file is gone.
    """
    require(actor, target_named(run.target).permission)
    fields = target_named(run.target).fields(actor.country)
    table = open_table(storage.path_of(run), limits=Limits(batch_rows=LOOKED_AT + 1))
    mapping = match_columns(table.columns, fields, chosen)
    batch = next(iter(table.rows()))
    columns = list(zip(*(cells for _, cells in batch.rows), strict=True)) or [()] * len(table.columns)
    types = {name: infer_type(cells) for name, cells in zip(table.columns, columns, strict=True)}
    parser = RowParser(table, mapping, fields, types)
    parsed = parser.parse(batch)
    return Preview(
        _columns_seen(mapping, types, columns),
        fields,
        parser,
        list(islice(parsed.rows, rows)),
        parsed.read,
        parsed.rejected_rows,
        _problems(parsed.rejected),
    )


def proposed(actor: Actor, run: ImportRun) -> Mapping:
    """What becomes of each column when nobody chooses."""
    return match_columns(run.format["columns"], target_named(run.target).fields(actor.country))


def format_of(table: Table) -> dict[str, Any]:
    """What a file is, to be kept with its run."""
    return {
        "kind": table.kind,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "columns": list(table.columns),
        "renamed": [list(pair) for pair in table.renamed],
    }


def unit_of(actor: Actor) -> int:
    """The unit whose import it is: the actor's own; the root of the tree for the system."""
    if actor.unit_id:
        return actor.unit_id
    return int(identity.Unit.objects.filter(parent=None).values_list("pk", flat=True)[0])


def _columns_seen(
    mapping: Mapping, types: dict[str, ValueType], columns: Sequence[Sequence[object]]
) -> list[ColumnSeen]:
    return [
        ColumnSeen(match, types[match.column], _samples(cells))
        for match, cells in zip(mapping.matches, columns, strict=True)
    ]


def _samples(cells: Sequence[object]) -> list[str]:
    told = dict.fromkeys(text for cell in cells if (text := shown(cell).strip()))
    return list(islice(told, SAMPLES))


def _problems(rejected: list[RejectedRow]) -> list[tuple[str, Reason, int]]:
    counted = Counter((each.column, each.reason.code) for each in rejected)
    first = {(each.column, each.reason.code): each.reason for each in reversed(rejected)}
    return [(column, first[column, code], times) for (column, code), times in counted.most_common(20)]
