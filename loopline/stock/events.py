"""What happens to stock."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberHeld(Happened):
    """A clerk keeps a number for the customer before him, until then."""

    name = "stock.number_held"
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberReserved(Happened):
    """A number is kept for an order."""

    name = "stock.number_reserved"
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberReleased(Happened):
    """A number that was held or reserved is free again, or back with its operator."""

    name = "stock.number_released"
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAssigned(Happened):
    """A number is in use by a subscription (its key)."""

    name = "stock.number_assigned"
    subscription: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRetired(Happened):
    """A number is used no more: it cools off, or has left for another operator."""

    name = "stock.number_retired"
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBlocked(Happened):
    """A number is taken out of sale, or given back to it."""

    name = "stock.number_blocked"
    blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SimReserved(Happened):
    """A SIM is kept for an order."""

    name = "stock.sim_reserved"
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimReleased(Happened):
    """A SIM that was reserved is free again."""

    name = "stock.sim_released"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimAssigned(Happened):
    """A SIM is in use by a subscription (its key)."""

    name = "stock.sim_assigned"
    subscription: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SimRetired(Happened):
    """A SIM is used up."""

    name = "stock.sim_retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLoaded(Happened):
    """Pieces of a kind came into stock."""

    name = "stock.loaded"
    kind: str
    count: int
