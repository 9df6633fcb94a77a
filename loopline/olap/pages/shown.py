"""The table of an answer with the steps that its heads offer."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from loopline.kernel import formats
from loopline.olap.pages.asked import Asked
from loopline.olap.pivot import moves
from loopline.olap.pivot.table import Figure, MeasureHead, Place, table_of
from loopline.olap.question import Answer, Member

CELLS = 6000
"""Figures on one page; a file has all of them."""


@dataclass(frozen=True, slots=True)
class PlaceHead:
    """A member as a head; `url` goes into it."""

    text: str
    url: str
    span: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True)
class SortHead:
    """A measure as a head; `url` sorts by it. `sorted` is `desc`, `asc` or ''."""

    text: str
    unit: str
    about: str
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    head: PlaceHead
    depth: int
    kind: str
    figures: list[Figure]
    width: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The table, ready to be placed. `hidden` are the parts of its address, for the customers behind each figure."""

    corner: str
    one_measure: SortHead | None
    corner_height: int
    heads: list[list[PlaceHead]]
    measures: list[SortHead]
    lines: list[Line]
    hidden: list[tuple[str, str]]
    more: str


def grid_of(asked: Asked, answer: Answer) -> Grid:
    """The table of an answer for the page."""
    table = table_of(answer, shaded=asked.look.shaded)
    width = len(answer.heads) * len(answer.columns.keys)
    lines = [
        Line(
            _place(asked, row.head),
            row.depth,
            row.head.kind or ("" if row.figures else "group"),
            row.figures,
            width,
        )
        for row in table.rows
    ]
    shown = _first(lines, max(CELLS // max(width, 1), 20))
    left = len(lines) - len(shown)
    measures = [_sort(asked, head) for head in table.measures]
    return Grid(
        corner=" › ".join(str(asked.cube.levels[name].label) for name in answer.rows.levels),
        one_measure=_sort(asked, table.measures[-1], always=True) if table.is_one_measure else None,
        corner_height=len(table.heads) + (0 if table.is_one_measure else 1),
        heads=[[_place(asked, place) for place in line] for line in table.heads],
        measures=[] if table.is_one_measure else measures,
        lines=shown,
        hidden=_hidden(asked),
        more=_("%(count)s more rows are not shown here; a file has them.") % {"count": formats.number(left)}
        if left
        else "",
    )


def _first(lines: list[Line], most: int) -> list[Line]:
    """As many rows as a page bears; the total stays."""
    if len(lines) <= most:
        return lines
    return [*lines[:most], *(line for line in lines[-1:] if line.kind == "total")]


def _place(asked: Asked, place: Place) -> PlaceHead:
    goes_in = place.key and place.kind in ("", "subtotal") and place.label_level
    url = ""
    if goes_in:
        question = asked.question
        for level, member in _coarser(asked, place):
            question = moves.into(question, level, member, asked.above)
        url = asked.url(question)
    return PlaceHead(place.text, url, place.span, place.height, place.kind)


def _coarser(asked: Asked, place: Place) -> list[tuple[str, Member]]:
    """The member itself and those over it on its side, for one goes into all of them."""
    levels = asked.question.rows if place.label_level in asked.question.rows else asked.question.columns
    at = levels.index(place.label_level)
    return list(zip(levels[: at + 1], place.key, strict=False))


def _sort(asked: Asked, head: MeasureHead, *, always: bool = False) -> SortHead:
    sort = asked.question.sort
    is_by_this = abs(sort) == head.at + 1 and (head.is_sortable or always)
    url = asked.url(moves.sorted_by(asked.question, head.at)) if head.is_sortable or always else ""
    return SortHead(
        head.text, head.unit, head.about, url, ("desc" if sort < 0 else "asc") if is_by_this else ""
    )


def _hidden(asked: Asked) -> list[tuple[str, str]]:
    given = QueryDict(f"cube={asked.cube.name}&{asked.query}")
    return [(name, value) for name, values in given.lists() for value in values]
