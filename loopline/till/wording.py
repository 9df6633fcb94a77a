"""Money at a counter in words."""

from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel import formats
from loopline.till.models import Movement, MovementKind, Session, SessionState
from loopline.till.rules import money

METHODS = {
    money.CASH: _("Cash"),
    money.CARD: _("Bank card"),
    money.TRANSFER: _("Transfer"),
    money.WECHAT: _("WeChat Pay"),
    money.ALIPAY: _("Alipay"),
}
ACCOUNTS = {
    **METHODS,
    money.SAFE: _("Safe"),
    money.BILL: _("Bills"),
    money.ORDER: _("Order"),
    money.DEPOSIT: _("Deposit"),
    money.DIFFERENCE: _("Difference"),
}
TONES = {SessionState.OPEN: "good", SessionState.COUNTED: "warn", SessionState.CLOSED: "neutral"}
ICONS = {
    MovementKind.PAYMENT: "cash",
    MovementKind.REFUND: "receipt-refund",
    MovementKind.CORRECTION: "arrow-back-up",
    MovementKind.CHANGE: "coins",
    MovementKind.CLOSE: "lock",
    MovementKind.SET_OFF: "arrows-exchange",
}


def methods() -> list[tuple[str, str]]:
    """Means of payment to choose from."""
    return [(code, str(label)) for code, label in METHODS.items()]


def who(movement: Movement) -> str:
    """The customer's masked name."""
    customer = movement.customer
    return customers.masks.name(customer.kind, customer.name) if customer else ""


def till_name(session: Session) -> str:
    """A till by code and name."""
    return f"{session.till.code} {session.till.name}".strip()


def signed(movement: Movement) -> str:
    """An amount with its sign."""
    return f"{'+' if movement.amount > 0 else ''}{formats.money(movement.amount)}"
