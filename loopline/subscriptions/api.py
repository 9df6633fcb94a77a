"""The door of this module for other modules."""

from loopline.subscriptions.bulk import (
    Written,
    end_subscriptions,
    known_subscriptions,
    renew_contracts,
    write_subscriptions,
)
from loopline.subscriptions.changes import (
    NotInThisState,
    add_service,
    change_number,
    change_plan,
    change_site,
    change_state,
    locked,
    open_subscription,
    remove_service,
)
from loopline.subscriptions.listing import count_of, payer_of, subscriptions
from loopline.subscriptions.models import LEFT, AddOn, Payer, Service, State, Subscription
from loopline.subscriptions.offers import set_retention_offer
from loopline.subscriptions.rules import lifecycle
from loopline.subscriptions.sharing import (
    NotToBeShared,
    begin_sharing,
    end_sharing,
    limit_of,
    members_of,
    shares_with,
    takes_part,
)

__all__ = [
    "LEFT",
    "AddOn",
    "NotInThisState",
    "NotToBeShared",
    "Payer",
    "Service",
    "State",
    "Subscription",
    "Written",
    "add_service",
    "begin_sharing",
    "change_number",
    "change_plan",
    "change_site",
    "change_state",
    "count_of",
    "end_sharing",
    "end_subscriptions",
    "known_subscriptions",
    "lifecycle",
    "limit_of",
    "locked",
    "members_of",
    "open_subscription",
    "payer_of",
    "remove_service",
    "renew_contracts",
    "set_retention_offer",
    "shares_with",
    "subscriptions",
    "takes_part",
    "write_subscriptions",
]
