"""The themes of analysis, a file each: what is counted, by what, and the measures in the trade's words."""

from loopline.olap.cubes import (
    ageing,
    arrears,
    competitors,
    customers,
    daily,
    keyaccounts,
    marketing,
    operators,
    products,
    revenue,
    sales,
    service,
    services,
    stock,
    usage,
)
from loopline.olap.definitions import cubes

# Each registers its cube when it is brought in; whoever takes the registry from here has them all.
__all__ = [
    "ageing",
    "arrears",
    "competitors",
    "cubes",
    "customers",
    "daily",
    "keyaccounts",
    "marketing",
    "operators",
    "products",
    "revenue",
    "sales",
    "service",
    "services",
    "stock",
    "usage",
]
