"""A customer's money at counters on his page, an order's payment on its page, and what his history says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers.panels import HAVE, Panel, Subject, Wording, panels, wordings
from loopline.kernel import clock, formats
from loopline.kernel.pages import address_of
from loopline.kernel.permission import Actor
from loopline.orders import api as orders
from loopline.till import queries, wording
from loopline.till.models import MovementKind
from loopline.till.rules import instalments


@dataclass(frozen=True, slots=True)
class Held:
    """A deposit, a running plan or a receipt in plain values."""

    kind: str
    id: str
    label: str
    amount: Decimal
    at: datetime
    first: Decimal
    months: int
    started_on: date | None


@dataclass(frozen=True, slots=True)
class CounterFacts:
    """What is held for the customer, and his latest receipts."""

    held: list[Held]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line of the panel."""

    icon: str
    label: str
    note: str
    amount: str
    url: str


@dataclass(frozen=True, slots=True)
class CounterPanel:
    """The panel; `pay_url` is empty for whoever works at no till."""

    title: str
    rows: list[ShownRow]
    pay_url: str


@dataclass(frozen=True, slots=True)
class PaidSection:
    """What is paid on an order and what is open."""

    state: str
    tone: str
    facts: list[tuple[str, str]]
    receipts: list[tuple[str, str, str]]
    pay_url: str
    pay_label: str


def gather(subject: Subject) -> CounterFacts:
    """Deposits, plans and receipts, in one query."""
    return CounterFacts([Held(*row) for row in queries.at_counters(subject.files)])


def show(subject: Subject, facts: CounterFacts) -> CounterPanel:
    """The rows as finished strings: what is held first."""
    pay = f"{reverse('till:pay')}?customer={subject.customer.public_id}"
    today = clock.today(subject.actor.zone)
    return CounterPanel(
        _("At the counter"),
        [_row(held, today) for held in facts.held],
        pay if subject.actor.may("till.work") else "",
    )


def _row(held: Held, today: date) -> ShownRow:
    if held.kind == "deposit":
        return ShownRow("lock", _("Deposit held"), formats.ago(held.at), formats.money(held.amount), "")
    if held.kind == "plan" and held.started_on:
        parts = instalments.schedule(held.amount, held.first, held.months, held.started_on)
        rest = instalments.remaining(parts, today)
        left = sum(part.due_on > today for part in parts)
        note = _("%(left)s of %(count)s instalments to come") % {"left": left, "count": held.months}
        return ShownRow("device-mobile", held.label, note, formats.money(rest), "")
    kind = MovementKind(held.kind)
    return ShownRow(
        wording.ICONS[kind],
        held.label,
        f"{kind.label} · {formats.ago(held.at)}",
        formats.money(held.amount),
        address_of("till:receipt", held.id),
    )


def gather_section(actor: Actor, order: orders.Order) -> PaidSection | None:
    """The order's payment; nothing on an order that costs nothing."""
    open_amount = queries.open_on(order)
    receipts = queries.receipts_on(order.pk)
    if not receipts and not order.due_now:
        return None
    state, tone = _("Paid in full"), "good"
    if open_amount > 0:
        state, tone = _("To be paid: %(amount)s") % {"amount": formats.money(open_amount)}, "warn"
    elif open_amount < 0:
        state, tone = _("To be given back: %(amount)s") % {"amount": formats.money(-open_amount)}, "warn"
    may = actor.may("till.work") and order.customer is not None and open_amount
    customer = order.customer.public_id if order.customer else ""
    return PaidSection(
        state=state,
        tone=tone,
        facts=[
            (_("To pay"), formats.money(order.due_now)),
            (_("Paid so far"), formats.money(order.due_now - open_amount)),
        ],
        receipts=[
            (
                row.number,
                formats.money(row.amount),
                address_of("till:receipt", row.public_id),
            )
            for row in receipts
        ],
        pay_url=f"{reverse('till:pay')}?customer={customer}" if may else "",
        pay_label=_("Take the payment") if open_amount > 0 else _("Refund"),
    )


panels.add("counter", Panel(HAVE, "till/panel.html", gather, show, permission="orders.view"), order=25)
orders.sections.add("payment", orders.Section("till/section.html", gather_section), order=10)


def _amount_told(payload: Mapping[str, Any]) -> str:
    told = [str(payload.get("number", ""))]
    if payload.get("amount"):
        told.append(formats.money(Decimal(str(payload["amount"]))))
    if payload.get("reason"):
        told.append(str(payload["reason"]))
    return " · ".join(part for part in told if part)


for _name, _icon, _label, _tone in (
    ("payment_taken", "cash", gettext_lazy("Paid at the counter"), "good"),
    ("money_returned", "receipt-refund", gettext_lazy("Money given back"), "warn"),
    ("receipt_corrected", "arrow-back-up", gettext_lazy("Receipt taken back"), "warn"),
    ("receipt_printed", "printer", gettext_lazy("Receipt printed"), "neutral"),
    ("deposit_taken", "lock", gettext_lazy("Deposit taken"), "neutral"),
    ("deposit_ended", "lock-open", gettext_lazy("Deposit no longer held"), "neutral"),
    ("instalments_agreed", "device-mobile", gettext_lazy("Instalments agreed"), "neutral"),
    ("instalments_ended", "device-mobile", gettext_lazy("Instalments ended"), "neutral"),
):
    wordings.add(f"till.{_name}", Wording(_icon, _label, _amount_told, _tone))
