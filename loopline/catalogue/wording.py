"""The catalogue in words: reasons, conflicts, problems, lines of a bill, points of the check list."""

from decimal import Decimal

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from loopline.catalogue.rules.characteristics import Problem
from loopline.catalogue.rules.eligibility import AGE, TENURE, Conflict, Reason, Rule
from loopline.catalogue.rules.pricing import ALLOWANCE, ONE_TIME, RECURRING, USAGE, Line, Price
from loopline.kernel import formats

CHECKS = {
    "names": (
        gettext_lazy("Names in both languages"),
        gettext_lazy("Customers and colleagues read one or the other."),
    ),
    "service": (
        gettext_lazy("Service"),
        gettext_lazy("Which kind of line it is for."),
    ),
    "specification": (
        gettext_lazy("Specification or members"),
        gettext_lazy("What is sold: a product or a bundle of them."),
    ),
    "category": (
        gettext_lazy("Category"),
        gettext_lazy("Where people find it; advisable."),
    ),
    "description": (
        gettext_lazy("Description"),
        gettext_lazy("What the clerk tells the customer; advisable."),
    ),
    "price": (
        gettext_lazy("A price"),
        gettext_lazy("At least one charge, unless the members bring theirs."),
    ),
    "discounts": (
        gettext_lazy("Discounts with a size"),
        gettext_lazy("A discount of nothing is none."),
    ),
    "options": (
        gettext_lazy("Every fixed option set"),
        gettext_lazy("What is not asked of the customer needs a value."),
    ),
    "members": (
        gettext_lazy("Members that are sold"),
        gettext_lazy("A bundle cannot contain what cannot be bought."),
    ),
    "rules": (
        gettext_lazy("Rules that say something"),
        gettext_lazy("A rule without values would keep everybody out."),
    ),
    "period": (
        gettext_lazy("A period that is not over"),
        gettext_lazy("The last day of sale must lie ahead."),
    ),
}
"""Points of the check list: what is wanted, and why."""

RULE_KINDS = {
    "customer_kind": gettext_lazy("Kind of customer"),
    "segment": gettext_lazy("Customer tier"),
    "unit": gettext_lazy("Region or branch"),
    "channel": gettext_lazy("Sales channel"),
    "age": gettext_lazy("Age"),
    "tenure": gettext_lazy("Months as a customer"),
    "holds": gettext_lazy("Already has"),
    "requires": gettext_lazy("Requires"),
    "excludes": gettext_lazy("Does not go with"),
    "replaces": gettext_lazy("Replaces"),
}
UNITS = {
    "minute": gettext_lazy("minutes"),
    "GB": "GB",
    "message": gettext_lazy("messages"),
    "day": gettext_lazy("days"),
    "piece": gettext_lazy("pieces"),
}
EACH = {
    "minute": gettext_lazy("minute"),
    "GB": "GB",
    "message": gettext_lazy("message"),
    "day": gettext_lazy("day"),
    "piece": gettext_lazy("piece"),
}
VALUES = {
    "person": gettext_lazy("Person"),
    "organisation": gettext_lazy("Organisation"),
    "diamond": gettext_lazy("Diamond"),
    "gold": gettext_lazy("Gold"),
    "silver": gettext_lazy("Silver"),
    "standard": gettext_lazy("Standard"),
    "counter": gettext_lazy("Counter"),
    "phone": gettext_lazy("Telephone"),
    "web": gettext_lazy("Web"),
    "api": gettext_lazy("Partner system"),
}
"""Values of rules that are no codes of an operator's own."""


def reason_text(reason: Reason, names: dict[str, str] | None = None) -> str:
    """Why somebody may not buy, as a sentence. `names` are the names of offerings and units by code."""
    plain = {
        "not_sold": _("It is not on sale."),
        "not_yet": _("Its sale has not begun."),
        "no_longer": _("Its sale has ended."),
    }
    if reason.rule is None:
        return plain[reason.code]
    wanted = rule_text(reason.rule, names)
    told = _("Not known whether it holds: %(rule)s.") if reason.unknown else _("Only for: %(rule)s.")
    return told % {"rule": wanted}


def rule_text(rule: Rule, names: dict[str, str] | None = None) -> str:
    """A rule in words: its kind and what it wants."""
    return _("%(kind)s: %(wanted)s") % {"kind": RULE_KINDS[rule.kind], "wanted": rule_values(rule, names)}


def rule_values(rule: Rule, names: dict[str, str] | None = None) -> str:
    """What a rule wants."""
    if rule.kind in (AGE, TENURE):
        return _range(rule)
    known = names or {}
    return _(", ").join(str(known.get(value) or VALUES.get(value) or value) for value in rule.values)


def _range(rule: Rule) -> str:
    words = {"low": rule.low, "high": rule.high}
    if rule.high is None:
        told = _("from %(low)s years") if rule.kind == AGE else _("from %(low)s months")
    elif rule.low is None:
        told = _("up to %(high)s years") if rule.kind == AGE else _("up to %(high)s months")
    else:
        told = _("%(low)s to %(high)s years") if rule.kind == AGE else _("%(low)s to %(high)s months")
    return told % words


def conflict_text(conflict: Conflict, names: dict[str, str] | None = None) -> str:
    """What stands between offerings, as a sentence."""
    known = names or {}
    words = {
        "offering": known.get(conflict.offering, conflict.offering),
        "others": _(", ").join(known.get(code, code) for code in conflict.others),
    }
    sentences = {
        "requires": _("%(offering)s needs one of these: %(others)s."),
        "excludes": _("%(offering)s does not go with %(others)s."),
        "replaces": _("%(offering)s replaces %(others)s."),
    }
    return sentences[conflict.kind] % words


def problem_text(problem: Problem, names: dict[str, str] | None = None) -> str:
    """Why a choice of options does not hold."""
    name = (names or {}).get(problem.characteristic, problem.characteristic)
    sentences = {
        "required": _("%(name)s: choose a value."),
        "too_many": _("%(name)s: at most %(value)s values."),
        "not_allowed": _("%(name)s: “%(value)s” is not offered."),
        "not_a_value": _("%(name)s: “%(value)s” is no such value."),
        "out_of_range": _("%(name)s: %(value)s is out of range."),
        "unknown": _("%(name)s is not known here."),
        "count": _("%(name)s: %(value)s of it are not possible."),
    }
    return sentences[problem.code] % {"name": name, "value": problem.value}


def line_name(line: Line) -> str:
    """What a line of a bill is for."""
    return line.name if is_chinese() else line.name_en


def line_how(line: Line) -> str:
    """How a line of a bill came about."""
    words: dict[str, str | int] = {
        "rate": formats.money(line.rate),
        "percent": plain(line.rate),
        "base": formats.money(line.base),
        "days": line.days,
        "of": line.of_days,
        "count": line.count,
    }
    if line.how == "days":
        told = _("%(days)s of %(of)s days of %(rate)s") % words
    elif line.how == "percent":
        told = _("%(percent)s %% of %(base)s") % words
    elif line.how == "off":
        told = (
            _("%(rate)s off, for %(days)s of %(of)s days") % words if line.days else _("%(rate)s off") % words
        )
    elif line.how == "once":
        told = _("charged once")
    else:
        told = _("%(rate)s a month") % words
    return _("%(count)s × %(how)s") % {"count": line.count, "how": told} if line.count > 1 else told


def quantity(amount: Decimal | None, unit: str) -> str:
    """200 minutes; without limit."""
    if amount is None:
        return _("without limit")
    return f"{plain(amount)} {UNITS.get(unit, unit)}"


def months(count: int) -> str:
    """12 months."""
    return ngettext("%(months)s month", "%(months)s months", count) % {"months": count}


def plain(amount: Decimal) -> str:
    """A number without needless zeros."""
    return formats.number(amount.normalize())


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "en").startswith("zh")


def price_text(fact: Price) -> str:
    """How a price is charged: ¥99.00 a month; 20 % off, for 12 months; ¥0.15 for each minute."""
    amount = {"amount": formats.money(fact.amount)}
    if fact.kind == RECURRING and fact.period_months == 1:
        told = _("%(amount)s a month") % amount
    elif fact.kind == RECURRING:
        told = every(fact.period_months, fact.amount)
    elif fact.kind == ONE_TIME:
        told = _("%(amount)s once") % amount
    elif fact.kind == USAGE:
        told = _("%(amount)s for each %(quantity)s") % {**amount, "quantity": _each(fact)}
    elif fact.kind == ALLOWANCE:
        told = quantity(fact.quantity, fact.unit)
        told = told if fact.quantity is None else _("%(quantity)s a month") % {"quantity": told}
    else:
        told = _discount(fact)
    return _(", ").join([told, *_duration(fact)])


def every(period: int, amount: Decimal) -> str:
    """¥120.00 every 12 months."""
    return _("%(amount)s every %(months)s months") % {"amount": formats.money(amount), "months": period}


def _each(fact: Price) -> str:
    """A unit, or so many of them."""
    if fact.quantity is None or fact.quantity == 1:
        return str(EACH.get(fact.unit, fact.unit))
    return quantity(fact.quantity, fact.unit)


def _discount(fact: Price) -> str:
    off = f"{plain(fact.percent)}%" if fact.percent else formats.money(fact.amount)
    if fact.takes_from == ONE_TIME:
        return _("%(off)s off what is charged once") % {"off": off}
    return _("%(off)s off") % {"off": off}


def _duration(fact: Price) -> list[str]:
    told = []
    if fact.first_month > 1:
        told.append(_("from month %(month)s") % {"month": fact.first_month})
    if fact.months:
        told.append(_("for %(months)s") % {"months": months(fact.months)})
    return told
