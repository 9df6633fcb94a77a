"""What happens to subscriptions."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionOfferSet(Happened):
    """The subscription has another retention offer (its key), or none."""

    name = "subscriptions.retention_offer_set"
    before: int | None
    offering: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionOpened(Happened):
    """A subscription is prepared; its first state change puts it into use."""

    name = "subscriptions.opened"
    service: str
    offering: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStateChanged(Happened):
    """A subscription is in another state (or, with both the same, at another address)."""

    name = "subscriptions.state_changed"
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged(Happened):
    """A subscription has another plan (keys of offerings)."""

    name = "subscriptions.plan_changed"
    before: int | None
    offering: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberChanged(Happened):
    """A subscription has another number; neither number is told."""

    name = "subscriptions.number_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAdded(Happened):
    """A subscription has an add-on (the offering's key)."""

    name = "subscriptions.service_added"
    offering: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRemoved(Happened):
    """A subscription has an add-on no more (the offering's key)."""

    name = "subscriptions.service_removed"
    offering: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingBegan(Happened):
    """A line uses the allowance of a primary one (its key); the payer is primary or own."""

    name = "subscriptions.sharing_began"
    primary: int
    payer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingEnded(Happened):
    """A line uses the allowance of a primary one (its key) no more."""

    name = "subscriptions.sharing_ended"
    primary: int
    reason: str
