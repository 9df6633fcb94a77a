"""Who may buy an offering, and which offerings go together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

CUSTOMER_KIND, SEGMENT, UNIT, CHANNEL, AGE, TENURE, HOLDS = (
    "customer_kind", "segment", "unit", "channel", "age", "tenure", "holds",
)  # fmt: skip
REQUIRES, EXCLUDES, REPLACES = "requires", "excludes", "replaces"
ELIGIBILITY = (CUSTOMER_KIND, SEGMENT, UNIT, CHANNEL, AGE, TENURE, HOLDS)
COMPATIBILITY = (REQUIRES, EXCLUDES, REPLACES)
RANGES = (AGE, TENURE)
"""Rules that are a range (years of age, months of tenure); all others are lists."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition of an offering: one of `values` must be so, or the figure between `low` and `high` (inclusive).

    requires, excludes and replaces name codes of offerings; requires and holds want any one of them.
    """

    kind: str
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """What is known of whoever wants to buy; None or empty is unknown.

    `units` are the codes of his branch and of everything above it; `held` the codes of offerings in use.
    """

    kind: str = ""
    segment: str | None = None
    units: tuple[str, ...] = ()
    channel: str = ""
    birth_date: date | None = None
    joined_on: date | None = None
    held: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may not buy: the rule's kind, or not_sold, not_yet, no_longer; `unknown` where a fact is missing."""

    code: str
    rule: Rule | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Fitting:
    """An offering as compatibility sees it."""

    code: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """`offering` requires, excludes or replaces `others`. A replacement is told, but is no hindrance."""

    kind: str
    offering: str
    others: tuple[str, ...]

    @property
    def blocking(self) -> bool:
        """Whether it must be solved before an order."""
        return self.kind != REPLACES


def failing(rules: Iterable[Rule], buyer: Buyer, on: date) -> list[Reason]:
    """The rules that a buyer does not meet on a day."""
    found = []
    for rule in rules:
        if rule.kind not in ELIGIBILITY:
            continue
        met = _met(rule, buyer, on)
        if not met:
            found.append(Reason(rule.kind, rule, unknown=met is None))
    return found


def _met(rule: Rule, buyer: Buyer, on: date) -> bool | None:
    """Whether a rule is met; None when it cannot be said."""
    known: Any
    if rule.kind in RANGES:
        since = buyer.birth_date if rule.kind == AGE else buyer.joined_on
        return None if since is None else _between(rule, _elapsed(since, on, rule.kind))
    if rule.kind == UNIT:
        known = buyer.units
    elif rule.kind == HOLDS:
        known = buyer.held
    else:
        one = {CUSTOMER_KIND: buyer.kind, SEGMENT: buyer.segment, CHANNEL: buyer.channel}[rule.kind]
        known = None if one is None or (not one and rule.kind != SEGMENT) else (one,)
    if known is None or (rule.kind == UNIT and not known):
        return None
    return not set(rule.values).isdisjoint(known)


def _between(rule: Rule, figure: int) -> bool:
    return (rule.low is None or figure >= rule.low) and (rule.high is None or figure <= rule.high)


def _elapsed(since: date, on: date, kind: str) -> int:
    """Whole years of age or whole months of tenure."""
    months = (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)
    return months // 12 if kind == AGE else months


def conflicts(held: Sequence[Fitting], wanted: Sequence[Fitting]) -> list[Conflict]:
    """What stands between the offerings wanted and those in use (or one another).

    What is replaced by something wanted counts as gone.
    """
    found = []
    owned = [each.code for each in held]
    replaced: set[str] = set()
    for each in wanted:
        old = tuple(code for code in _codes(each, REPLACES) if code in owned)
        if old:
            found.append(Conflict(REPLACES, each.code, old))
            replaced |= set(old)
    present = {code for code in owned if code not in replaced} | {each.code for each in wanted}
    for each in wanted:
        for rule in each.rules:
            others = set(rule.values) - {each.code}
            if rule.kind == REQUIRES and others.isdisjoint(present):
                found.append(Conflict(REQUIRES, each.code, rule.values))
            if rule.kind == EXCLUDES and (
                hit := tuple(code for code in rule.values if code in others & present)
            ):
                found.append(Conflict(EXCLUDES, each.code, hit))
    new = {each.code for each in wanted}
    for each in held:
        hit = tuple(code for code in _codes(each, EXCLUDES) if code in new and code != each.code)
        if each.code not in replaced and hit:
            found.append(Conflict(EXCLUDES, each.code, hit))
    return found


def _codes(each: Fitting, kind: str) -> list[str]:
    return [code for rule in each.rules if rule.kind == kind for code in rule.values]
