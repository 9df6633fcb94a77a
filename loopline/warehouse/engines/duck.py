"""DuckDB in this process, over a reader of the lake."""

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from loopline.warehouse.engines.port import declared


class DuckEngine:
    """The engine over an open reader; what it keeps are temporary tables that spill within the reader's memory."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        # Results are sets: keeping the order of what is read would cost memory for nothing.
        con.execute("SET preserve_insertion_order = false")

    def keep(self, name: str, expression: ir.Table) -> None:
        """Keep the rows in a temporary table."""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {declared(expression, self.dialect)}")

    def rows(self, expression: ir.Table) -> pa.Table:
        """The rows as Arrow."""
        return self.sql(declared(expression, self.dialect))

    def sql(self, query: str) -> pa.Table:
        """The rows of a query."""
        return self.con.execute(query).to_arrow_table()

    def drop(self, name: str) -> None:
        """Drop a temporary table."""
        self.con.execute(f"DROP TABLE IF EXISTS temp.{name}")
