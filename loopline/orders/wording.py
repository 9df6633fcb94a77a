"""Orders in words: steps, tones and price lines as people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.orders.models import EsimProfile, Kind, Order, OrderItem, OrderState, StepState, VisitSlot
from loopline.orders.rules import prices
from loopline.orders.rules.activation import ActivationCode

ICONS = {
    Kind.OPEN: "device-sim",
    Kind.PORT_IN: "package-import",
    Kind.CHANGE_PLAN: "arrows-exchange",
    Kind.MOVE: "map-pin",
    Kind.SUSPEND: "player-pause",
    Kind.RESUME: "player-play",
    Kind.CHANGE_NUMBER: "number",
    Kind.PORT_OUT: "package-export",
    Kind.ADD_SERVICE: "circle-plus",
    Kind.REMOVE_SERVICE: "minus",
    Kind.SIM_SWAP: "refresh",
    Kind.SHARE: "user-plus",
    Kind.UNSHARE: "user-minus",
    Kind.CLOSE: "circle-x",
}
TONES = {
    OrderState.ACKNOWLEDGED: "info",
    OrderState.PENDING: "info",
    OrderState.HELD: "warn",
    OrderState.IN_PROGRESS: "accent",
    OrderState.ASSESSING: "warn",
    OrderState.LEAVING: "warn",
    OrderState.COMPLETED: "good",
    OrderState.PARTIAL: "warn",
    OrderState.FAILED: "bad",
    OrderState.CANCELLED: "neutral",
    OrderState.REJECTED: "bad",
}
STEP_LOOKS = {
    StepState.WAITING: ("circle-dashed", "neutral"),
    StepState.SENT: ("hourglass", "info"),
    StepState.DONE: ("check", "good"),
    StepState.FAILED: ("x", "bad"),
    StepState.SKIPPED: ("minus", "neutral"),
    StepState.UNDOING: ("arrow-back-up", "warn"),
    StepState.UNDONE: ("arrow-back-up", "warn"),
}
STEPS = {
    "keep_number": gettext_lazy("Number kept"),
    "adopt_number": gettext_lazy("Number of the other operator noted"),
    "keep_sim": gettext_lazy("SIM kept"),
    "create_line": gettext_lazy("Line prepared"),
    "prepare_profile": gettext_lazy("eSIM profile ready to be downloaded"),
    "install_profile": gettext_lazy("eSIM profile installed by the telephone"),
    "activate_line": gettext_lazy("Network: line switched on"),
    "open_billing": gettext_lazy("Billing: line taken up"),
    "put_in_use": gettext_lazy("Line in use"),
    "request_port_in": gettext_lazy("Other operator: number handed over"),
    "change_line_plan": gettext_lazy("Network: plan changed"),
    "change_billing_plan": gettext_lazy("Billing: plan changed"),
    "apply_plan": gettext_lazy("Plan in force"),
    "connect_new_site": gettext_lazy("Network: new address connected"),
    "disconnect_old_site": gettext_lazy("Network: old address disconnected"),
    "apply_site": gettext_lazy("New address noted"),
    "bar_line": gettext_lazy("Network: line barred"),
    "apply_suspension": gettext_lazy("Line suspended"),
    "unbar_line": gettext_lazy("Network: line unbarred"),
    "apply_resumption": gettext_lazy("Line resumed"),
    "change_line_number": gettext_lazy("Network: number changed"),
    "change_billing_number": gettext_lazy("Billing: number changed"),
    "apply_number": gettext_lazy("New number in force"),
    "release_port_out": gettext_lazy("Number released to the other operator"),
    "deactivate_line": gettext_lazy("Network: line switched off"),
    "close_billing": gettext_lazy("Billing: line closed"),
    "apply_port_out": gettext_lazy("Number has left"),
    "activate_service": gettext_lazy("Network: service switched on"),
    "bill_service": gettext_lazy("Billing: service taken up"),
    "apply_service": gettext_lazy("Service in use"),
    "deactivate_service": gettext_lazy("Network: service switched off"),
    "unbill_service": gettext_lazy("Billing: service closed"),
    "apply_removal": gettext_lazy("Service removed"),
    "swap_line_sim": gettext_lazy("Network: SIM changed"),
    "apply_sim": gettext_lazy("New SIM in use"),
    "share_allowance": gettext_lazy("Network and billing: allowance shared"),
    "apply_sharing": gettext_lazy("Secondary line added"),
    "unshare_allowance": gettext_lazy("Network and billing: allowance shared no more"),
    "end_sharing": gettext_lazy("Secondary line removed"),
    "apply_closure": gettext_lazy("Line closed"),
}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a price."""

    text: str
    note: str
    amount: str
    is_credit: bool


def price_line(line: prices.Line | Mapping[str, Any]) -> ShownLine:
    """A line as it stands on the offer and on the order."""
    if not isinstance(line, prices.Line):
        line = prices.Line(**{**line, "amount": Decimal(line["amount"])})
    name = formats.bilingual({"zh-hans": line.name, "en": line.name_en or line.name})
    words = {
        "fee": name or _("Monthly fee"),
        "part": name or _("This month"),
        "once": name or _("Charged once"),
        "credit": _("Back for %(name)s") % {"name": name or _("the former plan")},
        "number": _("Fee for the number"),
        "deposit": _("Deposit"),
        "deposit_back": _("Deposit set off"),
        "device": name or _("Device"),
        "instalment": _("Instalment for %(name)s") % {"name": name},
        "instalments_left": _("Rest of the instalments for %(name)s") % {"name": name},
        "termination": _("Early-termination fee"),
    }
    notes = {prices.MONTHLY: _("each month"), prices.ONCE: _("once"), prices.NOW: _("this month")}
    note = notes.get(line.kind) or _("%(count)s months") % {"count": line.days}
    if line.of_days and line.days < line.of_days:
        note = _("%(days)s of %(of)s days") % {"days": line.days, "of": line.of_days}
    return ShownLine(words[line.code], note, formats.money(line.amount), line.amount < 0)


def what(item: OrderItem) -> str:
    """What is asked for: the kind and the plan or service."""
    label = str(Kind(item.kind).label)
    return f"{label} · {formats.named(item.offering)}" if item.offering else label


def profile_of(item: OrderItem) -> EsimProfile | None:
    """The eSIM profile of an item, from the moment it is prepared."""
    found: EsimProfile | None = getattr(item, "profile", None)
    return found


def profile_state(item: OrderItem) -> str:
    """How far an eSIM is; empty where the item has none."""
    profile = profile_of(item)
    if profile is None or item.leaving:
        return ""
    if profile.installed_at is not None:
        return _("eSIM installed on %(moment)s.") % {"moment": formats.moment(profile.installed_at)}
    if profile.shown_at is not None:
        return _("Waits for the customer's telephone; the activation code was given out %(moment)s.") % {
            "moment": formats.moment(profile.shown_at)
        }
    return _("The eSIM is ready: give the customer the activation code.")


def activation(code: ActivationCode) -> list[str]:
    """How a telephone takes an eSIM over: by the picture, or by typing."""
    return [
        _("Scan the picture with the telephone that is to have the eSIM; it is good for one installation."),
        _("To type it instead: address %(address)s, activation code %(code)s.")
        % {"address": code.address, "code": code.matching_id},
    ]


def late(number: str) -> str:
    """An order in jeopardy."""
    return _("Order %(number)s will be late") % {"number": number}


def slots(rows: Iterable[VisitSlot]) -> list[tuple[str, str]]:
    """Hours of visits to choose from, with what is left."""
    return [
        (
            str(row.public_id),
            _("%(day)s %(hours)s, %(left)s left")
            % {
                "day": formats.day(row.day),
                "hours": f"{row.begins}–{row.ends}",
                "left": row.capacity - row.booked,
            },
        )
        for row in rows
    ]


def who(order: Order) -> str:
    """The customer's masked name."""
    customer = order.customer
    return customers.masks.name(customer.kind, customer.name) if customer else _("not known yet")


def masked(number: str, actor: Actor) -> str:
    """A masked number."""
    return customers.masks.medium("telephone", number, actor.country) if number else ""
