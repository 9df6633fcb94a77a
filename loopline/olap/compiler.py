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
PLACE = "place"
"""The column that names a row of a cube held in memory."""
NEVER = date(1900, 1, 1)
"""Stands for the months of a question that is about none."""

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


def cells(wanted: Wanted, parts: Sequence[Part]) -> str:
    """The statement: for each level its member and whether it is added over (1), then the parts in their order.

    The rows are added up once by all levels together, then by each run of them.
    """
    keys = _keys(wanted)
    told = ["shown", "own", "began"] if _tells_months(wanted, parts) else []
    numbers = [f"sum(c.{part.name}) AS {part.name}" for part in parts]
    inner = _rows(wanted, [*(f"m.{name}" for name in told), *numbers])
    outer = [*keys, *(f"grouping({key})" for key in keys), *(_part(wanted, part) for part in parts)]
    sets = ", ".join(f"({', '.join(f'l{place}' for place in one)})" for one in runs(wanted))
    return (
        f"SELECT {', '.join(outer)} FROM ({inner} GROUP BY ALL) q "
        + (f"GROUP BY GROUPING SETS ({sets}) " if keys else "")
        + f"LIMIT {MOST_CELLS + 1}"
    )


def places(wanted: Wanted, part: Part) -> str:
    """The statement that finds the rows of a held cube which tell whom a part counts: members, month, rows."""
    keys = _keys(wanted)
    month = "m.shown" if wanted.mapping.running else "NULL"
    inner = _rows(wanted, [f"{month} AS shown", f"c.{PLACE} AS place"])
    return f"SELECT {', '.join([*keys, 'shown', 'list(place)'])} FROM ({inner}) q GROUP BY ALL"


def _keys(wanted: Wanted) -> list[str]:
    return [f"l{place}" for place in range(len(wanted.levels))]


def _rows(wanted: Wanted, further: Sequence[str]) -> str:
    """The cube's rows that a question is about, with the member of each level, and further columns."""
    members = [
        f"{_member(wanted, wanted.cube.levels[name])} AS l{place}" for place, name in enumerate(wanted.levels)
    ]
    return (
        f"SELECT {', '.join([*members, *further])} FROM {wanted.cube.table} c "
        f"JOIN ({_months(wanted.mapping)}) m ON c.{wanted.mapping.by} = m.source WHERE {condition(wanted)}"
    )


def _tells_months(wanted: Wanted, parts: Sequence[Part]) -> bool:
    """Whether a part depends on the months within its period."""
    return wanted.mapping.running or any(part.over is not Over.SUM for part in parts)


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


def _months(mapping: periods.Mapping) -> str:
    """The dates read, the dates they tell of with their periods, and whether each is the last (own) of those or the
    first (began).
    """
    levels = TIME if mapping.by == "day" else TIME[:-1]
    last: dict[date, date] = {NEVER: NEVER}
    first: dict[date, date] = {NEVER: NEVER}
    for source, shown in mapping.pairs:
        last[shown] = max(source, last.get(shown, source))
        first[shown] = min(source, first.get(shown, source))
    told = [
        (source, shown, *(periods.period_of(level, shown) for level in levels),
         source == last[shown], source == first[shown])
        for source, shown in mapping.pairs or ((NEVER, NEVER),)
    ]  # fmt: skip
    rows = [f"({', '.join(literal(one) for one in row)})" for row in told]
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v(source, shown, {', '.join(levels)}, own, began)"


def _member(wanted: Wanted, level: Level) -> str:
    if level.is_time:
        return f"m.{level.name}"
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


def runs(wanted: Wanted) -> list[tuple[int, ...]]:
    """The groupings, the coarsest first: every run of row levels from the left with every run of column levels."""
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
