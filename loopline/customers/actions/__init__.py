"""Every write to the customer file: authorise, load and lock, decide, save, record."""

from loopline.customers.actions.customer import (
    PossibleDuplicate,
    StaleVersion,
    add_contact,
    change_customer,
    create_customer,
    give_consent,
    open_account,
    withdraw_consent,
)
from loopline.customers.actions.inputs import MaskIsNoInput, Missing
from loopline.customers.actions.moving import AlreadyThere, BranchOutOfReach, move_customer
from loopline.customers.actions.personal import (
    Erased,
    UnlikelyDocument,
    add_document,
    erase_person,
    reveal,
)
from loopline.customers.actions.walk_in import CardTooOld, ReasonMissing, find_walk_in, open_walk_in

__all__ = [
    "AlreadyThere",
    "BranchOutOfReach",
    "CardTooOld",
    "Erased",
    "MaskIsNoInput",
    "Missing",
    "PossibleDuplicate",
    "ReasonMissing",
    "StaleVersion",
    "UnlikelyDocument",
    "add_contact",
    "add_document",
    "change_customer",
    "create_customer",
    "erase_person",
    "find_walk_in",
    "give_consent",
    "move_customer",
    "open_account",
    "open_walk_in",
    "reveal",
    "withdraw_consent",
]
