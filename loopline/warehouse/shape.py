"""What a table of the lake is made of: its columns, its source, how it follows it, what must hold of it.

A table follows one relation of PostgreSQL, its own: a row of the relation is a row of the table, found by the
relation's `id`. Where a column comes from a second relation, `joined` brings that in (as a subquery whose columns
bear names of their own, so that `id` and `changed_xid` stay the first one's), and `also` says for each relation
joined how a change of it finds the rows to read again:

    also=(("orders_order", "order_id"),)    the rows whose column order_id holds a changed key of orders_order
    also=(("identity_role", ""),)           '' : any change there means that the table is compared whole

Always read from `table.read_from`, which is `relation` or `relation joined…`, never from `relation` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import duckdb

MONEY = "DECIMAL(18,2)"


class Keeping(StrEnum):
    """How a table follows its source."""

    LATEST = "latest"
    """One row per source row, replaced when that changes, removed when that is deleted."""
    HISTORY = "history"
    """A new version whenever a column changes: valid_from, valid_to (half open, UTC) and is_current."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its DuckDB type, its expression over the source row, what it means, how it is checked.

    `taken`, where given, is a DuckDB expression over the source's value, for what may not arrive in clear.
    `summed` columns are reconciled with the source. `refers` names the table whose key this is.
    """

    name: str
    type: str
    source: str
    en: str
    zh: str
    taken: str = ""
    summed: bool = False
    refers: str = ""


class RuleKind(StrEnum):
    """What a rule asks of the rows that hold now."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    REFERENCE = "reference"
    RANGE = "range"
    SUM = "sum"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold of each row. `fails` is the DuckDB condition that finds the rows of which it does not.

    `columns` are those that it looks at, `bounds` what a RANGE lies between ('' for open above). UNIQUE and REFERENCE
    have no condition: they look at more than one row.
    """

    kind: RuleKind
    columns: tuple[str, ...]
    fails: str = ""
    refers: str = ""
    bounds: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        """How the rule is named among those of its table."""
        return f"{self.kind.value}:{','.join(self.columns)}"


def filled(*columns: str) -> tuple[Rule, ...]:
    """These columns are never empty."""
    return tuple(Rule(RuleKind.NOT_NULL, (column,), f"{column} IS NULL") for column in columns)


def one_of(column: str, *accepted: str) -> Rule:
    """A column has one of these values."""
    words = ", ".join(f"'{value}'" for value in accepted)
    return Rule(RuleKind.ACCEPTED, (column,), f"{column} NOT IN ({words})")


def between(column: str, low: str, high: str = "") -> Rule:
    """A column is not below `low` and, where one is given, not above `high` (DuckDB expressions)."""
    above = f" OR {column} > {high}" if high else ""
    return Rule(RuleKind.RANGE, (column,), f"{column} < {low}{above}", bounds=(low, high))


def adds_up(total: str, parts: str, *columns: str) -> Rule:
    """A column is the sum of others, to the fen."""
    return Rule(RuleKind.SUM, (total, *columns), f"{total} <> {parts}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that follows one relation of PostgreSQL. Its first column is its key.

    `joined` and `also` are for tables with columns of a second relation (see above). `rules` is what must hold of
    its rows besides what the columns say themselves (the key is unique, references are met).
    `month` is the expression over the source row, and `lake_month` the same over the lake's, by which the check
    groups; '' means one group. `followed` is false for the few relations that carry no `changed_xid`: they are
    compared whole. `past` is, for a dimension, the earliest day about which its change from `o` to `f` tells other
    things than before, NULL for none: what was made from it is made anew from that month on.
    """

    name: str
    relation: str
    keeping: Keeping
    columns: tuple[Column, ...]
    en: str
    zh: str
    month: str = ""
    lake_month: str = ""
    past: str = ""
    followed: bool = True
    joined: str = ""
    also: tuple[tuple[str, str], ...] = ()
    rules: tuple[Rule, ...] = field(default=(), repr=False)

    @property
    def read_from(self) -> str:
        """What PostgreSQL reads the rows from."""
        return f"{self.relation} {self.joined}" if self.joined else self.relation

    @property
    def key(self) -> str:
        """The key's name."""
        return self.columns[0].name

    @property
    def summed(self) -> tuple[Column, ...]:
        """The columns whose sums are reconciled."""
        return tuple(column for column in self.columns if column.summed)

    @property
    def source_columns(self) -> str:
        """The select list over the source relation."""
        return ", ".join(f"{column.source} AS {column.name}" for column in self.columns)

    @property
    def taken_columns(self) -> str:
        """The select list over what came from the source, cast to the lake's types."""
        return ", ".join(
            f"CAST({column.taken or column.name} AS {column.type}) AS {column.name}"
            for column in self.columns
        )


HISTORY_COLUMNS = (
    Column(
        "valid_from",
        "TIMESTAMP",
        "",
        "The load that first saw this version (UTC).",
        "首次装入此版本的时刻（UTC）",
    ),
    Column(
        "valid_to",
        "TIMESTAMP",
        "",
        "The load that saw it replaced or deleted; 9999-12-31 while it holds.",
        "被替换或删除的时刻；仍有效时为 9999-12-31",
    ),
    Column("is_current", "BOOLEAN", "", "Whether this version holds now.", "是否当前版本"),
)
"""What every table with history has besides its own columns."""


def own_column(name: str, kind: str, en: str, zh: str, refers: str = "") -> Column:
    """A column that no relation of operations has: it is made here, or comes from a file."""
    return Column(name, kind, "", en, zh, refers=refers)


def key_column(name: str, en: str, zh: str) -> Column:
    """The key: the id of the source row."""
    return Column(name, "BIGINT", "id", en, zh)


def link(name: str, refers: str, en: str, zh: str, source: str = "") -> Column:
    """The key of a row of another table."""
    return Column(name, "BIGINT", source or name, en, zh, refers=refers)


def money(name: str, en: str, zh: str) -> Column:
    """An amount in the operator's currency, reconciled to the fen."""
    return Column(name, MONEY, name, en, zh, summed=True)


def count(name: str, en: str, zh: str, type_: str = "INTEGER") -> Column:
    """A whole number, reconciled."""
    return Column(name, type_, name, en, zh, summed=True)


def text(name: str, en: str, zh: str, source: str = "") -> Column:
    """A word or name."""
    return Column(name, "VARCHAR", source or name, en, zh)


def day(name: str, en: str, zh: str, source: str = "") -> Column:
    """A calendar day in the operator's zone."""
    return Column(name, "DATE", source or name, en, zh)


ZONE = "(SELECT time_zone FROM identity_tenant WHERE id = current_setting('app.tenant')::int)"
"""The operator's zone, in PostgreSQL."""


def local_day(name: str, moment: str, en: str, zh: str) -> Column:
    """The calendar day of a moment, in the operator's zone."""
    return Column(name, "DATE", day_of(moment), en, zh)


def day_of(moment: str) -> str:
    """PostgreSQL's expression of the operator's calendar day of a moment."""
    return f"({moment} AT TIME ZONE {ZONE})::date"


def moment(name: str, source: str, en: str, zh: str) -> Column:
    """A moment, in UTC."""
    return Column(name, "TIMESTAMP", f"{source} AT TIME ZONE 'UTC'", en, zh)


def columns_of(table: Table) -> tuple[Column, ...]:
    """All columns of a table in the lake."""
    return table.columns + (HISTORY_COLUMNS if table.keeping is Keeping.HISTORY else ())


type Known = Mapping[str, list[tuple[str, str]]]
"""The tables that there are, with their columns and types in order."""


def known_tables(con: duckdb.DuckDBPyConnection) -> Known:
    """The tables of the schema that the connection is in.

    Ask once: the whole catalogue is looked through. What tells of tables alone also counts their rows, of every
    operator, and takes seconds where this takes hundredths.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'lake' "
        "AND schema_name = current_schema() ORDER BY column_index"
    ).fetchall():
        found.setdefault(table, []).append((column, kind))
    return found
