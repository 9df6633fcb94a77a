"""Tables that are made from other tables of the lake, month by month, in the transaction that changed those.

Modules above register them; the writer makes anew the months that a load touched. So whoever reads a snapshot finds
facts and what was made from them in one state, and what is made step by step equals what is made from nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from loopline.kernel.modules import brought
from loopline.kernel.period import add_months
from loopline.kernel.registry import Registry
from loopline.warehouse.shape import Known, known_tables


@dataclass(frozen=True, slots=True)
class Derived:
    """A table partitioned by its column `month`.

    `columns` are (name, DuckDB type), the month among them. `facts` are the tables whose touched months it follows,
    `dimensions` those whose change touches the month of the load (or an earlier one, see `Table.past`) and all later
    ones. `select` gives the SQL of its rows, in the order of the columns, for the months that a condition over
    `month` lets through. `back`: a month tells of so many months before it as well; `running`: of all before it, so
    that a touched month touches all later ones. `prepare` makes the tables it reads, where no refresh makes them.
    Where `with_loads` is false, only a complete load and `make` make it anew, by a rule of its own.

    `of_customers`: each row tells of one customer (`customer_id`), or adds such rows up in `sums`, and is made of his
    rows in the sources alone, of dimensions of everybody, and of all rows of the sources in `whole`. Other tables tell
    of everybody: `watched` gives the SQL of what such a one is made of, customer by customer, so that it stays as it
    is where that does; `is_current` what follows SELECT to ask whether it is of today.

    `about` says what the table ("") and its columns mean, in words that follow the reader.
    """

    columns: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    select: Callable[[str], str]
    back: int = 0
    running: bool = False
    with_loads: bool = True
    of_customers: bool = False
    sums: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    watched: Callable[[], str] | None = None
    is_current: str = ""
    prepare: Callable[[duckdb.DuckDBPyConnection, Known], None] | None = None
    about: Callable[[], Mapping[str, object]] | None = None


derived: Registry[Derived] = Registry("derived table")

_LEFT_OUT = re.compile(r"EXCLUDE \(([^)]*)\)")
_LITERAL = re.compile(r"DATE '([0-9-]+)'")

MADE = "derived_month"
"""The lake's own note of when each month of each of these tables was made last: who holds a copy asks it."""


def names() -> list[str]:
    """The derived tables in the order in which they are made; modules bring them in their `derived.py`."""
    brought("derived")
    return derived.names()


def signature() -> str:
    """Changes when the definition of a derived table does; then all of them are made anew.

    Ibis lists what is left out in the order of a set, which is another one in each process.
    """
    return repr([(name, derived[name].columns, _in_order(derived[name].select("true"))) for name in names()])


def _in_order(words: str) -> str:
    return _LEFT_OUT.sub(lambda found: f"EXCLUDE ({sorted(found[1].split(', '))})", words)


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


def _day(month: date) -> str:
    return f"DATE '{month.isoformat()}'"
