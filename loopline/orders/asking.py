"""Orders accepted and changed by people and programs, each with the job that moves it on once this has committed."""

from datetime import datetime
from uuid import UUID

from loopline.kernel.jobs import ask_for, ask_later
from loopline.kernel.permission import Actor
from loopline.orders import actions
from loopline.orders.actions.accepting import Quote, quote
from loopline.orders.models import Cancellation, EsimProfile, Order
from loopline.orders.moving import LOOK_AGAIN, move_order
from loopline.orders.rules.activation import ActivationCode

__all__ = [
    "Quote",
    "accept_order",
    "cancel_order",
    "end_visit",
    "quote",
    "release_item",
    "show_activation_code",
]


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


def show_activation_code(
    *, actor: Actor, item: UUID, now: datetime, reason: str = "", how: str = "screen", address: str = ""
) -> tuple[EsimProfile, ActivationCode]:
    """As `actions.show_activation_code`; soon after, the other side is asked whether a telephone has installed it."""
    profile, code = actions.show_activation_code(
        actor=actor, item=item, now=now, reason=reason, how=how, address=address
    )
    ask_later(move_order, LOOK_AGAIN[1], order=profile.item.order_id)
    return profile, code
