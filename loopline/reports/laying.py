"""A report laid out: questions answered within the reader's rights and turned into tables and charts.

Preview, Excel and PDF are made of the same `Laid`, and its figures are those of `olap.ask`, untouched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.permission import Actor
from loopline.olap import api as olap

MOST_SERIES = 6
MOST_BARS = 24


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its words, its figures, and how many levels it sums over (0: none)."""

    labels: tuple[str, ...]
    values: tuple[olap.Value, ...]
    is_total: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column of figures; `over` is what stands above it where there are levels across the top."""

    label: str
    unit: str
    decimals: int
    over: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart shows: categories, and a series of figures for each name."""

    kind: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """A section, ready to be placed. `fault` says why it has no figures, `note` what they leave out."""

    title: str
    text: str
    levels: tuple[str, ...] = ()
    heads: tuple[Head, ...] = ()
    lines: tuple[Line, ...] = ()
    filters: tuple[str, ...] = ()
    drawn: Drawn | None = None
    shows_table: bool = True
    fault: str = ""
    note: str = ""
    address: str = ""
    cube: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report for one reader."""

    title: str
    about: str
    operator: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Laid, ...]
    as_of: datetime | None
    snapshot: int | None
    numbers: int = field(default=0)


@dataclass(frozen=True, slots=True)
class Parameters:
    """For which month and which unit (a code, '' for all one sees), from which snapshot (None: the newest)."""

    month: date
    unit: str = ""
    level: str = ""
    snapshot: int | None = None


def lay(
    actor: Actor, names: Mapping[str, str], sections: Sequence[Mapping[str, Any]], asked: Parameters
) -> Paper:
    """Answer every section within the actor's rights, in the language that is active.

    `names` has name, name_en, about, about_en and the unit's name. A section that cannot be answered says why.
    """
    made = [_section(actor, section, asked) for section in sections]
    answers = [answer for _laid, answer in made if answer is not None]
    as_of = max((answer.as_of for answer in answers if answer.as_of), default=None)
    snapshot = max((answer.snapshot for answer in answers), default=asked.snapshot)
    facts = [
        (_("Month"), formats.month(asked.month)),
        (_("Unit"), names.get("unit") or (actor.unit_name if actor.scope.branches is not None else _("all"))),
        (_("State of the warehouse"), formats.moment(as_of)),
        (_("Snapshot"), str(snapshot) if snapshot is not None else "–"),
        (_("Within the rights of"), actor.name),
    ]
    return Paper(
        title=of_two(names, "name"),
        about=of_two(names, "about"),
        operator=actor.operator,
        facts=tuple(facts),
        sections=tuple(laid for laid, _answer in made),
        as_of=as_of,
        snapshot=snapshot,
        numbers=sum(len(line.values) for laid, _answer in made for line in laid.lines),
    )


def of_two(values: Mapping[str, Any], name: str) -> str:
    """A text that is kept in Chinese and perhaps in English, in the reader's language."""
    english = not (translation.get_language() or "en").startswith("zh")
    return str((english and values.get(f"{name}_en")) or values.get(name) or "")


def question_of(section: Mapping[str, Any], asked: Parameters) -> olap.Question:
    """The question of a section, for the report's month and unit. Refuses what cannot be asked."""
    question = olap.parse(section["cube"], QueryDict(section.get("question", "")))
    months = int(section.get("months") or 0)
    if months and not any(one.level == "month" for one in question.filters):
        first = date(
            asked.month.year + (asked.month.month - months) // 12, (asked.month.month - months) % 12 + 1, 1
        )
        question = question.narrowed(
            olap.Filter("month", olap.Op.FROM, (first,)), olap.Filter("month", olap.Op.TO, (asked.month,))
        )
    if asked.unit:
        question = question.narrowed(olap.Filter(asked.level, olap.Op.IN, (asked.unit,)))
    return question


def _section(actor: Actor, section: Mapping[str, Any], asked: Parameters) -> tuple[Laid, olap.Answer | None]:
    title, text = of_two(section, "title"), of_two(section, "text")
    if not section.get("cube"):
        return Laid(title, text), None
    try:
        question = question_of(section, asked)
        answer = olap.ask(actor, question, snapshot=asked.snapshot)
    except Refusal as refusal:
        return Laid(title, text, fault=refusal.message, cube=section["cube"]), None
    return _laid(section, title, text, answer), answer


def _laid(section: Mapping[str, Any], title: str, text: str, answer: olap.Answer) -> Laid:
    cube, question, show = olap.find_cube(answer.question.cube), answer.question, section.get("show", "both")
    levels = tuple(str(cube.levels[name].label) for name in question.rows)
    notes = [answer.note, _("There are more rows than a report holds.") if answer.cut else ""]
    return Laid(
        title=title or str(cube.label),
        text=text,
        levels=levels,
        heads=tuple(_heads(answer)),
        lines=tuple(_lines(answer)),
        filters=tuple(_filter(cube, one) for one in question.filters),
        drawn=_drawn(section.get("chart", "bar"), answer) if show in ("chart", "both") else None,
        shows_table=show != "chart",
        note=" ".join(note for note in notes if note),
        address=olap.address(question),
        cube=question.cube,
    )


def _heads(answer: olap.Answer) -> list[Head]:
    found = []
    for key, labels in zip(answer.columns.keys, answer.columns.labels, strict=True):
        over = " · ".join(labels) if labels else _("Total") if answer.columns.levels else ""
        found += [Head(head.label, head.unit, head.decimals, over) for head in answer.heads]
        assert len(key) >= len(labels)
    return found


def _lines(answer: olap.Answer) -> list[Line]:
    deepest = len(answer.rows.levels)
    nothing = (None,) * len(answer.heads)
    return [
        Line(
            _words(labels, deepest),
            tuple(
                value
                for column in range(len(answer.columns.keys))
                for value in answer.values.get((row, column), nothing)
            ),
            len(key) < deepest,
        )
        for row, (key, labels) in enumerate(zip(answer.rows.keys, answer.rows.labels, strict=True))
    ]


def _words(labels: tuple[str, ...], deepest: int) -> tuple[str, ...]:
    if len(labels) == deepest:
        return labels
    return (*labels, _("Total"), *[""] * (deepest - len(labels) - 1))


def _filter(cube: olap.Cube, one: olap.Filter) -> str:
    sign = {olap.Op.IN: "=", olap.Op.NOT_IN: "≠", olap.Op.FROM: "≥", olap.Op.TO: "≤"}[one.op]
    level = cube.levels[one.level]
    words = level.labels if isinstance(level.labels, Mapping) else {}
    members = (str(words.get(str(member), "")) or olap.member_text(member) for member in one.members)
    return f"{level.label} {sign} {formats.listed(members)}"


def _drawn(kind: str, answer: olap.Answer) -> Drawn | None:
    """The first measure by the rows, with a series for each column; without columns, measures of its unit beside it."""
    rows = [
        (place, labels)
        for place, (key, labels) in enumerate(zip(answer.rows.keys, answer.rows.labels, strict=True))
        if key and len(key) == len(answer.rows.levels)
    ][:MOST_BARS]
    if len(rows) < 1 or not answer.rows.levels:
        return None
    series: list[tuple[str, tuple[float | None, ...]]] = []
    columns = [
        (place, " · ".join(labels))
        for place, (key, labels) in enumerate(zip(answer.columns.keys, answer.columns.labels, strict=True))
        if len(key) == len(answer.columns.levels)
    ]
    unit = answer.heads[0].unit
    measures = [place for place, head in enumerate(answer.heads) if head.unit == unit]
    if answer.columns.levels:
        measures = measures[:1]
    for column, over in columns:
        for measure in measures:
            name = over or answer.heads[measure].label
            figures = tuple(_plain(answer, row, column, measure) for row, _labels in rows)
            series.append((name, figures))
    return Drawn(
        kind, unit, tuple(" · ".join(labels) for _place, labels in rows), tuple(series[:MOST_SERIES])
    )


def _plain(answer: olap.Answer, row: int, column: int, measure: int) -> float | None:
    found = answer.values.get((row, column))
    value = found[measure] if found else None
    return None if value is None else float(value)
