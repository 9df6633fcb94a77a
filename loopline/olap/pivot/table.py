"""An answer as a table: heads that span, rows that are indented under their subtotals, figures with their shade."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from loopline.olap.pivot import figures
from loopline.olap.question import OTHERS, Answer, Axis, Member

SHADES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A member as a head: its label, its key up to here, how many columns it spans and how many rows of heads."""

    text: str
    key: tuple[Member, ...]
    label_level: str
    span: int = 1
    height: int = 1
    kind: str = ""
    """`total`, `subtotal`, `others`, or '' for a member that one can go into."""


@dataclass(frozen=True, slots=True)
class MeasureHead:
    """A measure over a column of figures. `at` is its place among the measures."""

    text: str
    unit: str
    about: str
    at: int
    is_sortable: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, where it stands, `up` or `down` for a change, its shade from 0 (none) to SHADES."""

    text: str
    at: str
    direction: str = ""
    shade: int = 0
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its head, how deep it is indented, its figures (none for a head that only groups)."""

    head: Place
    depth: int
    figures: list[Figure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown: rows of heads across the top, the measures beneath, the rows."""

    heads: list[list[Place]]
    measures: list[MeasureHead]
    rows: list[Row]
    is_one_measure: bool


def table_of(answer: Answer, *, shaded: bool = False) -> Table:
    """The table of an answer."""
    shades = _shades(answer) if shaded else {}
    one = len(answer.heads) == 1 and bool(answer.columns.levels)
    return Table(list(_heads(answer, one=one)), list(_measures(answer)), list(_rows(answer, shades)), one)


def _heads(answer: Answer, *, one: bool) -> Iterator[list[Place]]:
    axis, width = answer.columns, 1 if one else len(answer.heads)
    for level in range(len(axis.levels)):
        line: list[Place] = []
        for at, key in enumerate(axis.keys):
            if len(key) == level:
                line.append(_total(key, axis, width, len(axis.levels) - level))
            elif len(key) > level:
                before = axis.keys[at - 1] if at else ()
                if at and len(before) > level and before[: level + 1] == key[: level + 1]:
                    continue
                span = _same(axis, at, level + 1) * width
                line.append(_member(key[: level + 1], axis, axis.labels[at][level], span))
        yield line


def _same(axis: Axis, start: int, depth: int) -> int:
    """How many columns from `start` on share their first members."""
    prefix, at = axis.keys[start][:depth], start
    while at < len(axis.keys) and len(axis.keys[at]) >= depth and axis.keys[at][:depth] == prefix:
        at += 1
    return at - start


def _total(key: tuple[Member, ...], axis: Axis, span: int, height: int) -> Place:
    text = _("Subtotal") if key else _("Total")
    level = axis.levels[len(key) - 1] if key else ""
    return Place(text, key, level, span, height, "subtotal" if key else "total")


def _member(key: tuple[Member, ...], axis: Axis, text: str, span: int = 1, kind: str = "") -> Place:
    kind = "others" if key[-1] == OTHERS else kind
    return Place(text, key, axis.levels[len(key) - 1], span, 1, kind)


def _measures(answer: Answer) -> Iterator[MeasureHead]:
    summed = () in answer.columns.keys
    for column, key in enumerate(answer.columns.keys):
        # Rows are sorted by their totals, which stand in the last column, or nowhere.
        is_sortable = key == () if summed else column == 0
        for at, head in enumerate(answer.heads):
            yield MeasureHead(head.label, head.unit, head.about, at, is_sortable)


def _rows(answer: Answer, shades: dict[tuple[int, int, int], int]) -> Iterator[Row]:
    axis, shown = answer.rows, set[tuple[Member, ...]]()
    for at, key in enumerate(axis.keys):
        for depth in range(1, len(key)):
            if key[:depth] not in shown:
                shown.add(key[:depth])
                yield Row(_member(key[:depth], axis, axis.labels[at][depth - 1]), depth - 1)
        came_before = key in shown
        shown.add(key)
        yield Row(
            _head(axis, at, came_before=came_before), max(len(key) - 1, 0), _figures(answer, at, shades)
        )


def _head(axis: Axis, at: int, *, came_before: bool) -> Place:
    key = axis.keys[at]
    if not key:
        return _total(key, axis, 1, 1)
    text = axis.labels[at][-1]
    if len(key) == len(axis.levels):
        return _member(key, axis, text)
    if came_before:
        text = _("%(member)s, subtotal") % {"member": text}
    return _member(key, axis, text, kind="subtotal")


def _figures(answer: Answer, row: int, shades: dict[tuple[int, int, int], int]) -> list[Figure]:
    made, row_key = [], answer.rows.keys[row]
    is_total_row = len(row_key) < len(answer.rows.levels)
    for column, column_key in enumerate(answer.columns.keys):
        values = answer.values.get((row, column), (None,) * len(answer.heads))
        is_total = is_total_row or len(column_key) < len(answer.columns.levels)
        for at, (value, head) in enumerate(zip(values, answer.heads, strict=True)):
            shade = shades.get((row, column, at), 0)
            text, turn = figures.told(value, head), figures.direction(value, head)
            place = "" if value is None else figures.place(row_key, column_key, at)
            made.append(Figure(text, place, turn, shade, is_total))
    return made


def _shades(answer: Answer) -> dict[tuple[int, int, int], int]:
    """How dark each finest cell is, from 1 to SHADES between the least and the most of its measure."""
    shades: dict[tuple[int, int, int], int] = {}
    finest = [
        (row, column)
        for row, column in answer.values
        if len(answer.rows.keys[row]) == len(answer.rows.levels)
        and len(answer.columns.keys[column]) == len(answer.columns.levels)
    ]
    for at in range(len(answer.heads)):
        told = {place: float(value) for place in finest if (value := answer.values[place][at]) is not None}
        if not told:
            continue
        least, most = min(told.values()), max(told.values())
        for (row, column), value in told.items():
            share = (value - least) / (most - least) if most > least else 0.0
            shades[row, column, at] = 1 + round(share * (SHADES - 1))
    return shades
