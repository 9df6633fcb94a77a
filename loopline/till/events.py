"""What happens at a counter's till."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class TillOpened(Happened):
    """A till is open, with so much change in it."""

    name = "till.opened"
    till: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTaken(Happened):
    """A customer paid; the receipt says what for."""

    name = "till.payment_taken"
    number: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReturned(Happened):
    """A customer got money back."""

    name = "till.money_returned"
    number: str
    amount: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCorrected(Happened):
    """A receipt was taken back by a counter-entry."""

    name = "till.receipt_corrected"
    number: str
    corrects: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPrinted(Happened):
    """A receipt was printed; `copy` is 1 for the first print."""

    name = "till.receipt_printed"
    number: str
    copy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TillCounted(Happened):
    """A till was counted; with a difference it waits for a supervisor."""

    name = "till.counted"
    difference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TillClosed(Happened):
    """The day of a till is closed for good."""

    name = "till.closed"
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRejected(Happened):
    """A supervisor wants the till to be counted again."""

    name = "till.count_rejected"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TillSetUp(Happened):
    """A branch has another till."""

    name = "till.set_up"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsChanged(Happened):
    """The operator decided about refunds and leaving early: field → [before, after]."""

    name = "till.terms_changed"
    changes: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositTaken(Happened):
    """A deposit is held for a customer."""

    name = "till.deposit_taken"
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositEnded(Happened):
    """A deposit was given back (returned) or set off against what was owed (set_off)."""

    name = "till.deposit_ended"
    amount: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentsAgreed(Happened):
    """A device is paid by instalments from now on."""

    name = "till.instalments_agreed"
    rest: str
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentsEnded(Happened):
    """The rest of a device fell due with the close of its line."""

    name = "till.instalments_ended"
    rest: str
