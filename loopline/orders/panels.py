"""What is under way for a customer, on his page, with the way to a new order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers.panels import HAVE, Panel, Subject, Wording, panels, wordings
from loopline.kernel import clock, formats
from loopline.kernel.pages import address_of
from loopline.kernel.permission import Actor
from loopline.orders import queries, visits, wording
from loopline.orders.models import AcceptanceForm, Kind, Order, OrderState, VisitState
from loopline.orders.sections import Section, sections


@dataclass(frozen=True, slots=True)
class Underway:
    """An order that is not over, in plain values."""

    id: str
    number: str
    state: str
    what: list[str]
    due_at: datetime | None
    in_jeopardy: bool


@dataclass(frozen=True, slots=True)
class OrdersFacts:
    """The orders under way."""

    orders: list[Underway]


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """An order in finished strings."""

    url: str
    title: str
    number: str
    state: str
    tone: str
    due: str
    exact: str
    late: bool


@dataclass(frozen=True, slots=True)
class OrdersPanel:
    """Orders under way, and where a new one begins (empty: not allowed)."""

    title: str
    rows: list[ShownOrder]
    new_url: str


def gather(subject: Subject) -> OrdersFacts:
    """The customer's open orders, in two queries."""
    return OrdersFacts([_facts(order) for order in queries.open_of_customer(subject.files)])


def _facts(order: Order) -> Underway:
    return Underway(
        id=str(order.public_id),
        number=order.number,
        state=order.state,
        what=[wording.what(item) for item in order.items.all()],
        due_at=order.due_at,
        in_jeopardy=bool(order.jeopardy),
    )


def show(subject: Subject, facts: OrdersFacts) -> OrdersPanel:
    """The orders as finished strings."""
    new = f"{reverse('orders:new')}?customer={subject.customer.public_id}"
    return OrdersPanel(
        _("Orders under way"),
        [_shown(order) for order in facts.orders],
        new if subject.actor.may("orders.accept") else "",
    )


def _shown(order: Underway) -> ShownOrder:
    late = order.in_jeopardy or bool(order.due_at and order.due_at < clock.now())
    return ShownOrder(
        url=address_of("orders:one", order.id),
        title="; ".join(order.what) or order.number,
        number=order.number,
        state=str(OrderState(order.state).label),
        tone=wording.TONES[OrderState(order.state)],
        due=formats.ago(order.due_at) if order.due_at else "",
        exact=formats.moment(order.due_at),
        late=late,
    )


@dataclass(frozen=True, slots=True)
class FormSection:
    """The order's form: to be signed, or signed and archived."""

    state: str
    tone: str
    facts: list[tuple[str, str]]
    sha256: str
    form_url: str
    sign_url: str
    document_url: str


def gather_form(actor: Actor, order: Order) -> FormSection:
    """Where the form stands."""
    address = {"public_id": order.public_id}
    signed = AcceptanceForm.objects.filter(order=order).select_related("document").first()
    facts, document = [], ""
    if signed is not None:
        how = _("On screen") if signed.how == "screen" else _("On paper")
        facts = [
            (_("How"), how),
            (_("Signed"), formats.moment(signed.signed_at)),
            (_("Before"), signed.by_name),
        ]
        document = address_of("document", signed.document.public_id)
    may = signed is None and actor.may("orders.accept")
    return FormSection(
        state=_("Signed and archived") if signed else _("Not signed yet"),
        tone="good" if signed else "warn",
        facts=facts,
        sha256=signed.sha256 if signed else "",
        form_url=reverse("orders:form", kwargs=address),
        sign_url=reverse("orders:sign", kwargs=address) if may else "",
        document_url=document,
    )


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in finished strings; addresses are empty where nothing can be done."""

    when: str
    state: str
    tone: str
    note: str
    version: int
    move_url: str
    end_url: str
    book_url: str
    slots: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class VisitSection:
    """The installer's visits of an order."""

    rows: list[VisitRow]


_VISIT_TONES = {"booked": "accent", "done": "good", "missed": "warn", "cancelled": "neutral"}


def gather_visits(actor: Actor, order: Order) -> VisitSection | None:
    """The visits, with the free hours where one may be moved or booked again."""
    rows = visits.visits_of(order.pk)
    if not rows:
        return None
    may = actor.may("orders.accept") and queries.is_open(order)
    booked = {row.item_id for row in rows if row.state in (VisitState.BOOKED, VisitState.DONE)}
    free = wording.slots(visits.free_slots(order.branch_id, clock.today(actor.zone))) if may else []
    latest = {row.item_id: row.pk for row in rows}
    return VisitSection(
        [
            VisitRow(
                when=f"{formats.day(row.slot.day)} {row.slot.begins}–{row.slot.ends}",
                state=str(VisitState(row.state).label),
                tone=_VISIT_TONES[row.state],
                note=row.note,
                version=row.version,
                move_url=_at("visit_move", visit=row.public_id)
                if may and row.state == VisitState.BOOKED
                else "",
                end_url=_at("visit_end", visit=row.public_id)
                if may and row.state == VisitState.BOOKED
                else "",
                book_url=_at("visit_book", item=row.item.public_id)
                if may and row.item_id not in booked and latest[row.item_id] == row.pk
                else "",
                slots=free,
            )
            for row in rows
        ]
    )


def _at(name: str, **keys: UUID) -> str:
    return reverse(f"orders:{name}", kwargs=keys)


sections.add("visits", Section("orders/visit_section.html", gather_visits), order=15)
sections.add("form", Section("orders/form_section.html", gather_form), order=20)
panels.add("orders", Panel(HAVE, "orders/panel.html", gather, show, permission="orders.view"), order=5)


def _kinds_told(payload: Mapping[str, Any]) -> str:
    kinds = [str(Kind(kind).label) for kind in payload.get("kinds", ())]
    return ": ".join(part for part in (str(payload.get("number", "")), ", ".join(kinds)) if part)


def _state_told(payload: Mapping[str, Any]) -> str:
    return str(OrderState(payload["after"]).label)


def _reason_told(payload: Mapping[str, Any]) -> str:
    return str(payload.get("reason", ""))


def _nothing_told(payload: Mapping[str, Any]) -> str:
    return ""


def _visit_told(payload: Mapping[str, Any]) -> str:
    if "state" in payload:
        return " · ".join(
            part for part in (str(VisitState(payload["state"]).label), payload["reason"]) if part
        )
    return str(payload.get("after") or f"{payload.get('day')} {payload.get('hours')}")


for _name, _icon, _label, _told, _tone in (
    ("accepted", "shopping-cart", gettext_lazy("Order received"), _kinds_told, "accent"),
    ("state_changed", "progress", gettext_lazy("Order"), _state_told, "neutral"),
    ("amended", "edit", gettext_lazy("Order amended"), _nothing_told, "neutral"),
    ("cancel_asked", "circle-x", gettext_lazy("Cancellation asked for"), _reason_told, "warn"),
    ("item_released", "lock-open", gettext_lazy("Order released"), _reason_told, "neutral"),
    ("item_failed", "alert-triangle", gettext_lazy("A step failed"), _reason_told, "bad"),
    ("form_signed", "signature", gettext_lazy("Form signed and archived"), _nothing_told, "good"),
    (
        "activation_code_shown",
        "qrcode",
        gettext_lazy("Activation code of an eSIM shown"),
        _reason_told,
        "warn",
    ),
    ("profile_installed", "device-mobile", gettext_lazy("eSIM installed"), _nothing_told, "good"),
    ("visit_booked", "calendar-plus", gettext_lazy("Installer's visit booked"), _visit_told, "neutral"),
    ("visit_moved", "calendar-event", gettext_lazy("Installer's visit moved"), _visit_told, "neutral"),
    ("visit_ended", "tools", gettext_lazy("Installer's visit over"), _visit_told, "neutral"),
    ("in_jeopardy", "clock-exclamation", gettext_lazy("Order in jeopardy"), _nothing_told, "warn"),
    ("porting_code_issued", "package-export", gettext_lazy("Porting code issued"), _nothing_told, "warn"),
):
    wordings.add(f"orders.{_name}", Wording(_icon, _label, _told, _tone))
