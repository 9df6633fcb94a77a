"""The star, defined once: every table of the lake with its source, its columns and what they mean.

The loader, the check and the data dictionary read these definitions; nothing else names a column of the lake.
"""

from loopline.warehouse.shape import Column, Keeping, Table, count, day, key_column, link, money, text

_CUSTOMER = link("customer_id", "dim_customer", "The customer.", "客户")
_BRANCH = link("branch_id", "dim_unit", "The organisation unit that serves him.", "归属营业单位")
_ACCOUNT = Column("account_id", "BIGINT", "account_id", "The account that pays.", "付费账户")
_SUBSCRIPTION = link("subscription_id", "dim_subscription", "The subscription.", "用户")
_MONTH = Column(
    "month",
    "DATE",
    "month",
    "First day of the month, in the operator's zone.",
    "账期（当月首日，运营商时区）",
)


DIM_UNIT = Table(
    "dim_unit",
    "identity_unit",
    Keeping.HISTORY,
    (
        key_column("unit_id", "Key of the unit.", "单位标识"),
        link("parent_id", "dim_unit", "The unit above.", "上级单位"),
        text("level", "Level: company, province, city, district, branch, hall, team.", "层级"),
        text("code", "Code of the unit.", "单位编码"),
        text("name", "Name in Chinese.", "中文名称"),
        text("name_en", "Name in English.", "英文名称"),
        text("path", "Keys from the root: /1/4/9/.", "自根起的路径"),
        Column("is_active", "BOOLEAN", "is_active", "Whether it is in use.", "是否启用"),
    ),
    "Organisation: the tree of units, with history.",
    "组织机构树（保留历史）",
    followed=False,
)
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
    ),
    "Offerings: plans, add-ons and retention offers, with history.",
    "产品：套餐、附加产品与挽留优惠（保留历史）",
)
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
        _BRANCH,
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
)
DIM_SUBSCRIPTION = Table(
    "dim_subscription",
    "subscriptions_subscription",
    Keeping.HISTORY,
    (
        key_column("subscription_id", "Key of the subscription.", "用户标识"),
        _CUSTOMER,
        _ACCOUNT,
        _BRANCH,
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
)
DIM_CAMPAIGN = Table(
    "dim_campaign",
    "campaigns_campaign",
    Keeping.HISTORY,
    (
        key_column("campaign_id", "Key of the campaign.", "活动标识"),
        _BRANCH,
        text("number", "Number of the campaign.", "活动编号"),
        text("name", "Name.", "名称"),
        text("goal", "retained or taken_up.", "目标"),
        text("status", "Status.", "状态"),
        link("offering_id", "dim_offering", "What is offered.", "优惠"),
        text("channel", "Channel.", "渠道"),
        Column(
            "control_share", "DECIMAL(5,4)", "control_share", "Share kept as control group.", "控制组比例"
        ),
        count("waves", "Number of waves.", "波次数"),
        day("starts_on", "First day.", "开始日期"),
        count("window_days", "Days in which an outcome counts.", "观察窗口（天）"),
        money("budget", "Budget.", "预算"),
        money("contact_cost", "Cost of one contact.", "单次接触成本"),
    ),
    "Campaigns, with history.",
    "营销活动（保留历史）",
)
FACT_BILL = Table(
    "fact_bill",
    "billing_bill",
    Keeping.LATEST,
    (
        key_column("bill_id", "Key of the bill.", "账单标识"),
        _SUBSCRIPTION,
        _ACCOUNT,
        _CUSTOMER,
        _BRANCH,
        _MONTH,
        day("due_on", "Due on.", "缴费截止日"),
        money("monthly_fee", "Monthly fee.", "月租"),
        money("usage_charge", "Charges for usage.", "使用费"),
        money("discount", "Discount.", "优惠"),
        money("amount", "Billed: fee + usage − discount.", "应收：月租 + 使用费 − 优惠"),
    ),
    "Bills, by subscription and month.",
    "账单（按用户与账期）",
    month="month",
    lake_month="month",
)
FACT_PAYMENT = Table(
    "fact_payment",
    "billing_payment",
    Keeping.LATEST,
    (
        key_column("payment_id", "Key of the payment.", "缴费标识"),
        _ACCOUNT,
        _CUSTOMER,
        _BRANCH,
        day("paid_on", "Day of payment.", "缴费日期"),
        Column(
            "month", "DATE", "month", "The month it pays for; empty when it names none.", "所付账期（可为空）"
        ),
        money("amount", "Paid.", "实收"),
        text("method", "Method of payment.", "缴费方式"),
    ),
    "Payments, by account.",
    "缴费（按账户）",
    month="date_trunc('month', paid_on)::date",
    lake_month="CAST(date_trunc('month', paid_on) AS DATE)",
)
USAGE_COUNTS = (
    count("minutes", "Minutes of calls.", "通话分钟"),
    count("minutes_competitor", "Minutes to competitors' numbers.", "拨打竞争对手分钟"),
    count("messages", "Messages sent.", "短信条数"),
    count("data_mb", "Data in megabytes.", "流量（MB）", "BIGINT"),
    count("roaming_days", "Days of roaming.", "漫游天数"),
    count("faults", "Faults of the line.", "线路故障次数"),
)
FACT_USAGE = Table(
    "fact_usage",
    "billing_monthlyusage",
    Keeping.LATEST,
    (
        key_column("usage_id", "Key of the row.", "标识"),
        _SUBSCRIPTION,
        _CUSTOMER,
        _BRANCH,
        _MONTH,
        *USAGE_COUNTS,
    ),
    "Usage, by subscription and month.",
    "使用量（按用户与账期）",
    month="month",
    lake_month="month",
)
FACT_INTERACTION = Table(
    "fact_interaction",
    "interactions_interaction",
    Keeping.LATEST,
    (
        key_column("interaction_id", "Key of the interaction.", "接触标识"),
        _CUSTOMER,
        _SUBSCRIPTION,
        _BRANCH,
        text("kind", "enquiry, complaint, fault, visit, campaign or note.", "类别"),
        text("channel", "Channel.", "渠道"),
        Column("inbound", "BOOLEAN", "inbound", "Whether the customer came to us.", "是否客户发起"),
        Column("happened_at", "TIMESTAMP", "at AT TIME ZONE 'UTC'", "Moment (UTC).", "时刻（UTC）"),
        day("on_day", "Day in the operator's zone.", "日期（运营商时区）", '"on"'),
        text("topic", "Topic.", "主题"),
        day("resolved_on", "Day on which it was settled.", "解决日期"),
    ),
    "Contacts: every touch with a customer; what was said stays in operations.",
    "客户接触（内容仅保存在业务库）",
    month="date_trunc('month', \"on\")::date",
    lake_month="CAST(date_trunc('month', on_day) AS DATE)",
)
FACT_CAMPAIGN_CONTACT = Table(
    "fact_campaign_contact",
    "campaigns_member",
    Keeping.LATEST,
    (
        key_column("member_id", "Key of the member.", "成员标识"),
        link("campaign_id", "dim_campaign", "The campaign.", "活动"),
        _SUBSCRIPTION,
        _CUSTOMER,
        _BRANCH,
        text("arm", "treatment, control or excluded.", "分组：接触、对照、排除"),
        text("exclusion", "Why excluded.", "排除原因"),
        text("cell", "Cell of the matrix at that time: value/risk.", "当时所在的价值/风险格"),
        count("wave", "Wave.", "波次"),
        day("planned_on", "Day planned for the contact.", "计划接触日"),
        day("window_ends_on", "Last day on which an outcome counts.", "观察窗口截止日"),
        money("value_at_start", "Value when the campaign began.", "活动开始时的价值"),
        Column(
            "risk_at_start",
            "DOUBLE",
            "risk_at_start",
            "Risk of leaving at that time.",
            "活动开始时的离网风险",
        ),
        Column(
            "contacted_at",
            "TIMESTAMP",
            "contacted_at AT TIME ZONE 'UTC'",
            "Contacted at (UTC).",
            "接触时刻（UTC）",
        ),
        text("answer", "What the customer said.", "客户答复"),
        day("answered_on", "Day of the answer.", "答复日期"),
    ),
    "Members of campaigns: their arm, contact and answer.",
    "活动成员：分组、接触与答复",
    month="date_trunc('month', planned_on)::date",
    lake_month="CAST(date_trunc('month', planned_on) AS DATE)",
)
FACT_SCORE = Table(
    "fact_score",
    "scores_score",
    Keeping.HISTORY,
    (
        key_column("score_id", "Key of the score.", "评分标识"),
        _SUBSCRIPTION,
        _CUSTOMER,
        _BRANCH,
        Column("risk", "DOUBLE", "risk", "Probability of leaving in the outcome window.", "离网概率"),
        text("risk_class", "high or low.", "风险等级"),
        money("value", "Mean monthly margin.", "月均价值"),
        text("value_class", "high or low.", "价值等级"),
        text(
            "topics",
            "Topics of the reasons, strongest first (JSON).",
            "主要原因（JSON，由强到弱）",
            "jsonb_path_query_array(reasons, '$[*].topic')::text",
        ),
        Column("model_run_id", "BIGINT", "model_run_id", "The model run.", "模型批次"),
        day("as_of", "The day whose data it rests on.", "数据截止日"),
        Column(
            "scored_at", "TIMESTAMP", "scored_at AT TIME ZONE 'UTC'", "Scored at (UTC).", "评分时刻（UTC）"
        ),
    ),
    "Scores, with their history.",
    "评分（保留历史）",
    month="date_trunc('month', as_of)::date",
    lake_month="CAST(date_trunc('month', as_of) AS DATE)",
)

TABLES: tuple[Table, ...] = (
    DIM_UNIT,
    DIM_OFFERING,
    DIM_CUSTOMER,
    DIM_SUBSCRIPTION,
    DIM_CAMPAIGN,
    FACT_BILL,
    FACT_PAYMENT,
    FACT_USAGE,
    FACT_INTERACTION,
    FACT_CAMPAIGN_CONTACT,
    FACT_SCORE,
)
"""Every table that follows a relation, in the order of loading. `fact_subscription_month` is made from them."""
