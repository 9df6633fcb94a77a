"""The star, defined once: every table of the lake with its source, its columns and what they mean.

The loader, the checks, the rules of quality and the data dictionary read these definitions; nothing else names a
column of the lake. There is no fact of calls taken and of agents' states: the contact centre brings their source.
"""

from loopline.warehouse.shape import Table
from loopline.warehouse.star.billing import (
    FACT_BILL,
    FACT_PAYMENT,
    FACT_RECEIPT,
    FACT_USAGE,
    USAGE_COUNTS,
)
from loopline.warehouse.star.campaigns import DIM_CAMPAIGN, FACT_CAMPAIGN_CONTACT, FACT_SCORE
from loopline.warehouse.star.contacts import DIM_TICKET_CATEGORY, FACT_INTERACTION, FACT_TASK, FACT_TICKET
from loopline.warehouse.star.customers import DIM_ACCOUNT, DIM_CUSTOMER, DIM_SUBSCRIPTION
from loopline.warehouse.star.groups import (
    DIM_GROUP,
    FACT_CHARGE,
    FACT_CONTRACT,
    FACT_GROUP_MEMBER,
    FACT_GROUP_PRODUCT,
    FACT_VISIT,
)
from loopline.warehouse.star.orders import FACT_ORDER_ITEM
from loopline.warehouse.star.organisation import DIM_STAFF, DIM_UNIT
from loopline.warehouse.star.products import DIM_OFFERING, FACT_ADD_ON
from loopline.warehouse.star.stock import FACT_DEVICE_STOCK, FACT_NUMBER_STOCK, FACT_SIM_STOCK

__all__ = ["TABLES", "USAGE_COUNTS"]

TABLES: tuple[Table, ...] = (
    DIM_UNIT,
    DIM_STAFF,
    DIM_OFFERING,
    DIM_CUSTOMER,
    DIM_ACCOUNT,
    DIM_SUBSCRIPTION,
    DIM_CAMPAIGN,
    DIM_TICKET_CATEGORY,
    DIM_GROUP,
    FACT_BILL,
    FACT_PAYMENT,
    FACT_RECEIPT,
    FACT_USAGE,
    FACT_ADD_ON,
    FACT_ORDER_ITEM,
    FACT_INTERACTION,
    FACT_TICKET,
    FACT_TASK,
    FACT_CAMPAIGN_CONTACT,
    FACT_SCORE,
    FACT_GROUP_MEMBER,
    FACT_CONTRACT,
    FACT_GROUP_PRODUCT,
    FACT_CHARGE,
    FACT_VISIT,
    FACT_NUMBER_STOCK,
    FACT_SIM_STOCK,
    FACT_DEVICE_STOCK,
)
"""Every table that follows a relation, in the order of loading. `fact_subscription_month` is made from them."""
