"""The door of this module for other modules."""

from loopline.orders.actions import (
    AlreadyOver,
    NotPossible,
    OrderUnderWay,
    TooLate,
    WantedItem,
    WantedOrder,
    acknowledge_order,
    advance,
    amend_order,
    end_kept_lines,
    issue_porting_code,
    move_visit,
    note_cancellation,
    outstanding,
    restless,
    take_answer,
    watch,
)
from loopline.orders.actions.checking import Checked
from loopline.orders.actions.work import Work
from loopline.orders.asking import (
    accept_order,
    cancel_order,
    end_visit,
    quote,
    release_item,
    show_activation_code,
)
from loopline.orders.bindings import Binding, bindings
from loopline.orders.models import (
    Cancellation,
    Channel,
    Kind,
    Order,
    OrderItem,
    OrderState,
    SimulatorRequest,
    SimulatorRule,
    Step,
    StepState,
)
from loopline.orders.moving import drive
from loopline.orders.queries import Wanted, all_orders, cancellations, get_order, open_of_customer, orders
from loopline.orders.rules import decomposition, states
from loopline.orders.rules.decomposition import INSTALMENT_MONTHS
from loopline.orders.rules.prices import Line
from loopline.orders.sections import Section, sections

__all__ = [
    "INSTALMENT_MONTHS",
    "AlreadyOver",
    "Binding",
    "Cancellation",
    "Channel",
    "Checked",
    "Kind",
    "Line",
    "NotPossible",
    "Order",
    "OrderItem",
    "OrderState",
    "OrderUnderWay",
    "Section",
    "SimulatorRequest",
    "SimulatorRule",
    "Step",
    "StepState",
    "TooLate",
    "Wanted",
    "WantedItem",
    "WantedOrder",
    "Work",
    "accept_order",
    "acknowledge_order",
    "advance",
    "all_orders",
    "amend_order",
    "bindings",
    "cancel_order",
    "cancellations",
    "decomposition",
    "drive",
    "end_kept_lines",
    "end_visit",
    "get_order",
    "issue_porting_code",
    "move_visit",
    "note_cancellation",
    "open_of_customer",
    "orders",
    "outstanding",
    "quote",
    "release_item",
    "restless",
    "sections",
    "show_activation_code",
    "states",
    "take_answer",
    "watch",
]
