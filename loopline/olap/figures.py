"""From the parts in each cell to the figures: ratios, comparisons in time, shares, and the order of rows."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from loopline.olap.definitions import Cube, Measure
from loopline.olap.question import CHANGES, Measured, Member, Question, Value, Way
from loopline.olap.wording import Labels

type Key = tuple[Member, ...]
type Cells = dict[tuple[Key, Key], dict[str, Any]]
"""(row, column) → part → number."""
type Values = dict[tuple[Key, Key], tuple[Value, ...]]

_BEHIND: dict[Way, tuple[Way, ...]] = {
    Way.YEAR_AGO: (Way.YEAR_AGO,),
    Way.YEAR_ON_YEAR: (Way.PLAIN, Way.YEAR_AGO),
    Way.PERIOD_AGO: (Way.PERIOD_AGO,),
    Way.PERIOD_ON_PERIOD: (Way.PLAIN, Way.PERIOD_AGO),
    Way.MONTH_AGO: (Way.MONTH_AGO,),
    Way.SAME_DAY_LAST_MONTH: (Way.SAME_DAY_LAST_MONTH,),
    Way.SAME_DAY_CHANGE: (Way.PLAIN, Way.SAME_DAY_LAST_MONTH),
    Way.CUMULATIVE: (Way.CUMULATIVE,),
}
_HUNDRED = Decimal(100)
_FINE = Decimal("0.000001")


def ways_of(asked: Iterable[Measured]) -> list[Way]:
    """The ways in which the cells must be computed."""
    found = {way for measured in asked for way in _BEHIND.get(measured.way, (Way.PLAIN,))}
    return sorted(found, key=lambda way: way is not Way.PLAIN)


def values(
    cube: Cube, asked: Iterable[Measured], found: dict[Way, Cells], keys: Iterable[tuple[Key, Key]] | None
) -> Values:
    """The figure of every measure in every cell (those of the plain cells when `keys` is None)."""
    asked = list(asked)
    cells = list(found[Way.PLAIN] if keys is None else keys)
    return {
        key: tuple(_value(cube.measures[measured.measure], measured.way, found, key) for measured in asked)
        for key in cells
    }


def _value(measure: Measure, way: Way, found: dict[Way, Cells], key: tuple[Key, Key]) -> Value:
    if way is Way.SHARE:
        return _percent(_at(measure, found, Way.PLAIN, key), _at(measure, found, Way.PLAIN, ((), ())))
    if way is Way.SHARE_OF_PARENT:
        row, column = key
        return _percent(
            _at(measure, found, Way.PLAIN, key), _at(measure, found, Way.PLAIN, (row[:-1], column))
        )
    if way in CHANGES:
        now, before = _at(measure, found, Way.PLAIN, key), _at(measure, found, _BEHIND[way][1], key)
        if now is None or before is None:
            return None
        return _percent(Decimal(now) - Decimal(before), abs(Decimal(before)))
    return _at(measure, found, _BEHIND.get(way, (Way.PLAIN,))[0], key)


def _at(measure: Measure, found: dict[Way, Cells], way: Way, key: tuple[Key, Key]) -> Value:
    """The measure in one cell: its parts added, divided once they are."""
    parts = found[way].get(key)
    if parts is None:
        return None
    above = _added(measure.above, parts)
    if not measure.is_ratio:
        return above
    below = _added(measure.below, parts)
    if above is None or not below:
        return None
    exact = Decimal(above) * measure.scale / Decimal(below)
    return exact.quantize(_FINE, ROUND_HALF_EVEN)


def _added(signed: Iterable[tuple[str, int]], parts: dict[str, Any]) -> Value:
    found = [parts[name] * sign for name, sign in signed if parts.get(name) is not None]
    return sum(found[1:], found[0]) if found else None


def _percent(part: Value, whole: Value) -> Value:
    if part is None or not whole:
        return None
    return (Decimal(part) * _HUNDRED / Decimal(whole)).quantize(_FINE, ROUND_HALF_EVEN)


class Sorter:
    """The order of an axis: siblings by their members or by a measure, a subtotal before its parts, the total last."""

    def __init__(self, question: Question, words: dict[str, Labels], figures: Values) -> None:
        self.question, self.words, self.figures = question, words, figures

    def row_order(self, key: Key) -> tuple[Any, ...]:
        """Where a row stands."""
        levels = self.question.rows
        steps = (
            (*self._by_measure(key[:depth]), *self._by_member(levels, key, depth))
            for depth in range(1, len(key) + 1)
        )
        return (key == (), *steps)

    def column_order(self, key: Key) -> tuple[Any, ...]:
        """Where a column stands."""
        return (
            key == (),
            *(self._by_member(self.question.columns, key, depth) for depth in range(1, len(key) + 1)),
        )

    def _by_member(self, levels: tuple[str, ...], key: Key, depth: int) -> tuple[Any, ...]:
        return self.words[levels[depth - 1]].order(key[depth - 1])

    def _by_measure(self, key: Key) -> tuple[Any, ...]:
        if not self.question.sort:
            return ()
        figure = self.figures.get((key, ()), ())
        value = figure[abs(self.question.sort) - 1] if figure else None
        others = self.words[self.question.rows[len(key) - 1]].order(key[-1])[0] == 3
        if value is None:
            return (others, True, 0)
        return (others, False, value if self.question.sort > 0 else -value)
