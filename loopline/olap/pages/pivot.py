"""The pivot: fields, wells, the table with the chart beside it, and the same as a file."""

from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.models import AccessRecord
from loopline.kernel.pages import Crumb, Request, is_part, render
from loopline.kernel.permission import Actor
from loopline.olap import actions
from loopline.olap import api as olap
from loopline.olap.pages import wells
from loopline.olap.pages.asked import NO_CHART, Asked, asked_for
from loopline.olap.pages.kept import ViewLine, view_lines
from loopline.olap.pages.sentence import Understood, understood
from loopline.olap.pages.shown import Grid, grid_of
from loopline.olap.pages.wells import Chip, Group, Link, Well
from loopline.olap.pivot import chart as charts
from loopline.olap.pivot import files, moves
from loopline.olap.question import Answer
from loopline.warehouse.api import NotLoaded


@dataclass(frozen=True, slots=True)
class ChartPart:
    """The chart beside the table, and the kinds that one may choose instead."""

    drawn: charts.Chart | None
    kinds: list[Link]


@dataclass(frozen=True, slots=True)
class PivotPage:
    """The whole page."""

    title: str
    about: str
    icon: str
    cube: str
    url: str
    query: str
    groups: list[Group]
    wells: list[Well]
    filters: list[Chip]
    trail: list[Link]
    tools: list[Link]
    grid: Grid | None
    chart: ChartPart
    as_of: str
    as_of_exact: str
    notes: list[str]
    problem: str
    fresh_url: str
    files: list[Link]
    views: list[ViewLine]
    can_share: bool
    save_url: str
    ask_url: str
    said: Understood | None


@require_safe
def pivot(request: Request, cube: str) -> HttpResponse:
    """A cube, asked as its address says. A part of it follows each step."""
    actor = request.actor
    asked = asked_for(actor, cube, request.GET)
    answer, problem = None, None
    try:
        answer = olap.ask(actor, asked.question)
    except NotLoaded as refusal:
        problem = refusal
    page = _page(actor, asked, answer, problem, request.GET.get("q", ""))
    part = is_part(request)
    if not part and request.GET and answer is not None:
        actions.leave_mark(actor=actor, cube=asked.cube.name, address=asked.query)
    template = "olap/pivot_part.html" if part else "olap/pivot.html"
    crumbs = [Crumb(_("Cubes"), reverse("olap:cubes")), Crumb(page.title)]
    response = render(request, template, page, breadcrumbs=crumbs)
    if part and "HX-History-Restore-Request" not in request.headers:
        response["HX-Push-Url"] = asked.url(asked.question)
    return response


@require_safe
def file(request: Request, cube: str) -> HttpResponse:
    """Exactly what the pivot shows, as a file; that it is taken is noted."""
    actor, form = request.actor, request.GET.get("form", "xlsx")
    asked = asked_for(actor, cube, request.GET)
    if form not in files.FORMS:
        raise NotFound
    answer = olap.ask(actor, asked.question)
    levels = [str(asked.cube.levels[name].label) for name in answer.rows.levels]
    sheet = files.Sheet(str(asked.cube.label), _stated(actor, asked, answer), answer, levels)
    AccessRecord.objects.create(
        kind="export", staff_id=actor.staff_id, staff_name=actor.name, field=f"cube:{cube}"
    )
    response = HttpResponse(files.make(sheet, form), content_type=files.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{cube}.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _page(
    actor: Actor, asked: Asked, answer: Answer | None, problem: Refusal | None, sentence: str
) -> PivotPage:
    own = reverse("olap:pivot", args=[asked.cube.name])
    return PivotPage(
        title=str(asked.cube.label),
        about=str(asked.cube.about),
        icon=asked.cube.icon,
        cube=asked.cube.name,
        url=own,
        query=asked.query,
        groups=wells.groups(asked),
        wells=wells.wells(asked),
        filters=wells.filter_chips(actor, asked),
        trail=wells.trail(actor, asked),
        tools=_tools(asked),
        grid=grid_of(asked, answer) if answer and _tells(answer) else None,
        chart=_chart(asked, answer),
        as_of=formats.ago(answer.as_of) if answer else "",
        as_of_exact=formats.moment(answer.as_of) if answer else "",
        notes=_notes(answer),
        problem=problem.message if problem else "",
        fresh_url=own,
        files=_files(asked),
        views=view_lines(actor, asked.cube.name, asked.query),
        can_share=actor.may("olap.share"),
        save_url=reverse("olap:save"),
        ask_url=reverse("olap:ask"),
        said=understood(actor, sentence, asked.cube.name) if sentence else None,
    )


def _tells(answer: Answer) -> bool:
    """Whether there is any figure."""
    return any(value is not None for figures in answer.values.values() for value in figures)


def _tools(asked: Asked) -> list[Link]:
    question = asked.question
    totals = Link(
        _("Totals"), asked.url(wells.with_totals(question, not question.totals)), "sum", question.totals
    )
    return [
        Link(_("Swap rows and columns"), asked.url(moves.swapped(question)), "switch-horizontal"),
        totals,
        Link(_("Shade"), asked.looked(shaded=not asked.look.shaded), "palette", asked.look.shaded),
    ]


def _chart(asked: Asked, answer: Answer | None) -> ChartPart:
    if answer is None or not _tells(answer):
        return ChartPart(None, [])
    off = asked.look.chart == NO_CHART
    behind = reverse("olap:behind")
    drawn = None
    if not off:
        places = {place for series in charts.drawn_of(answer).series for place in series.places}
        links = {
            place: f"{behind}?cube={asked.cube.name}&{asked.query}&at={quote(place)}"
            for place in places
            if place
        }
        drawn = charts.chart_of(answer, asked.look.chart, links)
    kinds = [
        Link(str(label), asked.looked(chart=kind), icon, drawn is not None and drawn.kind == kind)
        for kind in charts.kinds_for(answer)
        for label, icon in [charts.KINDS[kind]]
    ]
    if kinds:
        kinds.append(Link(_("No chart"), asked.looked(chart=NO_CHART), "eye-off", off))
    return ChartPart(drawn, kinds)


def _notes(answer: Answer | None) -> list[str]:
    if answer is None:
        return []
    notes = [answer.note] if answer.note else []
    if answer.cut:
        notes.append(
            _("There are more rows than are shown. Filter, take a coarser level, or only the largest.")
        )
    return notes


def _files(asked: Asked) -> list[Link]:
    at = asked.also("file")
    return [
        Link(_("As Excel"), f"{at}&form=xlsx", "file-spreadsheet"),
        Link(_("As csv"), f"{at}&form=csv", "file-text"),
        Link(_("As PDF"), f"{at}&form=pdf", "file-analytics"),
    ]


def _stated(actor: Actor, asked: Asked, answer: Answer) -> list[tuple[str, str]]:
    """What a file says of itself before the figures."""
    said = [(_("Operator"), actor.operator)]
    said += [(str(chip.label), chip.note) for chip in wells.filter_chips(actor, asked)] or [
        (_("Filters"), _("none"))
    ]
    if asked.question.top:
        said.append((_("Largest"), wells.top_text(asked)))
    said += [(head.label, head.about) for head in answer.heads if head.about]
    said.append((_("As of"), formats.moment(answer.as_of)))
    taken = _("%(name)s, %(moment)s") % {"name": actor.name, "moment": formats.moment(clock.now())}
    said.append((_("Taken by"), taken))
    if answer.cut or answer.note:
        said += [(_("Note"), note) for note in _notes(answer)]
    return said
