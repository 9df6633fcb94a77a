"""From a figure to the customers behind it: who they are comes from operations, under the reader's own rights."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from loopline.kernel.permission import Actor, require
from loopline.olap import compiler, periods, refusals
from loopline.olap.asking import check
from loopline.olap.building import placed_sql
from loopline.olap.compiler import Wanted
from loopline.olap.definitions import Cube, Measure, Over, Part
from loopline.olap.held import hold, state_of
from loopline.olap.question import OTHERS, Filter, Measured, Member, Op, Question, Value, Way
from loopline.warehouse import api as warehouse

PAGE = 50


@dataclass(frozen=True, slots=True)
class Behind:
    """Customers behind a figure, those with most of it first: (key, the measure's own number for him).

    `after` continues the list, "" when this is its end; `count` is how many there are in all.
    """

    customers: tuple[tuple[int, Value], ...]
    after: str
    count: int
    snapshot: int


def narrowed(question: Question, row: tuple[Member, ...], column: tuple[Member, ...]) -> Question:
    """The question about one cell alone: its members become filters."""
    pairs = [*zip(question.rows, row, strict=False), *zip(question.columns, column, strict=False)]
    if any(member == OTHERS for _level, member in pairs):
        raise refusals.BadTop(field="top")
    filters = [Filter(level, Op.IN, (member,)) for level, member in pairs]
    return replace(question.narrowed(*filters), rows=(), columns=(), top=None, sort=0, totals=False)


def behind(
    actor: Actor, question: Question, measured: Measured, *, after: str = "", size: int = PAGE
) -> Behind:
    """The customers whose rows make up a measure, for a question whose filters say which cell is meant.

    Ordered by what each brings to the measure, the largest first, then by key. Raises NotAllowed, NotLoaded.
    """
    require(actor, "olap.view")
    require(actor, "customers.view")
    alone = replace(question, rows=(), columns=(), measures=(measured,), top=None, sort=0)
    cube = check(alone, actor.tenant_id)
    measure = cube.measures[measured.measure]
    with warehouse.kept_reader(actor.tenant_id) as con:
        state = state_of(con)
        held = hold(actor.tenant_id, cube) if periods.by_days(question) else None
        dates = periods.chosen(held.days(actor.zone) if held else state.months(cube), question.filters)
        inner = _numbers(cube, measure, question, dates, actor.scope.branches)
        start, key = _place(after)
        shown = f"(-abs(number), customer_id) > ({start}, {key})" if after else "TRUE"
        rows = con.execute(
            f"SELECT customer_id, number, in_all FROM (SELECT *, count(*) OVER () AS in_all FROM ({inner})) "
            f"WHERE {shown} ORDER BY abs(number) DESC, customer_id LIMIT {size + 1}"
        ).fetchall()
    more = rows[size - 1] if len(rows) > size else None
    return Behind(
        tuple((customer, number) for customer, number, _in_all in rows[:size]),
        f"{abs(more[1])}:{more[0]}" if more else "",
        int(rows[0][2]) if rows else 0,
        state.snapshot,
    )


def _numbers(
    cube: Cube, measure: Measure, question: Question, dates: list[date], branches: tuple[int, ...] | None
) -> str:
    """customer_id and what he brings, for those who bring anything."""
    by = "day" if periods.by_days(question) else "month"
    mapped = periods.mapping(Way.PLAIN, dates, "", dates, by)
    wanted = Wanted(cube, question, mapped, branches, totals=False)
    terms = [_term(cube.part(name), sign, dates) for name, sign in measure.above]
    at = f"c.{by} IN ({', '.join(map(compiler.literal, dates))})" if dates else "FALSE"
    return (
        f"SELECT customer_id, number FROM (SELECT c.customer_id, {' + '.join(terms)} AS number "
        f"FROM ({placed_sql(cube)}) c "
        f"WHERE {at} AND {compiler.condition(wanted)} GROUP BY c.customer_id) q "
        "WHERE number IS NOT NULL AND number <> 0 AND customer_id IS NOT NULL"
    )


def _term(part: Part, sign: int, dates: list[date]) -> str:
    """One part of a customer's number."""
    if part.over is Over.DISTINCT:
        return f"max(CASE WHEN c.{part.name} > 0 THEN 1 ELSE 0 END)"
    number = f"c.{part.name}"
    if part.over in (Over.LAST, Over.FIRST) and dates:
        end = max(dates) if part.over is Over.LAST else min(dates)
        number = f"CASE WHEN c.month = {compiler.literal(end)} THEN {number} ELSE 0 END"
    return f"{'-' if sign < 0 else ''}coalesce(sum({number}), 0)"


def _place(after: str) -> tuple[str, int]:
    number, _colon, key = after.partition(":")
    try:
        return str(-abs(Decimal(number))) if number else "0", int(key)
    except (ValueError, ArithmeticError):
        return "0", 0
