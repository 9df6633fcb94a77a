"""Orders accepted and changed by people and programs, each with the job that moves it on once this has committed."""

from datetime import datetime
from uuid import UUID

from loopline.kernel.jobs import ask_for
from loopline.kernel.permission import Actor
from loopline.orders import actions
from loopline.orders.actions.accepting import Quote, quote
from loopline.orders.models import Cancellation, Order
from loopline.orders.moving import move_order

__all__ = ["Quote", "accept_order", "cancel_order", "end_visit", "quote", "release_item"]


def accept_order(*, actor: Actor, wanted: actions.WantedOrder, now: datetime) -> Order:
    """As `actions.accept_order`; the order is worked on once the door has closed."""
    order = actions.accept_order(actor=actor, wanted=wanted, now=now)
    ask_for(move_order, order=order.pk)
    return order


def cancel_order(*, actor: Actor, order: UUID, reason: str, now: datetime) -> Cancellation:
    """As `actions.cancel_order`; what was begun is taken back once the door has closed."""
    asked = actions.cancel_order(actor=actor, order=order, reason=reason, now=now)
    ask_for(move_order, order=asked.order_id)
    return asked


def end_visit(*, actor: Actor, visit: UUID, missed: bool, note: str, now: datetime) -> Order:
    """As `actions.end_visit`; the order goes on once the door has closed."""
    order = actions.end_visit(actor=actor, visit=visit, missed=missed, note=note, now=now)
    ask_for(move_order, order=order.pk)
    return order


def release_item(*, actor: Actor, item: UUID, rejected: bool, reason: str, now: datetime) -> Order:
    """As `actions.release_item`; the order goes on once the door has closed."""
    order = actions.release_item(actor=actor, item=item, rejected=rejected, reason=reason, now=now)
    ask_for(move_order, order=order.pk)
    return order
