"""Whom we approach, and who may leave: campaigns, their members, scores."""

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
from loopline.warehouse.star.common import BRANCH, CUSTOMER, SUBSCRIPTION

DIM_CAMPAIGN = Table(
    "dim_campaign",
    "campaigns_campaign",
    Keeping.HISTORY,
    (
        key_column("campaign_id", "Key of the campaign.", "活动标识"),
        BRANCH,
        text("number", "Number of the campaign.", "活动编号"),
        text("name", "Name.", "名称"),
        text("goal", "retained or taken_up.", "目标"),
        text("status", "Status.", "状态"),
        link("offering_id", "dim_offering", "What is offered.", "优惠"),
        Column("channel", "VARCHAR", "channel", "Channel.", "渠道", refers="dim_channel"),
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
    rules=(
        *filled("branch_id", "number"),
        between("control_share", "0", "1"),
        between("waves", "1"),
    ),
)

FACT_CAMPAIGN_CONTACT = Table(
    "fact_campaign_contact",
    "campaigns_member",
    Keeping.LATEST,
    (
        key_column("member_id", "Key of the member.", "成员标识"),
        link("campaign_id", "dim_campaign", "The campaign.", "活动"),
        SUBSCRIPTION,
        CUSTOMER,
        BRANCH,
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
    rules=(
        *filled("campaign_id", "customer_id", "branch_id", "arm"),
        one_of("arm", "treatment", "control", "excluded"),
        between("risk_at_start", "0", "1"),
    ),
)

FACT_SCORE = Table(
    "fact_score",
    "scores_score",
    Keeping.HISTORY,
    (
        key_column("score_id", "Key of the score.", "评分标识"),
        SUBSCRIPTION,
        CUSTOMER,
        BRANCH,
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
    rules=(
        *filled("subscription_id", "customer_id", "branch_id", "risk"),
        one_of("risk_class", "high", "low"),
        one_of("value_class", "high", "low"),
        between("risk", "0", "1"),
    ),
)
