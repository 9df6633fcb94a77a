"""Making the tables that are made from others: all of them, the months a load touched, or what it changed there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import duckdb

from loopline.kernel.period import add_months
from loopline.warehouse import delta, lake
from loopline.warehouse.delta import UNMOVED, Delta, Made
from loopline.warehouse.derived import MADE, Derived, derived, names, prepare
from loopline.warehouse.remembered import Remembered
from loopline.warehouse.touching import Changed


def make_all(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make every table anew from what the lake holds. Returns the rows written, by table."""
    rows = {name: _written(con, name, "true") for name in names()}
    _note_all(con, names())
    return rows


@dataclass(frozen=True, slots=True)
class Touched:
    """What a load touched: the months of the changed rows of each fact and the first month about which a changed
    dimension tells anew, the dimensions that changed, and the month of the load.
    """

    months: Mapping[str, set[date]]
    dimensions: frozenset[str]
    since: date

    def months_of(self, name: str) -> str:
        """The months of a table that are to be made anew, as a condition; '' for none."""
        table = derived[name]
        return _condition(table, self.months, self.dimensions, self.since) if table.with_loads else ""


def begun(
    con: duckdb.DuckDBPyConnection,
    touched: Touched,
    changes: Iterable[Changed],
    moment: datetime,
    known: Remembered,
) -> Delta | None:
    """The difference that a load makes, which has merged its `changes` as of a moment; None where that is too much."""
    due = {name: condition for name in names() if (condition := touched.months_of(name))}
    return delta.begun(con, changes, due, moment, known)


def make_touched(
    con: duckdb.DuckDBPyConnection, touched: Touched, small: Delta | None = None
) -> dict[str, int]:
    """Bring the tables on to what a load touched: by the difference it makes where that is known, else by months.

    Returns the rows written, by table.
    """
    done: dict[str, Made] = {}
    for name in names():
        condition = touched.months_of(name)
        if derived[name].watched is None or _stands(con, name, condition, small):
            continue
        done[name] = made = _made_anew(con, name, (derived[name].sums and condition) or "true", small)
        if made.months:
            touched = replace(touched, months={**touched.months, name: set(made.months)})
    if small:
        small.begin()
    for name in names():
        condition = touched.months_of(name)
        if condition and derived[name].watched is None:
            brought = small.bring(name) if small and small.covers(name) else None
            done[name] = _made_anew(con, name, condition, small) if brought is None else brought
    _note(con, done)
    return dict.fromkeys(names(), 0) | {name: made.rows for name, made in done.items()}


def make(tenant: int, name: str) -> int:
    """Make a table anew from what the lake holds. Returns its rows. Raises LakeBusy, NotLoaded."""
    with lake.loaded_writer(tenant) as con:
        con.execute("BEGIN")
        try:
            prepare(con)
            rows = _written(con, name, "true")
            _note_all(con, [name])
            con.execute("CALL lake.set_commit_message('loopline', ?)", [f"{name} of {lake.schema(tenant)}"])
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
    return rows


def note_made(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Note that a table was made anew by whoever else holds the writer."""
    _note_all(con, [name])


def note_gone(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Note that a table is there no more."""
    con.execute(f"DELETE FROM {MADE} WHERE name = ?", [name])


def _stands(con: duckdb.DuckDBPyConnection, name: str, condition: str, small: Delta | None) -> bool:
    """Whether a table of everybody need not be made anew."""
    is_current = derived[name].is_current
    if not condition and not is_current:
        return True
    if small is not None:
        return small.is_unmoved(name)
    return not condition and con.execute(f"SELECT {is_current}").fetchone() == (True,)


def _condition(table: Derived, touched: Mapping[str, set[date]], changed: frozenset[str], since: date) -> str:
    """The months to make anew, '' for none."""
    found = set().union(*(touched.get(fact, set()) for fact in table.facts))
    months = sorted({add_months(month, later) for month in found for later in range(table.back + 1)})
    first = [months[0]] if months and table.running else []
    if anew := changed.intersection(table.dimensions):
        first += [since, *(month for name in anew for month in touched.get(name, ()))]
    conditions = [f"month >= {_day(min(first))}"] if first else []
    if months and not table.running:
        conditions.append(f"month IN ({', '.join(_day(month) for month in months)})")
    return " OR ".join(conditions)


def _made_anew(con: duckdb.DuckDBPyConnection, name: str, condition: str, small: Delta | None) -> Made:
    """Make months of a table anew, and say so to whoever looks for the difference."""
    made = _months_anew(con, name, condition)
    if small is not None:
        small.made_anew(name, made)
    return made


def _months_anew(con: duckdb.DuckDBPyConnection, name: str, condition: str) -> Made:
    """Make months of a table anew; those of a small one that come out as they are stay untouched."""
    if derived[name].of_customers:
        rows = _written(con, name, condition)
        told = con.execute(f"SELECT DISTINCT month FROM {name} WHERE {condition}").fetchall()
        noted = con.execute(f"SELECT month FROM {MADE} WHERE name = '{name}' AND ({condition})").fetchall()
        there = frozenset(month for (month,) in told)
        return Made(rows, there | {month for (month,) in noted}, there)
    con.execute(f"CREATE OR REPLACE TEMP TABLE was AS FROM {name} WHERE {condition}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE made AS {derived[name].select(condition)}")
    each = ", ".join(column for column, _kind in derived[name].columns)
    differ = con.execute(
        f"SELECT DISTINCT month FROM (SELECT {each} FROM (SELECT -1 AS sign, * FROM was UNION ALL "
        f"SELECT 1 AS sign, * FROM made) GROUP BY {each} HAVING sum(sign) <> 0)"
    ).fetchall()
    if not differ:
        return UNMOVED
    months = frozenset(month for (month,) in differ)
    here = f"month IN ({', '.join(_day(month) for month in sorted(months))})"
    con.execute(f"DELETE FROM {name} WHERE {here}")
    row = con.execute(f"INSERT INTO {name} FROM made WHERE {here}").fetchone()
    told = con.execute(f"SELECT DISTINCT month FROM made WHERE {here}").fetchall()
    return Made(int(row[0]) if row else 0, months, frozenset(month for (month,) in told))


def _written(con: duckdb.DuckDBPyConnection, name: str, condition: str) -> int:
    con.execute(f"DELETE FROM {name} WHERE {condition}")
    row = con.execute(f"INSERT INTO {name} {derived[name].select(condition)}").fetchone()
    return int(row[0]) if row else 0


def _note(con: duckdb.DuckDBPyConnection, done: Mapping[str, Made]) -> None:
    """Note when months were made; one that has no rows any more is known no more."""
    pairs = [
        (name, month, month in made.there) for name, made in done.items() for month in sorted(made.months)
    ]
    if not pairs:
        return
    gone = " OR ".join(
        f"(name = '{name}' AND month IN ({', '.join(_day(month) for month in sorted(made.months))}))"
        for name, made in done.items()
        if made.months
    )
    con.execute(f"DELETE FROM {MADE} WHERE {gone}")
    there = ", ".join(f"('{name}', {_day(month)})" for name, month, is_there in pairs if is_there)
    if there:
        con.execute(f"INSERT INTO {MADE} SELECT *, CAST(now() AS TIMESTAMP) FROM (VALUES {there})")


def _note_all(con: duckdb.DuckDBPyConnection, made: Iterable[str]) -> None:
    """Note the months that tables made anew have now."""
    names_made = list(made)
    con.execute(f"DELETE FROM {MADE} WHERE name IN ({', '.join(f"'{name}'" for name in names_made)})")
    there = " UNION ALL ".join(f"SELECT DISTINCT '{name}', month FROM {name}" for name in names_made)
    con.execute(f"INSERT INTO {MADE} SELECT *, CAST(now() AS TIMESTAMP) FROM ({there})")


def _day(month: date) -> str:
    return f"DATE '{month.isoformat()}'"
