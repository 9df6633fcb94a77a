"""What happens to orders."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(Happened):
    """An order is received."""

    name = "orders.accepted"
    number: str
    kinds: tuple[str, ...]
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStateChanged(Happened):
    """An order is in another state."""

    name = "orders.state_changed"
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmended(Happened):
    """Something of an order was changed in flight: field → [before, after]."""

    name = "orders.amended"
    changes: dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Happened):
    """Somebody wants the order to be cancelled."""

    name = "orders.cancel_asked"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReleased(Happened):
    """A held item goes on before its time, or is rejected."""

    name = "orders.item_released"
    position: int
    rejected: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFailed(Happened):
    """A step of an item failed; what was done is being taken back."""

    name = "orders.item_failed"
    position: int
    step: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInJeopardy(Happened):
    """An order will be late, or is stuck."""

    name = "orders.in_jeopardy"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortingCodeIssued(Happened):
    """A customer may take his number away until then; the code itself is not told."""

    name = "orders.porting_code_issued"
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationCodeShown(Happened):
    """Somebody saw the activation code of an eSIM, on screen or on paper; `again`: not for the first time."""

    name = "orders.activation_code_shown"
    position: int
    how: str
    again: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInstalled(Happened):
    """The customer's telephone has installed its eSIM profile."""

    name = "orders.profile_installed"
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSigned(Happened):
    """The order's form is signed (on screen or on paper) and archived under this digest."""

    name = "orders.form_signed"
    how: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsOffered(Happened):
    """A district has hours for installers' visits."""

    name = "orders.slots_offered"
    first: str
    last: str
    hours: str
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitBooked(Happened):
    """An installer's visit is booked."""

    name = "orders.visit_booked"
    day: str
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMoved(Happened):
    """An installer's visit is at another time."""

    name = "orders.visit_moved"
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnded(Happened):
    """The installer was there (done), or nobody was (missed)."""

    name = "orders.visit_ended"
    state: str
    reason: str
