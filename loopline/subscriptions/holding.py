"""How many subscriptions have an offering: told to the catalogue, which knows nobody who does."""

from collections.abc import Sequence

from django.db import connection

from loopline.catalogue.api import COUNTED_TO, holders

HOLDING = """
SELECT o.key, (
  SELECT count(*) FROM (
    SELECT FROM subscriptions_subscription s
    WHERE s.offering_id = o.key AND s.state NOT IN ('pre_terminated', 'terminated', 'ported_out')
    UNION ALL
    SELECT FROM subscriptions_addon a WHERE a.offering_id = o.key AND a.ended_on IS NULL
    LIMIT %s) counted)
FROM unnest(%s::bigint[]) AS o (key)
"""


def count_holding(offerings: Sequence[int]) -> dict[int, int]:
    """Subscriptions in use that have one of these as plan or add-on, within what may be seen; up to COUNTED_TO + 1."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDING, [COUNTED_TO + 1, list(offerings)])
        return dict(cursor.fetchall())


holders.add("subscriptions", count_holding)
