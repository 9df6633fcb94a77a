"""What is sold: offerings, and add-ons in use."""

from loopline.warehouse.shape import (
    Column,
    Keeping,
    Table,
    between,
    count,
    day,
    filled,
    key_column,
    money,
    one_of,
    text,
)
from loopline.warehouse.star.common import BRANCH, CUSTOMER, OFFERING, SUBSCRIPTION, month_of

DIM_OFFERING = Table(
    "dim_offering",
    "catalogue_offering",
    Keeping.HISTORY,
    (
        key_column("offering_id", "Key of the offering.", "产品标识"),
        text("code", "Code in the catalogue.", "产品编码"),
        text("name", "Name in Chinese.", "中文名称"),
        text("name_en", "Name in English.", "英文名称"),
        text("kind", "plan, add_on or retention.", "类别：套餐、附加、挽留"),
        text("service", "The service it is for.", "适用业务"),
        money("monthly_fee", "Monthly fee.", "月租"),
        money("monthly_cost", "Monthly cost: what granting it costs the operator.", "每月成本"),
        count("term_months", "Length of the contract in months.", "合约期（月）"),
        Column("is_sold", "BOOLEAN", "is_sold", "Whether it is on sale.", "是否在售"),
        text(
            "partner",
            "The partner that provides it: the brand of its specification; empty for the operator's own.",
            "合作伙伴：产品规格的品牌（自有产品为空）",
            "coalesce(specification_brand, '')",
        ),
    ),
    "Offerings: plans, add-ons and retention offers, with history.",
    "产品：套餐、附加产品与挽留优惠（保留历史）",
    joined="LEFT JOIN (SELECT id AS specification_key, brand AS specification_brand FROM catalogue_specification) s "
    "ON s.specification_key = catalogue_offering.specification_id",
    also=(("catalogue_specification", "specification_id"),),
    rules=(
        *filled("code", "kind", "partner"),
        one_of("kind", "plan", "add_on", "retention"),
        between("monthly_fee", "0"),
        between("term_months", "0", "120"),
    ),
)

MONTH_STARTED = month_of("started_on", "started_on")


FACT_ADD_ON = Table(
    "fact_add_on",
    "subscriptions_addon",
    Keeping.LATEST,
    (
        key_column("add_on_id", "Key of the row.", "标识"),
        SUBSCRIPTION,
        CUSTOMER,
        BRANCH,
        OFFERING,
        money(
            "monthly_fee",
            "Agreed monthly fee; empty where the catalogue's holds.",
            "约定月费（为空时按产品目录）",
        ),
        day("started_on", "First day.", "开通日期"),
        day("ended_on", "Last day.", "结束日期"),
    ),
    "Add-ons: data and value-added services on top of a plan, each with its time.",
    "附加产品：流量与增值业务的订购",
    month=MONTH_STARTED[0],
    lake_month=MONTH_STARTED[1],
    followed=False,
    rules=(*filled("subscription_id", "offering_id", "started_on"), between("ended_on", "started_on")),
)
