"""Reports on screen: all of them, one with its preview and archive, and its designer."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.identity.api import roles
from loopline.kernel import clock, formats
from loopline.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, again, menu, render, with_toast
from loopline.kernel.permission import Actor, require
from loopline.kernel.sheets import XLSX
from loopline.olap import api as olap
from loopline.reports import actions, jobs, laying, queries
from loopline.reports.models import DeliveryStatus, Recipient, Report, Rhythm, Run, RunStatus, Schedule
from loopline.reports.paper import shown

TITLE = gettext_lazy("Reports")
TONES = {"waiting": "info", "running": "info", "done": "good", "failed": "bad"}
DELIVERED = {"sent": "good", "failed": "bad", "unknown": "warn", "no_address": "neutral"}
MONTHS_BACK = 24
menu.add("reports", MenuItem("analysis", TITLE, "reports:list", "report-analytics", "reports.view"), order=60)


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
    deliveries: list[tuple[str, str, str, str]]
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


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section in the designer."""

    place: int
    title: str
    told: str
    edit_url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class SectionForm:
    """The form of a section: what is chosen, and what the cube offers."""

    place: int
    values: dict[str, str]
    cubes: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    rows: list[str]
    column: str
    measures: list[tuple[str, str, bool]]
    shows: list[tuple[str, str]]
    charts: list[tuple[str, str]]
    url: str
    form_url: str


@dataclass(frozen=True, slots=True)
class DesignPage:
    """The designer."""

    title: str
    values: dict[str, Any]
    url: str
    report_url: str
    order_url: str
    rows: list[SectionRow]
    form: SectionForm | None
    add_url: str
    preview_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FormPart:
    """The form of a section, alone."""

    title: str
    form: SectionForm = field(repr=False)


@require_safe
def list_(request: Request) -> HttpResponse:
    """All reports that one may see."""
    actor = request.actor
    found = queries.reports(actor)
    may = actor.may(queries.DESIGNS)
    missing = may and len([one for one in found if one.code]) < len(actions.STANDARD)
    page = ListPage(
        str(TITLE),
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
    schedule = _schedule(row)
    month, unit = _parameters(actor, row, request.GET)
    own = {"public_id": public_id}
    may = actor.may(queries.DESIGNS)
    rows = _runs(actor, row)
    page = ReportPage(
        title=_name(row),
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
        roles=[(one.code, formats.named(one)) for one in roles()] if may else [],
        runs=rows,
        under_way=any(one.under_way for one in rows),
        runs_url=reverse("reports:runs", kwargs=own),
    )
    return render(request, "reports/report.html", page, breadcrumbs=_crumbs(page.title))


@require_safe
def runs(request: Request, public_id: UUID) -> HttpResponse:
    """The archive of a report, as a part of its page."""
    row = queries.get_report(request.actor, public_id)
    rows = _runs(request.actor, row)
    under_way = any(one.under_way for one in rows)
    part = RunsPart(str(TITLE), rows, under_way, reverse("reports:runs", kwargs={"public_id": public_id}))
    return render(request, "reports/runs.html", part)


@require_safe
def preview(request: Request, public_id: UUID) -> HttpResponse:
    """A report laid out for who looks at it, within his rights."""
    actor = request.actor
    row = queries.get_report(actor, public_id)
    require(actor, "olap.view")
    month, code = _parameters(actor, row, request.GET)
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


@require_safe
def design(request: Request, public_id: UUID) -> HttpResponse:
    """The designer: the report's facts, its sections in their order, the one that is open, the preview."""
    row = actions.own_report(request.actor, public_id)
    own, at = {"public_id": public_id}, reverse("reports:design", kwargs={"public_id": public_id})
    place = _place(request.GET, len(row.sections))
    rows = [
        SectionRow(number, _section_title(one), _told(one), f"{at}?section={number}#section", number == place)
        for number, one in enumerate(row.sections)
    ]
    page = DesignPage(
        title=_name(row),
        values={**vars(row), "shared": row.is_shared},
        url=reverse("reports:facts", kwargs=own),
        report_url=reverse("reports:report", kwargs=own),
        order_url=reverse("reports:order", kwargs=own),
        rows=rows,
        form=_form(row, place, request.GET.get("cube", "")) if place is not None else None,
        add_url=f"{at}?section={len(row.sections)}#section",
        preview_url=reverse("reports:preview", kwargs=own),
        remove_url=reverse("reports:remove", kwargs=own),
    )
    crumbs = [*_crumbs(page.title, page.report_url), Crumb(_("Design"))]
    return render(request, "reports/design.html", page, breadcrumbs=crumbs)


@require_safe
def form(request: Request, public_id: UUID) -> HttpResponse:
    """The form of a section for another cube, as a part of the designer."""
    row = actions.own_report(request.actor, public_id)
    place = _place(request.GET, len(row.sections))
    made = _form(row, 0 if place is None else place, request.GET.get("cube", ""))
    return render(request, "reports/form.html", FormPart(str(TITLE), made))


# What forms ask for


type Act = Callable[..., tuple[str, str]]


def acting(act: Act) -> Callable[..., HttpResponse]:
    """A page that only acts; a refusal is said on the page that the form names as `back`."""

    @wraps(act)
    def answer(request: Request, **keys: Any) -> HttpResponse:
        try:
            said, target = act(request, **keys)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            back = request.POST.get("back", "")
            if not back.startswith("/") or back.startswith("//"):
                raise
            return again(request, back, refusal)
        return with_toast(HttpResponseRedirect(target), said)

    return require_POST(answer)


def _at(public_id: UUID, name: str = "report") -> str:
    return reverse(f"reports:{name}", kwargs={"public_id": public_id})


def act_new(request: Request) -> tuple[str, str]:
    """A new report, empty, in the designer."""
    made = actions.keep_report(
        actor=request.actor, draft=actions.Draft(request.POST.get("name", "") or _("New report"))
    )
    return _("Made."), _at(made.public_id, "design")


def act_standard(request: Request) -> tuple[str, str]:
    """The standard set."""
    count = actions.bring_standard(actor=request.actor)
    return _("%(count)s reports added.") % {"count": formats.number(count)}, reverse("reports:list")


def act_facts(request: Request, public_id: UUID) -> tuple[str, str]:
    """Names and sharing."""
    row, told = actions.own_report(request.actor, public_id), request.POST
    draft = actions.Draft(
        told.get("name", ""), told.get("name_en", ""), told.get("about", ""), told.get("about_en", ""),
        told.get("shared") == "on", row.sections,
    )  # fmt: skip
    actions.keep_report(actor=request.actor, draft=draft, report=public_id)
    return _("Kept."), _at(public_id, "design")


def act_section(request: Request, public_id: UUID) -> tuple[str, str]:
    """A section is added or changed."""
    row, told = actions.own_report(request.actor, public_id), request.POST
    sections = [dict(one) for one in row.sections]
    place = _place(told, len(sections))
    made = _typed(told)
    if place is None or place >= len(sections):
        sections.append(made)
    else:
        sections[place] = made
    _keep(request.actor, row, sections)
    return _("Kept."), _at(public_id, "design")


def act_order(request: Request, public_id: UUID) -> tuple[str, str]:
    """The sections in another order, or without one of them: their places, as they shall stand."""
    row = actions.own_report(request.actor, public_id)
    places = [
        int(one) for one in request.POST.get("order", "").split(",") if one.isdecimal() and len(one) < 4
    ]
    if len(set(places)) != len(places) or any(place >= len(row.sections) for place in places):
        raise Invalid(field="order", reason=_("This order is not possible."))
    _keep(request.actor, row, [row.sections[place] for place in places])
    return _("Kept."), _at(public_id, "design")


def _keep(actor: Actor, row: Report, sections: list[dict[str, Any]]) -> None:
    draft = actions.Draft(row.name, row.name_en, row.about, row.about_en, row.is_shared, sections)
    actions.keep_report(actor=actor, draft=draft, report=row.public_id)


def act_copy(request: Request, public_id: UUID) -> tuple[str, str]:
    """A report of one's own like this one."""
    made = actions.copy_report(actor=request.actor, report=public_id)
    return _("Copied: this one is yours."), _at(made.public_id, "design")


def act_remove(request: Request, public_id: UUID) -> tuple[str, str]:
    """A report is taken away."""
    name = actions.remove_report(actor=request.actor, report=public_id)
    return _("%(name)s is removed.") % {"name": name}, reverse("reports:list")


def act_run(request: Request, public_id: UUID) -> tuple[str, str]:
    """A report is made: for oneself, or for everybody who gets it."""
    actor, told = request.actor, request.POST
    row = queries.get_report(actor, public_id)
    month, unit = _parameters(actor, row, told)
    send = told.get("send") == "on"
    run = actions.run_report(actor=actor, report=public_id, month=month, unit=unit, send=send)
    jobs.ask_for_run(actor, run)
    return _("It is being made."), f"{_at(public_id)}?month={month:%Y-%m}&unit={unit}#archive"


def act_again(request: Request, public_id: UUID) -> tuple[str, str]:
    """A run is repeated from its snapshot, for oneself."""
    before = queries.get_run(request.actor, public_id)
    run = actions.run_report(
        actor=request.actor,
        report=before.report.public_id,
        month=before.month,
        unit=before.unit,
        again=before,
    )
    jobs.ask_for_run(request.actor, run)
    return _("It is being made again, from the same state of the warehouse."), _at(
        before.report.public_id
    ) + "#archive"


def act_schedule(request: Request, public_id: UUID) -> tuple[str, str]:
    """When a report is made by itself."""
    told = request.POST
    kept = actions.set_schedule(
        actor=request.actor,
        report=public_id,
        rhythm=told.get("rhythm", ""),
        day=_number(told, "day"),
        hour=_number(told, "hour"),
        working_days=told.get("working") == "on",
        now=clock.now(),
    )
    said = (
        _("Next: %(moment)s.") % {"moment": formats.moment(kept.next_at)}
        if kept
        else _("It is no longer made by itself.")
    )
    return said, _at(public_id)


def act_recipient(request: Request, public_id: UUID) -> tuple[str, str]:
    """Somebody gets a report."""
    told = request.POST
    actions.add_recipient(
        actor=request.actor,
        report=public_id,
        staff=told.get("staff", ""),
        role=told.get("role", ""),
        address=told.get("address", ""),
    )
    return _("Added."), _at(public_id)


def act_drop(request: Request, public_id: UUID) -> tuple[str, str]:
    """Somebody gets a report no longer."""
    try:
        key = UUID(request.POST.get("recipient", ""))
    except ValueError:
        raise NotFound from None
    actions.remove_recipient(actor=request.actor, report=public_id, recipient=key)
    return _("Removed."), _at(public_id)


def _number(told: QueryDict, name: str) -> int:
    text = told.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1


def _place(told: QueryDict, most: int) -> int | None:
    text = told.get("section", "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 4 else None


def _typed(told: QueryDict) -> dict[str, Any]:
    """The section that a form tells of: a pasted address of a pivot wins over what is chosen beside it."""
    section: dict[str, Any] = {
        name: told.get(name, "") for name in ("title", "title_en", "text", "text_en", "cube", "show", "chart")
    }
    section["months"] = _number(told, "months")
    pasted = told.get("address", "").strip()
    if pasted:
        cube, _mark, query = pasted.partition("?")
        name = cube.rstrip("/").rpartition("/")[2]
        return section | {"cube": name or section["cube"], "question": query or pasted}
    chosen = {
        "rows": ",".join(one for one in told.getlist("rows") if one),
        "columns": told.get("columns", ""),
        "measures": ",".join(told.getlist("measures")),
    }
    query = QueryDict(mutable=True)
    for name, value in chosen.items():
        if value:
            query[name] = value
    kept = [pair for pair in told.get("kept", "").split("&") if pair]
    return section | {"question": "&".join([query.urlencode(safe=",:"), *kept])}


# What pages show


def _name(row: Report) -> str:
    return laying.of_two({"name": row.name, "name_en": row.name_en}, "name")


def _crumbs(title: str, url: str = "") -> list[Crumb]:
    return [Crumb(str(TITLE), reverse("reports:list")), Crumb(title, url)]


def _schedule(row: Report) -> Schedule | None:
    return getattr(row, "schedule", None)


def _report_row(row: Report) -> ReportRow:
    schedule = _schedule(row)
    return ReportRow(
        _at(row.public_id),
        _name(row),
        laying.of_two(vars(row), "about"),
        row.owner_name or _("Standard"),
        formats.number(len(row.sections)),
        str(Rhythm(schedule.rhythm).label) if schedule else "",
        formats.ago(schedule.next_at) if schedule else "",
        formats.moment(schedule.next_at) if schedule else "",
    )


def _parameters(actor: Actor, row: Report, told: QueryDict) -> tuple[date, str]:
    """The month and unit asked for; without one, the month that its schedule would tell of."""
    schedule = _schedule(row)
    month = queries.month_of(schedule.rhythm if schedule else Rhythm.MONTHLY, queries.today_of(actor))
    with suppress(ValueError):
        month = date.fromisoformat(f"{told.get('month', '')}-01")
    unit = told.get("unit", "")
    return month, unit if unit in {one.code for one in queries.units(actor)} else ""


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
        deliveries=[
            (
                each.name,
                str(DeliveryStatus(each.status).label),
                DELIVERED.get(each.status, "info"),
                each.error,
            )
            for each in mails
        ],
        again_url=reverse("reports:again", kwargs={"public_id": run.public_id}) if run.snapshot else "",
        under_way=run.status in (RunStatus.WAITING, RunStatus.RUNNING),
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
    return option | ({"legend": {}} if len(drawn.series) > 1 else {})


def _section_title(section: Mapping[str, Any]) -> str:
    title = laying.of_two(section, "title")
    return title or (str(olap.find_cube(section["cube"]).label) if section.get("cube") else _("Text"))


def _told(section: Mapping[str, Any]) -> str:
    """What a section asks, in words."""
    if not section.get("cube"):
        return laying.of_two(section, "text")[:120]
    cube = olap.find_cube(section["cube"])
    question = olap.parse(section["cube"], QueryDict(section["question"]))
    measures = formats.listed(cube.measures[one.measure].label for one in question.measures)
    levels = formats.listed(cube.levels[name].label for name in (*question.rows, *question.columns))
    return " · ".join(part for part in (str(cube.label), levels, measures) if part)


def _form(row: Report, place: int, cube_name: str) -> SectionForm:
    section: dict[str, Any] = (
        dict(row.sections[place]) if place < len(row.sections) else {"months": 1, "show": "both"}
    )
    names = olap.cubes.names()
    if not cube_name and place >= len(row.sections):
        cube_name = names[0]
    if cube_name and cube_name != section.get("cube"):
        section |= {"cube": cube_name, "question": ""}
    cube = olap.find_cube(section["cube"]) if section.get("cube") else None
    question = olap.parse(section["cube"], QueryDict(section.get("question", ""))) if cube else None
    chosen = {str(one) for one in question.measures} if question else set()
    further = [one for one in sorted(chosen) if cube and one not in cube.measures]
    kept = [
        pair
        for pair in section.get("question", "").split("&")
        if pair.startswith(("filter=", "top=", "sort=", "totals="))
    ]
    own = {"public_id": row.public_id}
    return SectionForm(
        place=place,
        values={
            name: str(section.get(name, ""))
            for name in ("title", "title_en", "text", "text_en", "cube", "show", "chart", "months")
        }
        | {"kept": "&".join(kept)},
        cubes=[(name, str(olap.cubes[name].label)) for name in names],
        levels=[(name, str(level.label)) for name, level in cube.levels.items()] if cube else [],
        rows=[*(question.rows if question else ()), "", "", ""][:3],
        column=question.columns[0] if question and question.columns else "",
        measures=[(name, str(one.label), name in chosen) for name, one in cube.measures.items()]
        + [(one, _way(cube, one), True) for one in further]
        if cube
        else [],
        shows=[("both", _("Table and chart")), ("table", _("Table")), ("chart", _("Chart"))],
        charts=[("bar", _("Bars")), ("line", _("Line")), ("pie", _("Ring"))],
        url=reverse("reports:section", kwargs=own),
        form_url=reverse("reports:form", kwargs=own) + f"?section={place}",
    )


def _way(cube: olap.Cube, written: str) -> str:
    one = olap.measured(written)
    return f"{cube.measures[one.measure].label}, {olap.WAYS[one.way]}"


_ID = "/<uuid:public_id>"
_patterns = [
    path("", list_, name="list"),
    path("/new", acting(act_new), name="new"),
    path("/standard", acting(act_standard), name="standard"),
    path("/files/<uuid:public_id>/<slug:form>", file, name="file"),
    path("/runs/<uuid:public_id>/again", acting(act_again), name="again"),
    path(_ID, report, name="report"),
    path(f"{_ID}/preview", preview, name="preview"),
    path(f"{_ID}/runs", runs, name="runs"),
    path(f"{_ID}/design", design, name="design"),
    path(f"{_ID}/form", form, name="form"),
    path(f"{_ID}/facts", acting(act_facts), name="facts"),
    path(f"{_ID}/section", acting(act_section), name="section"),
    path(f"{_ID}/order", acting(act_order), name="order"),
    path(f"{_ID}/copy", acting(act_copy), name="copy"),
    path(f"{_ID}/remove", acting(act_remove), name="remove"),
    path(f"{_ID}/run", acting(act_run), name="run"),
    path(f"{_ID}/schedule", acting(act_schedule), name="schedule"),
    path(f"{_ID}/recipient", acting(act_recipient), name="recipient"),
    path(f"{_ID}/drop", acting(act_drop), name="drop"),
]
urlpatterns = [path("reports", include((_patterns, "reports")))]
