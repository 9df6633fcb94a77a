"""What is done with tills and the money in them."""

from loopline.till.actions.authority import NeedsAuthority
from loopline.till.actions.holding import DepositGone, return_deposit
from loopline.till.actions.ledger import NotEnoughCash
from loopline.till.actions.paying import (
    Charge,
    NothingOwed,
    OverPaid,
    Tender,
    correct,
    note_print,
    pay,
    refund_bill,
    refund_order,
)
from loopline.till.actions.sessions import (
    NotOpen,
    TillInUse,
    confirm_count,
    count_till,
    open_till,
    reject_count,
    set_up_till,
)
from loopline.till.actions.terms import set_terms

__all__ = [
    "Charge",
    "DepositGone",
    "NeedsAuthority",
    "NotEnoughCash",
    "NotOpen",
    "NothingOwed",
    "OverPaid",
    "Tender",
    "TillInUse",
    "confirm_count",
    "correct",
    "count_till",
    "note_print",
    "open_till",
    "pay",
    "refund_bill",
    "refund_order",
    "reject_count",
    "return_deposit",
    "set_terms",
    "set_up_till",
]
