"""What is used, billed and paid."""

from loopline.warehouse.shape import (
    MONEY,
    Column,
    Keeping,
    Rule,
    RuleKind,
    Table,
    adds_up,
    between,
    count,
    day,
    day_of,
    filled,
    key_column,
    link,
    moment,
    money,
    one_of,
    text,
)
from loopline.warehouse.star.common import ACCOUNT, BRANCH, CUSTOMER, MONTH, SUBSCRIPTION, month_of

FACT_BILL = Table(
    "fact_bill",
    "billing_bill",
    Keeping.LATEST,
    (
        key_column("bill_id", "Key of the bill.", "账单标识"),
        SUBSCRIPTION,
        ACCOUNT,
        CUSTOMER,
        BRANCH,
        MONTH,
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
    rules=(
        *filled("subscription_id", "account_id", "customer_id", "branch_id", "month"),
        Rule(RuleKind.UNIQUE, ("subscription_id", "month")),
        adds_up("amount", "monthly_fee + usage_charge - discount", "monthly_fee", "usage_charge", "discount"),
        between("monthly_fee", "0"),
        between("usage_charge", "0"),
        between("due_on", "month"),
    ),
)

FACT_PAYMENT = Table(
    "fact_payment",
    "billing_payment",
    Keeping.LATEST,
    (
        key_column("payment_id", "Key of the payment.", "缴费标识"),
        ACCOUNT,
        CUSTOMER,
        BRANCH,
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
    rules=(
        *filled("account_id", "customer_id", "branch_id", "paid_on", "amount"),
        between("paid_on", "DATE '2000-01-01'", "current_date + 1"),
    ),
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
        SUBSCRIPTION,
        CUSTOMER,
        BRANCH,
        MONTH,
        *USAGE_COUNTS,
    ),
    "Usage, by subscription and month.",
    "使用量（按用户与账期）",
    month="month",
    lake_month="month",
    rules=(
        *filled("subscription_id", "customer_id", "branch_id", "month"),
        Rule(RuleKind.UNIQUE, ("subscription_id", "month")),
        between("minutes", "0", "44640"),
        between("minutes_competitor", "0", "minutes"),
        between("data_mb", "0"),
        between("roaming_days", "0", "31"),
    ),
)

DAY_MOVED = day_of("at")
MONTH_MOVED = month_of(DAY_MOVED, "on_day")
_MEANS = {
    "cash": ("cash", "现金"),
    "card": ("card", "银行卡"),
    "transfer": ("transfer", "转账"),
    "wechat": ("WeChat", "微信"),
    "alipay": ("Alipay", "支付宝"),
}
FACT_RECEIPT = Table(
    "fact_receipt",
    "till_movement",
    Keeping.LATEST,
    (
        key_column("receipt_id", "Key of the movement.", "收银流水标识"),
        CUSTOMER,
        BRANCH,
        link("unit_id", "dim_unit", "The unit of the till.", "收银单位"),
        link("staff_id", "dim_staff", "Who was at the till.", "收银员", "nullif(by_id, 0)"),
        text(
            "kind",
            "payment, refund, correction, change, close or set_off.",
            "类别：收款、退款、冲正、备用金、日结、抵扣",
        ),
        Column("on_day", "DATE", DAY_MOVED, "Day in the operator's zone.", "日期（运营商时区）"),
        moment("moved_at", "at", "Moment (UTC).", "时刻（UTC）"),
        money("amount", "Received positive, given away negative.", "金额（收为正，付为负）"),
        *(
            Column(
                f"in_{code}", MONEY, f"coalesce(in_{code}, 0)", f"Thereof by {en}.", f"其中{zh}", summed=True
            )
            for code, (en, zh) in _MEANS.items()
        ),
        Column(
            "corrects_id", "BIGINT", "corrects_id", "The movement that this one takes back.", "被冲正的流水"
        ),
    ),
    "Till receipts: every movement of money at a counter.",
    "收银流水：营业厅每一笔资金进出",
    month=MONTH_MOVED[0],
    lake_month=MONTH_MOVED[1],
    joined="CROSS JOIN LATERAL (SELECT "
    + ", ".join(
        f"sum(CASE '{code}' WHEN e.debit THEN e.amount WHEN e.credit THEN -e.amount END) AS in_{code}"
        for code in _MEANS
    )
    + " FROM till_entry e WHERE e.movement_id = till_movement.id) taken",
    rules=(
        *filled("kind", "on_day", "amount"),
        one_of("kind", "payment", "refund", "correction", "change", "close", "set_off"),
    ),
)
