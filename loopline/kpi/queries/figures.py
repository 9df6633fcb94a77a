"""Where the values of indicators come from: a port with an adapter for counts over operations,
one for cubes, and one for plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from loopline.kernel.permission import Actor
from loopline.kpi.models import Indicator
from loopline.kpi.queries.book import Book
from loopline.kpi.queries.counts import counts, look
from loopline.kpi.queries.tree import Tree
from loopline.kpi.rules.forecast import Forecast
from loopline.kpi.rules.formula import WORK, Formula
from loopline.kpi.rules.judging import misses

type Values = dict[tuple[Formula, int, date], Decimal]
"""By formula, unit and first day of the period; what has nothing to tell is not in it."""


class Figures(Protocol):
    """Tells values."""

    def values(self, formulas: Sequence[Formula], kind: str, starts: Sequence[date]) -> Values:
        """The values of formulas for every unit in the periods that begin on these days."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over operations, added up along the tree."""

    actor: Actor
    tree: Tree
    now: datetime

    def values(self, formulas: Sequence[Formula], kind: str, starts: Sequence[date]) -> Values:
        """The values; a ratio is that of the sums, never a mean of ratios."""
        found: Values = {}
        for start in starts:
            seen = look(self.actor, kind, start, self.now)
            sums = {
                term: self.tree.rolled_up(counts[term.removeprefix(f"{WORK}.")].tally(seen))
                for term in {term for formula in formulas for term in formula.terms}
            }
            for formula in formulas:
                found |= self._of(formula, start, sums)
        return found

    def _of(self, formula: Formula, start: date, sums: dict[str, dict[int, Decimal]]) -> Values:
        none = Decimal(0)
        told = {
            unit: formula.value_of(
                sums[formula.numerator].get(unit, none), sums.get(formula.denominator, {}).get(unit)
            )
            for unit in self.tree.units
        }
        return {(formula, unit, start): value for unit, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Plans:
    """How many targets are being reached: made from the standings of other indicators."""

    book: Book
    chosen: Sequence[Indicator]

    def values(self, formulas: Sequence[Formula], kind: str, starts: Sequence[date]) -> Values:
        """The share of targets whose forecast, or else whose value, reaches them; nothing where there is no target."""
        found: Values = {}
        of_kind = [each for each in self.chosen if each.period == kind]
        for unit in self.book.tree.units:
            for start in starts:
                reached = [met for each in of_kind if (met := self._met(each, unit, start)) is not None]
                sums = {"plan.on_plan": Decimal(sum(reached)), "plan.judged": Decimal(len(reached))}
                for formula in formulas:
                    value = formula.value_of(sums.get(formula.numerator), sums.get(formula.denominator))
                    if value is not None and reached:
                        found[formula, unit, start] = value
        return found

    def _met(self, indicator: Indicator, unit: int, start: date) -> bool | None:
        standing = self.book.standing(indicator, unit, start)
        if standing.value is None or standing.target is None:
            return None
        expected = standing.outlook.value if isinstance(standing.outlook, Forecast) else standing.value
        if indicator.adds_up and indicator.higher_is_better and not isinstance(standing.outlook, Forecast):
            return standing.attained is not None and standing.attained >= 1
        return not misses(expected, standing.target.value, indicator.higher_is_better)
