"""fact_subscription_month: what a subscription brought, used and paid in a month, built from the other facts.

One row for each subscription and month with a bill or usage. It is rebuilt for the pairs that a load touched, so
that it always equals a build from nothing.
"""

from loopline.warehouse.shape import MONEY, Column, own_column
from loopline.warehouse.star import USAGE_COUNTS

NAME = "fact_subscription_month"
EN = "Months of subscriptions: revenue, payment, usage and contacts."
ZH = "用户月表：收入、缴费、使用量与接触"


COLUMNS: tuple[Column, ...] = (
    own_column("subscription_id", "BIGINT", "The subscription.", "用户", "dim_subscription"),
    own_column(
        "month", "DATE", "First day of the month, in the operator's zone.", "账期（当月首日，运营商时区）"
    ),
    own_column("customer_id", "BIGINT", "The customer.", "客户", "dim_customer"),
    own_column("account_id", "BIGINT", "The account that pays.", "付费账户"),
    own_column("branch_id", "BIGINT", "The organisation unit that serves him.", "归属营业单位", "dim_unit"),
    own_column("service", "VARCHAR", "mobile, broadband, fixed, iptv or data_line.", "业务类型"),
    own_column("monthly_fee", MONEY, "Monthly fee billed.", "月租"),
    own_column("usage_charge", MONEY, "Charges for usage.", "使用费"),
    own_column("discount", MONEY, "Discount.", "优惠"),
    own_column("revenue", MONEY, "Billed: fee + usage − discount.", "收入：月租 + 使用费 − 优惠"),
    own_column(
        "paid",
        MONEY,
        "Paid: on the account for the month, or in it where a payment names none; split by its bills, to the fen.",
        "实收：账户为该账期缴付的金额（未指明账期的按缴费月份），按账单金额分摊到分",
    ),
    *(own_column(column.name, column.type, column.en, column.zh) for column in USAGE_COUNTS),
    own_column(
        "contacts",
        "INTEGER",
        "Contacts of the customer in the month (of the whole customer: do not add over subscriptions).",
        "客户当月接触次数（按客户计，勿跨用户相加）",
    ),
    own_column("complaints", "INTEGER", "Complaints among them.", "其中投诉次数"),
    own_column("fault_reports", "INTEGER", "Fault reports among them.", "其中报障次数"),
    own_column("enquiries", "INTEGER", "Enquiries among them.", "其中咨询次数"),
    own_column("tenure_months", "INTEGER", "Months since activation.", "在网月数"),
    own_column("left_in_month", "BOOLEAN", "Whether the subscription ended in this month.", "是否当月离网"),
    own_column(
        "is_active_at_end", "BOOLEAN", "Whether it was in use at the end of the month.", "月末是否在网"
    ),
)

PAID_FOR = "coalesce(month, CAST(date_trunc('month', paid_on) AS DATE))"
"""The month a payment counts in: the one it names, else the one in which it was received."""

PAYMENTS = f"SELECT account_id, {PAID_FOR} AS month, amount FROM fact_payment"

BUILD = """
WITH touched AS ({touched}),
bill AS (SELECT * FROM fact_bill SEMI JOIN touched USING (subscription_id, month)),
received AS (
  SELECT account_id, month, sum(amount) AS received
  FROM ({payments}) SEMI JOIN bill USING (account_id, month) GROUP BY ALL
),
-- All bills of the account take part, also those of subscriptions that need no rebuilding. The shares of a month
-- billed with nothing are equal.
weighed AS (
  SELECT subscription_id, month, account_id, received,
         CASE WHEN sum(amount) OVER (PARTITION BY account_id, month) = 0 THEN 1 ELSE amount END AS weight
  FROM fact_bill JOIN received USING (account_id, month)
),
running AS (
  SELECT subscription_id, month, received, weight,
         sum(weight) OVER (PARTITION BY account_id, month ORDER BY subscription_id) AS up_to,
         sum(weight) OVER (PARTITION BY account_id, month) AS whole
  FROM weighed
),
-- Rounding the running share and taking differences makes the parts add up to the whole, to the fen.
paid AS (
  SELECT subscription_id, month,
    CAST(round(CAST(received AS DOUBLE) * CAST(up_to AS DOUBLE) / CAST(whole AS DOUBLE), 2) AS {money})
    - CAST(round(CAST(received AS DOUBLE) * CAST(up_to - weight AS DOUBLE) / CAST(whole AS DOUBLE), 2) AS {money})
    AS paid
  FROM running
),
used AS (SELECT * FROM fact_usage SEMI JOIN touched USING (subscription_id, month)),
contact AS (
  SELECT customer_id, CAST(date_trunc('month', on_day) AS DATE) AS month, count(*) AS contacts,
         count(*) FILTER (kind = 'complaint') AS complaints, count(*) FILTER (kind = 'fault') AS fault_reports,
         count(*) FILTER (kind = 'enquiry') AS enquiries
  FROM fact_interaction WHERE kind NOT IN ('note', 'campaign') GROUP BY ALL
),
spine AS (SELECT subscription_id, month FROM bill UNION SELECT subscription_id, month FROM used)
SELECT s.subscription_id, m.month, s.customer_id, s.account_id, s.branch_id, s.service,
       coalesce(b.monthly_fee, 0), coalesce(b.usage_charge, 0), coalesce(b.discount, 0), coalesce(b.amount, 0),
       coalesce(p.paid, 0), {usage},
       coalesce(c.contacts, 0), coalesce(c.complaints, 0), coalesce(c.fault_reports, 0), coalesce(c.enquiries, 0),
       date_diff('month', s.started_on, m.month),
       coalesce(date_trunc('month', s.ended_on) = m.month, false),
       coalesce(s.started_on < m.month + INTERVAL 1 MONTH, true)
         AND coalesce(s.ended_on >= m.month + INTERVAL 1 MONTH, true)
FROM spine m
JOIN dim_subscription s ON s.subscription_id = m.subscription_id AND s.is_current
LEFT JOIN bill b ON b.subscription_id = m.subscription_id AND b.month = m.month
LEFT JOIN paid p ON p.subscription_id = m.subscription_id AND p.month = m.month
LEFT JOIN used u ON u.subscription_id = m.subscription_id AND u.month = m.month
LEFT JOIN contact c ON c.customer_id = s.customer_id AND c.month = m.month
"""

EVERYTHING = (
    "SELECT subscription_id, month FROM fact_bill UNION SELECT subscription_id, month FROM fact_usage"
)

KEYS_TOUCHED: dict[str, tuple[str, str, str]] = {
    "dim_subscription": ("whole", "subscription_id", ""),
    "fact_bill": ("account", "account_id", "month"),
    "fact_payment": ("account", "account_id", PAID_FOR),
    "fact_usage": ("subscription", "subscription_id", "month"),
    "fact_interaction": ("customer", "customer_id", "CAST(date_trunc('month', on_day) AS DATE)"),
}
"""Which pairs a changed row of a table touches: (kind of key, the key, the month or '' for every month).

A bill besides touches its own subscription.
"""

TOUCHED = f"""
SELECT key AS subscription_id, month FROM touched_key WHERE kind = 'subscription'
UNION
SELECT b.subscription_id, b.month FROM fact_bill b
JOIN touched_key t ON t.kind = 'account' AND t.key = b.account_id AND t.month = b.month
UNION
SELECT s.subscription_id, t.month FROM dim_subscription s
JOIN touched_key t ON t.kind = 'customer' AND t.key = s.customer_id WHERE s.is_current
UNION
SELECT e.subscription_id, e.month FROM ({EVERYTHING}) e
JOIN touched_key t ON t.kind = 'whole' AND t.key = e.subscription_id
"""
"""The pairs to rebuild, from the temporary table `touched_key` of the old and new keys of what changed."""


def build(touched: str) -> str:
    """The rows of the table for the pairs that the query `touched` gives, in the order of COLUMNS."""
    usage = ", ".join(f"coalesce(u.{column.name}, 0)" for column in USAGE_COUNTS)
    return BUILD.format(touched=touched, money=MONEY, usage=usage, payments=PAYMENTS)
