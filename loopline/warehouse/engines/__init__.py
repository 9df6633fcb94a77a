"""Engines that carry out expressions in Ibis over one pinned snapshot of the lake: DuckDB in process, or Spark.

The same expressions give the same cells on both: what is kept and what is fetched is cast to the declared types.
Spark reads a plain Parquet export whose counts and sums have been checked, never the lake itself.
"""

from loopline.warehouse.engines.choosing import EngineUnknown, open_engine
from loopline.warehouse.engines.port import Engine, declared

__all__ = ["Engine", "EngineUnknown", "declared", "open_engine"]
