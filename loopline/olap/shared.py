"""Levels and measures that several cubes share, so that they are called the same everywhere."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.customers.api import KINDS, TIERS
from loopline.olap.definitions import Level, Measure
from loopline.subscriptions.api import Service

_TIME, _UNIT = pgettext_lazy("cube", "Time"), _("Organisation")
PEOPLE, PRODUCT = _("Customer"), _("Product")

YEAR = Level("year", _("Year"), _TIME)
QUARTER = Level("quarter", _("Quarter"), _TIME, above="year")
MONTH = Level("month", _("Month"), _TIME, "month", above="quarter")
DAY = Level("day", _("Day"), _TIME, "day", above="month")

ORGANISATION = (
    Level("company", _("Company"), _UNIT, "company", labels="unit"),
    Level("province", _("Province"), _UNIT, "province", above="company", labels="unit"),
    Level("city", _("City"), _UNIT, "city", above="province", labels="unit"),
    Level("district", _("District"), _UNIT, "district", above="city", labels="unit"),
    Level("branch", _("Branch"), _UNIT, "branch", above="district", labels="unit"),
)
SERVICE = Level("service", _("Service"), PRODUCT, "service", labels=dict(Service.choices))
PLAN = Level("plan", _("Price plan"), PRODUCT, "plan", above="service", labels="plan")
TIER = Level("tier", _("Tier"), PEOPLE, "tier", labels=TIERS)
KIND = Level("kind", pgettext_lazy("customer", "Kind"), PEOPLE, "kind", labels=KINDS)

HUNDRED, TEN_THOUSAND = Decimal(100), Decimal(10_000)
PERCENT = "%"
MONEY_UNIT = "¤"
"""Stands for the operator's currency."""


def levels(*further: Level) -> dict[str, Level]:
    """Time and organisation, which every cube has, and further ones, by name."""
    return {level.name: level for level in (YEAR, QUARTER, MONTH, *ORGANISATION, *further)}


def daily(*further: Level) -> dict[str, Level]:
    """The levels of a cube that knows days."""
    return {level.name: level for level in (YEAR, QUARTER, MONTH, DAY, *ORGANISATION, *further)}


def measures(*found: Measure) -> dict[str, Measure]:
    """Measures by name."""
    return {measure.name: measure for measure in found}


def amount(name: str, label: object, about: object = "", *, better: int = 0) -> Measure:
    """Money, added up from the part of the same name."""
    return Measure(name, label, ((name, 1),), unit=MONEY_UNIT, decimals=2, about=about, better=better)


def count(name: str, label: object, unit: object = "", about: object = "", *, better: int = 0) -> Measure:
    """A whole number, added up from the part of the same name."""
    return Measure(name, label, ((name, 1),), unit=unit, about=about, better=better)


def share(name: str, label: object, of: tuple[str, str], about: object = "", *, better: int = 0) -> Measure:
    """One part as a percentage of another: `of` is (part, whole)."""
    part, whole = of
    return Measure(name, label, ((part, 1),), ((whole, 1),), HUNDRED, PERCENT, 2, about=about, better=better)
