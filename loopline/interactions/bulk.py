"""Interactions by the thousand: from the call centre, imports and simulators."""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from psycopg import sql

from loopline.interactions.models import Interaction
from loopline.kernel.copying import Columns, copy_columns, staged


def write_interactions(columns: Columns, *, new: bool = False) -> int:
    """Add interactions and leave out those whose `source_key` is there already. Returns rows added.

    `new`: the caller knows that none is there, and it is not looked for.

    Columns: `customer_id`, `branch_id`, `kind`, `channel`, `at` (UTC), `on` (the operator's day), `source_key`;
    optional `subscription_id`, `inbound`, `topic`, `summary`, `staff_id`, `staff_name`, `resolved_on`.
    """
    return copy_columns(Interaction, columns, skip_existing=not new)


def resolve_interactions(rows: Iterable[tuple[str, date]]) -> int:
    """Complaints are solved: (`source_key`, day). One that is solved already keeps its day. Returns how many."""
    with staged(Interaction, ["source_key", "resolved_on"], rows) as stage, connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "UPDATE interactions_interaction i SET resolved_on = s.resolved_on FROM {} s "
                "WHERE i.source_key = s.source_key AND i.source_key <> '' AND i.resolved_on IS NULL"
            ).format(stage)
        )
        return int(cursor.rowcount)
