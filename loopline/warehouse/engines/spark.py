"""Spark, on a standalone cluster or in this process, over a checked export of one snapshot.

pyspark comes with the extra `spark` and needs Java 17 on the PATH. The export must lie where the workers can read
it. Spark counts as DuckDB does: session in UTC, times without a zone, no division by nothing (expressions use nullif).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from loopline.warehouse.engines.export import Exported, proof_of, verify
from loopline.warehouse.engines.port import declared


class SparkEngine:
    """The engine over a session; what it keeps are Parquet files beside the export."""

    name = "spark"
    dialect = "pyspark"

    def __init__(self, session: Any, folder: Path) -> None:
        self.session, self.folder = session, folder

    def register(self, exported: Exported) -> None:
        """Make a table of the export readable, having counted and added it up again."""
        frame = self.session.read.parquet(str(exported.folder))
        frame.createOrReplaceTempView(exported.table)
        row = self.session.sql(f"{proof_of(exported.columns)} FROM {exported.table}").collect()[0]
        verify(exported.table, exported.proof, tuple(Decimal(str(value or 0)) for value in row))

    def keep(self, name: str, expression: ir.Table) -> None:
        """Write the rows beside the export and read them under the name."""
        where = str(self.folder / f"kept_{name}")
        self.session.sql(declared(expression, self.dialect)).write.mode("overwrite").parquet(where)
        self.session.read.parquet(where).createOrReplaceTempView(name)

    def rows(self, expression: ir.Table) -> pa.Table:
        """The rows as Arrow."""
        return self.sql(declared(expression, self.dialect))

    def sql(self, query: str) -> pa.Table:
        """The rows of a query."""
        return self.session.sql(query).toArrow()

    def drop(self, name: str) -> None:
        """Let go of a name."""
        self.session.catalog.dropTempView(name)


@contextmanager
def session(master: str, *, memory: str = "1GB", cores: int = 2) -> Iterator[Any]:
    """A session on a master (`spark://host:port` or `local[n]`), ended with the block."""
    from pyspark.sql import SparkSession

    # Workers take their Python from here, and fail with another one.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    memory = memory.lower().removesuffix("b")
    builder = SparkSession.builder.master(master).appName("loopline")
    for key, value in {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.shuffle.partitions": str(2 * cores),
        "spark.executor.memory": memory,
        "spark.driver.memory": memory,
        "spark.cores.max": str(cores),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }.items():
        builder = builder.config(key, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    try:
        yield found
    finally:
        found.stop()
