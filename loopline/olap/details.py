"""Details: rows of a theme one by one, with what their customer was, kept in the lake by month.

What takes long to find out (a customer's tier at the end of a month, what he owed by then) is found out once, when the
month is made. Cubes are added up from details, and the customers behind a figure are read in those of its months.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.sql.datatypes import DuckDBType

from loopline.warehouse.api import Derived


@dataclass(frozen=True)
class _Kept:
    """A table `name` of `rows()` by `month`; `about` says in words what it tells. The rest is as in `Derived`."""

    name: str
    about: Any
    rows: Callable[[], ir.Table] = field(repr=False)
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    running: bool = False

    @cached_property
    def columns(self) -> dict[str, str]:
        """Its columns with their types, as DuckDB itself spells them."""
        schema = self.rows().schema()
        return {name: str(duckdb.sqltype(DuckDBType.to_string(kind))) for name, kind in schema.items()}

    def table(self) -> ir.Table:
        """The table itself, for what is made from it."""
        kinds = {name: DuckDBType.from_string(kind) for name, kind in self.columns.items()}
        return ibis.table(kinds, name=self.name)

    @cached_property
    def text(self) -> str:
        """The statement of its rows."""
        return str(ibis.to_sql(self.rows(), dialect="duckdb"))

    def _select(self, condition: str) -> str:
        return f"SELECT * FROM ({self.text}) WHERE {condition}"


class Detail(_Kept):
    """Rows that each tell of one customer, their `customer_id`."""

    def derived(self) -> Derived:
        """How it is made."""
        return Derived(
            tuple(self.columns.items()),
            self.facts,
            self.dimensions,
            self._select,
            running=self.running,
            of_customers=True,
            about=lambda: {"": self.about},
        )


@dataclass(frozen=True)
class Common(_Kept):
    """Rows that tell of everybody; `watched` and `is_current` are as in `Derived`."""

    watched: Callable[[], ir.Table] = field(kw_only=True, repr=False)
    is_current: str = ""

    @cached_property
    def watch(self) -> str:
        """The statement of what it is made of, customer by customer."""
        return str(ibis.to_sql(self.watched(), dialect="duckdb"))

    def derived(self) -> Derived:
        """How it is made."""
        return Derived(
            tuple(self.columns.items()),
            self.facts,
            self.dimensions,
            self._select,
            running=self.running,
            watched=lambda: self.watch,
            is_current=self.is_current,
            about=lambda: {"": self.about},
        )
