"""What the start needs to know of everyone in the audience, in one statement over the tables concerned.

It reads tables of the modules below by name: an audience may be a million subscriptions, and asking each module
for its part would carry them all through the process several times. Row security holds as everywhere.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from loopline.campaigns.rules.exclusion import Facts
from loopline.campaigns.rules.plan import ContactRules

FACTS = """
SELECT s.id, s.customer_id, s.branch_id, coalesce(r.value, s.monthly_fee, 0), coalesce(r.risk, 0),
       coalesce(r.value_class || '/' || r.risk_class, ''),
       s.ended_on IS NOT NULL OR s.state IN ('pre_terminated', 'terminated', 'ported_out'),
       complaints.customer_id IS NOT NULL, consents.granted, coalesce(contacts.count, 0),
       elsewhere.customer_id IS NOT NULL
FROM subscriptions_subscription s
LEFT JOIN scores_score r ON r.subscription_id = s.id
LEFT JOIN (
    SELECT DISTINCT customer_id FROM interactions_interaction
    WHERE kind = 'complaint' AND resolved_on IS NULL
) complaints ON complaints.customer_id = s.customer_id
LEFT JOIN customers_consent consents
    ON consents.customer_id = s.customer_id AND consents.purpose = %(purpose)s AND consents.channel = %(channel)s
LEFT JOIN (
    SELECT customer_id, count(*) FROM campaigns_member WHERE contacted_at > %(since)s GROUP BY customer_id
) contacts ON contacts.customer_id = s.customer_id
LEFT JOIN (
    SELECT DISTINCT m.customer_id FROM campaigns_member m JOIN campaigns_campaign c ON c.id = m.campaign_id
    WHERE c.id <> %(campaign)s AND c.status IN ('starting', 'running') AND m.arm <> 'excluded'
      AND m.window_ends_on >= %(today)s
) elsewhere ON elsewhere.customer_id = s.customer_id
WHERE s.id = ANY (%(subscriptions)s)
ORDER BY s.id
"""


def facts_of(
    subscriptions: Sequence[int],
    *,
    campaign: int,
    channel: str,
    rules: ContactRules,
    today: date,
    now: datetime,
) -> list[Facts]:
    """The facts of these subscriptions, in the order of their ids."""
    wanted: dict[str, Any] = {
        "subscriptions": list(subscriptions),
        "campaign": campaign,
        "channel": channel,
        "purpose": rules.purpose,
        "today": today,
        "since": now - timedelta(days=rules.frequency_days),
    }
    with connection.cursor() as cursor:
        cursor.execute(FACTS, wanted)
        return [Facts(*row) for row in cursor.fetchall()]
