"""Every write to the customer file: authorise, load and lock, decide, save, record."""

from loopline.customers.actions.accounts import change_account, open_account
from loopline.customers.actions.consents import PURPOSES, give_consent, withdraw_consent
from loopline.customers.actions.contacts import (
    PLACES,
    add_address,
    add_contact,
    change_address,
    date_contact,
    end_address,
    end_contact,
    prefer_contact,
    resume_address,
    resume_contact,
)
from loopline.customers.actions.customer import StaleVersion, change_customer
from loopline.customers.actions.inputs import MaskIsNoInput, Missing
from loopline.customers.actions.lifecycle import TooManyLines, check_lines, count_lines, move_life_cycles
from loopline.customers.actions.linking import (
    InTwoHouseholds,
    decline_link,
    leave_household,
    link_customers,
    propose_again,
)
from loopline.customers.actions.merging import (
    FIELDS,
    MergedMeanwhile,
    NotMergeable,
    merge_customers,
    undo_merge,
)
from loopline.customers.actions.moving import AlreadyThere, BranchOutOfReach, move_customer
from loopline.customers.actions.opening import (
    Opened,
    PossibleDuplicate,
    SecondFileNeedsReason,
    create_customer,
    open_file,
    shown_match,
    told_match,
)
from loopline.customers.actions.personal import (
    Erased,
    UnlikelyDocument,
    add_document,
    check_document,
    erase_person,
    reveal,
)
from loopline.customers.actions.policy import set_policy
from loopline.customers.actions.stops import (
    NotToBeServed,
    StoppedAlready,
    check_served,
    resume_service,
    stop_service,
)
from loopline.customers.actions.walk_in import CardTooOld, ReasonMissing, find_walk_in, open_walk_in

__all__ = [
    "FIELDS",
    "PLACES",
    "PURPOSES",
    "AlreadyThere",
    "BranchOutOfReach",
    "CardTooOld",
    "Erased",
    "InTwoHouseholds",
    "MaskIsNoInput",
    "MergedMeanwhile",
    "Missing",
    "NotMergeable",
    "NotToBeServed",
    "Opened",
    "PossibleDuplicate",
    "ReasonMissing",
    "SecondFileNeedsReason",
    "StaleVersion",
    "StoppedAlready",
    "TooManyLines",
    "UnlikelyDocument",
    "add_address",
    "add_contact",
    "add_document",
    "change_account",
    "change_address",
    "change_customer",
    "check_document",
    "check_lines",
    "check_served",
    "count_lines",
    "create_customer",
    "date_contact",
    "decline_link",
    "end_address",
    "end_contact",
    "erase_person",
    "find_walk_in",
    "give_consent",
    "leave_household",
    "link_customers",
    "merge_customers",
    "move_customer",
    "move_life_cycles",
    "open_account",
    "open_file",
    "open_walk_in",
    "prefer_contact",
    "propose_again",
    "resume_address",
    "resume_contact",
    "resume_service",
    "reveal",
    "set_policy",
    "shown_match",
    "stop_service",
    "told_match",
    "undo_merge",
    "withdraw_consent",
]
