"""The door of this module for other modules."""

from loopline.subscriptions.bulk import (
    Written,
    end_subscriptions,
    known_subscriptions,
    renew_contracts,
    write_subscriptions,
)
from loopline.subscriptions.listing import count_of, subscriptions
from loopline.subscriptions.models import LEFT, Service, State, Subscription
from loopline.subscriptions.offers import set_retention_offer

__all__ = [
    "LEFT",
    "Service",
    "State",
    "Subscription",
    "Written",
    "count_of",
    "end_subscriptions",
    "known_subscriptions",
    "renew_contracts",
    "set_retention_offer",
    "subscriptions",
    "write_subscriptions",
]
