"""Tables that are made from other tables of the lake, month by month, in the transaction that changed those.

Modules above register them; the writer makes anew the months that a load touched. So whoever reads a snapshot finds
facts and what was made from them in one state, and what is made step by step equals what is made from nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from loopline.kernel.modules import brought
from loopline.kernel.period import add_months
from loopline.kernel.registry import Registry
from loopline.warehouse import lake
from loopline.warehouse.shape import Known, known_tables


@dataclass(frozen=True, slots=True)
class Derived:
    """A table partitioned by its column `month`.

    `columns` are (name, DuckDB type), the month among them. `facts` are the tables whose touched months it follows,
    `dimensions` those whose change touches the month of the load (or an earlier one, see `Table.past`) and all later
    ones. `select` gives the SQL of its rows, in the order of the columns, for the months that a condition over
    `month` lets through. `back`: a month tells of so many months before it as well; `running`: of all before it, so
    that a touched month touches all later ones. `prepare` makes the tables it reads, where
    no refresh makes them. Where `with_loads` is false, only a complete load and `make` make it anew, by a rule of its
    own. `about` says what the table ("") and its columns mean, in words that follow the reader.
    """

    columns: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    select: Callable[[str], str]
    back: int = 0
    running: bool = False
    with_loads: bool = True
    prepare: Callable[[duckdb.DuckDBPyConnection, Known], None] | None = None
    about: Callable[[], Mapping[str, object]] | None = None


derived: Registry[Derived] = Registry("derived table")

_LITERAL = re.compile(r"DATE '([0-9-]+)'")

MADE = "derived_month"
"""The lake's own note of when each month of each of these tables was made last: who holds a copy asks it."""


def names() -> list[str]:
    """The derived tables in the order in which they are made; modules bring them in their `derived.py`."""
    brought("derived")
    return derived.names()


def signature() -> str:
    """Changes when the definition of a derived table does; then all of them are made anew."""
    return repr([(name, derived[name].columns, derived[name].select("true")) for name in names()])


def prepare(con: duckdb.DuckDBPyConnection, there: Known | None = None) -> None:
    """Make the tables that are missing; one whose columns changed is made anew, empty."""
    there = known_tables(con) if there is None else there
    registered = names()
    for name in registered:
        if (first := derived[name].prepare) is not None:
            first(con, there)
    if MADE not in there:
        con.execute(f"CREATE TABLE {MADE} (name VARCHAR, month DATE, made_at TIMESTAMP)")
    for name in registered:
        wanted = list(derived[name].columns)
        if there.get(name) == wanted:
            continue
        if name in there:
            con.execute(f"DROP TABLE {name}")
        con.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in wanted)})")
        con.execute(f"ALTER TABLE {name} SET PARTITIONED BY (month)")


def with_months_before(condition: str, count: int) -> str:
    """The condition of `Derived.select`, for its months and so many before each of them."""
    shifted = (
        _LITERAL.sub(lambda found, by=by: _day(add_months(date.fromisoformat(found[1]), -by)), condition)  # type: ignore[misc]
        for by in range(count + 1)
    )
    return " OR ".join(f"({one})" for one in shifted)


def rebuild(
    con: duckdb.DuckDBPyConnection,
    touched: dict[str, set[date]] | None,
    dimensions: Iterable[str],
    since: date,
) -> dict[str, int]:
    """Make anew what a load touched; everything when `touched` is None. Returns the rows written, by table.

    `touched` has the months of the changed rows of each fact and the first month about which a changed dimension tells
    anew, `dimensions` the dimensions that changed, `since` the month of the load.
    """
    changed = set(dimensions)
    due = {
        name: "true" if touched is None else _condition(derived[name], touched, changed, since)
        for name in names()
        if touched is None or derived[name].with_loads
    }
    due = {name: condition for name, condition in due.items() if condition}
    rows = {name: _make_anew(con, name, condition) for name, condition in due.items()}
    if due:
        note(con, due)
    return dict.fromkeys(names(), 0) | rows


def make(tenant: int, name: str) -> int:
    """Make a table anew from what the lake holds. Returns its rows. Raises LakeBusy, NotLoaded."""
    with lake.loaded_writer(tenant) as con:
        con.execute("BEGIN")
        try:
            prepare(con)
            rows = _make_anew(con, name, "true")
            note(con, {name: "true"})
            con.execute("CALL lake.set_commit_message('loopline', ?)", [f"{name} of {lake.schema(tenant)}"])
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
    return rows


def _condition(table: Derived, touched: dict[str, set[date]], changed: set[str], since: date) -> str:
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


def _make_anew(con: duckdb.DuckDBPyConnection, name: str, condition: str) -> int:
    con.execute(f"DELETE FROM {name} WHERE {condition}")
    row = con.execute(f"INSERT INTO {name} {derived[name].select(condition)}").fetchone()
    return int(row[0]) if row else 0


def note(con: duckdb.DuckDBPyConnection, due: Mapping[str, str]) -> None:
    """Note the months that are now there of those made anew; one that has no rows any more is known no more."""
    gone = " OR ".join(f"(name = '{name}' AND ({condition}))" for name, condition in due.items())
    con.execute(f"DELETE FROM {MADE} WHERE {gone}")
    there = " UNION ALL ".join(
        f"SELECT DISTINCT '{name}', month FROM {name} WHERE {condition}" for name, condition in due.items()
    )
    con.execute(f"INSERT INTO {MADE} SELECT *, CAST(now() AS TIMESTAMP) FROM ({there})")


def note_made(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Note that a table was made anew by whoever else holds the writer."""
    note(con, {name: "true"})


def note_gone(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Note that a table is there no more."""
    con.execute(f"DELETE FROM {MADE} WHERE name = ?", [name])


def _day(month: date) -> str:
    return f"DATE '{month.isoformat()}'"
