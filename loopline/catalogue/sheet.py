"""The designer's sheet: what a person typed, kept as typed, and the design that it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from loopline.catalogue import queries
from loopline.catalogue.actions.offering import midnight
from loopline.catalogue.design import Design, MemberDesign, PriceDesign
from loopline.catalogue.rules import eligibility, pricing
from loopline.catalogue.rules.characteristics import Use

PLAIN = (
    "code", "name", "name_en", "description", "kind", "service", "specification", "category", "term_months",
    "monthly_cost", "valid_from", "valid_until",
)  # fmt: skip
PRICE = (
    "id", "kind", "name", "name_en", "amount", "percent", "unit", "quantity", "period_months", "first_month",
    "months", "takes_from", "when", "valid_from", "valid_until",
)  # fmt: skip
MEMBER = ("offering", "minimum", "maximum", "default")
RULE = ("low", "high", "kind")
MOST = 60
"""Rows of a list on the sheet."""

NEW_PRICE = dict.fromkeys(PRICE, "") | {
    "kind": "recurring", "period_months": "1", "first_month": "1", "takes_from": "recurring", "unit": "minute",
}  # fmt: skip
NEW_MEMBER = {"offering": "", "minimum": "0", "maximum": "1", "default": "1"}
NEW_RULE: dict[str, Any] = {"kind": "customer_kind", "low": "", "high": "", "values": []}


@dataclass(slots=True)
class Sheet:
    """Texts as typed. `uses` maps a characteristic to its allowed values and the proposed one."""

    values: dict[str, str] = field(default_factory=dict)
    uses: dict[str, tuple[list[str], str]] = field(default_factory=dict)
    prices: list[dict[str, str]] = field(default_factory=list)
    members: list[dict[str, str]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)

    def act(self, act: str) -> None:
        """Add or take away a row: `add-prices`, `drop-rules-2`."""
        verb, _dash, rest = act.partition("-")
        name, _dash, place = rest.partition("-")
        rows: list[dict[str, Any]] | None = {
            "prices": self.prices, "members": self.members, "rules": self.rules
        }.get(name)  # fmt: skip
        if rows is None:
            return
        if verb == "add" and len(rows) < MOST:
            rows.append(dict({"prices": NEW_PRICE, "members": NEW_MEMBER, "rules": NEW_RULE}[name]))
        if verb == "drop" and place.isdigit() and int(place) < len(rows):
            del rows[int(place)]


def blank() -> Sheet:
    """A new offer, with one price to begin with."""
    values = dict.fromkeys(PLAIN, "") | {
        "kind": "plan",
        "service": "mobile",
        "term_months": "0",
        "monthly_cost": "0",
    }
    return Sheet(values=values, prices=[dict(NEW_PRICE)])


def sheet_in(given: QueryDict) -> Sheet:
    """What was posted."""
    sheet = Sheet(values={name: given.get(name, "")[:5000] for name in PLAIN})
    for code in given.getlist("use"):
        sheet.uses[code] = (given.getlist(f"use-{code}"), given.get(f"default-{code}", ""))
    sheet.prices = _rows(given, "p", PRICE)
    sheet.members = _rows(given, "m", MEMBER)
    for place, row in enumerate(_rows(given, "r", RULE)):
        values = [value for value in given.getlist(f"r-{place}-values") if value]
        added = given.get(f"r-{place}-add", "")
        changed = given.get(f"r-{place}-was", row["kind"]) != row["kind"]
        kept = [] if changed else values + ([added] if added and added not in values else [])
        sheet.rules.append(row | {"values": kept})
    return sheet


def _rows(given: QueryDict, letter: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    while len(rows) < MOST and f"{letter}-{len(rows)}-{names[-1]}" in given:
        rows.append({name: given.get(f"{letter}-{len(rows)}-{name}", "")[:500] for name in names})
    return rows


def sheet_of(design: Design) -> Sheet:
    """A design as the sheet shows it."""
    values = {name: getattr(design, name) for name in PLAIN}
    for name in ("valid_from", "valid_until"):
        values[name] = queries.local(values[name])
    return Sheet(
        values={name: "" if value is None else _text(value) for name, value in values.items()},
        uses={use.code: (list(use.values), use.default) for use in design.uses},
        prices=[_price_texts(each) for each in design.prices],
        members=[{name: str(getattr(each, name)) for name in MEMBER} for each in design.members],
        rules=[
            {"kind": rule.kind, "low": _text(rule.low), "high": _text(rule.high), "values": list(rule.values)}
            for rule in design.rules
        ],
    )


def _price_texts(each: PriceDesign) -> dict[str, str]:
    texts = {name: _text(getattr(each.fact, name)) for name in PRICE if name not in ("id", "when")}
    return texts | {
        "id": _text(each.id),
        "when": "; ".join(f"{code}={value}" for code, value in each.fact.when),
        "percent": texts["percent"] if each.fact.percent else "",
        "months": texts["months"] if each.fact.months else "",
    }


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def design_in(sheet: Sheet) -> tuple[Design, dict[str, str]]:
    """The design that a sheet means, and by field what could not be read (and was taken for nothing)."""
    read = _Reader()
    values = sheet.values
    design = Design(
        code=values["code"],
        name=values["name"],
        name_en=values["name_en"],
        description=values["description"],
        kind=values["kind"],
        service=values["service"],
        specification=read.key(values, "specification"),
        category=read.key(values, "category"),
        term_months=read.whole(values, "term_months"),
        monthly_cost=read.number(values, "monthly_cost"),
        valid_from=midnight(read.day(values, "valid_from")),
        valid_until=midnight(read.day(values, "valid_until")),
        uses=tuple(
            Use(code, tuple(allowed), default)
            for code, (allowed, default) in sheet.uses.items()
            if allowed or default
        ),
        prices=tuple(_price(read, row, f"prices.{at}.") for at, row in enumerate(sheet.prices)),
        members=tuple(
            MemberDesign(
                read.key(row, "offering", f"members.{at}.") or UUID(int=0),
                read.whole(row, "minimum", f"members.{at}."),
                read.whole(row, "maximum", f"members.{at}."),
                read.whole(row, "default", f"members.{at}."),
            )
            for at, row in enumerate(sheet.members)
        ),
        rules=tuple(_rule(read, row, f"rules.{at}.") for at, row in enumerate(sheet.rules)),
    )
    return design, read.errors


def _price(read: "_Reader", row: Mapping[str, str], place: str) -> PriceDesign:
    pairs = [part.partition("=") for part in row["when"].split(";") if "=" in part]
    fact = pricing.Price(
        kind=row["kind"],
        name=row["name"],
        name_en=row["name_en"],
        amount=read.number(row, "amount", place),
        percent=read.number(row, "percent", place),
        unit=row["unit"],
        quantity=read.number(row, "quantity", place) if row["quantity"].strip() else None,
        period_months=read.whole(row, "period_months", place) or 1,
        first_month=read.whole(row, "first_month", place) or 1,
        months=read.whole(row, "months", place),
        takes_from=row["takes_from"] or pricing.RECURRING,
        when=tuple((code.strip(), value.strip()) for code, _sign, value in pairs),
        valid_from=read.day(row, "valid_from", place),
        valid_until=read.day(row, "valid_until", place),
    )
    return PriceDesign(fact, read.key(row, "id"))


def _rule(read: "_Reader", row: Mapping[str, Any], place: str) -> eligibility.Rule:
    if row["kind"] in eligibility.RANGES:
        low = read.whole(row, "low", place) if row["low"].strip() else None
        high = read.whole(row, "high", place) if row["high"].strip() else None
        return eligibility.Rule(row["kind"], (), low, high)
    return eligibility.Rule(row["kind"], tuple(row["values"]))


@dataclass(slots=True)
class _Reader:
    """Reads texts, and notes which could not be read."""

    errors: dict[str, str] = field(default_factory=dict)

    def number(self, row: Mapping[str, str], name: str, place: str = "") -> Decimal:
        text = row[name].strip().replace(",", "")
        try:
            number = Decimal(text or "0")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
            self.errors[place + name] = _("This is not a number.")
            return Decimal(0)
        return number

    def whole(self, row: Mapping[str, str], name: str, place: str = "") -> int:
        text = row[name].strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 6):
            self.errors[place + name] = _("This is not a whole number.")
            return 0
        return int(text or 0)

    def day(self, row: Mapping[str, str], name: str, place: str = "") -> date | None:
        try:
            return date.fromisoformat(row[name]) if row[name].strip() else None
        except ValueError:
            self.errors[place + name] = _("This is not a day.")
            return None

    def key(self, row: Mapping[str, str], name: str, place: str = "") -> UUID | None:
        try:
            return UUID(row[name]) if row[name] else None
        except ValueError:
            self.errors[place + name] = _("Choose one of the list.")
            return None
