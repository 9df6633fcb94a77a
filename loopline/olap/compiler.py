"""From a question to SQL: the one way in which figures leave the lake.

The statement groups by every run of levels at once (GROUPING SETS), so that subtotals are computed from the rows and
never from one another: ratios are divided after their parts are added, customers are counted anew in every cell, and
stocks are those of the last month of each period. It is written in what DuckDB and Spark both understand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from loopline.olap import periods
from loopline.olap.definitions import TIME, Cube, Level, Over, Part
from loopline.olap.question import OTHERS, Filter, Member, Op, Question

MOST_CELLS = 60_000

type Figure = Callable[[Sequence[date]], str]
"""Writes a figure over some months of the answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one statement computes: the question's cells for a mapping of months, as far as the reader may see.

    `largest` are the members that a top-N names; every other one becomes OTHERS. `apart`: the parts are those that
    are kept apart from the cube's own levels, of which the question then has none.
    """

    cube: Cube
    question: Question
    mapping: periods.Mapping
    branches: tuple[int, ...] | None
    totals: bool
    largest: tuple[Member, ...] = ()
    apart: bool = False

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of both axes, rows first."""
        return (*self.question.rows, *self.question.columns)


def cells(wanted: Wanted, parts: Sequence[Part], *, people: bool = False) -> str:
    """The statement: for each level its member and whether it is added over (1), then the parts in their order.

    `people`: the parts count customers, from the table of who is counted.
    """
    levels = [wanted.cube.levels[name] for name in wanted.levels]
    members = [f"{_member(wanted, level)} AS l{place}" for place, level in enumerate(levels)]
    inner = (
        f"SELECT {', '.join([*members, 'c.*'])}, m.shown, m.own, m.began FROM {_table(wanted, people)} c "
        f"JOIN ({_months(wanted.mapping)}) m ON c.{wanted.mapping.by} = m.month WHERE {condition(wanted)}"
    )
    keys = [f"l{place}" for place in range(len(levels))]
    outer = [*keys, *(f"grouping({key})" for key in keys)] if keys else []
    figures = [_people(wanted, part) if people else _part(wanted, part) for part in parts]
    sets = ", ".join(f"({', '.join(f'l{place}' for place in one)})" for one in _sets(wanted))
    return (
        f"SELECT {', '.join([*outer, *figures])} FROM ({inner}) q "
        + (f"GROUP BY GROUPING SETS ({sets}) " if keys else "")
        + f"LIMIT {MOST_CELLS + 1}"
    )


def literal(member: Member) -> str:
    """A member as SQL writes it."""
    if member is None:
        return "NULL"
    if isinstance(member, bool):
        return "TRUE" if member else "FALSE"
    if isinstance(member, int):
        return str(member)
    if isinstance(member, date):
        return f"DATE '{member.isoformat()}'"
    return "'" + str(member).replace("'", "''") + "'"


def _table(wanted: Wanted, people: bool) -> str:
    return wanted.cube.people if people else wanted.cube.table


def _months(mapping: periods.Mapping) -> str:
    """The months read, the months they tell of, and whether each is the last (own) or the first (began) of those."""
    last: dict[date, date] = {}
    first: dict[date, date] = {}
    for source, shown in mapping.pairs:
        last[shown] = max(source, last.get(shown, source))
        first[shown] = min(source, first.get(shown, source))
    rows = [
        f"({literal(source)}, {literal(shown)}, {literal(source == last[shown])}, {literal(source == first[shown])})"
        for source, shown in mapping.pairs
    ]
    if not rows:
        rows = ["(DATE '1900-01-01', DATE '1900-01-01', TRUE, TRUE)"]
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v(month, shown, own, began)"


def _member(wanted: Wanted, level: Level) -> str:
    if level.name == "year":
        return "CAST(year(m.shown) AS INTEGER)"
    if level.name == "quarter":
        return "concat(CAST(year(m.shown) AS VARCHAR), '-Q', CAST(quarter(m.shown) AS VARCHAR))"
    if level.name == "month":
        return "m.shown" if wanted.mapping.by == "month" else "CAST(date_trunc('month', m.shown) AS DATE)"
    if level.name == "day":
        return "CAST(m.shown AS VARCHAR)"
    top = wanted.question.top
    if top is not None and top.level == level.name:
        among = _is_among(f"c.{level.column}", wanted.largest)
        return f"CASE WHEN {among} THEN c.{level.column} ELSE {literal(OTHERS)} END"
    return f"c.{level.column}"


def condition(wanted: Wanted, alias: str = "c") -> str:
    """The rows that a question is about and its reader may see, whatever their month."""
    conditions = ["TRUE"]
    if wanted.branches is not None:
        units = ", ".join(str(int(unit)) for unit in wanted.branches)
        conditions.append(f"{alias}.branch_id IN ({units})" if units else "FALSE")
    conditions += [
        _filter(f"{alias}.{wanted.cube.levels[one.level].column}", one)
        for one in wanted.question.filters
        if one.level not in TIME
    ]
    if wanted.cube.own and not wanted.apart:
        conditions.append(f"{alias}.{wanted.cube.levels[wanted.cube.own[0]].column} IS NOT NULL")
    return " AND ".join(conditions)


def _filter(column: str, one: Filter) -> str:
    if one.op is Op.IN:
        return _is_among(column, one.members)
    if one.op is Op.NOT_IN:
        return f"NOT {_is_among(column, one.members)}"
    sign = ">=" if one.op is Op.FROM else "<="
    return f"{column} {sign} {literal(one.members[0])}"


def _is_among(column: str, members: Iterable[Member]) -> str:
    """Whether a column is one of some members, never NULL: what is nothing is a member as well."""
    named = [literal(member) for member in members if member is not None]
    tests = [f"coalesce({column} IN ({', '.join(named)}), FALSE)"] if named else []
    if None in tuple(members):
        tests.append(f"{column} IS NULL")
    return f"({' OR '.join(tests)})" if tests else "FALSE"


def _sets(wanted: Wanted) -> list[tuple[int, ...]]:
    """The groupings: every run of row levels from the left with every run of column levels."""
    rows, columns = len(wanted.question.rows), len(wanted.question.columns)
    if not wanted.totals:
        return [tuple(range(rows + columns))]
    return [
        (*range(row), *range(rows, rows + column)) for row in range(rows + 1) for column in range(columns + 1)
    ]


def _part(wanted: Wanted, part: Part) -> str:
    if part.over is Over.SUM:
        if not wanted.mapping.running:
            return f"sum({part.name})"
        return _at_ends(wanted, f"sum({part.name})", first=False)
    kind = "own" if part.over is Over.LAST else "began"
    first = part.over is Over.FIRST and not wanted.mapping.running
    return _at_ends(wanted, f"sum({part.name})", first=first, further=f" AND {kind}")


def _people(wanted: Wanted, part: Part) -> str:
    met = f"CASE WHEN {part.where} THEN customer_id END"
    if not wanted.mapping.running:
        return f"count(DISTINCT {met})"
    met = f"CASE WHEN {part.where} AND {{ends}} THEN customer_id END"
    return _by_depth(
        wanted, lambda months: f"count(DISTINCT {met.format(ends=_among_months(months))})", first=False
    )


def _at_ends(wanted: Wanted, added: str, *, first: bool, further: str = "") -> str:
    """The sum over the months at the end (or beginning) of the period that a cell tells of."""
    return _by_depth(
        wanted, lambda months: f"{added} FILTER (WHERE {_among_months(months)}{further})", first=first
    )


def _by_depth(wanted: Wanted, figure: Figure, *, first: bool) -> str:
    """A figure that depends on how fine the period of a cell is, which the grouping tells."""
    found = periods.ends(wanted.mapping.shown, first)
    text = figure(found[""])
    for depth in TIME:
        if depth in wanted.levels:
            key = f"l{wanted.levels.index(depth)}"
            text = f"CASE WHEN grouping({key}) = 0 THEN {figure(found[depth])} ELSE {text} END"
    return text


def _among_months(months: Sequence[date]) -> str:
    return f"shown IN ({', '.join(literal(month) for month in months)})" if months else "FALSE"
