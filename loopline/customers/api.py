"""The door of this module for other modules."""

from loopline.customers.actions import (
    add_contact,
    add_document,
    change_customer,
    create_customer,
    erase_person,
    find_walk_in,
    give_consent,
    move_customer,
    open_account,
    open_walk_in,
    reveal,
    withdraw_consent,
)
from loopline.customers.bulk import Written, known_customers, write_customers, write_number_tokens
from loopline.customers.models import Customer, Kind, LifeCycle
from loopline.customers.queries import (
    Card,
    Found,
    Wanted,
    by_public_id,
    consents_of,
    find_cards,
    list_page,
    search,
    select,
)
from loopline.customers.rules import masks
from loopline.customers.wishes import restore_consents, withdraw_consents

__all__ = [
    "Card",
    "Customer",
    "Found",
    "Kind",
    "LifeCycle",
    "Wanted",
    "Written",
    "add_contact",
    "add_document",
    "by_public_id",
    "change_customer",
    "consents_of",
    "create_customer",
    "erase_person",
    "find_cards",
    "find_walk_in",
    "give_consent",
    "known_customers",
    "list_page",
    "masks",
    "move_customer",
    "open_account",
    "open_walk_in",
    "restore_consents",
    "reveal",
    "search",
    "select",
    "withdraw_consent",
    "withdraw_consents",
    "write_customers",
    "write_number_tokens",
]
