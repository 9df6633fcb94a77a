"""What must be there before an offering may be sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loopline.catalogue.rules.characteristics import Characteristic
from loopline.catalogue.rules.eligibility import RANGES, Rule
from loopline.catalogue.rules.pricing import DISCOUNT, ONE_TIME, RECURRING, USAGE, Offer

PLAN, RETENTION = "plan", "retention"


@dataclass(frozen=True, slots=True)
class Check:
    """A point of the list. `code` names it, `about` what it concerns; only what is `needed` holds publishing up."""

    code: str
    done: bool
    needed: bool = True
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An offering as the check list looks at it; `sold` are the codes of everything that is sold."""

    offer: Offer
    kind: str
    service: str
    specified: bool
    category: bool
    description: bool
    rules: Sequence[Rule]
    sold: frozenset[str]
    valid_until: date | None = None


def checklist(subject: Subject, today: date) -> list[Check]:
    """Every point, done or not."""
    offer = subject.offer
    charged = [each for each in offer.prices if each.kind in (RECURRING, ONE_TIME, USAGE)]
    missing = tuple(member.offer.code for member in offer.members if member.offer.code not in subject.sold)
    unset = tuple(each.code for each in offer.characteristics if _unset(each))
    empty = tuple(rule.kind for rule in subject.rules if _is_empty(rule))
    idle = tuple(
        each.name for each in offer.prices if each.kind == DISCOUNT and not (each.amount or each.percent)
    )
    return [
        Check("names", bool(offer.name and offer.name_en)),
        Check("service", bool(subject.service)),
        Check("specification", subject.specified or bool(offer.members)),
        Check("category", subject.category, needed=False),
        Check("description", subject.description, needed=False),
        Check("price", bool(charged) or bool(offer.members) or subject.kind == RETENTION),
        Check("discounts", not idle, about=idle),
        Check("options", not unset, about=unset),
        Check("members", not missing, about=missing),
        Check("rules", not empty, about=empty),
        Check("period", subject.valid_until is None or subject.valid_until > today),
    ]


def is_ready(checks: Sequence[Check]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(check.done for check in checks if check.needed)


def _unset(each: Characteristic) -> bool:
    """A value that nobody is asked for and the design does not give."""
    return each.minimum > 0 and not each.configurable and not each.default


def _is_empty(rule: Rule) -> bool:
    if rule.kind in RANGES:
        return rule.low is None and rule.high is None
    return not rule.values
