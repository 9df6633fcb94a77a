"""Whom we serve: customers, their accounts and subscriptions."""

from loopline.warehouse.shape import (
    Column,
    Keeping,
    Table,
    between,
    count,
    day,
    filled,
    key_column,
    link,
    money,
    one_of,
    text,
)
from loopline.warehouse.star.common import ACCOUNT, BRANCH, CUSTOMER

DIM_CUSTOMER = Table(
    "dim_customer",
    "customers_customer",
    Keeping.HISTORY,
    (
        key_column(
            "customer_id",
            "Key of the customer; who it is, is looked up in operations.",
            "客户标识（身份仅在业务库查询）",
        ),
        BRANCH,
        text("kind", "person or organisation.", "个人或单位"),
        text("sex", "F, M or empty.", "性别"),
        Column("birth_year", "SMALLINT", "extract(year FROM birth_date)::int", "Year of birth.", "出生年份"),
        text("life_cycle", "Where the customer stands.", "客户状态"),
        text("tier", "Tier by value.", "客户等级"),
        text("source", "Where he came from.", "来源"),
        day("joined_on", "Day of becoming a customer.", "入网日期"),
        day("left_on", "Day of leaving.", "离网日期"),
        link("survivor_id", "dim_customer", "The customer he was merged into.", "合并后的客户"),
    ),
    "Customers, without names, numbers and addresses, with history.",
    "客户（不含姓名、号码与地址；保留历史）",
    month="date_trunc('month', joined_on)::date",
    lake_month="CAST(date_trunc('month', joined_on) AS DATE)",
    rules=(
        *filled("branch_id", "kind"),
        one_of("kind", "person", "organisation"),
        one_of("sex", "F", "M", ""),
        between("birth_year", "1900", "year(current_date)"),
        between("left_on", "joined_on"),
    ),
)

DIM_ACCOUNT = Table(
    "dim_account",
    "customers_account",
    Keeping.HISTORY,
    (
        key_column("account_id", "Key of the account.", "账户标识"),
        CUSTOMER,
        BRANCH,
        text(
            "kind", "billing: bills go to it; settlement: accounts are settled with it.", "类别：账单、结算"
        ),
        text("status", "State of the account.", "账户状态"),
        text("payment_method", "How it is paid.", "缴费方式"),
        count("bill_day", "Day of the month on which it is billed.", "出账日"),
    ),
    "Accounts: who pays and how, without numbers and names, with history.",
    "账户（不含编号与名称；保留历史）",
    followed=False,
    rules=(*filled("customer_id", "branch_id"), between("bill_day", "1", "31")),
)

DIM_SUBSCRIPTION = Table(
    "dim_subscription",
    "subscriptions_subscription",
    Keeping.HISTORY,
    (
        key_column("subscription_id", "Key of the subscription.", "用户标识"),
        CUSTOMER,
        ACCOUNT,
        BRANCH,
        link("offering_id", "dim_offering", "The plan.", "套餐"),
        text("service", "mobile, broadband, fixed, iptv or data_line.", "业务类型"),
        Column(
            "number_hash",
            "VARCHAR",
            "number",
            "Keyed hash of the service number: equal numbers meet, none can be read.",
            "号码的加密散列",
            taken="keyed_hash(number_hash)",
        ),
        text(
            "number_segment",
            "First seven digits of the number.",
            "号段（前七位）",
            r"substring(number FROM '^\+?(?:86)?0?(\d{7})\d{3,4}$')",
        ),
        text("state", "State of the subscription.", "用户状态"),
        day("started_on", "Day of activation.", "开通日期"),
        day("contract_ends_on", "End of the contract.", "合约到期日"),
        day("ended_on", "Day of termination.", "离网日期"),
        text("end_reason", "Why it ended.", "离网原因"),
        money("monthly_fee", "Agreed monthly fee.", "约定月租"),
        Column("import_run_id", "BIGINT", "import_run_id", "The import that brought it.", "导入批次"),
        text("source", "Where it came from.", "来源"),
        Column(
            "characteristics",
            "VARCHAR",
            "characteristics::text",
            "Added fields of imported tables, a JSON object; telling values are hashed.",
            "导入的扩展特征（JSON，个人信息已散列）",
            taken="without_personal_values(characteristics)",
        ),
        link("retention_offering_id", "dim_offering", "The retention offer taken.", "已接受的挽留优惠"),
        day("retention_since", "Since when.", "挽留优惠起始日"),
    ),
    "Subscriptions, with history.",
    "用户（保留历史）",
    month="date_trunc('month', started_on)::date",
    lake_month="CAST(date_trunc('month', started_on) AS DATE)",
    past="""least(
        CASE WHEN (f.started_on, f.state = 'pre_provisioned')
            IS DISTINCT FROM (o.started_on, o.state = 'pre_provisioned') THEN least(f.started_on, o.started_on) END,
        CASE WHEN (f.ended_on, f.end_reason, f.state)
            IS DISTINCT FROM (o.ended_on, o.end_reason, o.state) THEN least(f.ended_on, o.ended_on) END
    )""",
    rules=(
        *filled("customer_id", "account_id", "branch_id", "state"),
        one_of("service", "mobile", "broadband", "fixed", "iptv", "data_line"),
        between("ended_on", "started_on"),
        between("monthly_fee", "0"),
    ),
)
