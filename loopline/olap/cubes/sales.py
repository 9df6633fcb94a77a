"""Sales: what is ordered, on which way, in which shop and by whom it is taken in, and how soon it is done."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.olap.definitions import Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, PRODUCT, SERVICE, TIER, amount, count, levels, measures, share
from loopline.olap.stars import at, current, lake, offerings, with_customer
from loopline.orders.api import Kind, OrderState

_ORDER = _("Order")
BUSINESS = Level(
    "business", pgettext_lazy("order", "Business"), _ORDER, "business", labels=dict(Kind.choices)
)
STATE = Level("state", pgettext_lazy("order", "State"), _ORDER, "state", labels=dict(OrderState.choices))
CHANNEL = Level("channel", pgettext_lazy("order", "Channel"), _ORDER, "channel", labels="channel")
SHOP = Level("shop", _("Unit that took it in"), _ORDER, "shop", labels="unit")
SELLER = Level("seller", _("Taken in by"), _ORDER, "seller", above="shop", labels="staff")
OFFER = Level("offer", _("Offer"), PRODUCT, "offer", above="service", labels="plan")
_COUNTS = ("items", "opened", "completed", "cancelled", "failed", "answered", "in_time")
_MONEY = ("hours", "once", "monthly", "due_now")
_MONEY_TYPE = "decimal(18, 2)"


def rows() -> ir.Table:
    """Order items by the month in which their order was taken in."""
    items = lake("fact_order_item")
    known = items.select(
        "customer_id", "branch_id", "offering_id", "staff_id", "channel", "service", "state",
        business=items.kind, month=items.created_on.truncate("M").cast("date"),
        seller=items.staff_id.cast("string"),
        items=ibis.literal(1, "int64"),
        opened=items.kind.isin(("open", "port_in")).cast("int64"),
        completed=(items.state == "completed").cast("int64"),
        cancelled=(items.state == "cancelled").cast("int64"),
        failed=items.state.isin(("failed", "rejected")).cast("int64"),
        answered=items.completed_in_time.notnull().cast("int64"),
        in_time=items.completed_in_time.fill_null(False).cast("int64"),
        hours=items.hours_to_completion.fill_null(0).cast(_MONEY_TYPE),
        **{name: items[name].fill_null(0).cast(_MONEY_TYPE) for name in _MONEY[1:]},
        customers=ibis.literal(1, "int64"),
    )  # fmt: skip
    taken = at(known, "dim_staff", "staff_id", ("unit_id",))
    shops = current("dim_unit").select(shop_id="unit_id", shop="code")
    taken = taken.left_join(shops, taken.unit_id == shops.shop_id).drop("unit_id", "shop_id", "staff_id")
    offered = taken.left_join(offerings(), "offering_id").drop("offering_id_right", "plan_cost")
    return with_customer(offered.rename(offer="plan"))


cubes.add(
    "sales",
    Cube(
        "sales",
        _("Sales"),
        _("Orders by business, offer, channel, shop and seller, and how soon they are done."),
        "shopping-cart",
        levels(BUSINESS, STATE, CHANNEL, SHOP, SELLER, SERVICE, OFFER, TIER, KIND),
        (
            *(Part(name) for name in _COUNTS),
            *(Part(name, type="DECIMAL(18,2)") for name in _MONEY),
            Part("customers", Over.DISTINCT),
        ),
        measures(
            count("items", _("Order items"), "", _("Items of the orders taken in."), better=1),
            count(
                "opened",
                _("Lines ordered"),
                "",
                _("Items that open a line or bring a number along."),
                better=1,
            ),
            count("completed", _("Completed"), "", _("Items that are completed."), better=1),
            count("cancelled", _("Cancelled"), "", _("Items that were cancelled."), better=-1),
            count("failed", _("Failed"), "", _("Items that failed or were rejected."), better=-1),
            share(
                "completion_rate",
                _("Completion rate"),
                ("completed", "items"),
                _("Completed ÷ items."),
                better=1,
            ),
            share(
                "cancel_rate",
                _("Cancellation rate"),
                ("cancelled", "items"),
                _("Cancelled ÷ items."),
                better=-1,
            ),
            share(
                "in_time_rate",
                _("Completed in time"),
                ("in_time", "answered"),
                _("Items of orders completed when promised ÷ items of completed orders."),
                better=1,
            ),
            Measure(
                "mean_hours",
                _("Hours to completion"),
                (("hours", 1),),
                (("answered", 1),),
                unit=_("hours"),
                decimals=1,
                about=_("Mean hours from taking an order in to its completion."),
                better=-1,
            ),
            amount("monthly", _("Monthly value"), _("Monthly amounts of what was ordered."), better=1),
            amount("once", _("One-time value"), _("One-time amounts of what was ordered."), better=1),
            amount("due_now", _("To be paid at once"), _("What was to be paid for what was ordered.")),
            count(
                "customers", _("Customers who ordered"), _("customers"), _("Different customers who ordered.")
            ),
        ),
        rows,
        ("fact_order_item",),
        ("dim_customer", "dim_staff", "dim_offering", "dim_unit"),
    ),
    order=90,
)
