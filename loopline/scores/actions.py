"""Scores come in from analysis."""

from datetime import date

from django.db import connection
from psycopg import sql

from loopline.kernel.copying import Columns, as_table, staged
from loopline.scores.models import Score

COLUMNS = ("subscription_id", "risk", "risk_class", "value", "value_class", "reasons")


def write_scores(columns: Columns, *, model_run_id: int, as_of: date) -> int:
    """Replace the scores of subscriptions. Returns how many were written.

    Columns: `subscription_id`, `risk` (0 to 1), `risk_class`, `value` (Decimal), `value_class` (`high` or `low`),
    `reasons` (JSON text, see Score). Customer and branch are taken from the subscription as it is now; one that is
    not there or not visible is left out. Writing the same run again changes nothing but the moment.
    """
    table = as_table(columns).select(list(COLUMNS))
    with staged(Score, COLUMNS, table) as stage, connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(stage=stage), [model_run_id, as_of])
        return int(cursor.rowcount)


_UPSERT = sql.SQL(
    """
    INSERT INTO scores_score AS kept (tenant_id, branch_id, customer_id, subscription_id, risk, risk_class,
                                      value, value_class, reasons, model_run_id, as_of)
    SELECT s.tenant_id, s.branch_id, s.customer_id, s.id, n.risk, n.risk_class, n.value, n.value_class, n.reasons,
           %s, %s
    FROM {stage} n JOIN subscriptions_subscription s ON s.id = n.subscription_id
    ON CONFLICT (subscription_id) DO UPDATE SET
        branch_id = excluded.branch_id, customer_id = excluded.customer_id, risk = excluded.risk,
        risk_class = excluded.risk_class, value = excluded.value, value_class = excluded.value_class,
        reasons = excluded.reasons, model_run_id = excluded.model_run_id, as_of = excluded.as_of,
        scored_at = now()
    """
)
