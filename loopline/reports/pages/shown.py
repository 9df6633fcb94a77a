"""Reports on screen: all of them, one with its preview and archive, its files."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Request, render
from loopline.kernel.permission import Actor, require
from loopline.kernel.sheets import XLSX
from loopline.reports import laying, queries
from loopline.reports.models import Delivery, DeliveryStatus, Recipient, Report, Rhythm, Run, RunStatus
from loopline.reports.pages import parts
from loopline.reports.paper import shown
from loopline.reports.standard import STANDARD

TONES = {"waiting": "info", "running": "info", "done": "good", "failed": "bad"}
DELIVERED = {"sent": "good", "failed": "bad", "unknown": "warn", "no_address": "neutral"}
MONTHS_BACK = 24


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report in the list."""

    url: str
    name: str
    about: str
    owner: str
    sections: str
    rhythm: str
    next: str
    next_exact: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """All reports that one may see."""

    title: str
    subtitle: str
    rows: list[ReportRow]
    new_url: str
    standard_url: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as it is laid out: words, figures in finished strings, and the chart's option."""

    title: str
    text: str
    filters: str
    fault: str
    note: str
    levels: tuple[str, ...]
    overs: list[tuple[str, int]]
    heads: list[tuple[str, str]]
    lines: list[tuple[tuple[str, ...], list[str], bool]]
    option: dict[str, Any] | None
    shows_table: bool
    pivot_url: str


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """A report laid out for who looks at it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: list[SectionView]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail of a run; `settle_url` where it is in doubt whether it went."""

    name: str
    status: str
    tone: str
    error: str
    settle_url: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the archive. `files` are those that one may open."""

    ago: str
    exact: str
    month: str
    by: str
    status: str
    tone: str
    error: str
    snapshot: str
    files: list[tuple[str, str, str]]
    deliveries: list[Letter]
    again_url: str
    under_way: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report."""

    title: str
    about: str
    month: str
    months: list[tuple[str, str]]
    unit: str
    units: list[tuple[str, str]]
    preview_url: str
    design_url: str
    urls: dict[str, str]
    may_design: bool
    is_own: bool
    may_send_out: bool
    rhythms: list[tuple[str, str]]
    schedule: dict[str, str]
    next: str
    recipients: list[tuple[str, str, str]]
    roles: list[tuple[str, str]]
    runs: list[RunRow]
    under_way: bool
    runs_url: str


@dataclass(frozen=True, slots=True)
class RunsPart:
    """The archive, alone."""

    title: str
    runs: list[RunRow]
    under_way: bool
    runs_url: str


@require_safe
def list_(request: Request) -> HttpResponse:
    """All reports that one may see."""
    actor = request.actor
    found = queries.reports(actor)
    may = actor.may(queries.DESIGNS)
    missing = may and len([one for one in found if one.code]) < len(STANDARD)
    page = ListPage(
        str(parts.TITLE),
        _("Questions to the cubes laid out for paper and mail; every figure is the pivot's."),
        [_report_row(one) for one in found],
        reverse("reports:new") if may else "",
        reverse("reports:standard") if missing else "",
    )
    return render(request, "reports/list.html", page)


@require_safe
def report(request: Request, public_id: UUID) -> HttpResponse:
    """One report: its preview, when it is made, who gets it, what was made."""
    actor = request.actor
    row = queries.get_report(actor, public_id)
    schedule = parts.schedule_of(row)
    month, unit = parts.parameters(actor, row, request.GET)
    own = {"public_id": public_id}
    may = actor.may(queries.DESIGNS)
    rows = _runs(actor, row)
    page = ReportPage(
        title=parts.name_of(row),
        about=laying.of_two(vars(row), "about"),
        month=f"{month:%Y-%m}",
        months=_months(actor),
        unit=unit,
        units=[
            (one.code, "　" * (one.path.count("/") - 2) + formats.named(one)) for one in queries.units(actor)
        ],
        preview_url=reverse("reports:preview", kwargs=own) + f"?month={month:%Y-%m}&unit={unit}",
        design_url=reverse("reports:design", kwargs=own),
        urls={
            name: reverse(f"reports:{name}", kwargs=own)
            for name in ("run", "schedule", "recipient", "drop", "copy", "report")
        },
        may_design=may,
        is_own=may and (row.owner_id == actor.staff_id or bool(row.code)),
        may_send_out=actor.may(queries.SENDS_OUT),
        rhythms=[(code, str(label)) for code, label in Rhythm.choices],
        schedule={
            "rhythm": schedule.rhythm if schedule else "",
            "day": str(schedule.day) if schedule else "1",
            "hour": str(schedule.hour) if schedule else "8",
            "working": "on" if schedule is None or schedule.working_days else "",
        },
        next=formats.moment(schedule.next_at) if schedule else "",
        recipients=[_recipient(one) for one in queries.recipients_of(row)] if may else [],
        roles=[(one.code, formats.named(one)) for one in queries.roles()] if may else [],
        runs=rows,
        under_way=any(one.under_way for one in rows),
        runs_url=reverse("reports:runs", kwargs=own),
    )
    return render(request, "reports/report.html", page, breadcrumbs=parts.crumbs(page.title))


@require_safe
def runs(request: Request, public_id: UUID) -> HttpResponse:
    """The archive of a report, as a part of its page."""
    row = queries.get_report(request.actor, public_id)
    rows = _runs(request.actor, row)
    under_way = any(one.under_way for one in rows)
    part = RunsPart(
        str(parts.TITLE), rows, under_way, reverse("reports:runs", kwargs={"public_id": public_id})
    )
    return render(request, "reports/runs.html", part)


@require_safe
def preview(request: Request, public_id: UUID) -> HttpResponse:
    """A report laid out for who looks at it, within his rights."""
    actor = request.actor
    row = queries.get_report(actor, public_id)
    require(actor, "olap.view")
    month, code = parts.parameters(actor, row, request.GET)
    unit = next((one for one in queries.units(actor) if one.code == code), None)
    asked = laying.Parameters(month, code, unit.level if unit else "")
    names = {**vars(row), "unit": formats.named(unit) if unit else ""}
    paper = laying.lay(actor, names, row.sections, asked)
    part = PreviewPart(paper.title, paper.facts, [_view(one) for one in paper.sections])
    return render(request, "reports/preview.html", part)


@require_safe
def file(request: Request, public_id: UUID, form: str) -> HttpResponse:
    """A file from the archive."""
    document, content = queries.edition_file(request.actor, public_id, form)
    answer = HttpResponse(content, content_type=XLSX if form == "xlsx" else "application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="report-{document.pk}.{form}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _report_row(row: Report) -> ReportRow:
    schedule = parts.schedule_of(row)
    return ReportRow(
        parts.at(row.public_id),
        parts.name_of(row),
        laying.of_two(vars(row), "about"),
        row.owner_name or _("Standard report"),
        formats.number(len(row.sections)),
        str(Rhythm(schedule.rhythm).label) if schedule else "",
        formats.ago(schedule.next_at) if schedule else "",
        formats.moment(schedule.next_at) if schedule else "",
    )


def _months(actor: Actor) -> list[tuple[str, str]]:
    first = queries.today_of(actor).replace(day=1)
    found = []
    for back in range(MONTHS_BACK):
        count = first.year * 12 + first.month - 1 - back
        found.append(date(count // 12, count % 12 + 1, 1))
    return [(f"{month:%Y-%m}", formats.month(month)) for month in found]


def _recipient(row: Recipient) -> tuple[str, str, str]:
    if row.staff is not None:
        return formats.named(row.staff), formats.named(row.staff.unit), str(row.public_id)
    if row.role is not None:
        return formats.named(row.role), _("everybody of this role"), str(row.public_id)
    return row.address, _("outside the house"), str(row.public_id)


def _runs(actor: Actor, row: Report) -> list[RunRow]:
    return [_run(actor, one) for one in queries.runs_of(actor, row)]


def _run(actor: Actor, run: Run) -> RunRow:
    files = [
        (
            f"{form.upper()} · {one.unit_name}",
            reverse("reports:file", kwargs={"public_id": one.public_id, "form": form}),
            icon,
        )
        for one in run.editions.all()
        if queries.may_open(actor, one)
        for form, icon in (("xlsx", "file-spreadsheet"), ("pdf", "file-text"))
    ]
    told = actor.may(queries.DESIGNS)
    mails = [each for one in run.editions.all() for each in one.deliveries.all()] if told else []
    return RunRow(
        ago=formats.ago(run.asked_at),
        exact=formats.moment(run.asked_at),
        month=formats.month(run.month),
        by=run.by_name or _("by schedule"),
        status=str(RunStatus(run.status).label),
        tone=TONES[run.status],
        error=run.error,
        snapshot=str(run.snapshot) if run.snapshot else "–",
        files=files,
        deliveries=[_letter(each) for each in mails],
        again_url=reverse("reports:again", kwargs={"public_id": run.public_id}) if run.snapshot else "",
        under_way=run.status in (RunStatus.WAITING, RunStatus.RUNNING),
    )


def _letter(mail: Delivery) -> Letter:
    in_doubt = mail.status in (DeliveryStatus.UNKNOWN, DeliveryStatus.FAILED)
    return Letter(
        mail.name,
        str(DeliveryStatus(mail.status).label),
        DELIVERED.get(mail.status, "info"),
        mail.error,
        reverse("reports:settle", kwargs={"public_id": mail.public_id}) if in_doubt else "",
    )


def _view(laid: laying.Laid) -> SectionView:
    overs: list[tuple[str, int]] = []
    for head in laid.heads:
        if overs and overs[-1][0] == head.over:
            overs[-1] = (head.over, overs[-1][1] + 1)
        else:
            overs.append((head.over, 1))
    return SectionView(
        title=laid.title,
        text=laid.text,
        filters=" · ".join(laid.filters),
        fault=laid.fault,
        note=laid.note,
        levels=laid.levels or ("",),
        overs=overs if any(over for over, _count in overs) else [],
        heads=[(head.label, head.unit) for head in laid.heads],
        lines=[
            (
                line.labels or (_("Total"),),
                [shown(value, head) for value, head in zip(line.values, laid.heads, strict=True)],
                line.is_total,
            )
            for line in laid.lines
        ],
        option=_option(laid.drawn),
        shows_table=laid.shows_table and bool(laid.heads),
        pivot_url=f"/analysis/cubes/{laid.cube}?{laid.address}" if laid.address else "",
    )


def _option(drawn: laying.Drawn | None) -> dict[str, Any] | None:
    """The chart for ECharts; its theme and the place of things are the shell's."""
    if drawn is None or not drawn.series:
        return None
    if drawn.kind == "pie":
        data = [
            {"name": name, "value": figure}
            for name, figure in zip(drawn.categories, drawn.series[0][1], strict=True)
            if figure
        ]
        return {"series": [{"type": "pie", "radius": ["45%", "72%"], "data": data}]}
    option: dict[str, Any] = {
        "xAxis": {"type": "category", "data": list(drawn.categories)},
        "yAxis": {"type": "value", "name": drawn.unit},
        "series": [
            {"type": drawn.kind, "name": name, "data": list(figures)} for name, figures in drawn.series
        ],
    }
    return option | ({"legend": {"type": "scroll"}} if len(drawn.series) > 1 else {})
