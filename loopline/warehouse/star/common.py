"""Columns that many tables have."""

from loopline.warehouse.shape import Column, link

CUSTOMER = link("customer_id", "dim_customer", "The customer.", "客户")
BRANCH = link("branch_id", "dim_unit", "The organisation unit that serves him.", "归属营业单位")
ACCOUNT = link("account_id", "dim_account", "The account that pays.", "付费账户")
SUBSCRIPTION = link("subscription_id", "dim_subscription", "The subscription.", "用户")
OFFERING = link("offering_id", "dim_offering", "The offering.", "产品")
MONTH = Column(
    "month",
    "DATE",
    "month",
    "First day of the month, in the operator's zone.",
    "账期（当月首日，运营商时区）",
)


def month_of(day: str, lake_day: str) -> tuple[str, str]:
    """The month of a day, in PostgreSQL over the source row and in DuckDB over the lake's."""
    return f"date_trunc('month', {day})::date", f"CAST(date_trunc('month', {lake_day}) AS DATE)"
