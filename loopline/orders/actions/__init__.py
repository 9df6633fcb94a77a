"""What is done with orders."""

from loopline.orders.actions.accepting import (
    OrderUnderWay,
    WantedItem,
    WantedOrder,
    accept_order,
    acknowledge_order,
)
from loopline.orders.actions.changing import AlreadyOver, TooLate, amend_order, cancel_order, release_item
from loopline.orders.actions.checking import NotPossible
from loopline.orders.actions.driving import advance, outstanding, take_answer
from loopline.orders.actions.porting import issue_porting_code
from loopline.orders.actions.watching import end_kept_lines, restless, watch

__all__ = [
    "AlreadyOver",
    "NotPossible",
    "OrderUnderWay",
    "TooLate",
    "WantedItem",
    "WantedOrder",
    "accept_order",
    "acknowledge_order",
    "advance",
    "amend_order",
    "cancel_order",
    "end_kept_lines",
    "issue_porting_code",
    "outstanding",
    "release_item",
    "restless",
    "take_answer",
    "watch",
]
