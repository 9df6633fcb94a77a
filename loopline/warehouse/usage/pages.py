"""Usage files on screen: what came, what became of it, and bringing another."""

from dataclasses import dataclass
from datetime import UTC

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.jobs import ask_for, is_waiting
from loopline.kernel.pages import MenuItem, Request, menu, render
from loopline.kernel.permission import require
from loopline.warehouse.usage import jobs, queries, spool
from loopline.warehouse.usage.refusals import told

menu.add(
    "usage",
    MenuItem("analysis", gettext_lazy("Usage files"), "warehouse:usage", "file-import", "warehouse.bring"),
    order=85,
)
_COUNT = 50
_REJECTS = 100


class NoFile(Refusal):
    """Nothing was chosen."""

    code = "usage_no_file"
    sentence = gettext_lazy("Choose a file first.")


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file and what became of its records."""

    number: str
    name: str
    url: str
    ago: str
    exact: str
    status: str
    tone: str
    read: str
    taken: str
    doubles: str
    rejected: str
    days: str
    note: str


@dataclass(frozen=True, slots=True)
class UsagePage:
    """The ledger of files."""

    title: str
    subtitle: str
    bring_url: str
    files: str
    records: str
    records_exact: str
    rejected: str
    unknown: str
    waiting: list[str]
    rows: list[FileLine]
    count: str
    next_url: str


@dataclass(frozen=True, slots=True)
class RejectLine:
    """A row that could not be read."""

    row: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectsPage:
    """A file, and its rows that could not be read."""

    title: str
    subtitle: str
    back_url: str
    facts: list[tuple[str, str]]
    rows: list[RejectLine]
    count: str
    next_url: str


@require_safe
def usage(request: Request) -> HttpResponse:
    """The files that came, the newest first."""
    require(request.actor, "warehouse.bring")
    tenant, before = request.actor.tenant_id, _whole(request.GET.get("before", ""))
    all_files = queries.standing(tenant)
    rows = queries.files(tenant, before=before, count=_COUNT + 1)
    page = UsagePage(
        title=_("Usage files"),
        subtitle=_("Call and data records: each file whole, each record once, what cannot be read by name."),
        bring_url=reverse("warehouse:bring-usage"),
        files=formats.number(all_files.files),
        records=formats.compact(all_files.records),
        records_exact=formats.number(all_files.records),
        rejected=formats.number(all_files.rejected),
        unknown=formats.number(all_files.unknown),
        waiting=[found.name for found in spool.waiting(tenant)[:20]],
        rows=[_line(row) for row in rows[:_COUNT]],
        count=_("%(count)s files") % {"count": formats.number(all_files.files)},
        next_url=f"?before={rows[_COUNT - 1].file_id}" if len(rows) > _COUNT else "",
    )
    return render(request, "warehouse/usage.html", page)


@require_POST
def bring(request: Request) -> HttpResponse:
    """Put a file into the spool and have the worker bring it."""
    require(request.actor, "warehouse.bring")
    brought = request.FILES.get("file")
    if brought is None:
        raise NoFile(field="file")
    spool.put(request.actor.tenant_id, brought.name or "", brought.chunks())
    if not is_waiting(jobs.bring_usage):
        ask_for(jobs.bring_usage)
    return HttpResponseRedirect(reverse("warehouse:usage"))


@require_safe
def rejects(request: Request, file_id: int) -> HttpResponse:
    """What became of a file, and its rejected rows."""
    require(request.actor, "warehouse.bring")
    tenant, after = request.actor.tenant_id, _whole(request.GET.get("after", ""))
    row = queries.file(tenant, file_id)
    found = queries.rejects(tenant, file_id, after=after, count=_REJECTS + 1)
    fields, reasons = _fields(), _reasons()
    page = RejectsPage(
        title=row.name,
        subtitle=_line(row).note or _("What became of the file's records"),
        back_url=reverse("warehouse:usage"),
        facts=[
            (_("Read"), formats.number(row.rows_read)),
            (_("Taken"), formats.number(row.taken)),
            (_("There before"), formats.number(row.doubles)),
            (_("Rejected"), formats.number(row.rejected)),
            (_("Late"), formats.number(row.late)),
            (_("Unknown numbers"), formats.number(row.unknown)),
        ],
        rows=[
            RejectLine(formats.number(line), fields.get(field, field), reasons.get(reason, reason))
            for line, field, reason in found[:_REJECTS]
        ],
        count=_("%(count)s rejected rows") % {"count": formats.number(row.rejected)},
        next_url=f"?after={found[_REJECTS - 1][0]}" if len(found) > _REJECTS else "",
    )
    return render(request, "warehouse/usage_rejects.html", page)


def _line(row: queries.FileRow) -> FileLine:
    done = row.status == "done"
    notes = []
    if row.late:
        notes.append(_("%(count)s late") % {"count": formats.number(row.late)})
    if row.unknown:
        notes.append(_("%(count)s of unknown numbers") % {"count": formats.number(row.unknown)})
    moment = row.moment.replace(tzinfo=UTC)
    return FileLine(
        number=str(row.file_id),
        name=row.name,
        url=reverse("warehouse:usage-file", args=[row.file_id]),
        ago=formats.ago(moment),
        exact=formats.moment(moment),
        status=_("Taken") if done else _("Refused"),
        tone="good" if done and not row.rejected else "warn" if done else "bad",
        read=formats.number(row.rows_read),
        taken=formats.number(row.taken),
        doubles=formats.number(row.doubles),
        rejected=formats.number(row.rejected),
        days=_days(row),
        note=" · ".join(notes) if done else told(row.reason),
    )


def _days(row: queries.FileRow) -> str:
    if row.first_day is None or row.last_day is None:
        return "–"
    first, last = formats.day(row.first_day), formats.day(row.last_day)
    return first if first == last else f"{first} – {last}"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0


def _fields() -> dict[str, str]:
    return {
        "line": _("the row"),
        "number": _("own number"),
        "kind": _("type of record"),
        "started_at": _("start"),
        "other_number": _("other party"),
        "other_operator": _("other party's operator"),
        "seconds": _("duration"),
        "bytes_up": _("bytes sent"),
        "bytes_down": _("bytes received"),
        "cell": _("cell"),
        "imei": _("IMEI"),
        "roaming": _("roaming"),
        "charge": _("charge"),
        "vas": _("value-added service"),
        "sequence": _("sequence number"),
    }


def _reasons() -> dict[str, str]:
    return {
        "missing": _("is missing"),
        "not_a_number": _("is not a number"),
        "unknown": _("is none that is known"),
        "not_a_time": _("is not a time"),
        "in_the_future": _("lies in the future"),
        "too_old": _("lies before the year 2000"),
        "unreadable": _("has characters that do not belong there"),
        "out_of_range": _("is out of range"),
        "too_precise": _("has more than four decimals"),
        "not_an_imei": _("is not an IMEI"),
        "quotes": _("has a quotation mark that does not end"),
        "columns": _("has too many or too few columns"),
        "json": _("is no JSON object"),
        "type": _("is of a type that the layout does not know"),
        "too_long": _("is too long"),
        "not_utf8": _("is not UTF-8"),
    }


patterns = [
    path("/usage", usage, name="usage"),
    path("/usage/bring", bring, name="bring-usage"),
    path("/usage/<int:file_id>", rejects, name="usage-file"),
]
