"""Background work of orders, where the worker looks for it."""

from loopline.identity.api import tenant_ids
from loopline.kernel.jobs import every
from loopline.orders.moving import move_order, wake_orders

every(minutes=1, task=wake_orders, tenants=tenant_ids)

__all__ = ["move_order", "wake_orders"]
