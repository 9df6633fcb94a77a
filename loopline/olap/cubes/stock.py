"""Stock: numbers, cards and devices, in which state they are at the end of a month, and with whom.

Told from the first month in which the warehouse has seen the stock; what is with nobody belongs to no branch and is
counted by whoever sees the whole operator.
"""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.olap import lines
from loopline.olap.definitions import Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import MONEY_UNIT, SERVICE, amount, count, levels, measures, share
from loopline.olap.stars import at, current, lake
from loopline.stock.api import Grade, ItemState, NumberState, SimKind

_STOCK, _ITEMS = _("Stock"), _("items")
ITEMS = {"number": _("Number"), "sim": _("SIM card or eSIM"), "device": _("Device")}
ITEM = Level("item", _("Kind of stock"), _STOCK, "item", labels=ITEMS)
STATE = Level(
    "state", pgettext_lazy("stock", "State"), _STOCK, "state",
    labels={**dict(NumberState.choices), **dict(ItemState.choices)},
)  # fmt: skip
CARD = Level("card", _("Kind of card"), _STOCK, "card", labels=dict(SimKind.choices))
GRADE = Level(
    "grade", _("Grade"), _STOCK, "grade", labels={str(value): label for value, label in Grade.choices}
)
SEGMENT = Level("segment", _("Segment"), _STOCK, "segment")
HOME = Level("home", _("Home of the number"), _STOCK, "home")
MAKER = Level("maker", _("Maker"), _STOCK, "maker")
MODEL = Level("model", _("Model"), _STOCK, "model", above="maker")
_TOLD = ("grade", "segment", "home", "card", "maker", "model", "service")
_STATES = {
    "available": ("available",),
    "reserved": ("held", "reserved"),
    "in_use": ("in_use",),
    "cooling": ("cooling",),
    "blocked": ("blocked",),
}
_TABLES = ("fact_number_stock", "fact_sim_stock", "fact_device_stock")


def _kinds() -> ir.Table:
    """All items in all their versions: what they are, their state and price."""
    numbers, cards, devices = map(lake, _TABLES)
    handsets = lake("dim_handset").select(type_code="tac", maker="maker")
    devices = devices.left_join(handsets, devices.tac == handsets.type_code)
    free = ibis.literal(0).cast("decimal(18, 2)")
    return ibis.union(
        _told(numbers, "number", free, grade=numbers.grade.cast("string"), segment=numbers.segment,
              home=numbers.home, service=numbers.service),
        _told(cards, "sim", free, card=cards.kind),
        _told(devices, "device", devices.price.cast("decimal(18, 2)"), maker=devices.maker, model=devices.model),
    )  # fmt: skip


def _told(table: ir.Table, item: str, price: ir.Value, **told: ir.Value) -> ir.Table:
    nothing = {name: ibis.null("string") for name in _TOLD}
    return table.select(
        "subscription_id", "state", "valid_from", "valid_to", item=ibis.literal(item), price=price, **nothing | told
    )  # fmt: skip


def rows() -> ir.Table:
    """Items at the end of each month, with the customer and branch of the line that has them."""
    versions = _kinds()
    versions = versions.mutate(
        since=versions.valid_from.truncate("M").cast("date"),
        until=versions.valid_to.truncate("M").cast("date"),
    )
    months = lines.months()
    held = versions.join(months, [months.month >= versions.since, months.month < versions.until])
    held = held.drop("valid_from", "valid_to", "since", "until")
    states = {name: held.state.isin(some).cast("int64") for name, some in _STATES.items()}
    known = held.mutate(
        items=ibis.literal(1, "int64"),
        **states,
        value=(held.state == "available").ifelse(held.price, 0).cast("decimal(18, 2)"),
        holders=(held.state == "in_use").cast("int64"),
    ).drop("price")
    return at(known, "dim_subscription", "subscription_id", ("customer_id", "branch_id"))


def _holders() -> ir.Table:
    """Whose each line is at the end of each month."""
    held = current("dim_subscription").select("subscription_id").cross_join(lines.months())
    return at(held, "dim_subscription", "subscription_id", ("customer_id", "branch_id"), few=False)


cubes.add(
    "stock",
    Cube(
        "stock",
        _("Stock"),
        _(
            "Numbers, cards and devices by state, kind and grade at the end of a month, and with whom they are."
        ),
        "packages",
        levels(ITEM, STATE, SERVICE, GRADE, SEGMENT, HOME, CARD, MAKER, MODEL),
        (
            *(Part(name, Over.LAST) for name in ("items", *_STATES)),
            Part("value", Over.LAST, "DECIMAL(18,2)"),
            Part("holders", Over.DISTINCT),
        ),
        measures(
            count(
                "items",
                _("Items in stock"),
                _ITEMS,
                _("Items known at the end of the period, whatever their state."),
            ),
            count("available", _("Available items"), _ITEMS, _("Items that can be given out."), better=1),
            count("reserved", _("Held or reserved"), _ITEMS, _("Items kept for somebody.")),
            count("in_use", _("Items in use"), _ITEMS, _("Items with a customer.")),
            count(
                "cooling", _("Cooling off"), _ITEMS, _("Numbers that rest before they are given out again.")
            ),
            count("blocked", _("Blocked items"), _ITEMS, _("Items that may not be given out."), better=-1),
            share("use_rate", _("Rate of use"), ("in_use", "items"), _("In use ÷ items."), better=1),
            share("available_rate", _("Available share"), ("available", "items"), _("Available ÷ items.")),
            amount("value", _("Value of free devices"), _("Prices of the devices that can be given out.")),
            Measure(
                "mean_price",
                _("Mean price of free items"),
                (("value", 1),),
                (("available", 1),),
                unit=MONEY_UNIT,
                decimals=2,
                about=_("Value ÷ available items; filter by devices."),
            ),
            count(
                "holders",
                _("Customers holding items"),
                _("customers"),
                _("Different customers with an item in use."),
            ),
        ),
        rows,
        (),
        (*_TABLES, "dim_subscription", "dim_unit"),
        of_customers=False,
        watched=_holders,
    ),
    order=100,
)
