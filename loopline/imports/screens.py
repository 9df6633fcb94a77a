"""What the import pages show, as finished strings."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.imports import queries
from loopline.imports.columns import CHARACTERISTIC, SKIP, Match
from loopline.imports.inspection import readable
from loopline.imports.models import AT_WORK, STARTABLE, ImportRun, Reject, Status
from loopline.imports.refusals import sentence_of
from loopline.imports.values import Field
from loopline.kernel import clock, formats, numbers

TONES = {
    Status.FINISHED: "good",
    Status.TRIED: "info",
    Status.STOPPED: "warn",
    Status.REFUSED: "bad",
    Status.FAILED: "bad",
}
BAR_WIDTH = 600.0
INTERNATIONAL = re.compile(r"(?:\+|00)\d{8,15}", re.ASCII)
"""A telephone number as our own files write it, in whatever column."""

WIDEST = 32
"""Characters of a value in a table of examples."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the ledger: its count, and where it lies in a bar of BAR_WIDTH units."""

    label: str
    count: str
    percent: str
    kind: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """An import in the list."""

    url: str
    name: str
    status: str
    tone: str
    shares: list[Share]
    read: str
    created: str
    updated: str
    duplicates: str
    rejected: str
    by: str
    ago: str
    exact: str


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file and what becomes of it."""

    name: str
    column: str
    samples: str
    type: str
    value: str
    confidence: str
    tone: str
    why: str
    options: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """The first rows as they would be imported, and what would be rejected."""

    error: str
    verdict: str
    tone: str
    problems: list[tuple[str, str, str]]
    columns: list[dict[str, Any]]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class RejectRow:
    """A rejected value."""

    row: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunPart:
    """An import at work or done: progress or ledger."""

    name: str
    status: str
    tone: str
    running: bool
    percent: int
    detail: str
    poll_url: str
    stop_url: str
    message: str
    message_tone: str
    total: str
    shares: list[Share]
    facts: list[tuple[str, str]]
    rejects: list[RejectRow]
    rejects_url: str
    download_url: str
    continue_url: str
    continue_label: str


def link(name: str, run: ImportRun) -> str:
    """The address of one of a run's pages."""
    return reverse(f"imports:{name}", kwargs={"public_id": run.public_id})


def run_row(run: ImportRun) -> RunRow:
    """A line of the list."""
    return RunRow(
        link("show", run),
        run.file_name,
        str(Status(run.status).label),
        TONES.get(Status(run.status), "neutral"),
        shares(run),
        formats.number(run.read),
        formats.number(run.created),
        formats.number(run.updated),
        formats.number(run.duplicates),
        formats.number(run.rejected),
        run.actor_name,
        formats.ago(run.created_at),
        formats.moment(run.created_at),
    )


def shares(run: ImportRun) -> list[Share]:
    """The ledger as parts of a bar; a part that has rows is at least a hair wide."""
    parts = [
        (_("Created"), run.created, "created"),
        (_("Updated"), run.updated, "updated"),
        (_("Duplicates"), run.duplicates, "duplicates"),
        (_("Rejected"), run.rejected, "rejected"),
    ]
    made: list[Share] = []
    x = 0.0
    for label, count, kind in parts:
        share = count / run.read if run.read else 0.0
        width = max(share * BAR_WIDTH, 2.0) if count else 0.0
        told = formats.percent(share) if run.read else "–"
        made.append(Share(label, formats.number(count), told, kind, f"{x:.1f}", f"{width:.1f}"))
        x += width
    return made


def column_rows(seen: list[queries.ColumnSeen], fields: list[Field]) -> list[ColumnRow]:
    """The lines of the mapping."""
    kinds = {field.name: field for field in fields}
    labels = [(field.name, field.label) for field in fields]
    return [_column_row(place, one, kinds, labels) for place, one in enumerate(seen)]


def _column_row(
    place: int, one: queries.ColumnSeen, kinds: dict[str, Field], labels: list[tuple[str, str]]
) -> ColumnRow:
    match = one.match
    kept = match.target if match.characteristic else CHARACTERISTIC + match.column
    field = kinds.get(match.field or "")
    confidence, tone, why = _confidence(match)
    return ColumnRow(
        f"column-{place}",
        match.column,
        " · ".join(_short(shown_value(field, text)) for text in one.samples),
        type_label(one.type),
        match.target,
        confidence,
        tone,
        why,
        [(kept, _("Keep as a characteristic")), (SKIP, _("Leave this column out")), *labels],
    )


def _confidence(match: Match) -> tuple[str, str, str]:
    told = formats.percent(match.confidence, 0)
    reasons = {
        "chosen": (_("your choice"), "info", _("You chose it.")),
        "exact": (told, "good", _("The column has the field's name.")),
        "name": (told, "good", _("The column has the field's name, written otherwise.")),
        "synonym": (told, "good", _("The column has a name under which the field is known.")),
        "similar": (told, "warn", _("The name is similar. Please look.")),
        "none": ("–", "neutral", _("No field has this name; its values are kept.")),
    }
    return reasons["none" if match.field is None and match.why != "chosen" else match.why]


def type_label(kind: str) -> str:
    """The type of a column in words."""
    return {
        "integer": _("whole number"),
        "decimal": _("number"),
        "boolean": _("yes or no"),
        "date": _("date"),
        "text": _("text"),
    }[kind]


def _short(text: str) -> str:
    """A text with room beside it for the other columns."""
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def shown_value(field: Field | None, value: object) -> str:
    """A value of the file on screen: what names or reaches a person is masked."""
    if value is None:
        return "–"
    text = (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)
    if field is None:
        return text
    if field.kind == "phone" or INTERNATIONAL.fullmatch(text):
        return numbers.mask_number(text, field.country)
    if field.kind == "document":
        return numbers.mask_text(text, 2, 2)
    return numbers.mask_name(text) if field.name in ("name", "email", "street") else text


def preview_part(found: queries.Preview) -> PreviewPart:
    """The first rows and the verdict over those that were looked at."""
    kinds = {field.name: field for field in found.fields}
    fields = [kinds[name] for name in found.parser.fields]
    extra = list(found.parser.characteristics)
    columns = [{"label": field.label} for field in fields] + [{"label": name} for name in extra]
    rows = [
        [formats.number(row.row)]
        + [_short(shown_value(field, value)) for field, value in zip(fields, row.values, strict=True)]
        + [_short(shown_value(None, value)) for value in row.characteristics]
        for row in found.rows
    ]
    looked_at, faulty = formats.number(found.looked_at), formats.number(found.faulty_rows)
    if found.faulty_rows:
        verdict = _("%(faulty)s of the first %(rows)s rows would be rejected.") % {
            "faulty": faulty,
            "rows": looked_at,
        }
    else:
        verdict = _("The first %(rows)s rows can be read without a fault.") % {"rows": looked_at}
    tone = "good" if not found.faulty_rows else "warn"
    problems = [(column, reason.text, formats.number(times)) for column, reason, times in found.problems]
    return PreviewPart("", verdict, tone, problems, [{"label": _("Row")}, *columns], rows)


def run_part(run: ImportRun, *, rejects: int = 20) -> RunPart:
    """Progress while it runs, the ledger once it is done."""
    message, tone = _message(run)
    startable = run.status in STARTABLE
    label = {Status.TRIED: _("Import now"), Status.UPLOADED: ""}.get(Status(run.status), _("Continue"))
    return RunPart(
        run.file_name,
        str(Status(run.status).label),
        TONES.get(Status(run.status), "info"),
        run.status in AT_WORK,
        int(100 * run.read / run.rows_total) if run.rows_total else 0,
        _progress(run),
        link("progress", run),
        "" if run.dry_run else link("stop", run),
        message,
        tone,
        formats.number(run.read),
        shares(run),
        _facts(run),
        [reject_row(each) for each in queries.rejects_of(run, count=rejects)],
        link("rejects", run),
        link("rejects_file", run),
        link("start", run) if startable else "",
        label,
    )


def reject_row(reject: Reject) -> RejectRow:
    """A rejected value with its reason in the reader's language."""
    fault = queries.as_rejected(reject)
    return RejectRow(formats.number(fault.row), fault.column or "–", fault.value or "–", fault.reason.text)


def _progress(run: ImportRun) -> str:
    if not run.rows_total or not run.started_at:
        return _("The file is being read.") if run.status != Status.QUEUED else _("Waiting for its turn.")
    told = {"read": formats.number(run.read), "total": formats.number(run.rows_total)}
    spent = (clock.now() - run.started_at).total_seconds()
    if not run.read or run.dry_run:
        return _("%(total)s rows are being worked on.") % told
    left = timedelta(seconds=max(1.0, spent / run.read * (run.rows_total - run.read)))
    told["left"] = formats.number(int(left.total_seconds()))
    return _("%(read)s of %(total)s rows, about %(left)s seconds left.") % told


def _message(run: ImportRun) -> tuple[str, str]:
    if run.error:
        return sentence_of(run.error["code"], run.error["values"]), "bad"
    told = {"rows": formats.number(run.read)}
    if run.status == Status.TRIED:
        return _("This was a trial over %(rows)s rows. Nothing was changed.") % told, "info"
    if run.status == Status.STOPPED:
        return _("Stopped after %(rows)s rows. What is in stays; the rest can follow.") % told, "warn"
    if run.rejected:
        text = _(
            "All %(rows)s rows are accounted for; some were rejected. Correct them and bring them again."
        )
        return text % told, "warn"
    return _("All %(rows)s rows are accounted for.") % told, "good"


def _facts(run: ImportRun) -> list[tuple[str, str]]:
    kind = " · ".join(part for part in (run.format.get("kind"), run.format.get("encoding")) if part)
    facts = [
        (_("File"), f"{run.file_name} ({readable(run.size)})"),
        (_("Format"), kind),
        (_("Figures as of"), formats.day(run.as_of)),
        (_("Imported by"), run.actor_name),
        (_("When"), formats.moment(run.created_at)),
    ]
    if run.started_at and run.finished_at:
        seconds = max((run.finished_at - run.started_at).total_seconds(), 0.1)
        rate = formats.number(int(run.read / seconds))
        facts.append(
            (
                _("Took"),
                _("%(seconds)s s, %(rate)s rows a second") % {"seconds": f"{seconds:.1f}", "rate": rate},
            )
        )
    return facts
