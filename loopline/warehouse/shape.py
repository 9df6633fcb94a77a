"""What a table of the lake is made of: its columns, its source, how it follows it."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Table:
    """A table that follows one relation of PostgreSQL. Its first column is its key.

    `month` is the expression over the source row, and `lake_month` the same over the lake's, by which the check
    groups; '' means one group. `followed` is false for the few relations that carry no `changed_xid`: they are
    compared whole.
    """

    name: str
    relation: str
    keeping: Keeping
    columns: tuple[Column, ...]
    en: str
    zh: str
    month: str = ""
    lake_month: str = ""
    followed: bool = True

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


def columns_of(table: Table) -> tuple[Column, ...]:
    """All columns of a table in the lake."""
    return table.columns + (HISTORY_COLUMNS if table.keeping is Keeping.HISTORY else ())
