"""A design: everything a person decides about an offering, checked before it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.catalogue import queries
from loopline.catalogue.models import BundleMember, Category, Offering, OfferingKind, Price, Specification
from loopline.catalogue.rules import pricing
from loopline.catalogue.rules.characteristics import Use, wrong_with
from loopline.catalogue.rules.eligibility import COMPATIBILITY, ELIGIBILITY, HOLDS, RANGES, Rule
from loopline.kernel.errors import Invalid

LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class PriceDesign:
    """A price of the design; `id` where it exists already."""

    fact: pricing.Price
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MemberDesign:
    """An offering (public id) inside the bundle."""

    offering: UUID
    minimum: int = 0
    maximum: int = 1
    default: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Everything a person decides about an offering. References are public ids; money in the operator's currency."""

    code: str
    name: str
    name_en: str = ""
    description: str = ""
    kind: str = OfferingKind.PLAN
    service: str = "mobile"
    specification: UUID | None = None
    category: UUID | None = None
    term_months: int = 0
    monthly_cost: Decimal = Decimal(0)
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    uses: tuple[Use, ...] = ()
    prices: tuple[PriceDesign, ...] = ()
    members: tuple[MemberDesign, ...] = ()
    rules: tuple[Rule, ...] = ()


def design_of(offering: Offering) -> Design:
    """What was decided about an offering, as it is kept."""
    links = BundleMember.objects.filter(bundle=offering).select_related("member").order_by("position", "id")
    prices = Price.objects.filter(offering=offering).order_by("position", "id")
    return design_from(offering, list(prices), list(links))


def design_from(offering: Offering, prices: Iterable[Price], links: Iterable[BundleMember]) -> Design:
    """The same of an offering whose prices and members are at hand, in their order. No query."""
    return Design(
        code=offering.code,
        name=offering.name,
        name_en=offering.name_en,
        description=offering.description,
        kind=offering.kind,
        service=offering.service,
        specification=offering.specification.public_id if offering.specification else None,
        category=offering.category.public_id if offering.category else None,
        term_months=offering.term_months,
        monthly_cost=offering.monthly_cost,
        valid_from=offering.valid_from,
        valid_until=offering.valid_until,
        uses=tuple(map(Use.read, offering.characteristics)),
        prices=tuple(PriceDesign(queries.price_fact(row), row.public_id) for row in prices),
        members=tuple(
            MemberDesign(link.member.public_id, link.minimum, link.maximum, link.default) for link in links
        ),
        rules=queries.rules_of(offering),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a design refers to."""

    specification: Specification | None
    category: Category | None
    members: tuple[Offering, ...]


def check(design: Design, *, own: Offering | None) -> Found:
    """What the design refers to. Raises Invalid with the field at fault (`prices.0.amount`)."""
    if not design.code.strip() or not design.code.isascii() or " " in design.code.strip():
        raise Invalid(field="code", reason=_("Give it a code of Latin letters and digits, without spaces."))
    if not design.name.strip():
        raise Invalid(field="name", reason=_("Give it a name."))
    if design.kind not in OfferingKind.values:
        raise Invalid(field="kind", reason=_("There is no such kind of offering."))
    if not 0 <= design.term_months <= 120:
        raise Invalid(field="term_months", reason=_("Between 0 and 120 months."))
    if not 0 <= design.monthly_cost < LARGEST:
        raise Invalid(field="monthly_cost", reason=_("Enter an amount."))
    if design.valid_from and design.valid_until and design.valid_until <= design.valid_from:
        raise Invalid(field="valid_until", reason=_("It must end after it begins."))
    found = Found(
        _named(Specification, design.specification, "specification"),
        _named(Category, design.category, "category"),
        _members(design, own),
    )
    _check_uses(design, found.specification)
    for place, each in enumerate(design.prices):
        check_price(each.fact, f"prices.{place}")
    for place, rule in enumerate(design.rules):
        _check_rule(rule, design.code, f"rules.{place}")
    return found


def _named[R: (Specification, Category)](model: type[R], public_id: UUID | None, field: str) -> R | None:
    if public_id is None:
        return None
    row = model._default_manager.filter(public_id=public_id).first()
    if row is None:
        raise Invalid(field=field, reason=_("This does not exist."))
    return row


def _members(design: Design, own: Offering | None) -> tuple[Offering, ...]:
    keys = [each.offering for each in design.members]
    rows = {row.public_id: row for row in Offering.objects.filter(public_id__in=keys)}
    for place, each in enumerate(design.members):
        field = f"members.{place}"
        if each.offering not in rows:
            raise Invalid(field=f"{field}.offering", reason=_("Choose an offering."))
        if keys.count(each.offering) > 1:
            raise Invalid(field=f"{field}.offering", reason=_("It is in the bundle twice."))
        if not 0 <= each.minimum <= each.default <= each.maximum <= 100:
            raise Invalid(field=f"{field}.maximum", reason=_("At least ≤ usually ≤ at most is expected."))
    members = tuple(rows[key] for key in keys)
    _check_circle(design.code, members)
    return members


def _check_circle(code: str, members: Iterable[Offering]) -> None:
    level = list(members)
    for _depth in range(queries.DEPTH - 1):
        if any(row.code == code for row in level):
            raise Invalid(field="members", reason=_("A bundle cannot contain itself."))
        links = BundleMember.objects.filter(bundle__in=level).select_related("member")
        level = [link.member for link in links]
    if level:
        raise Invalid(field="members", reason=_("Bundles stand in one another too deep."))


def _check_uses(design: Design, specification: Specification | None) -> None:
    known = {each.code: each for each in queries.characteristics_of(specification)}
    for place, use in enumerate(design.uses):
        if use.code not in known:
            raise Invalid(field=f"uses.{place}", reason=_("The specification has no such characteristic."))
        for value in (*use.values, *filter(None, [use.default])):
            if wrong_with(known[use.code], value):
                raise Invalid(field=f"uses.{use.code}", reason=_("This value is not possible here."))
        if use.values and use.default and use.default not in use.values:
            raise Invalid(
                field=f"uses.{use.code}", reason=_("The proposed value is not among those allowed.")
            )


def check_price(each: pricing.Price, field: str) -> None:
    if each.kind not in (
        pricing.RECURRING,
        pricing.ONE_TIME,
        pricing.USAGE,
        pricing.DISCOUNT,
        pricing.ALLOWANCE,
    ):
        raise Invalid(field=f"{field}.kind", reason=_("There is no such kind of price."))
    if not each.name.strip():
        raise Invalid(field=f"{field}.name", reason=_("Say what is paid for."))
    if not 0 <= each.amount < LARGEST:
        raise Invalid(field=f"{field}.amount", reason=_("Enter an amount."))
    if not 0 <= each.percent <= 100:
        raise Invalid(field=f"{field}.percent", reason=_("Between 0 and 100 percent."))
    if each.kind in (pricing.USAGE, pricing.ALLOWANCE) and not each.unit:
        raise Invalid(field=f"{field}.unit", reason=_("Say in which unit it is counted."))
    if each.quantity is not None and not 0 < each.quantity < LARGEST:
        raise Invalid(field=f"{field}.quantity", reason=_("Enter a quantity above zero."))
    if not (1 <= each.period_months <= 120 and 1 <= each.first_month <= 120 and 0 <= each.months <= 120):
        raise Invalid(field=f"{field}.months", reason=_("Between 1 and 120 months."))
    if each.takes_from not in (pricing.RECURRING, pricing.ONE_TIME):
        raise Invalid(
            field=f"{field}.takes_from", reason=_("A discount takes from what is recurring or charged once.")
        )


def _check_rule(rule: Rule, code: str, field: str) -> None:
    if rule.kind not in (*ELIGIBILITY, *COMPATIBILITY):
        raise Invalid(field=f"{field}.kind", reason=_("There is no such kind of rule."))
    if rule.kind in RANGES:
        low, high = rule.low or 0, rule.high if rule.high is not None else 2000
        if not 0 <= low <= high <= 2000:
            raise Invalid(field=f"{field}.high", reason=_("From a smaller to a larger number."))
    elif rule.kind in (*COMPATIBILITY, HOLDS):
        if code in rule.values and rule.kind != HOLDS:
            raise Invalid(field=f"{field}.values", reason=_("An offering has no such rule with itself."))
        known = set(Offering.objects.filter(code__in=rule.values).values_list("code", flat=True))
        if unknown := [value for value in rule.values if value not in known]:
            told = _("There is no offering %(code)s.") % {"code": unknown[0]}
            raise Invalid(field=f"{field}.values", reason=told)


def tidy(design: Design) -> Design:
    """Without spaces around texts and without values that a kind of price does not have."""
    return replace(
        design,
        code=design.code.strip(),
        name=design.name.strip(),
        name_en=design.name_en.strip(),
        description=design.description.strip(),
        prices=tuple(replace(each, fact=tidy_price(each.fact)) for each in design.prices),
    )


def tidy_price(each: pricing.Price) -> pricing.Price:
    kept: dict[str, Any] = {"name": each.name.strip(), "name_en": each.name_en.strip()}
    if each.kind not in (pricing.USAGE, pricing.ALLOWANCE):
        kept |= {"unit": "", "quantity": None}
    if each.kind != pricing.DISCOUNT:
        kept |= {"percent": Decimal(0), "takes_from": pricing.RECURRING}
    elif each.percent:
        kept |= {"amount": Decimal(0)}
    if each.kind == pricing.ALLOWANCE:
        kept |= {"amount": Decimal(0)}
    if each.kind not in (pricing.RECURRING, pricing.DISCOUNT):
        kept |= {"first_month": 1, "months": 0}
    if each.kind != pricing.RECURRING:
        kept |= {"period_months": 1}
    return replace(each, **kept)
