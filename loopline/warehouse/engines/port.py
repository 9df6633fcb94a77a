"""What an engine can do."""

from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa


class Engine(Protocol):
    """Carries out Ibis expressions over tables of the lake, all of one snapshot.

    Expressions stand on unbound tables (`ibis.table(schema, name)`) named like the lake's, or like what was kept.
    """

    name: str
    dialect: str

    def keep(self, name: str, expression: ir.Table) -> None:
        """Carry an expression out and keep its rows under a name while the engine is open."""

    def rows(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression, of its declared types, in no order."""

    def sql(self, query: str) -> pa.Table:
        """The rows of a query in the engine's own dialect."""

    def drop(self, name: str) -> None:
        """Let go of what was kept."""


def declared(expression: ir.Table, dialect: str) -> str:
    """The SQL of an expression, each column cast to its declared type: engines widen sums each in its own way."""
    if dialect == "pyspark":
        _ = ibis.pyspark  # registers the options without which its compiler fails
    inner = ibis.to_sql(expression, dialect=dialect)
    quote = "`" if dialect == "pyspark" else '"'
    columns = ", ".join(
        f"CAST({quote}{name}{quote} AS {_type(kind, dialect)}) AS {quote}{name}{quote}"
        for name, kind in expression.schema().items()
    )
    return f"SELECT {columns} FROM ({inner}) AS declared"


def _type(kind: ibis.DataType, dialect: str) -> str:
    if kind.is_decimal():
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {
        "int8": "TINYINT",
        "int16": "SMALLINT",
        "int32": "INT",
        "int64": "BIGINT",
        "float64": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "string": "STRING" if dialect == "pyspark" else "VARCHAR",
        "timestamp": "TIMESTAMP_NTZ" if dialect == "pyspark" else "TIMESTAMP",
    }
    return names[str(kind).lstrip("!").split("(")[0]]
