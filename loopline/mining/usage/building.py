"""Features and circles of a month, built by the engine of the installation over one snapshot of the lake."""

from datetime import date

import ibis
import pyarrow as pa

from loopline.mining.usage import circle, features
from loopline.mining.usage.edges import tables
from loopline.warehouse import api as warehouse


def usage_table(
    tenant: int, month: date, name: str = "usage_feature", *, engine: str = "", memory: str = "2GB"
) -> pa.Table:
    """`usage_feature` (forty features), `circle` or `circle_edge` of a month, one row for each subscription or edge.

    `engine` as LOOPLINE_ENGINE, which decides when it is empty. Raises NotLoaded, EngineUnknown, KeyError.
    """
    with warehouse.open_engine(tenant, tables(month), name=engine, memory=memory) as opened:
        found = {"usage_feature": features.build(opened, month)}
        if name != "usage_feature":
            found["circle"] = circle.build(opened, month)
            found["circle_edge"] = ibis.table(circle.circle_edges(month).schema(), name="circle_edge")
        return opened.rows(found[name])
