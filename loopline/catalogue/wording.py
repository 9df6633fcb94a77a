"""The catalogue in words: reasons, conflicts, problems, lines of a bill, points of the check list."""

from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from loopline.catalogue.rules.characteristics import Problem
from loopline.catalogue.rules.eligibility import AGE, TENURE, Conflict, Reason, Rule
from loopline.catalogue.rules.pricing import Line
from loopline.kernel import formats

CHECKS = {
    "names": (later("Names in both languages"), later("Customers and colleagues read one or the other.")),
    "service": (later("Service"), later("Which kind of line it is for.")),
    "specification": (later("Specification or members"), later("What is sold: a product or a bundle of them.")),
    "category": (later("Category"), later("Where people find it; advisable.")),
    "description": (later("Description"), later("What the clerk tells the customer; advisable.")),
    "price": (later("A price"), later("At least one charge, unless the members bring theirs.")),
    "discounts": (later("Discounts with a size"), later("A discount of nothing is none.")),
    "options": (later("Every fixed option set"), later("What is not asked of the customer needs a value.")),
    "members": (later("Members that are sold"), later("A bundle cannot contain what cannot be bought.")),
    "rules": (later("Rules that say something"), later("A rule without values would keep everybody out.")),
    "period": (later("A period that is not over"), later("The last day of sale must lie ahead.")),
}  # fmt: skip
"""Points of the check list: what is wanted, and why."""

RULE_KINDS = {
    "customer_kind": later("Kind of customer"),
    "segment": later("Customer tier"),
    "unit": later("Region or branch"),
    "channel": later("Sales channel"),
    "age": later("Age"),
    "tenure": later("Months as a customer"),
    "holds": later("Already has"),
    "requires": later("Requires"),
    "excludes": later("Does not go with"),
    "replaces": later("Replaces"),
}
UNITS = {
    "minute": later("minutes"),
    "GB": later("GB"),
    "message": later("messages"),
    "day": later("days"),
    "piece": later("pieces"),
}
VALUES = {
    "person": later("Person"),
    "organisation": later("Organisation"),
    "diamond": later("Diamond"),
    "gold": later("Gold"),
    "silver": later("Silver"),
    "shop": later("Shop"),
    "call": later("Call centre"),
    "web": later("Web"),
    "app": later("App"),
    "partner": later("Partner"),
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
