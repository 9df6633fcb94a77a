"""The designer: a report's facts, its sections in their order, the form of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.errors import Invalid
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor
from loopline.olap import api as olap
from loopline.reports import actions, laying
from loopline.reports.models import Report
from loopline.reports.pages import parts


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
def design(request: Request, public_id: UUID) -> HttpResponse:
    """The designer: the report's facts, its sections in their order, the one that is open, the preview."""
    row = actions.own_report(request.actor, public_id)
    own, at = {"public_id": public_id}, reverse("reports:design", kwargs={"public_id": public_id})
    place = parts.place_of(request.GET, len(row.sections))
    rows = [
        SectionRow(number, _section_title(one), _told(one), f"{at}?section={number}#section", number == place)
        for number, one in enumerate(row.sections)
    ]
    page = DesignPage(
        title=parts.name_of(row),
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
    crumbs = [*parts.crumbs(page.title, page.report_url), Crumb(_("Design"))]
    return render(request, "reports/design.html", page, breadcrumbs=crumbs)


@require_safe
def form(request: Request, public_id: UUID) -> HttpResponse:
    """The form of a section for another cube, as a part of the designer."""
    row = actions.own_report(request.actor, public_id)
    place = parts.place_of(request.GET, len(row.sections))
    made = _form(row, 0 if place is None else place, request.GET.get("cube", ""))
    return render(request, "reports/form.html", FormPart(str(parts.TITLE), made))


def act_new(request: Request) -> tuple[str, str]:
    """A new report, empty, in the designer."""
    made = actions.keep_report(
        actor=request.actor, draft=actions.Draft(request.POST.get("name", "") or _("New report"))
    )
    return _("Made."), parts.at(made.public_id, "design")


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
    return _("Kept."), parts.at(public_id, "design")


def act_section(request: Request, public_id: UUID) -> tuple[str, str]:
    """A section is added or changed."""
    row, told = actions.own_report(request.actor, public_id), request.POST
    sections = [dict(one) for one in row.sections]
    place = parts.place_of(told, len(sections))
    made = _typed(told)
    if place is None or place >= len(sections):
        sections.append(made)
    else:
        sections[place] = made
    _keep(request.actor, row, sections)
    return _("Kept."), parts.at(public_id, "design")


def act_order(request: Request, public_id: UUID) -> tuple[str, str]:
    """The sections in another order, or without one of them: their places, as they shall stand."""
    row = actions.own_report(request.actor, public_id)
    places = [
        int(one) for one in request.POST.get("order", "").split(",") if one.isdecimal() and len(one) < 4
    ]
    if len(set(places)) != len(places) or any(place >= len(row.sections) for place in places):
        raise Invalid(field="order", reason=_("This order is not possible."))
    _keep(request.actor, row, [row.sections[place] for place in places])
    return _("Kept."), parts.at(public_id, "design")


def _keep(actor: Actor, row: Report, sections: list[dict[str, Any]]) -> None:
    draft = actions.Draft(row.name, row.name_en, row.about, row.about_en, row.is_shared, sections)
    actions.keep_report(actor=actor, draft=draft, report=row.public_id)


def act_copy(request: Request, public_id: UUID) -> tuple[str, str]:
    """A report of one's own like this one."""
    made = actions.copy_report(actor=request.actor, report=public_id)
    return _("Copied: this one is yours."), parts.at(made.public_id, "design")


def act_remove(request: Request, public_id: UUID) -> tuple[str, str]:
    """A report is taken away."""
    name = actions.remove_report(actor=request.actor, report=public_id)
    return _("%(name)s is removed.") % {"name": name}, reverse("reports:list")


def _typed(told: QueryDict) -> dict[str, Any]:
    """The section that a form tells of: a pasted address of a pivot wins over what is chosen beside it."""
    section: dict[str, Any] = {
        name: told.get(name, "") for name in ("title", "title_en", "text", "text_en", "cube", "show", "chart")
    }
    section["months"] = parts.number_of(told, "months")
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
    asked = QueryDict(mutable=True)
    for name, value in chosen.items():
        if value:
            asked[name] = value
    kept = [pair for pair in told.get("kept", "").split("&") if pair]
    return section | {"question": "&".join([asked.urlencode(safe=",:"), *kept])}


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
    known = olap.all_cubes()
    if not cube_name and place >= len(row.sections):
        cube_name = next(iter(known))
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
        cubes=[(name, str(one.label)) for name, one in known.items()],
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
