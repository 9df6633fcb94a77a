"""What a small load changes of the tables made from others, found from the customers whom it touched.

Such a table is a function of its sources, customer by customer. So the same statements are run over the rows of the
touched customers alone, in a small database in memory: once as the sources were before the load, once as they are
after it. In a table of single rows those of these customers are replaced; to a table of sums the difference is added.
The work grows with what changed, not with what there is, and leads to the same as making the months anew.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from loopline.warehouse import crowds, monthly
from loopline.warehouse.derived import Derived, derived, names, with_months_before
from loopline.warehouse.eras import AFTER, BEFORE, BOTH, Eras, given
from loopline.warehouse.remembered import Remembered
from loopline.warehouse.shape import Keeping
from loopline.warehouse.star import TABLES
from loopline.warehouse.touching import KEYS, NOBODY, Changed, columns, links, touched

MOST = 20_000
"""Of more customers than these, making the months anew costs no more."""
THINGS = "things"
"""The column of a table of sums that counts the rows added up; without any a cell is gone."""
_LATER = "TIMESTAMP '9999-12-31'"
_TABLES = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a table made from others: rows written, the months that differ, and those of them with rows."""

    rows: int = 0
    months: frozenset[date] = frozenset()
    there: frozenset[date] = frozenset()


UNMOVED = Made()


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of a table: its months that differ, and rows to write; of a table of single rows also whose.

    Of a table of sums the rows are what is added to it, with the crowds that go and come.
    """

    months: tuple[date, ...]
    rows: pa.Table
    whose: pa.Table | None = None


def begun(
    con: duckdb.DuckDBPyConnection,
    changes: Iterable[Changed],
    due: Mapping[str, str],
    moment: datetime,
    known: Remembered,
) -> "Delta | None":
    """The difference that a load makes to the tables that are due (name → condition); None where it touched too many.

    `con` is the writer, which has merged the changes as of `moment` into the open transaction.
    """
    changed = {one.table.name: one for one in changes}
    used = {*_named(monthly.build(monthly.EVERYTHING)), *(one for name in names() for one in reads(name))}
    for name in changed:
        known.forget(name)
    whom = touched(con, [one for name, one in changed.items() if name in used and links(name)])
    return None if len(whom) > MOST else Delta(con, changed, due, whom, moment=moment, known=known)


@cache
def reads(name: str) -> frozenset[str]:
    """The tables of the lake that a table made from others is made from."""
    return _named(derived[name].select("true"))


def _named(words: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", words)) & frozenset(columns())


class Delta:
    """The rows of the touched customers before and after, and what is already known to have changed."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        changes: Mapping[str, Changed],
        due: Mapping[str, str],
        whom: list[int],
        *,
        moment: datetime,
        known: Remembered,
    ) -> None:
        self._con, self._changes, self._due, self._whom = con, changes, due, whom
        self._moment, self._known = moment, known
        self._eras = Eras(whom)
        for key, into in KEYS.items():
            self._eras.take(into, con.execute(f"SELECT {key} FROM {into}").to_arrow_table())
        self._empty: set[str] = set()
        self._moved: set[str] = {name for name in changes if name not in self._whole}
        self._anew: set[str] = set(changes) & self._whole
        self._worker = ThreadPoolExecutor(1)
        self._sought: dict[str, Future[_Found | None]] = {}

    def close(self) -> None:
        """Let go of the rows."""
        self._worker.shutdown(cancel_futures=True)
        self._eras.close()

    @cached_property
    def _whole(self) -> frozenset[str]:
        """Sources that tell of everybody, or of others than whom they name."""
        told = {name for name in names() if derived[name].watched}
        by_nobody = {name for name in columns() if not links(name)}
        return frozenset(told | by_nobody | {one for name in names() for one in derived[name].whole})

    @cached_property
    def _of_lines(self) -> frozenset[str]:
        """The sources of which the months of touched lines need more than the months that are due."""
        asked = "SELECT count(*), count(*) FILTER (month IS NULL) FROM touched_key"
        some, every = self._con.execute(asked).fetchone() or (0, 0)
        if every:
            return _named(monthly.build(monthly.EVERYTHING))
        return frozenset({"fact_payment"} if some else ())

    def is_unmoved(self, name: str) -> bool:
        """Whether what a table of everybody is made of is the same before and after, and the table is of today."""
        table = derived[name]
        assert table.watched is not None
        self._load({name})
        if table.is_current and self._eras.ask(f"SELECT {table.is_current}").fetchone() != (True,):
            return False
        if reads(name) & self._anew:
            return False
        moved, watched = reads(name) & self._moved, table.watched()
        if not moved <= _named(watched):
            return not moved
        self._load(_named(watched))
        was, now = (self._eras.ask(watched, era).fetchall() for era in (BEFORE, AFTER))
        return Counter(was) == Counter(now)

    def made_anew(self, name: str, made: Made) -> None:
        """Note that a table was made anew: what reads it must be as well."""
        if made.months:
            self._anew.add(name)
            self._known.forget(name)

    def months_of_lines(self) -> bool:
        """Fill the temporary tables `touched_pair` and `rebuilt` (see monthly), where the touched accounts are whole.

        They are not where bills name another account than their line has ever had.
        """
        build = monthly.build("FROM touched_pair")
        self._load(_named(build))
        apart = (
            "SELECT count(*) FROM fact_bill WHERE subscription_id NOT IN (FROM touched_line) "
            "OR account_id NOT IN (FROM touched_account)"
        )
        if self._eras.ask(apart).fetchone() != (0,):
            return False
        self._eras.take("touched_key", self._con.execute("FROM touched_key").to_arrow_table())
        self._eras.make("touched_pair", monthly.TOUCHED, AFTER)
        for name, words in (("touched_pair", "FROM touched_pair"), ("rebuilt", build)):
            with given(self._con, era_rows=self._eras.ask(words).to_arrow_table()):
                self._con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM era_rows")
        return True

    def begin(self) -> None:
        """Read what is needed, and begin to look for the differences beside what else is done."""
        anew, moved = set(self._anew), set(self._moved)
        sought: dict[str, bool] = {}
        for name in names():
            table = derived[name]
            if name not in self._due or not table.of_customers:
                continue
            if reads(name) & anew:
                anew.add(name)
                continue
            sought[name] = bool(reads(name) & moved) and self._is_there(name, sought)
            if sought[name]:
                self._load(reads(name) - {name} - {one for one, is_there in sought.items() if is_there})
                if not table.sums:
                    self._eras.take(name, self._read(name), BEFORE)
                    moved.add(name)
        # From here on the worker alone asks the eras.
        for name, is_there in sought.items():
            self._sought[name] = self._worker.submit(self._found, name) if is_there else _known_already(None)

    def covers(self, name: str) -> bool:
        """Whether the table is brought on by difference: nothing that tells of everybody has moved below it."""
        return name in self._sought

    def bring(self, name: str) -> Made | None:
        """Bring a table on. None where it must be made anew after all."""
        found = self._sought[name].result()
        if found is None:
            return UNMOVED
        return self._added(name, found) if found.whose is None else self._replaced(name, found, found.whose)

    def _is_there(self, name: str, sought: Mapping[str, bool]) -> bool:
        """Whether the touched customers have rows in any source that tells of customers."""
        told = {one for one in reads(name) - {name} if one not in self._whole and not one.startswith("dim_")}
        self._load(told - {one for one, is_there in sought.items() if is_there})
        return not told <= self._empty

    def _found(self, name: str) -> _Found | None:
        """What differs; runs beside the writer, and touches the eras alone."""
        table, condition = derived[name], self._due[name]
        if not reads(name) & self._moved:
            if not table.sums:
                self._eras.make(name, f"FROM {BEFORE}.{name}", AFTER)
            return None
        found = self._differing(name, table, condition) if table.sums else self._single(name, condition)
        if found is not None:
            self._moved.add(name)
        return found

    def _single(self, name: str, condition: str) -> _Found | None:
        """Of a table of single rows: whose rows differ in which months, and how they are now."""
        eras = self._eras
        kept = eras.ask(f"FROM {name} WHERE NOT ({condition})", BEFORE).to_arrow_table()
        eras.take(name, kept, AFTER)
        eras.ask(f"INSERT INTO {name} {derived[name].select(condition)}")
        whose = f"coalesce(customer_id, {NOBODY})"
        eras.ask(f"DELETE FROM {name} WHERE {whose} NOT IN (FROM touched_customer)")
        each = ", ".join(column for column, _kind in derived[name].columns)
        differ = eras.ask(
            f"SELECT DISTINCT month, {whose} AS customer_id FROM (SELECT {each} FROM ("
            f"SELECT -1 AS sign, * FROM {BEFORE}.{name} UNION ALL SELECT 1 AS sign, * FROM {AFTER}.{name}) "
            f"WHERE {condition} GROUP BY {each} HAVING sum(sign) <> 0)"
        ).to_arrow_table()
        if not differ.num_rows:
            return None
        with eras.given(differ=differ):
            rows = eras.ask(
                f"SELECT * FROM {name} WHERE month IN (SELECT month FROM differ) "
                f"AND {whose} IN (SELECT customer_id FROM differ)"
            ).to_arrow_table()
        return _Found(tuple(sorted(set(differ.column("month").to_pylist()))), rows, differ)

    def _differing(self, name: str, table: Derived, condition: str) -> _Found | None:
        """Of a table of sums: what its customers bring now, less what they brought before."""
        keys, sums, who = _roles(table)
        select = _typed(table, condition)
        self._eras.make("brought", select, BEFORE)
        added = ", ".join(f"CAST(sum(sign * {one}) AS {kind}) AS {one}" for one, kind in sums.items())
        moved = "".join(
            f", any_value({one}) FILTER (sign < 0) AS {one}_gone, any_value({one}) FILTER (sign > 0) AS {one}_come"
            for one in who
        )
        differs = [f"sum(sign * {one}) <> 0" for one in sums]
        differs += [f"{one}_gone IS DISTINCT FROM {one}_come" for one in who]
        rows = self._eras.ask(
            f"SELECT {', '.join(keys)}, {added}{moved} FROM "
            f"(SELECT -1 AS sign, * FROM {BEFORE}.brought UNION ALL SELECT 1 AS sign, * FROM ({select})) "
            f"GROUP BY {', '.join(keys)} HAVING {' OR '.join(differs)}"
        ).to_arrow_table()
        return _Found(tuple(sorted(set(rows.column("month").to_pylist()))), rows) if rows.num_rows else None

    def _replaced(self, name: str, found: _Found, whose: pa.Table) -> Made:
        """Write the rows of a table of single rows."""
        with given(self._con, differ=whose, rows_made=found.rows):
            self._con.execute(
                f"DELETE FROM {name} WHERE month IN ({_listed(found.months)}) "
                f"AND coalesce(customer_id, {NOBODY}) IN (SELECT customer_id FROM differ)"
            )
            self._con.execute(f"INSERT INTO {name} BY NAME FROM rows_made")
        self._known.forget(name)
        return Made(found.rows.num_rows, frozenset(found.months), frozenset(found.months))

    def _added(self, name: str, found: _Found) -> Made | None:
        """Add what was found to a table of sums; None where a cell would then have less than no rows."""
        con, months = self._con, found.months
        keys, sums, who = _roles(derived[name])
        gone = "".join(f", NULL::BLOB AS {one}_gone, NULL::BLOB AS {one}_come" for one in who)
        come = "".join(f", NULL::BLOB AS {one}, {one}_gone, {one}_come" for one in who)
        told = {key: key for key in keys} | {one: f"CAST(sum({one}) AS {kind})" for one, kind in sums.items()}
        told |= {
            one: f"CASE WHEN any_value({one}_gone) IS NULL AND any_value({one}_come) IS NULL THEN any_value({one}) "
            f"ELSE crowd_moved(any_value({one}), any_value({one}_gone), any_value({one}_come)) END"
            for one in who
        }
        with given(con, cells=self._cells(name, months), moved=found.rows):
            made = con.execute(
                f"SELECT {', '.join(f'{told[one]} AS {one}' for one, _kind in derived[name].columns)} FROM "
                f"(SELECT *{gone} FROM cells UNION ALL BY NAME SELECT {', '.join([*keys, *sums])}{come} FROM moved) "
                f"GROUP BY {', '.join(keys)} HAVING sum({THINGS}) <> 0"
            ).to_arrow_table()
        if made.num_rows and pc.min(made.column(THINGS)).as_py() < 0:
            self._known.forget(name)
            return None
        con.execute(f"DELETE FROM {name} WHERE month IN ({_listed(months)})")
        with given(con, rows_made=made):
            con.execute(f"INSERT INTO {name} BY NAME FROM rows_made")
        there = set()
        for month in months:
            rows = made.filter(pc.equal(made.column("month"), month))
            self._known.keep(name, rows, month)
            there |= {month} if rows.num_rows else set()
        return Made(made.num_rows, frozenset(months), frozenset(there))

    def _cells(self, name: str, months: Iterable[date]) -> pa.Table:
        """Some months of a table of sums as they stand in the lake."""
        found = {month: self._known.get(name, month) for month in months}
        missing = [month for month, rows in found.items() if rows is None]
        read = [rows for rows in found.values() if rows is not None]
        if missing:
            here = f"month IN ({_listed(missing)})"
            read.append(self._con.execute(f"SELECT * FROM {name} WHERE {here}").to_arrow_table())
        return pa.concat_tables(read)

    def _load(self, sources: Iterable[str]) -> None:
        """Bring the rows of the touched customers into both eras."""
        for name in sorted(set(sources)):
            if self._eras.holds(name, AFTER):
                continue
            rows = self._read(name)
            if name in self._changes:
                self._eras.take(name, rows, AFTER)
                self._take_before(name, rows)
            else:
                self._eras.take(name, rows, BOTH)
                self._empty |= set() if rows.num_rows else {name}

    def _read(self, name: str) -> pa.Table:
        """The rows of the touched customers in a source; all of a source that tells of everybody."""
        if (known := self._known.get(name)) is not None:
            return known
        rows = self._con.execute(f"SELECT * FROM {name}{self._of_touched(name)}").to_arrow_table()
        is_all = name in self._whole or (
            not rows.num_rows and self._con.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None
        )
        if is_all:
            self._known.keep(name, rows)
        return rows

    def _of_touched(self, name: str) -> str:
        if name in self._whole:
            return ""
        has = links(name)
        found = [f"{key} IN (FROM {KEYS[key]})" for key in has]
        if NOBODY in self._whom:
            found.append(f"({' AND '.join(f'{key} IS NULL' for key in has)})")
        return f" WHERE ({' OR '.join(found)}){self._in_months(name, ' AND ')}"

    def _in_months(self, name: str, word: str) -> str:
        """The months of a source at which the tables that are due look; '' for all.

        Tables made from others are read in the months that are told of, and where one goes on from itself, in the one
        before; facts also in those of `back`, or in all where months tell of all before them.
        """
        table = _TABLES.get(name)
        at = table.lake_month if table and table.keeping is Keeping.LATEST else ""
        at = "month" if name in derived else at
        readers = [one for one in self._due if name in reads(one)]
        if not at or (table and any(derived[one].running for one in readers)) or name in self._of_lines:
            return ""
        back = {one: max(derived[one].back, int(one == name)) for one in readers}
        if name in self._due:
            back[name] = int(name in reads(name))
        found = sorted({with_months_before(self._due[one], count) for one, count in back.items()})
        return f"{word}({re.sub(r'\bmonth\b', at, ' OR '.join(found))})" if found else ""

    def _take_before(self, name: str, rows: pa.Table) -> None:
        """The rows of a source as they were before the load."""
        change = self._changes[name]
        if change.table.keeping is Keeping.HISTORY:
            now = f"TIMESTAMP '{self._moment.replace(tzinfo=None).isoformat(sep=' ')}'"
            with self._eras.given(rows_after=rows):
                self._eras.make(
                    name,
                    f"SELECT * REPLACE (CASE WHEN valid_to = {now} THEN {_LATER} ELSE valid_to END AS valid_to, "
                    f"is_current OR valid_to = {now} AS is_current) FROM rows_after WHERE valid_from <> {now}",
                    BEFORE,
                )
            return
        key = change.table.key
        fresh = self._con.execute(f"SELECT {key} FROM {change.fresh}").to_arrow_table()
        old = self._con.execute(
            f"SELECT * FROM {change.old}{self._in_months(name, ' WHERE ')}"
        ).to_arrow_table()
        with self._eras.given(rows_after=rows, rows_fresh=fresh, rows_old=old):
            self._eras.make(
                name,
                f"FROM rows_after ANTI JOIN rows_fresh USING ({key}) UNION ALL BY NAME FROM rows_old",
                BEFORE,
            )


def _roles(table: Derived) -> tuple[list[str], dict[str, str], list[str]]:
    """The columns of a table of sums: by what it adds up, what (with its type), and whom it counts."""
    sums = {name: kind for name, kind in table.columns if name in table.sums}
    who = [name for name, kind in table.columns if kind == crowds.TYPE]
    return [name for name, _kind in table.columns if name not in {*sums, *who}], sums, who


def _typed(table: Derived, condition: str) -> str:
    """The rows of a table with its columns' names and types, as inserting them gives them."""
    told = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in table.columns)
    listed = ", ".join(name for name, _kind in table.columns)
    return f"SELECT {told} FROM ({table.select(condition)}) AS told ({listed})"


def _known_already(found: _Found | None) -> "Future[_Found | None]":
    future: Future[_Found | None] = Future()
    future.set_result(found)
    return future


def _listed(months: Iterable[date]) -> str:
    return ", ".join(f"DATE '{month.isoformat()}'" for month in sorted(months))
