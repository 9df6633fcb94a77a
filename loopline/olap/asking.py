"""Asking: a question checked, computed in the lake within what its reader may see, and laid out as an answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import sqlglot
from django.utils.translation import gettext as _

from loopline.kernel import scope
from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor, require
from loopline.olap import compiler, counting, figures, periods, refusals, wording
from loopline.olap.compiler import MOST_CELLS, Wanted
from loopline.olap.cubes import cubes
from loopline.olap.definitions import Cube, Over, Part, own_cubes
from loopline.olap.figures import Cells, Key
from loopline.olap.held import Held, hold
from loopline.olap.question import BY_DAYS, Answer, Axis, Measured, Member, Question, Top, Way

MOST_LEVELS = 6
MOST_MEASURES = 12
MOST_ROWS = 2_000
MOST_COLUMNS = 400
_NEED_TOTALS = (Way.SHARE, Way.SHARE_OF_PARENT)


def find_cube(name: str, tenant: int = 0) -> Cube:
    """A cube by its name, the tenant's own among them (the open door's where none is named). Raises UnknownCube."""
    if name in cubes:
        return cubes[name]
    for cube in _own(tenant):
        if cube.name == name:
            return cube
    raise refusals.UnknownCube(field="cube", name=name)


def all_cubes(tenant: int = 0) -> dict[str, Cube]:
    """Every cube by name: those that all operators have, then the tenant's own."""
    return {cube.name: cube for cube in (*cubes, *_own(tenant))}


def _own(tenant: int) -> Iterator[Cube]:
    tenant = tenant or (scope.current().tenant if scope.is_set() else 0)
    if tenant:
        brought("cubes")
        for cubes_of in own_cubes:
            yield from cubes_of(tenant)


def check(question: Question, tenant: int = 0) -> Cube:
    """The cube of a question that can be asked; refuses what cannot, naming the field."""
    cube = find_cube(question.cube, tenant)
    seen: set[str] = set()
    for field, names in (("rows", question.rows), ("columns", question.columns)):
        for name in names:
            _level(cube, name, field)
            if name in seen:
                raise refusals.LevelTwice(field=field, name=name)
            seen.add(name)
    for measured in question.measures:
        if measured.measure not in cube.measures:
            raise refusals.UnknownMeasure(field="measures", cube=cube.name, name=measured.measure)
        if measured.way in BY_DAYS and not cube.is_daily:
            raise refusals.UnknownWay(field="measures", name=measured.way)
    for one in question.filters:
        _level(cube, one.level, "filter")
    if len(seen) > MOST_LEVELS:
        raise refusals.TooMany(field="rows", count=MOST_LEVELS)
    if not 0 < len(question.measures) <= MOST_MEASURES:
        raise refusals.TooMany(field="measures", count=MOST_MEASURES)
    if abs(question.sort) > len(question.measures):
        raise refusals.UnknownMeasure(field="sort", cube=cube.name, name=str(question.sort))
    if question.top is not None:
        _check_top(cube, question.top, seen)
    return cube


def ask(actor: Actor, question: Question, *, snapshot: int | None = None) -> Answer:
    """The answer to a question, within the tenant and the branches of the actor, as of a snapshot (None: the newest).

    Raises NotAllowed, NotLoaded, and what `check` refuses.
    """
    require(actor, "olap.view")
    cube = check(question, actor.tenant_id)
    held = _held(actor, cube, question, snapshot)
    with held.opened() as con:
        return _Layout(actor, cube, question, con, held).answer()


def members(actor: Actor, cube_name: str, level: str) -> list[tuple[Member, str]]:
    """The members of a level that there are within what the actor may see, with their words, in their order."""
    require(actor, "olap.view")
    measure = next(iter(find_cube(cube_name, actor.tenant_id).measures))
    question = Question(cube_name, (level,), (), (Measured(measure),), totals=False)
    cube = check(question, actor.tenant_id)
    found, held = cube.levels[level], _held(actor, cube, question)
    words = wording.labels(held.names, [found])[level]
    if found.is_time:
        keys: set[Member] = {periods.period_of(level, day) for day in dates_of(held, question, actor)}
    else:
        with held.opened() as con:
            seen = _Layout(actor, cube, question, con, held)._wanted(Way.PLAIN, question)
            rows = con.execute(
                f"SELECT DISTINCT c.{found.column} FROM {cube.table} c WHERE {compiler.condition(seen)}"
            ).fetchall()
        keys = {member for (member,) in rows}
    return [(key, words(key)) for key in sorted(keys, key=words.order)]


def statement(actor: Actor, question: Question, dialect: str = "duckdb") -> str:
    """The statement that computes the plain added parts of a question, as an engine understands it."""
    cube = check(question, actor.tenant_id)
    held = _held(actor, cube, question)
    with held.opened() as con:
        wanted = _Layout(actor, cube, question, con, held)._wanted(Way.PLAIN, question)
    names = {name for one in question.measures for name in cube.measures[one.measure].parts}
    text = compiler.cells(wanted, [part for part in cube.added if part.name in names])
    return text if dialect == "duckdb" else sqlglot.transpile(text, read="duckdb", write=dialect)[0]


def _held(actor: Actor, cube: Cube, question: Question, snapshot: int | None = None) -> Held:
    shown = (cube.levels[name] for name in (*question.rows, *question.columns))
    return hold(actor.tenant_id, cube, wording.kinds(shown), snapshot=snapshot)


def dates_of(held: Held, question: Question, actor: Actor) -> tuple[date, ...]:
    """The dates that a question is about: days where it names any, else months."""
    return held.days(actor.zone) if periods.by_days(question) else held.months


def _level(cube: Cube, name: str, field: str) -> None:
    if name not in cube.levels:
        raise refusals.UnknownLevel(field=field, cube=cube.name, name=name)


def _check_top(cube: Cube, top: Top, shown: set[str]) -> None:
    _level(cube, top.level, "top")
    if cube.levels[top.level].is_time or top.level not in shown or not 0 < top.count <= 1000:
        raise refusals.BadTop(field="top")
    if top.by not in cube.measures:
        raise refusals.UnknownMeasure(field="top", cube=cube.name, name=top.by)


class _Layout:
    """One question under way."""

    def __init__(
        self, actor: Actor, cube: Cube, question: Question, con: duckdb.DuckDBPyConnection, held: Held
    ) -> None:
        self.actor, self.cube, self.question, self.con, self.held = actor, cube, question, con, held
        self.known = dates_of(held, question, actor)
        self.months = periods.chosen(self.known, question.filters)
        self.grain = periods.finest(self._levels)
        self.totals = (
            question.totals
            or question.sort != 0
            or any(measured.way in _NEED_TOTALS for measured in question.measures)
        )
        self.cut = False
        self.largest = self._largest()

    def answer(self) -> Answer:
        """Compute, divide, sort."""
        asked = self.question.measures
        found = {way: self._cells(way) for way in figures.ways_of(asked)}
        plain = found.get(Way.PLAIN) or next(iter(found.values()))
        keys = set(plain) if Way.PLAIN in found else set().union(*found.values())
        values = figures.values(self.cube, asked, found, keys)
        words = wording.labels(self.held.names, [self.cube.levels[name] for name in self._levels])
        sorter = figures.Sorter(self.question, words, values)
        rows = self._axis(self.question.rows, {row for row, _column in keys}, words, sorter.row_order)
        columns = self._axis(
            self.question.columns, {column for _row, column in keys}, words, sorter.column_order
        )
        rows, columns = self._limited(rows, MOST_ROWS), self._limited(columns, MOST_COLUMNS)
        at_row = {key: place for place, key in enumerate(rows.keys)}
        at_column = {key: place for place, key in enumerate(columns.keys)}
        placed = {
            (at_row[row], at_column[column]): figure
            for (row, column), figure in values.items()
            if row in at_row and column in at_column
        }
        state = self.held.state
        heads = tuple(wording.head(self.cube, measured, self.actor.currency) for measured in asked)
        as_of = self.cube.as_of or state.as_of
        note = self._note()
        return Answer(self.question, heads, rows, columns, placed, as_of, state.snapshot, self.cut, note)

    def _note(self) -> str:
        """Up to which day a comparison of days goes."""
        if not self.months or not any(measured.way in BY_DAYS for measured in self.question.measures):
            return ""
        return _("Compared day by day; the last day known is %(day)s.") % {"day": self.months[-1].isoformat()}

    def _largest(self) -> tuple[Member, ...]:
        top = self.question.top
        if top is None:
            return ()
        by = replace(
            self.question,
            rows=(top.level,),
            columns=(),
            measures=(Measured(top.by),),
            top=None,
            sort=0,
            totals=False,
        )
        inner = _Layout(self.actor, self.cube, by, self.con, self.held)
        cells = figures.values(self.cube, by.measures, {Way.PLAIN: inner._cells(Way.PLAIN)}, None)
        ranked = sorted(
            ((figure[0], row[0]) for (row, _column), figure in cells.items() if figure[0] is not None),
            key=lambda pair: (-pair[0], str(pair[1])),
        )
        return tuple(member for _figure, member in ranked[: top.count])

    def _cells(self, way: Way) -> Cells:
        """The parts in every cell, looked at in a way."""
        asked = (self.cube.measures[measured.measure] for measured in self.question.measures)
        names = {name for measure in asked for name in measure.parts}
        parts = [part for part in self.cube.parts if part.name in names]
        added = [part for part in parts if part.over is not Over.DISTINCT and not part.apart]
        found: Cells = {((), ()): {}} if self.totals or not self._levels else {}
        if added or self._levels:
            self._fetch(found, self._wanted(way, self.question), added)
        for part in parts:
            if part.over is Over.DISTINCT:
                self._count(found, self._wanted(way, self.question), part)
        if apart := [part for part in parts if part.apart]:
            self._set_beside(found, way, apart)
        before = periods.before_all(self._wanted(way, self.question).mapping, self.known)
        return (
            found
            if not before
            else {key: cell for key, cell in found.items() if not self._tells_of(key, before)}
        )

    def _tells_of(self, key: tuple[Key, Key], months: set[date]) -> bool:
        """Whether a cell's period has one of some months in it."""
        row, column = key
        pairs = [
            *zip(self.question.rows, row, strict=False),
            *zip(self.question.columns, column, strict=False),
        ]
        times = [(level, member) for level, member in pairs if self.cube.levels[level].is_time]
        return any(
            all(periods.period_of(level, month) == member for level, member in times) for month in months
        )

    def _set_beside(self, found: Cells, way: Way, parts: list[Part]) -> None:
        """Put parts that know nothing of the cube's own levels into the cells, as those of all that these divide."""
        own, question = self.cube.own, self.question
        without = replace(
            question,
            rows=tuple(level for level in question.rows if level not in own),
            columns=tuple(level for level in question.columns if level not in own),
            filters=tuple(one for one in question.filters if one.level not in own),
            top=question.top if question.top and question.top.level not in own else None,
        )
        beside: Cells = {}
        wanted = replace(self._wanted(way, without), apart=True)
        self._fetch(beside, wanted, parts)
        if not set(own).intersection((*question.rows, *question.columns)):
            for key in beside:
                found.setdefault(key, {})
        for (row, column), cell in found.items():
            key = _without(row, question.rows, own), _without(column, question.columns, own)
            cell.update(beside.get(key, {}))

    def _count(self, found: Cells, wanted: Wanted, part: Part) -> None:
        rows = self.con.execute(compiler.places(wanted, part)).fetchall()
        crowds = self.held.crowds(part.name) if rows else []
        for key, number in counting.counted(wanted, rows, crowds).items():
            found.setdefault(key, {})[part.name] = number

    def _fetch(self, found: Cells, wanted: Wanted, parts: list[Part]) -> None:
        levels = len(wanted.levels)
        rows = self.con.execute(compiler.cells(wanted, parts)).fetchall()
        self.cut = self.cut or len(rows) > MOST_CELLS
        names = [part.name for part in parts]
        for row in rows[:MOST_CELLS]:
            key = _key(row, levels, len(wanted.question.rows))
            found.setdefault(key, {}).update(zip(names, row[2 * levels :], strict=True))

    @property
    def _levels(self) -> tuple[str, ...]:
        return (*self.question.rows, *self.question.columns)

    def _wanted(self, way: Way, question: Question) -> Wanted:
        by = "day" if periods.by_days(self.question) else "month"
        mapped = periods.mapping(way, self.months, self.grain, self.known, by)
        return Wanted(self.cube, question, mapped, self.actor.scope.branches, self.totals, self.largest)

    def _axis(
        self, levels: tuple[str, ...], keys: Iterable[Key], words: dict[str, wording.Labels], order: Any
    ) -> Axis:
        shown = [key for key in keys if self.question.totals or len(key) == len(levels)]
        ordered = tuple(sorted(shown, key=order))
        return Axis(
            levels,
            ordered,
            tuple(
                tuple(words[level](member) for level, member in zip(levels, key, strict=False))
                for key in ordered
            ),
        )

    def _limited(self, axis: Axis, most: int) -> Axis:
        if len(axis.keys) <= most:
            return axis
        self.cut = True
        total = axis.keys[-1:] if axis.keys[-1] == () else ()
        keys, labels = axis.keys[: most - len(total)], axis.labels[: most - len(total)]
        return Axis(axis.levels, (*keys, *total), (*labels, *(() for _one in total)))


def _without(key: Key, levels: tuple[str, ...], own: tuple[str, ...]) -> Key:
    return tuple(member for member, level in zip(key, levels, strict=False) if level not in own)


def _key(row: tuple[Any, ...], levels: int, rows: int) -> tuple[Key, Key]:
    """The cell that a row of the statement tells of: the members of those levels that are not added over."""
    kept = [(place, row[place]) for place in range(levels) if row[levels + place] == 0]
    return (
        tuple(member for place, member in kept if place < rows),
        tuple(member for place, member in kept if place >= rows),
    )
