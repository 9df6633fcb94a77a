"""What customers order."""

from loopline.warehouse.shape import (
    Column,
    Keeping,
    Table,
    between,
    day_of,
    filled,
    key_column,
    link,
    local_day,
    moment,
    money,
    text,
)
from loopline.warehouse.star.common import BRANCH, CUSTOMER, OFFERING, SUBSCRIPTION, month_of

MONTH_CREATED = month_of(day_of("order_created_at"), "created_on")
FACT_ORDER_ITEM = Table(
    "fact_order_item",
    "orders_orderitem",
    Keeping.LATEST,
    (
        key_column("item_id", "Key of the item.", "订单项标识"),
        Column("order_id", "BIGINT", "order_id", "Key of the order.", "订单标识"),
        CUSTOMER,
        SUBSCRIPTION,
        BRANCH,
        OFFERING,
        link("staff_id", "dim_staff", "Who took the order in.", "受理人", "nullif(order_staff_id, 0)"),
        Column(
            "channel",
            "VARCHAR",
            "order_channel",
            "Where the order came in.",
            "受理渠道",
            refers="dim_channel",
        ),
        text(
            "kind",
            "What is asked for: open, port_in, change_plan, move, close …",
            "业务类型：开户、携入、变更套餐、移机、销户等",
        ),
        text("service", "The service it is about.", "业务"),
        text("state", "State of the item, in the words of TMF622.", "订单项状态"),
        text("order_state", "State of the order.", "订单状态"),
        moment("created_at", "order_created_at", "Taken in at (UTC).", "受理时刻（UTC）"),
        local_day("created_on", "order_created_at", "Day on which the order was taken in.", "受理日期"),
        local_day("completed_on", "order_completed_at", "Day on which the order was completed.", "竣工日期"),
        local_day("cancelled_on", "order_cancelled_at", "Day on which the order was cancelled.", "撤单日期"),
        Column(
            "hours_to_completion",
            "DOUBLE",
            "extract(epoch FROM order_completed_at - order_created_at) / 3600",
            "Hours from taking in to completion.",
            "受理至竣工的小时数",
        ),
        Column(
            "completed_in_time",
            "BOOLEAN",
            "CASE WHEN order_completed_at IS NOT NULL THEN coalesce(order_completed_at <= order_due_at, true) END",
            "Whether the order was completed when promised; empty before.",
            "是否按时竣工（未竣工为空）",
        ),
        money("once", "One-time amount.", "一次性费用"),
        money("monthly", "Monthly amount.", "月费"),
        money("due_now", "To be paid for it.", "应付金额"),
        text(
            "other_operator",
            "Porting: the other operator, where it is known.",
            "携号转网的对方运营商",
            "coalesce(detail->>'donor', '')",
        ),
    ),
    "Order items, each with what its order says: channel, days, amounts.",
    "订单项（含所属订单的渠道、日期与金额）",
    month=MONTH_CREATED[0],
    lake_month=MONTH_CREATED[1],
    followed=False,
    joined="JOIN (SELECT id AS order_key, channel AS order_channel, state AS order_state, staff_id AS order_staff_id, "
    "created_at AS order_created_at, completed_at AS order_completed_at, cancelled_at AS order_cancelled_at, "
    "due_at AS order_due_at FROM orders_order) o ON o.order_key = orders_orderitem.order_id",
    also=(("orders_order", "order_id"),),
    rules=(
        *filled("order_id", "branch_id", "kind", "state", "created_on"),
        between("completed_on", "created_on"),
        between("cancelled_on", "created_on"),
        between("hours_to_completion", "0"),
    ),
)
