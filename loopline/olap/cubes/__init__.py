"""The themes of analysis, a file each: what is counted, by what, and the measures in the trade's words."""

from loopline.olap.cubes import (  # noqa: F401  (each registers itself)
    arrears,
    competitors,
    customers,
    marketing,
    products,
    revenue,
    service,
    usage,
)
