"""Which rows of a table of the lake somebody may see: the same that row security shows him in operations."""

from collections.abc import Collection

from loopline.kernel.scope import Scope

_PERSONS = ("account_id", "member_id", "number_hash", "imei_hash", "other_party")
"""Columns that tell of somebody without saying whose he is."""


def condition(table: str, columns: Collection[str], scope: Scope) -> str | None:
    """The condition under which rows of a table may be read; None where no row of it may.

    A table by branch is cut by branch, one by customer or subscription through the branch of those. What has neither
    is open only as a dimension that tells of nobody; of anything else nothing is shown to whoever sees a part.
    """
    if scope.branches is None:
        return "true"
    mine = _within(scope, "customer_id" in columns)
    if "branch_id" in columns:
        return mine
    if "customer_id" in columns:
        inside = (
            f"SELECT customer_id FROM dim_customer WHERE is_current AND ({_within(scope, customer=True)})"
        )
        return f"customer_id IN ({inside})"
    if "subscription_id" in columns:
        inside = f"SELECT subscription_id FROM dim_subscription WHERE is_current AND ({_within(scope, customer=True)})"
        return f"subscription_id IN ({inside})"
    is_open = table.startswith("dim_") and not set(columns).intersection(_PERSONS)
    return "true" if is_open else None


def _within(scope: Scope, customer: bool) -> str:
    parts = [f"branch_id IN ({_keys(scope.branches or ())})"] if scope.branches else []
    if customer and scope.customers:
        parts.append(f"customer_id IN ({_keys(scope.customers)})")
    return " OR ".join(parts) or "false"


def _keys(keys: Collection[int]) -> str:
    return ", ".join(str(int(key)) for key in keys)
