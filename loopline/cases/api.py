"""The door of this module for other modules."""

from loopline.cases.actions.alarms import raise_alarms
from loopline.cases.actions.handling import change_ticket, give_back, hand_over, take_ticket
from loopline.cases.actions.mass import declare_mass, give_notice, link_children, unlink_child
from loopline.cases.actions.opening import NewTicket, delete_ticket, open_ticket
from loopline.cases.actions.standards import (
    drop_target,
    set_calendar,
    set_category,
    set_skills,
    set_special_days,
    set_steps,
    set_target,
    set_terms,
)
from loopline.cases.actions.states import take_step
from loopline.cases.actions.talking import add_note, attach_file, reply
from loopline.cases.models import (
    Category,
    Entry,
    EntryKind,
    Kind,
    PendingFor,
    Priority,
    Severity,
    State,
    Ticket,
)
from loopline.cases.queries.tickets import (
    Wanted,
    children,
    entries,
    get_ticket,
    open_of_customer,
    page,
    similar,
)
from loopline.cases.usual import set_up

__all__ = [
    "Category",
    "Entry",
    "EntryKind",
    "Kind",
    "NewTicket",
    "PendingFor",
    "Priority",
    "Severity",
    "State",
    "Ticket",
    "Wanted",
    "add_note",
    "attach_file",
    "change_ticket",
    "children",
    "declare_mass",
    "delete_ticket",
    "drop_target",
    "entries",
    "get_ticket",
    "give_back",
    "give_notice",
    "hand_over",
    "link_children",
    "open_of_customer",
    "open_ticket",
    "page",
    "raise_alarms",
    "reply",
    "set_calendar",
    "set_category",
    "set_skills",
    "set_special_days",
    "set_steps",
    "set_target",
    "set_terms",
    "set_up",
    "similar",
    "take_step",
    "take_ticket",
    "unlink_child",
]
