"""Interactions by the thousand: from the call centre, imports and simulators."""

from loopline.interactions.models import Interaction
from loopline.kernel.copying import Columns, copy_columns


def write_interactions(columns: Columns) -> int:
    """Add interactions and leave out those whose `source_key` is there already. Returns rows added.

    Columns: `customer_id`, `branch_id`, `kind`, `channel`, `at` (UTC), `on` (the operator's day), `source_key`;
    optional `subscription_id`, `inbound`, `topic`, `summary`, `staff_id`, `staff_name`, `resolved_on`.
    """
    return copy_columns(Interaction, columns, skip_existing=True)
