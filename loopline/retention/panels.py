"""The filter of the customer list by which a cell of the matrix shows who is behind its count."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from loopline.campaigns.api import Audience, matching
from loopline.customers.panels import listing
from loopline.kernel import permission
from loopline.kernel.scope import current
from loopline.subscriptions.api import Service

CELLS = [
    ("high-high", gettext_lazy("Value high, risk high")),
    ("high-low", gettext_lazy("Value high, risk low")),
    ("low-high", gettext_lazy("Value low, risk high")),
    ("low-low", gettext_lazy("Value low, risk low")),
]


def narrow(rows: QuerySet[Any], chosen: str) -> QuerySet[Any]:
    """Customers with a subscription in a cell: `value-risk`, or `value-risk-service` for one service alone."""
    value, _dash, rest = chosen.partition("-")
    risk, _dash, service = rest.partition("-")
    if value not in ("high", "low") or risk not in ("high", "low"):
        return rows.none()
    cell = Audience(value=value, risk=risk, service=service if service in Service.values else "")
    # Row security keeps the reader within his units; the filter only looks for the cell.
    scores = matching(permission.system(current().tenant), cell)
    return rows.filter(pk__in=scores.order_by().values("customer_id"))


listing.filters.add(
    "cell", listing.Filter(gettext_lazy("Value × risk"), lambda actor: CELLS, narrow), order=60
)
