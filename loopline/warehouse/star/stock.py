"""What is in stock: numbers, cards, devices."""

from loopline.warehouse.shape import (
    Column,
    Keeping,
    Table,
    between,
    count,
    filled,
    key_column,
    local_day,
    money,
    one_of,
    text,
)
from loopline.warehouse.star.common import SUBSCRIPTION

FACT_NUMBER_STOCK = Table(
    "fact_number_stock",
    "stock_number",
    Keeping.HISTORY,
    (
        key_column("number_id", "Key of the number.", "号码标识"),
        SUBSCRIPTION,
        text("service", "The service it is for.", "业务"),
        text("segment", "First digits of the number.", "号段"),
        text("home", "Where it is at home.", "归属地"),
        count("grade", "How good it is: 0 ordinary to 4 very best.", "靓号等级：0 普通至 4 特级"),
        text(
            "state",
            "available, held, reserved, in_use, cooling, blocked or away.",
            "状态：可选、暂留、预占、在用、冷冻、封存、携出",
        ),
        Column(
            "ported_in", "BOOLEAN", "ported_in", "Whether it belongs to another operator.", "是否携入号码"
        ),
        money("fee", "Fee for choosing it.", "选号费"),
        money("minimum_spend", "Monthly spend promised with it.", "最低消费"),
    ),
    "Telephone numbers in stock, without the numbers themselves, with history.",
    "号码资源（不含号码；保留历史）",
    followed=False,
    rules=(
        *filled("state", "service"),
        one_of("state", "available", "held", "reserved", "in_use", "cooling", "blocked", "away"),
        between("grade", "0", "4"),
    ),
)
FACT_SIM_STOCK = Table(
    "fact_sim_stock",
    "stock_simcard",
    Keeping.HISTORY,
    (
        key_column("sim_id", "Key of the card.", "卡标识"),
        SUBSCRIPTION,
        text("kind", "plain or esim.", "类别：实体卡、eSIM"),
        text("state", "available, reserved, in_use, spent or blocked.", "状态：可用、预占、在用、作废、封存"),
    ),
    "SIM cards and eSIM profiles in stock, without their numbers, with history.",
    "SIM 卡与 eSIM（不含卡号；保留历史）",
    followed=False,
    rules=(one_of("state", "available", "reserved", "in_use", "spent", "blocked"),),
)
FACT_DEVICE_STOCK = Table(
    "fact_device_stock",
    "stock_device",
    Keeping.HISTORY,
    (
        key_column("device_id", "Key of the device.", "终端标识"),
        SUBSCRIPTION,
        Column(
            "tac",
            "INTEGER",
            r"CASE WHEN imei ~ '^\d{8}' THEN left(imei, 8)::int END",
            "Type allocation code: the model's part of the IMEI.",
            "型号核准号（IMEI 前八位）",
            refers="dim_handset",
        ),
        text("model", "Model as it is stocked.", "型号"),
        money("price", "Price.", "价格"),
        text("state", "available, reserved, in_use, spent or blocked.", "状态：可用、预占、在用、作废、封存"),
        local_day("loaded_on", "loaded_at", "Day on which it came into stock.", "入库日期"),
    ),
    "Devices in stock, by model, without their numbers, with history.",
    "终端库存（不含串号；保留历史）",
    followed=False,
    rules=(
        *filled("state"),
        between("price", "0"),
        one_of("state", "available", "reserved", "in_use", "spent", "blocked"),
    ),
)
