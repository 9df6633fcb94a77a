"""Which rule a customer falls under, as a condition of SQL that all rules of a run share."""

from collections.abc import Mapping, Sequence
from typing import Any

_VALUE = """EXISTS (SELECT FROM scores_score s JOIN subscriptions_subscription l ON l.id = s.subscription_id
    WHERE s.customer_id = c.id AND s.value_class = %(value_{n})s
    AND l.state NOT IN ('pre_terminated', 'terminated', 'ported_out'))"""
_GROUP = """(EXISTS (SELECT FROM keyaccounts_member m WHERE m.customer_id = c.id AND m.group_id = ANY (%(group_{n})s)
    AND m.until IS NULL) OR EXISTS (SELECT FROM keyaccounts_group g WHERE g.customer_id = c.id
    AND g.id = ANY (%(group_{n})s)))"""


def condition(rules: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """A CASE over `customers_customer c` that gives the place (from 1) of the first rule that fits, or NULL.

    Each rule is a mapping with `kind`, `tier`, `value_class`, `units` and `groups` (keys, None: all).
    """
    given: dict[str, Any] = {}
    whens = []
    for place, rule in enumerate(rules, start=1):
        parts = ["true"]
        for name in ("kind", "tier"):
            if rule[name]:
                given[f"{name}_{place}"] = rule[name]
                parts.append(f"c.{name} = %({name}_{place})s")
        if rule["units"] is not None:
            given[f"units_{place}"] = list(rule["units"])
            parts.append(f"c.branch_id = ANY (%(units_{place})s)")
        if rule["value_class"]:
            given[f"value_{place}"] = rule["value_class"]
            parts.append(_VALUE.format(n=place))
        if rule["groups"] is not None:
            given[f"group_{place}"] = list(rule["groups"])
            parts.append(_GROUP.format(n=place))
        whens.append(f"WHEN {' AND '.join(parts)} THEN {place}")
    return (f"CASE {' '.join(whens)} END" if whens else "NULL::int"), given
