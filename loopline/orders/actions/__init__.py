"""What is done with orders."""

from loopline.orders.actions.accepting import (
    OrderUnderWay,
    WantedItem,
    WantedOrder,
    accept_order,
    acknowledge_order,
)
from loopline.orders.actions.changing import (
    AlreadyOver,
    TooLate,
    amend_order,
    cancel_order,
    note_cancellation,
    release_item,
)
from loopline.orders.actions.checking import NotPossible
from loopline.orders.actions.driving import advance, outstanding, take_answer
from loopline.orders.actions.porting import issue_porting_code
from loopline.orders.actions.profiles import CodeSpent, show_activation_code
from loopline.orders.actions.signing import AlreadySigned, file_scan, sign_on_screen
from loopline.orders.actions.slots import SlotFull
from loopline.orders.actions.visiting import VisitOver, book_again, end_visit, move_visit, offer_slots
from loopline.orders.actions.watching import end_kept_lines, restless, watch

__all__ = [
    "AlreadyOver",
    "AlreadySigned",
    "CodeSpent",
    "NotPossible",
    "OrderUnderWay",
    "SlotFull",
    "TooLate",
    "VisitOver",
    "WantedItem",
    "WantedOrder",
    "accept_order",
    "acknowledge_order",
    "advance",
    "amend_order",
    "book_again",
    "cancel_order",
    "end_kept_lines",
    "end_visit",
    "file_scan",
    "issue_porting_code",
    "move_visit",
    "note_cancellation",
    "offer_slots",
    "outstanding",
    "release_item",
    "restless",
    "show_activation_code",
    "sign_on_screen",
    "take_answer",
    "watch",
]
