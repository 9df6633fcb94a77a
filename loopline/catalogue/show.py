"""What the catalogue's pages show, as finished strings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.catalogue import queries, wording
from loopline.catalogue.models import Offering, OfferingKind, PriceKind, State
from loopline.catalogue.rules import eligibility, pricing
from loopline.catalogue.rules.characteristics import YES_NO, Characteristic
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.events import history

SERVICES = {
    "mobile": (gettext_lazy("Mobile"), "device-mobile"),
    "broadband": (gettext_lazy("Broadband"), "wifi"),
    "fixed": (gettext_lazy("Fixed line"), "device-landline-phone"),
    "iptv": (gettext_lazy("IPTV"), "device-desktop"),
    "data_line": (gettext_lazy("Data line"), "network"),
}
TONES = {
    "in_study": "neutral",
    "in_design": "info",
    "in_test": "warn",
    "active": "accent",
    "launched": "good",
    "retired": "neutral",
    "obsolete": "bad",
}
PRICE_ICONS = {
    "recurring": "calendar",
    "one_time": "receipt",
    "usage": "gauge",
    "allowance": "gift",
    "discount": "percentage",
}
RULE_ICONS = {
    "customer_kind": "user",
    "segment": "star",
    "unit": "map-pin",
    "channel": "building-store",
    "age": "calendar",
    "tenure": "hourglass",
    "holds": "checkbox",
    "requires": "link",
    "excludes": "ban",
    "replaces": "arrows-exchange",
}


def url(name: str, offering: Offering, **parts: Any) -> str:
    """An address of an offer."""
    return reverse(f"catalogue:{name}", kwargs={"public_id": offering.public_id, **parts})


def names_of(offers: Iterable[Offering] | None = None) -> dict[str, str]:
    """Names by code, of offerings and units: what rules speak of."""
    rows = Offering.objects.order_by("is_sold", "revision") if offers is None else offers
    names = {row.code: formats.named(row) for row in rows}
    return names | {row.code: formats.named(row) for row in identity.Unit.objects.all()}


# What a customer pays


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of a bill with its explanation."""

    name: str
    how: str
    amount: str
    good: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of months that cost the same; `percent` is its height against the dearest."""

    period: str
    total: str
    percent: int
    lines: list[BillLine]


@dataclass(frozen=True, slots=True)
class Control:
    """A choice of the customer: `options` to select from, else a box of this type."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]] = field(default_factory=list)
    type: str = "text"


@dataclass(frozen=True, slots=True)
class QuoteView:
    """What a customer would pay, in figures and line by line."""

    monthly: str
    first_total: str
    first_period: str
    first_lines: list[BillLine]
    one_time: str
    after: str
    after_from: str
    over_term: str
    term: str
    phases: list[Phase]
    included: list[tuple[str, str]]
    usage: list[tuple[str, str]]
    later: list[tuple[str, str]]
    problems: list[str]
    empty: bool


def quote_view(quote: pricing.Quote, offer: pricing.Offer) -> QuoteView:
    """A quote as people read it."""
    top = max((phase.total for phase in quote.phases), default=Decimal(0)) or Decimal(1)
    changes = len(quote.phases) > 1
    labels = {each.code: label(each) for each in all_characteristics(offer)} | member_names(offer)
    return QuoteView(
        monthly=formats.money(quote.monthly),
        first_total=formats.money(quote.first_bill.total),
        first_period=_period(quote.first_bill),
        first_lines=[_line(line) for line in quote.first_bill.lines],
        one_time=formats.money(quote.one_time),
        after=formats.money(quote.after_discount) if changes else "",
        after_from=_("from %(day)s on") % {"day": formats.day(quote.phases[-1].first)} if changes else "",
        over_term=formats.money(quote.over_term),
        term=wording.months(quote.term_months or 12),
        phases=[
            Phase(_period(phase), formats.money(phase.total), round(100 * phase.total / top), _lines(phase))
            for phase in quote.phases
        ],
        included=[
            (str(ALLOWED.get(unit, unit)), wording.quantity(n, unit)) for unit, n in quote.allowances.items()
        ],
        usage=[
            (
                each.name if wording.is_chinese() else each.name_en,
                wording.price_text(
                    pricing.Price(
                        kind="usage", name="", amount=each.amount, unit=each.unit, quantity=each.quantity
                    )
                ),
            )
            for each in quote.usage
        ],
        later=[(wording.line_name(line), wording.every(months, line.amount)) for months, line in quote.later],
        problems=[wording.problem_text(problem, labels) for problem in quote.problems],
        empty=not (quote.first_bill.total or quote.monthly or quote.allowances or quote.usage),
    )


ALLOWED = {"minute": gettext_lazy("Calls"), "GB": gettext_lazy("Data"), "message": gettext_lazy("Messages")}


def _period(bill: pricing.Bill) -> str:
    if bill.last is None:
        return _("from %(day)s on") % {"day": formats.day(bill.first)}
    return f"{formats.day(bill.first)} – {formats.day(bill.last)}"


def _lines(bill: pricing.Bill) -> list[BillLine]:
    return [_line(line) for line in bill.lines]


def _line(line: pricing.Line) -> BillLine:
    return BillLine(
        wording.line_name(line), wording.line_how(line), formats.money(line.amount), line.amount < 0
    )


def label(each: Characteristic) -> str:
    """The name of a characteristic in the reader's language."""
    return formats.named(each)


def all_characteristics(offer: pricing.Offer) -> list[Characteristic]:
    """The characteristics of an offering and of everything inside it."""
    inside = [each for member in offer.members for each in all_characteristics(member.offer)]
    return [*offer.characteristics, *inside]


def member_names(offer: pricing.Offer) -> dict[str, str]:
    """The names of everything inside a bundle, by code; those of its options by `CODE.characteristic`."""
    found: dict[str, str] = {}
    for member in offer.members:
        name = formats.named(member.offer)
        found[member.offer.code] = name
        for each in member.offer.characteristics:
            found[f"{member.offer.code}.{each.code}"] = f"{name} · {label(each)}"
        found |= member_names(member.offer)
    return found


def controls_of(offer: pricing.Offer, options: dict[str, str], counts: dict[str, int]) -> list[Control]:
    """What a customer chooses: the counts of members and every option that is not fixed."""
    made = [_option(each, f"o-{each.code}", label(each), options.get(each.code)) for each in _open(offer)]
    for member in offer.members:
        code, name = member.offer.code, formats.named(member.offer)
        if member.minimum < member.maximum:
            shown = [(str(n), f"{n} ×") for n in range(member.minimum, member.maximum + 1)]
            made.append(Control(f"n-{code}", name, str(counts.get(code, member.default)), shown))
        for each in _open(member.offer):
            key = f"{code}.{each.code}"
            made.append(_option(each, f"o-{key}", f"{name} · {label(each)}", options.get(key)))
    return made


def _open(offer: pricing.Offer) -> list[Characteristic]:
    return [each for each in offer.characteristics if each.configurable and len(each.values) != 1]


def _option(each: Characteristic, name: str, label: str, value: str | None) -> Control:
    chosen = each.default if value is None else value
    options = [(known.value, value_label(each, known.value)) for known in each.values]
    if each.kind == YES_NO and not options:
        options = [("no", _("No")), ("yes", _("Yes"))]
    if options and not each.minimum:
        options = [("", _("None")), *options]
    return Control(name, label, chosen, options, "date" if each.kind == "day" else "text")


def value_label(each: Characteristic, value: str) -> str:
    """A value with its unit."""
    if each.kind == YES_NO:
        return _("Yes") if value == "yes" else _("No")
    return f"{each.label(value, english=not wording.is_chinese())} {each.unit}".strip()


def chosen_in(given: dict[str, str]) -> tuple[dict[str, str], dict[str, int], str]:
    """Options, counts and the day of the start in a form."""
    options = {name[2:]: value for name, value in given.items() if name.startswith("o-") and value}
    counts = {
        name[2:]: int(value)
        for name, value in given.items()
        if name.startswith("n-") and value.isascii() and value.isdigit() and len(value) < 4
    }
    return options, counts, given.get("start", "")


def start_of(text: str, today: date) -> date:
    """The day in a form; today where it is none, or out of reach."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day.year - today.year) <= 20 else today


# An offer


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price in words."""

    icon: str
    kind: str
    name: str
    told: str
    when: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in words."""

    icon: str
    kind: str
    wanted: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """An offer inside a bundle."""

    url: str
    name: str
    count: str
    fee: str


def price_rows(offer: pricing.Offer) -> list[PriceRow]:
    """The prices of an offering itself."""
    labels = {each.code: each for each in offer.characteristics}
    return [
        PriceRow(
            PRICE_ICONS[each.kind],
            str(PriceKind(each.kind).label),
            formats.named(each),
            wording.price_text(each),
            _when(each, labels),
        )
        for each in offer.prices
    ]


def _when(each: pricing.Price, labels: dict[str, Characteristic]) -> str:
    told = []
    for code, value in each.when:
        known = labels.get(code)
        told.append(f"{label(known)}: {value_label(known, value)}" if known else f"{code}: {value}")
    return _("only with %(options)s") % {"options": _(", ").join(told)} if told else ""


def rule_rows(rules: Sequence[eligibility.Rule], names: dict[str, str]) -> list[RuleRow]:
    """The rules of an offering."""
    return [
        RuleRow(RULE_ICONS[rule.kind], str(wording.RULE_KINDS[rule.kind]), wording.rule_values(rule, names))
        for rule in rules
    ]


def option_facts(offer: pricing.Offer) -> list[tuple[str, str]]:
    """The characteristics of an offering: what is fixed, and what may be chosen."""
    told = []
    for each in offer.characteristics:
        if each.values:
            values = _(", ").join(value_label(each, known.value) for known in each.values)
        elif each.kind == YES_NO and each.configurable:
            values = _(", ").join([_("No"), _("Yes")])
        elif each.default:
            values = value_label(each, each.default)
        else:
            values = _("free to choose")
        told.append((label(each), values))
    return told


def story(offering: Offering) -> list[dict[str, str]]:
    """The history of an offer."""
    told = {
        "catalogue.offering_designed": (_("Design begun"), "pencil", "neutral"),
        "catalogue.offering_versioned": (_("New version begun"), "versions", "info"),
        "catalogue.offering_changed": (_("Changed"), "edit", "neutral"),
    }
    entries = []
    for event in history(offering, 20):
        title, icon, tone = told.get(event.name, (event.name, "point", "neutral"))
        detail = ""
        if event.name == "catalogue.offering_state_changed":
            to = event.payload["to"]
            title, icon, tone = str(State(to).label), "flag", TONES[to]
        if event.name == "catalogue.offering_changed":
            detail = _(", ").join(str(FIELDS.get(name, name)) for name in event.payload["changes"])
        entries.append(
            {
                "icon": icon,
                "title": title,
                "tone": tone,
                "detail": detail,
                "by": formats.author(event.actor_name, event.actor_id),
                "ago": formats.ago(event.at),
                "exact": formats.moment(event.at),
            }
        )
    return entries


FIELDS = {
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name of the offer"),
    "name_en": gettext_lazy("Name in English"),
    "description": gettext_lazy("Description"),
    "kind": gettext_lazy("Kind"),
    "service": gettext_lazy("Service"),
    "specification": gettext_lazy("Specification"),
    "category": gettext_lazy("Category"),
    "term_months": gettext_lazy("Contract"),
    "monthly_cost": gettext_lazy("Monthly cost to us"),
    "valid_from": gettext_lazy("Sold from"),
    "valid_until": gettext_lazy("Sold until"),
    "uses": gettext_lazy("Options"),
    "prices": gettext_lazy("Prices"),
    "members": gettext_lazy("Members"),
    "rules": gettext_lazy("Rules"),
}
"""The parts of a design, as people call them."""


def facts(offering: Offering) -> list[tuple[str, str]]:
    """An offer at a glance."""
    return [
        (_("Code"), offering.code),
        (_("Version"), str(offering.revision)),
        (_("Kind"), str(OfferingKind(offering.kind).label)),
        (_("Service"), str(SERVICES.get(offering.service, (offering.service, ""))[0])),
        (_("Category"), formats.named(offering.category) if offering.category else ""),
        (_("Specification"), formats.named(offering.specification) if offering.specification else ""),
        (_("Contract"), wording.months(offering.term_months) if offering.term_months else _("none")),
        (_("Monthly cost to us"), formats.money(offering.monthly_cost) if offering.monthly_cost else ""),
        (_("Sold from"), formats.day(queries.local(offering.valid_from)) if offering.valid_from else ""),
        (_("Sold until"), formats.day(queries.local(offering.valid_until)) if offering.valid_until else ""),
    ]
