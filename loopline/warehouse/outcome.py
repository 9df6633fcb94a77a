"""campaign_outcome: members of campaigns beside what became of them, always as the newest load has it."""

VIEWS: dict[str, str] = {
    "campaign_outcome": """
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
}

DESCRIPTIONS: dict[str, tuple[str, str]] = {
    "campaign_outcome": (
        "Members of campaigns with the state of the subscription: whether it stayed and took the offer.",
        "活动成员及其结果：是否留网、是否接受优惠（视图）",
    )
}
