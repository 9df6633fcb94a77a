"""Values of indicators that are measures of cubes: asked of the cubes like every other figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import batched

from loopline.identity.api import Unit
from loopline.kernel.permission import Actor
from loopline.kpi.queries.figures import Values
from loopline.kpi.queries.tree import Tree
from loopline.kpi.rules import periods
from loopline.kpi.rules.formula import Formula
from loopline.olap import api as olap
from loopline.olap.api import Answer, Filter, Measured, Member, Op, Question

AT_ONCE = 12
"""Measures in one question."""

type Found = dict[tuple[str, int, date], Decimal]
"""By term, unit and first day."""


@dataclass(frozen=True, slots=True)
class Cubes:
    """Measures of cubes by the levels of the organisation. Units that a cube does not know have no value."""

    actor: Actor
    tree: Tree

    def values(self, formulas: Sequence[Formula], kind: str, starts: Sequence[date]) -> Values:
        """The values, a question for each cube, filter and level. Raises NotLoaded, and what cubes refuse."""
        if kind == periods.DAY:  # cubes know no days
            return {}
        found: Values = {}
        for filters in {formula.filters for formula in formulas}:
            of_it = [formula for formula in formulas if formula.filters == filters]
            terms = self._terms({term for formula in of_it for term in formula.terms}, filters, kind, starts)
            for formula in of_it:
                for (term, unit, start), numerator in terms.items():
                    if term == formula.numerator:
                        value = formula.value_of(numerator, terms.get((formula.denominator, unit, start)))
                        if value is not None:
                            found[formula, unit, start] = value
        return found

    def _terms(self, terms: set[str], filters: str, kind: str, starts: Sequence[date]) -> Found:
        found: Found = {}
        by_cube: dict[str, list[str]] = {}
        for term in sorted(terms):
            cube, _dot, measure = term.partition(".")
            by_cube.setdefault(cube, []).append(measure)
        units = {unit.code: unit for unit in self.tree.units.values()}
        for cube, measures in by_cube.items():
            for level in self._levels(cube):
                for some in batched(measures, AT_ONCE):
                    question = _question(cube, level, some, filters, (kind, starts))
                    found |= _read(olap.ask(self.actor, question), cube, units, starts, kind)
        return found

    def _levels(self, cube: str) -> Iterator[str]:
        known = olap.find_cube(cube).levels
        return (
            level
            for level in dict.fromkeys(unit.level for unit in self.tree.units.values())
            if level in known
        )


def _question(
    cube: str, level: str, measures: Sequence[str], filters: str, span: tuple[str, Sequence[date]]
) -> Question:
    kind, starts = span
    return Question(
        cube,
        rows=(level,),
        columns=(kind,),
        measures=tuple(Measured(measure) for measure in measures),
        filters=(*_months(kind, starts[0], starts[-1]), *narrowed(cube, filters)),
        totals=False,
    )


def _months(kind: str, first: date, last: date) -> tuple[Filter, ...]:
    until = periods.last_day(kind, last).replace(day=1)
    return Filter("month", Op.FROM, (first,)), Filter("month", Op.TO, (until,))


def narrowed(cube: str, filters: str) -> tuple[Filter, ...]:
    """The filters of a formula, written as in the address of a cube and divided by `&`."""
    return tuple(olap.filter_of(olap.find_cube(cube), text) for text in filters.split("&") if text)


def _read(answer: Answer, cube: str, units: dict[str, Unit], starts: Sequence[date], kind: str) -> Found:
    found: Found = {}
    members = {member_of(kind, start): start for start in starts}
    for (row, column), values in answer.values.items():
        rows, columns = answer.rows.keys[row], answer.columns.keys[column]
        unit = units.get(str(rows[0])) if rows else None
        start = members.get(columns[0]) if columns else None
        if unit is None or start is None:
            continue
        for head, value in zip(answer.heads, values, strict=True):
            if value is not None:
                found[f"{cube}.{head.measured.measure}", unit.pk, start] = Decimal(str(value))
    return found


def member_of(kind: str, start: date) -> Member:
    """A period as cubes name it."""
    return start if kind == periods.MONTH else f"{start.year}-Q{(start.month + 2) // 3}"


def question_behind(formula: Formula, unit: Unit, kind: str, first: date) -> Question | None:
    """The question whose answer an indicator's value is, by month; None for what cubes cannot tell."""
    cube = formula.source
    if cube not in olap.cubes or unit.level not in olap.find_cube(cube).levels or kind == periods.DAY:
        return None
    own = [term.partition(".")[2] for term in formula.terms if term.startswith(f"{cube}.")]
    return Question(
        cube,
        rows=("month",),
        measures=tuple(Measured(measure) for measure in own),
        filters=(
            Filter(unit.level, Op.IN, (unit.code,)),
            *_months(kind, first, first),
            *narrowed(cube, formula.filters),
        ),
    )
