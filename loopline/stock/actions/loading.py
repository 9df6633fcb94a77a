"""Stock by the thousand: files, and whole ranges of numbers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from loopline.kernel import copying, numbers
from loopline.kernel.errors import Invalid
from loopline.kernel.permission import Actor, require
from loopline.stock.models import Device, Number, SimCard
from loopline.stock.queries import terms_by_grade
from loopline.stock.rules.keys import luhn_is_right
from loopline.stock.rules.patterns import find_pattern

MOST = 100_000


def number_columns(told: Sequence[str], country: str) -> dict[str, list[Any]]:
    """What follows from the numbers themselves (E.164): segment, ending, pattern, grade and its terms."""
    terms = terms_by_grade()
    plain = [numbers.national(number, country).replace(" ", "") for number in told]
    found = [find_pattern(digits) for digits in plain]
    return {
        "number": list(told),
        "segment": [digits[:7] for digits in plain],
        "reversed": [digits[::-1] for digits in plain],
        "pattern": [each.pattern for each in found],
        "grade": [int(each.worth) for each in found],
        "without_four": ["4" not in digits for digits in plain],
        "fee": [terms[each.worth].fee for each in found],
        "minimum_spend": [terms[each.worth].minimum_spend for each in found],
        "term_months": [terms[each.worth].term_months for each in found],
    }


def load_numbers(*, actor: Actor, numbers: Sequence[str], service: str = "mobile", home: str = "") -> int:
    """Take numbers (E.164) into stock, graded by rule; those that are there already stay. Returns how many are new."""
    require(actor, "stock.manage")
    columns = number_columns(numbers, actor.country)
    count = len(columns["number"])
    return copying.copy_columns(
        Number, {**columns, "service": [service] * count, "home": [home] * count}, skip_existing=True
    )


def take_in_range(*, actor: Actor, first: str, last: str, service: str = "mobile", home: str = "") -> int:
    """Take every number from `first` to `last` into stock. Returns how many are new."""
    require(actor, "stock.manage")
    low, high = numbers.e164(first, actor.country), numbers.e164(last, actor.country)
    count = int(high[1:]) - int(low[1:]) + 1
    if len(low) != len(high) or count < 1:
        raise Invalid(field="last", reason=_("The last number must follow the first one."))
    if count > MOST:
        raise Invalid(
            field="last", reason=_("At most 100,000 numbers are taken at once; use an import for more.")
        )
    told = [f"+{number}" for number in range(int(low[1:]), int(high[1:]) + 1)]
    return load_numbers(actor=actor, numbers=told, service=service, home=home)


def load_sims(*, actor: Actor, cards: Sequence[tuple[str, str, str]]) -> int:
    """Take cards (ICCID, IMSI, kind) into stock. Returns how many are new."""
    require(actor, "stock.manage")
    rows = ((iccid, imsi, kind, luhn_is_right(iccid)) for iccid, imsi, kind in cards)
    return copying.copy_rows(
        SimCard, ["iccid", "imsi", "kind", "check_digit_right"], rows, skip_existing=True
    )


def load_devices(*, actor: Actor, devices: Sequence[tuple[str, str, Decimal]]) -> int:
    """Take devices (IMEI, model, price) into stock. Returns how many are new."""
    require(actor, "stock.manage")
    rows = ((imei, model, price, luhn_is_right(imei)) for imei, model, price in devices)
    return copying.copy_rows(
        Device, ["imei", "model", "price", "check_digit_right"], rows, skip_existing=True
    )
