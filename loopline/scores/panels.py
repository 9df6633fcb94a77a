"""Risk, value and the next best action at a glance; the columns, filters and orders they add to the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.customers.panels import GLANCE, Panel, Subject, listing, panels
from loopline.kernel import formats
from loopline.scores.models import Score
from loopline.scores.queries import HIGH, LOW, living_scores, risks_of, values_of

TONES = {HIGH: "bad", LOW: "good"}
ADVICE = {
    (HIGH, HIGH): gettext_lazy("Call in person and offer to stay"),
    (HIGH, LOW): gettext_lazy("Care: thank for loyalty, no discount"),
    (LOW, HIGH): gettext_lazy("Reach by a cheap channel"),
    (LOW, LOW): gettext_lazy("Recommend what fits the use"),
}
ADVICE_ICONS = {
    (HIGH, HIGH): "phone-call",
    (HIGH, LOW): "heart-handshake",
    (LOW, HIGH): "message-2",
    (LOW, LOW): "sparkles",
}


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """The riskiest living subscription's score and the value of all; `reasons` strongest first, both languages."""

    risk: float
    risk_class: str
    value: Decimal
    value_class: str
    reasons: list[dict[str, Any]]
    as_of: date
    subscriptions: int


@dataclass(frozen=True, slots=True)
class RiskPanel:
    """Risk with its reasons."""

    title: str
    percent: int
    text: str
    label: str
    tone: str
    reasons: list[str]
    as_of: str


@dataclass(frozen=True, slots=True)
class ValuePanel:
    """Value of a month."""

    title: str
    value: str
    label: str
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class NextPanel:
    """What to do next, and why."""

    title: str
    icon: str
    advice: str
    reason: str


def gather(subject: Subject) -> ScoreFacts | None:
    """The customer's scores, in one query."""
    rows = list(living_scores().filter(customer__in=subject.files).order_by("-risk", "id"))
    if not rows:
        return None
    riskiest = rows[0]
    return ScoreFacts(
        risk=riskiest.risk,
        risk_class=riskiest.risk_class,
        value=sum((row.value for row in rows), Decimal(0)),
        value_class=HIGH if any(row.value_class == HIGH for row in rows) else LOW,
        reasons=riskiest.reasons[:3],
        as_of=riskiest.as_of,
        subscriptions=len(rows),
    )


def show_risk(subject: Subject, facts: ScoreFacts) -> RiskPanel:
    """Risk as a meter, its class in words, and why."""
    return RiskPanel(
        title=_("Risk of leaving"),
        percent=round(facts.risk * 100),
        text=formats.percent(facts.risk, 0),
        label=_("high") if facts.risk_class == HIGH else _("low"),
        tone=TONES.get(facts.risk_class, "neutral"),
        reasons=[formats.bilingual(reason["text"]) for reason in facts.reasons],
        as_of=_("as of %(day)s") % {"day": formats.day(facts.as_of)},
    )


@dataclass(frozen=True, slots=True)
class GlancePanel:
    """Risk, value and advice side by side."""

    risk: RiskPanel
    value: ValuePanel
    next: NextPanel


def show(subject: Subject, facts: ScoreFacts) -> GlancePanel:
    """The three cards of a score."""
    high = facts.value_class == HIGH
    value = ValuePanel(
        title=_("Value a month"),
        value=formats.money(facts.value),
        label=_("high") if high else _("low"),
        tone="accent" if high else "neutral",
        note=_("margin of %(count)s lines") % {"count": facts.subscriptions}
        if facts.subscriptions > 1
        else "",
    )
    cell = (facts.value_class, facts.risk_class)
    reason = formats.bilingual(facts.reasons[0]["text"]) if facts.reasons else ""
    advice = NextPanel(
        _("Next best action"), ADVICE_ICONS.get(cell, "sparkles"), str(ADVICE.get(cell, "")), reason
    )
    return GlancePanel(show_risk(subject, facts), value, advice)


def _risks(customer_ids: Sequence[int]) -> Mapping[int, listing.Cell]:
    # A thousand tenths of a percent at most: each cell is made once.
    made: dict[tuple[float, str], listing.Cell] = {}
    found = {}
    for key, (risk, risk_class) in risks_of(customer_ids).items():
        shown = (round(risk, 2), risk_class)
        if shown not in made:
            text = formats.percent(shown[0], 0)
            made[shown] = listing.Cell(text, TONES.get(risk_class, ""), round(shown[0] * 100))
        found[key] = made[shown]
    return found


def _values(customer_ids: Sequence[int]) -> Mapping[int, listing.Cell]:
    found = values_of(customer_ids)
    return dict(zip(found, map(listing.Cell, formats.moneys(found.values())), strict=True))


def _with_class(column: str) -> Any:
    def narrow(rows: "QuerySet[customers.Customer]", value: str) -> "QuerySet[customers.Customer]":
        return rows.filter(pk__in=living_scores().filter(**{column: value}).values("customer_id"))

    return narrow


def _by(column: str) -> Any:
    """One score for each customer: the one with the highest value of the column."""

    def rows(base: "QuerySet[customers.Customer]") -> "QuerySet[Score]":
        higher = living_scores().filter(customer_id=OuterRef("customer_id"))
        beats = Q(**{f"{column}__gt": OuterRef(column)}) | Q(
            **{column: OuterRef(column), "pk__gt": OuterRef("pk")}
        )
        return living_scores().filter(customer__in=base).filter(~Exists(higher.filter(beats)))

    return rows


def _risk_classes(customer_ids: Sequence[int]) -> Mapping[int, Mapping[str, object]]:
    """Customer → the class of his riskiest line, in one query."""
    return {key: {"risk": risk_class} for key, (_risk, risk_class) in risks_of(customer_ids).items()}


_CLASSES = [(HIGH, gettext_lazy("High")), (LOW, gettext_lazy("Low"))]
listing.columns.add("risk", listing.Column(gettext_lazy("Risk of leaving"), _risks, sort="risk"), order=10)
listing.columns.add(
    "value", listing.Column(gettext_lazy("Value a month"), _values, numeric=True, sort="value"), order=20
)
listing.filters.add(
    "risk",
    listing.Filter(gettext_lazy("Risk of leaving"), lambda actor: _CLASSES, _with_class("risk_class")),
    order=40,
)
listing.filters.add(
    "value",
    listing.Filter(gettext_lazy("Value a month"), lambda actor: _CLASSES, _with_class("value_class")),
    order=50,
)
listing.sorts.add(
    "risk", listing.Sort(gettext_lazy("Risk of leaving"), _by("risk"), "risk", descending=True), order=40
)
listing.sorts.add(
    "value", listing.Sort(gettext_lazy("Value a month"), _by("value"), "value", descending=True), order=50
)
customers.sources.add("risk", _risk_classes, order=20)
panels.add("score", Panel(GLANCE, "scores/glance.html", gather, show), order=10)
