"""Views: tables of the lake read together, always as the newest load has them."""

from dataclasses import dataclass, replace

from loopline.warehouse.shape import MONEY, Column
from loopline.warehouse.star.campaigns import FACT_CAMPAIGN_CONTACT

_CAMPAIGN_OUTCOME = """
SELECT m.*, c.goal, c.offering_id, c.contact_cost, c.starts_on, o.monthly_cost AS offer_monthly_cost,
       s.state, s.ended_on, s.end_reason, s.retention_offering_id, s.retention_since,
       coalesce(s.ended_on > m.window_ends_on, true) AS is_retained,
       coalesce(s.retention_offering_id = c.offering_id
                AND s.retention_since BETWEEN m.planned_on AND m.window_ends_on, false) AS took_offer
FROM {schema}.fact_campaign_contact m
JOIN {schema}.dim_campaign c ON c.campaign_id = m.campaign_id AND c.is_current
JOIN {schema}.dim_subscription s ON s.subscription_id = m.subscription_id AND s.is_current
LEFT JOIN {schema}.dim_offering o ON o.offering_id = c.offering_id AND o.is_current
"""

_BILL_LINE = """
SELECT bill_id, subscription_id, customer_id, branch_id, account_id, month, 'monthly_fee' AS line, monthly_fee AS amount
FROM {schema}.fact_bill WHERE monthly_fee <> 0
UNION ALL
SELECT bill_id, subscription_id, customer_id, branch_id, account_id, month, 'usage_charge', usage_charge
FROM {schema}.fact_bill WHERE usage_charge <> 0
UNION ALL
SELECT bill_id, subscription_id, customer_id, branch_id, account_id, month, 'discount', -discount
FROM {schema}.fact_bill WHERE discount <> 0
"""

_PORTING = """
SELECT i.subscription_id, i.customer_id, i.branch_id, 'in' AS direction, i.completed_on AS ported_on,
       CAST(date_trunc('month', i.completed_on) AS DATE) AS month, i.other_operator
FROM {schema}.fact_order_item i WHERE i.kind = 'port_in' AND i.state = 'completed'
UNION ALL
SELECT s.subscription_id, s.customer_id, s.branch_id, 'out', s.ended_on,
       CAST(date_trunc('month', s.ended_on) AS DATE), ''
FROM {schema}.dim_subscription s WHERE s.is_current AND s.state = 'ported_out'
"""


@dataclass(frozen=True, slots=True)
class View:
    """A view: its SQL with `{schema}`, its columns (`source` names the column of the lake they come from)."""

    sql: str
    en: str
    zh: str
    columns: tuple[Column, ...] = ()


def _from(source: str, kind: str, en: str, zh: str, *, name: str = "", refers: str = "") -> Column:
    """A column of a view that is a column of the lake, named `table.column`."""
    return Column(name or source.partition(".")[2], kind, source, en, zh, refers=refers)


def _keys(table: str) -> tuple[Column, ...]:
    return tuple(
        _from(f"{table}.{name}", "BIGINT", en, zh, refers=refers)
        for name, refers, en, zh in (
            ("subscription_id", "dim_subscription", "The subscription.", "用户"),
            ("customer_id", "dim_customer", "The customer.", "客户"),
            ("branch_id", "dim_unit", "The organisation unit that serves him.", "归属营业单位"),
        )
    )


DEFINITIONS: dict[str, View] = {
    "campaign_outcome": View(
        _CAMPAIGN_OUTCOME,
        "Members of campaigns with the state of the subscription: whether it stayed and took the offer.",
        "活动成员及其结果：是否留网、是否接受优惠（视图）",
        (
            *(
                replace(column, source=f"fact_campaign_contact.{column.name}")
                for column in FACT_CAMPAIGN_CONTACT.columns
            ),
            _from("dim_campaign.goal", "VARCHAR", "Goal of the campaign.", "活动目标"),
            _from("dim_campaign.offering_id", "BIGINT", "What was offered.", "优惠", refers="dim_offering"),
            _from("dim_campaign.contact_cost", MONEY, "Cost of one contact.", "单次接触成本"),
            _from("dim_campaign.starts_on", "DATE", "First day of the campaign.", "活动开始日期"),
            _from(
                "dim_offering.monthly_cost",
                MONEY,
                "Monthly cost of the offer.",
                "优惠每月成本",
                name="offer_monthly_cost",
            ),
            _from("dim_subscription.state", "VARCHAR", "State of the subscription now.", "用户当前状态"),
            _from("dim_subscription.ended_on", "DATE", "Day of termination.", "离网日期"),
            _from("dim_subscription.end_reason", "VARCHAR", "Why it ended.", "离网原因"),
            _from(
                "dim_subscription.retention_offering_id",
                "BIGINT",
                "The retention offer taken.",
                "已接受的挽留优惠",
            ),
            _from("dim_subscription.retention_since", "DATE", "Since when.", "挽留优惠起始日"),
            Column(
                "is_retained",
                "BOOLEAN",
                "",
                "Whether the line stayed through the window.",
                "观察期内是否留网",
            ),
            Column(
                "took_offer",
                "BOOLEAN",
                "",
                "Whether the offer was taken in the window.",
                "观察期内是否接受优惠",
            ),
        ),
    ),
    "fact_bill_line": View(
        _BILL_LINE,
        "Bill lines: fee, usage and discount of each bill as lines of their own.",
        "账单明细：月租、使用费与优惠各为一行（视图）",
        (
            _from("fact_bill.bill_id", "BIGINT", "The bill.", "账单", refers="fact_bill"),
            *_keys("fact_bill"),
            _from(
                "fact_bill.account_id", "BIGINT", "The account that pays.", "付费账户", refers="dim_account"
            ),
            _from("fact_bill.month", "DATE", "First day of the month.", "账期（当月首日）"),
            Column(
                "line", "VARCHAR", "", "monthly_fee, usage_charge or discount.", "费用项：月租、使用费、优惠"
            ),
            _from("fact_bill.amount", MONEY, "Amount; a discount is negative.", "金额（优惠为负）"),
        ),
    ),
    "fact_porting": View(
        _PORTING,
        "Numbers ported in by an order and numbers taken along to another operator.",
        "携号转网：携入（按订单）与携出（视图）",
        (
            *_keys("dim_subscription"),
            Column("direction", "VARCHAR", "", "in or out.", "方向：携入、携出"),
            _from(
                "fact_order_item.completed_on",
                "DATE",
                "Day on which the number came or went.",
                "携转日期",
                name="ported_on",
            ),
            Column("month", "DATE", "", "First day of that month.", "所在月首日"),
            _from(
                "fact_order_item.other_operator",
                "VARCHAR",
                "The other operator, where it is known.",
                "对方运营商（已知时）",
            ),
        ),
    ),
}

VIEWS = {name: view.sql for name, view in DEFINITIONS.items()}
DESCRIPTIONS = {name: (view.en, view.zh) for name, view in DEFINITIONS.items()}
