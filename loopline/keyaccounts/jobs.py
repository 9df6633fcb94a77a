"""Background work of key accounts, where the worker looks for it."""

from loopline.identity import api as identity
from loopline.kernel.jobs import every
from loopline.keyaccounts.reminding import remind
from loopline.keyaccounts.running import follow_rules

__all__ = ["follow_rules", "remind"]

every(minutes=60, task=remind, tenants=identity.tenant_ids)
