"""Details: rows of a theme one by one, with what their customer was, kept in the lake by month.

What takes long to find out (a customer's tier at the end of a month, what he owed by then) is found out once, when the
month is made. Cubes are added up from details, and the customers behind a figure are read in those of its months.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends.sql.datatypes import DuckDBType

from loopline.warehouse.api import Derived


@dataclass(frozen=True)
class Detail:
    """A table `name` of `rows()`, which has the columns `month` and `customer_id`; `about` says in words what it tells.

    The rest is as in `Derived`.
    """

    name: str
    about: Any
    rows: Callable[[], ir.Table] = field(repr=False)
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    running: bool = False

    @cached_property
    def columns(self) -> dict[str, str]:
        """Its columns with their DuckDB types."""
        schema = self.rows().schema()
        return {name: DuckDBType.to_string(kind) for name, kind in schema.items()}

    def table(self) -> ir.Table:
        """The table itself, for cubes that are made from it."""
        kinds = {name: DuckDBType.from_string(kind) for name, kind in self.columns.items()}
        return ibis.table(kinds, name=self.name)

    def derived(self) -> Derived:
        """How it is made."""
        text = str(ibis.to_sql(self.rows(), dialect="duckdb"))
        return Derived(
            tuple(self.columns.items()),
            self.facts,
            self.dimensions,
            lambda condition: f"SELECT * FROM ({text}) WHERE {condition}",
            running=self.running,
            about=lambda: {"": self.about},
        )
