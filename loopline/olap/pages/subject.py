"""A page about one subject: a sentence that says what stands out, and parts of a chart beside its table.

Every part is a question to a cube; each of its figures leads into the pivot with that question.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb
from loopline.kernel.period import add_months
from loopline.kernel.permission import Actor
from loopline.olap import api as olap
from loopline.olap.pivot import chart as charts
from loopline.olap.pivot import figures
from loopline.olap.question import OTHERS, Answer, Filter, Member, Op, Question

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """A part that a page wants: its title, what it tells, the question, the kind of chart."""

    title: str
    about: str
    question: Question
    chart: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and the pivot in which it stands."""

    text: str
    url: str
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its member, how deep it is indented, its figures."""

    label: str
    depth: int
    is_total: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A head of figures."""

    label: str
    unit: str
    about: str


@dataclass(frozen=True, slots=True)
class Part:
    """A chart beside its table. `problem` says why there is nothing."""

    title: str
    about: str
    url: str
    chart: charts.Chart | None
    corner: str
    columns: list[Column] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """The page."""

    title: str
    subtitle: str
    icon: str
    help: list[str]
    stands_out: list[str]
    parts: list[Part]
    pivots: list[tuple[str, str]]
    as_of: str
    as_of_exact: str
    problem: str = ""


def last_month(actor: Actor) -> date:
    """The last month that is over."""
    return add_months(clock.today(actor.zone).replace(day=1), -1)


def since(month: date) -> tuple[Filter, Filter]:
    """The filters of the twelve months up to one."""
    return Filter("month", Op.FROM, (add_months(month, 1 - MONTHS),)), Filter("month", Op.TO, (month,))


def in_month(month: date) -> Filter:
    """The filter of one month."""
    return Filter("month", Op.IN, (month,))


def crumbs(title: str) -> list[Crumb]:
    """The way to a subject."""
    return [Crumb(_("Cubes"), reverse("olap:cubes")), Crumb(title)]


def url_of(question: Question) -> str:
    """The pivot that asks a question."""
    return f"{reverse('olap:pivot', args=[question.cube])}?{olap.address(question)}"


def part_of(wish: Wish, answer: Answer) -> Part:
    """A part, from the answer to its question. Without figures it has no chart and no rows."""
    cube, asked = olap.cubes[answer.question.cube], answer.question
    corner = " › ".join(str(cube.levels[name].label) for name in asked.rows)
    url = url_of(asked)
    if not any(value for values in answer.values.values() for value in values):
        return Part(wish.title, wish.about, url, None, corner)
    links = {
        figures.place(row, column, at): _narrowed(asked, row, column)
        for row in answer.rows.keys
        for column in answer.columns.keys
        for at in range(len(answer.heads))
    }
    links.pop("", None)
    drawn = charts.chart_of(answer, wish.chart, links)
    return Part(wish.title, wish.about, url, drawn, corner, _columns(answer), _lines(answer, links))


def without_answer(title: str, subtitle: str, icon: str, problem: Refusal) -> SubjectPage:
    """The page where nothing can be told."""
    return SubjectPage(title, subtitle, icon, [], [], [], [], "", "", problem.message)


def told_of(answer: Answer) -> tuple[str, str]:
    """The moment an answer tells of: how long ago, and exactly."""
    return formats.ago(answer.as_of), formats.moment(answer.as_of)


def _narrowed(asked: Question, row: tuple[Member, ...], column: tuple[Member, ...]) -> str:
    if OTHERS in (*row, *column):
        return ""
    pairs = [*zip(asked.rows, row, strict=False), *zip(asked.columns, column, strict=False)]
    named = {level for level, _member in pairs}
    kept = tuple(one for one in asked.filters if one.level not in named)
    return url_of(
        replace(asked, filters=kept).narrowed(*(Filter(name, Op.IN, (one,)) for name, one in pairs))
    )


def _columns(answer: Answer) -> list[Column]:
    made = []
    for labels in answer.columns.labels:
        for head in answer.heads:
            words = [*labels, *([head.label] if len(answer.heads) > 1 or not answer.columns.levels else [])]
            made.append(Column(" · ".join(words) or _("Total"), head.unit, head.about))
    return made


def _lines(answer: Answer, links: dict[str, str]) -> list[Line]:
    made, nothing = [], (None,) * len(answer.heads)
    for at, row in enumerate(answer.rows.keys):
        cells = []
        for place, column in enumerate(answer.columns.keys):
            for number, (value, head) in enumerate(
                zip(answer.values.get((at, place), nothing), answer.heads, strict=True)
            ):
                url = "" if value is None else links.get(figures.place(row, column, number), "")
                cells.append(Cell(figures.told(value, head), url, figures.direction(value, head)))
        label = answer.rows.labels[at][-1] if row else _("Total")
        made.append(Line(label, max(len(row) - 1, 0), len(row) < len(answer.rows.levels), cells))
    return made
