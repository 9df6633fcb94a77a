"""The form of an order: what was typed, what can be chosen, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.kernel import clock, formats, numbers
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.permission import Actor
from loopline.orders import asking, visits, wording
from loopline.orders.actions import WantedItem, WantedOrder, issue_porting_code
from loopline.orders.models import Kind
from loopline.orders.rules import decomposition
from loopline.stock import api as stock
from loopline.stock.api import Grade
from loopline.subscriptions import api as subscriptions

SHOWN = 24
PATTERNS = (
    "AAAAA",
    "AAAA",
    "AABBCC",
    "ABABAB",
    "ABCDE",
    "AAA",
    "AABB",
    "ABAB",
    "ABCD",
    "ABBA",
    "saying",
    "birthday",
)
NAMES = (
    "customer", "kind", "subscription", "offering", "number", "held", "iccid", "sim", "when", "reason", "site",
    "code", "donor", "seen", "request_key", "pattern", "ending", "plain", "service",
    "deposit", "device", "months", "first", "slot", "member", "payer",
)  # fmt: skip
_SOLD = ("deposit", "device", "months", "first")
_EXTRAS = {
    decomposition.OPEN: (*_SOLD, "slot"),
    decomposition.PORT_IN: _SOLD,
    decomposition.CHANGE_PLAN: _SOLD,
    decomposition.MOVE: ("slot",),
    decomposition.SHARE: ("member", "payer"),
    decomposition.UNSHARE: ("member",),
}
"""What else may come with a kind: a deposit, a device with its instalments, an installer's visit."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, with a sentence and an amount."""

    value: str
    label: str
    note: str = ""
    amount: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind of order."""

    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True, slots=True)
class FreeNumber:
    """A number that can be had."""

    value: str
    label: str
    grade: str
    terms: str
    checked: bool


@dataclass(frozen=True, slots=True)
class PickerPart:
    """Numbers to choose from."""

    title: str
    numbers: list[FreeNumber]


@dataclass(frozen=True, slots=True)
class QuotePart:
    """The price of what is chosen; `hint` where not enough is chosen yet."""

    title: str
    groups: list[tuple[str, list[wording.ShownLine]]] = field(default_factory=list)
    due_now: str = ""
    monthly: str = ""
    agreement: list[str] = field(default_factory=list)
    held: str = ""
    held_note: str = ""
    hint: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class AcceptPage:
    """The form with everything that can be chosen for the kind."""

    title: str
    customer: str
    customer_url: str
    url: str
    quote_url: str
    numbers_url: str
    kind: str
    kinds: list[Tab]
    values: dict[str, str]
    lines: list[tuple[str, str]]
    offerings: list[Choice]
    picker: PickerPart | None
    patterns: list[tuple[str, str]]
    reasons: list[tuple[str, str]]
    months: list[tuple[str, str]]
    slots: list[tuple[str, str]]
    quote: QuotePart
    error: str = ""
    error_field: str = ""


def values_of(given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with what a fresh form begins with."""
    values = {name: given.get(name, "").replace("\0", "").strip()[:500] for name in NAMES}
    values["kind"] = values["kind"] if values["kind"] in Kind.values else decomposition.OPEN
    values["sim"] = values["sim"] or "plain"
    values["when"] = values["when"] or "now"
    values["code_until"] = ""
    return values


def wanted_of(values: Mapping[str, str]) -> WantedOrder:
    """The order that the form asks for. Raises Invalid."""
    kind = values["kind"]
    told = ("reason", "site", "code", "donor", *_EXTRAS.get(kind, ()))
    detail: dict[str, object] = {name: values[name] for name in told if values[name]}
    if kind == decomposition.CLOSE and values["when"] == "at_once":
        detail["at_once"] = True
    item = WantedItem(
        kind=kind,
        offering=_uuid(values["offering"]) if kind in decomposition.WITH_OFFERING else None,
        subscription=_uuid(values["subscription"]) if kind not in decomposition.NEW else None,
        number=values["number"] if kind in decomposition.WITH_NUMBER else "",
        iccid=values["iccid"],
        sim=values["sim"],
        when=values["when"] if values["when"] in ("now", "month") else "now",
        detail=detail,
    )
    customer = _uuid(values["customer"])
    if customer is None:
        raise Invalid(field="customer", reason=_("Please choose a customer."))
    return WantedOrder(
        customer, (item,), "counter", request_key=values["request_key"], seen_in_person=values["seen"] == "on"
    )


def page(
    actor: Actor, customer: customers.Customer, values: dict[str, str], error: Refusal | None
) -> AcceptPage:
    """Everything on the form."""
    kind = values["kind"]
    lines = _lines(actor, customer) if kind not in decomposition.NEW else []
    here = reverse("orders:new")
    who = f"customer={customer.public_id}"
    return AcceptPage(
        title=str(Kind(kind).label),
        customer=f"{customers.masks.name(customer.kind, customer.name)} · {customer.number}",
        customer_url=reverse("customers:view", kwargs={"public_id": customer.public_id}),
        url=here,
        quote_url=reverse("orders:quote"),
        numbers_url=reverse("orders:numbers"),
        kind=kind,
        kinds=[
            Tab(str(label), f"{here}?{who}&kind={code}", wording.ICONS[Kind(code)], code == kind)
            for code, label in Kind.choices
        ],
        values=values,
        lines=lines,
        offerings=_offerings(kind, values["offering"]),
        picker=picker(actor, values) if kind in (Kind.OPEN, Kind.CHANGE_NUMBER) else None,
        patterns=[(code, _pattern(code)) for code in PATTERNS],
        reasons=_reasons(kind),
        months=_months(kind),
        slots=_slots(kind, customer),
        quote=QuotePart(
            _("Price"), hint=_("Choose what is asked for; the price stands here with every line.")
        ),
        error=error.message if error else "",
        error_field=(error.field or "") if error else "",
    )


def with_porting_code(
    actor: Actor, customer: customers.Customer, values: dict[str, str], now: datetime
) -> dict[str, str]:
    """The form with a fresh porting code and until when it holds. Raises Invalid, NotPossible with why not."""
    line = _uuid(values["subscription"])
    if line is None:
        raise Invalid(field="subscription", reason=_("Choose the line it is about."))
    made = issue_porting_code(actor=actor, customer=customer, subscription=line, now=now)
    return values | {"code": made.code, "code_until": formats.moment(made.expires_at)}


def picker(actor: Actor, values: Mapping[str, str]) -> PickerPart:
    """Free numbers that fit."""
    ending = "".join(filter(str.isdigit, values["ending"]))[:8]
    pattern = values["pattern"] if values["pattern"] in PATTERNS else ""
    wanted = stock.Wanted(pattern=pattern, ending=ending, without_four=values["plain"] == "on")
    found = stock.free_numbers(actor, wanted)[:SHOWN]
    return PickerPart(_("Numbers"), [_free(row, values["number"], actor) for row in found])


def quote(actor: Actor, values: Mapping[str, str], now: datetime) -> QuotePart:
    """Hold the number that is chosen and price what is complete."""
    title, held, note = _("Price"), "", ""
    if values["number"] and values["kind"] in (Kind.OPEN, Kind.CHANGE_NUMBER):
        row = stock.hold_number(actor=actor, number=numbers.e164(values["number"], actor.country), now=now)
        held = row.number
        note = _("%(number)s is held until %(moment)s.") % {
            "number": numbers.national(row.number, actor.country),
            "moment": formats.moment(row.held_until),
        }
    if hint := _missing(values):
        return QuotePart(title, held=held, held_note=note, hint=hint)
    told = asking.quote(actor=actor, wanted=wanted_of(values), now=now)
    lines = [line for each in told.lines for line in each]
    groups = [
        (label, [wording.price_line(line) for line in lines if line.kind in kinds])
        for label, kinds in [(_("Now"), ("now", "once")), (_("Each month"), ("monthly",))]
    ]
    return QuotePart(
        title,
        groups=[group for group in groups if group[1]],
        due_now=formats.money(told.totals.due_now),
        monthly=formats.money(told.totals.monthly),
        agreement=told.agreement.splitlines(),
        held=held,
        held_note=note,
    )


def _missing(values: Mapping[str, str]) -> str:
    kind = values["kind"]
    if kind not in decomposition.NEW and not values["subscription"]:
        return _("Choose the line it is about.")
    if kind in decomposition.WITH_OFFERING and not values["offering"]:
        return _("Choose what is offered.")
    if "member" in _EXTRAS.get(kind, ()) and not values["member"]:
        return _("Give the number of the secondary line.")
    if kind in decomposition.WITH_NUMBER and not values["number"]:
        key = _uuid(values["offering"])
        offering = Offering.objects.filter(public_id=key).first() if key else None
        if offering is None or offering.service in decomposition.NUMBERED:
            return _("Choose a number.")
    return ""


def _lines(actor: Actor, customer: customers.Customer) -> list[tuple[str, str]]:
    rows = subscriptions.Subscription.objects.filter(customer__in=customers.together(customer))
    living = rows.exclude(state__in=subscriptions.LEFT).select_related("offering").order_by("id")[:50]
    return [
        (
            str(row.public_id),
            " · ".join(
                part
                for part in (
                    wording.masked(row.number, actor) or str(subscriptions.Service(row.service).label),
                    formats.named(row.offering) if row.offering else "",
                    str(subscriptions.State(row.state).label),
                )
                if part
            ),
        )
        for row in living
    ]


def _offerings(kind: str, chosen: str) -> list[Choice]:
    if kind not in decomposition.WITH_OFFERING:
        return []
    wanted = "plan" if kind in decomposition.WITH_PLAN else "add_on"
    rows = Offering.objects.filter(kind=wanted, is_sold=True)
    if kind == Kind.PORT_IN:
        rows = rows.filter(service__in=decomposition.NUMBERED)
    return [
        Choice(
            value=str(row.public_id),
            label=formats.named(row),
            note=str(dict(subscriptions.Service.choices).get(row.service, row.service)),
            amount=_("%(fee)s a month") % {"fee": formats.money(row.monthly_fee)},
            checked=str(row.public_id) == chosen,
        )
        for row in rows.order_by("service", "monthly_fee", "id")[:60]
    ]


def _free(row: stock.Number, chosen: str, actor: Actor) -> FreeNumber:
    terms = ""
    if row.minimum_spend:
        terms = _("from %(amount)s for %(months)s months") % {
            "amount": formats.money(row.minimum_spend),
            "months": row.term_months,
        }
    return FreeNumber(
        value=row.number,
        label=numbers.national(row.number, actor.country),
        grade=str(Grade(row.grade).label) if row.grade else "",
        terms=terms,
        checked=row.number == chosen,
    )


def _pattern(code: str) -> str:
    return {"saying": _("Lucky saying (1314, 520)"), "birthday": _("Birthday")}.get(code, code)


def _months(kind: str) -> list[tuple[str, str]]:
    if kind not in decomposition.WITH_PLAN:
        return []
    return [
        (str(count), _("%(count)s months") % {"count": count} if count else _("At once"))
        for count in decomposition.INSTALMENT_MONTHS
    ]


def _slots(kind: str, customer: customers.Customer) -> list[tuple[str, str]]:
    """Hours in the customer's district for which an installer is free."""
    if "slot" not in _EXTRAS.get(kind, ()):
        return []
    return wording.slots(visits.free_slots(customer.branch_id, clock.today(formats.zone.get())))


def _reasons(kind: str) -> list[tuple[str, str]]:
    if kind == Kind.SUSPEND:
        return [("request", _("On request")), ("lost", _("Reported lost"))]
    if kind == Kind.CLOSE:
        return [
            ("request", _("On request")),
            ("moved_away", _("Moved away")),
            ("price", _("Price")),
            ("quality", _("Quality")),
        ]
    return []


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
