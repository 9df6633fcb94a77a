"""Indicators and breaches in words."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from loopline.identity.api import Unit
from loopline.kernel import formats
from loopline.kernel.pages import address_of
from loopline.kpi.models import Basis, Breach, BreachStep, Indicator, PeriodKind, Threshold
from loopline.kpi.rules.judging import Status

MONEY = "¤"
TONES = {Status.GOOD: "good", Status.WARN: "warn", Status.BREACH: "bad", Status.OPEN: "neutral"}
ICONS = {
    Status.GOOD: "circle-check",
    Status.WARN: "alert-triangle",
    Status.BREACH: "alert-circle",
    Status.OPEN: "circle-dashed",
}


def status_word(status: Status) -> str:
    """How it stands, in a word."""
    return {
        Status.GOOD: _("On track"),
        Status.WARN: pgettext("indicator", "At risk"),
        Status.BREACH: _("Breached"),
        Status.OPEN: _("Not judged"),
    }[status]


def number_of(indicator: Indicator, value: Decimal | float | None) -> str:
    """A value without its unit, except for money."""
    if value is None:
        return "–"
    if indicator.unit == MONEY:
        return formats.money(round(Decimal(str(value)), 2))
    return formats.number(round(Decimal(str(value)), indicator.decimals), indicator.decimals)


def unit_word(unit: str) -> str:
    """The unit as it stands behind a number; nothing for money and plain counts."""
    return {MONEY: "", "h": _("h"), "min": _("min")}.get(unit, unit)


def value_of(indicator: Indicator, value: Decimal | float | None) -> str:
    """A value with its unit."""
    word = unit_word(indicator.unit)
    space = "" if word in ("", "%", "‱") else " "
    return number_of(indicator, value) + (space + word if value is not None else "")


def period_of(kind: str, first: date) -> str:
    """A period in words: Nov 2026, 3rd quarter 2026, 22 Nov 2026."""
    if kind == PeriodKind.MONTH:
        return formats.month(first)
    if kind == PeriodKind.DAY:
        return formats.day(first)
    return _("Q%(quarter)s %(year)s") % {"quarter": (first.month + 2) // 3, "year": first.year}


def about(indicator: Indicator) -> str:
    """The formula in words."""
    return formats.bilingual({"en": indicator.about_en, "zh-hans": indicator.about}) or indicator.about


def breach_title(indicator: Indicator, unit: Unit) -> str:
    """What the task is called."""
    return _("%(indicator)s breached: %(unit)s") % {
        "indicator": formats.named(indicator), "unit": formats.named(unit),
    }  # fmt: skip


def breach_sentence(breach: Breach) -> str:
    """By how much, since when."""
    indicator = breach.indicator
    words = {
        "value": value_of(indicator, breach.latest),
        "bound": value_of(indicator, breach.bound),
        "period": period_of(indicator.period, breach.period),
        "since": formats.moment(breach.first_seen_at),
    }
    if indicator.higher_is_better:
        return _("%(period)s: %(value)s, at least %(bound)s is expected. Seen on %(since)s.") % words
    return _("%(period)s: %(value)s, at most %(bound)s is allowed. Seen on %(since)s.") % words


def breach_state(breach: Breach) -> str:
    """Where a breach stands, in a word."""
    if breach.recovered_at is not None:
        return _("Recovered")
    if breach.answered_at is not None:
        return _("Being worked on")
    if breach.level:
        return _("Gone up %(level)s") % {"level": breach.level}
    return _("Waits for an answer")


def breach_tone(breach: Breach) -> str:
    """Its colour."""
    if breach.recovered_at is not None:
        return "good"
    return "info" if breach.answered_at is not None else "bad" if breach.level else "warn"


def step_detail(step: BreachStep, indicator: Indicator) -> str:
    """What a step of the story says: a value, a person with his unit, a sentence."""
    if step.text:
        by = formats.named(step.person) if step.person else ""
        return f"{step.text} ({by})" if by else step.text
    if step.value is not None:
        return value_of(indicator, step.value)
    return " · ".join(formats.named(each) for each in (step.person, step.unit) if each is not None)


def breach_address(breach: Breach) -> str:
    """The page of a breach."""
    return address_of("kpi:breach", breach.public_id)


def threshold_words(indicator: Indicator, threshold: Threshold) -> str:
    """From where on at risk, from where on breached, and when it goes up."""
    told = _bounds_words(indicator, threshold)
    if threshold.minutes_to_answer is None:
        return told
    return _("%(bounds)s; goes up after %(minutes)s min") % {
        "bounds": told, "minutes": formats.number(threshold.minutes_to_answer),
    }  # fmt: skip


def _bounds_words(indicator: Indicator, threshold: Threshold) -> str:
    if threshold.basis == Basis.ABSOLUTE:
        words = {name: value_of(indicator, getattr(threshold, name)) for name in ("warn", "breach")}
        return _("at risk from %(warn)s, breached from %(breach)s") % words
    words = {name: formats.percent(getattr(threshold, name), 0) for name in ("warn", "breach")}
    if threshold.basis == Basis.OF_TARGET:
        return _("at risk from %(warn)s, breached from %(breach)s of the target") % words
    return _("at risk from %(warn)s, breached from %(breach)s against the period before") % words


def method_words(indicator: Indicator) -> str:
    """How the value at the end of the period is foretold."""
    if indicator.adds_up:
        return _(
            "Run rate: what is there, divided by the part of the period that is over; a day off weighs %(weight)s of a "
            "working day. The interval (19 of 20 cases) comes from how past periods differed from one another."
        ) % {"weight": formats.number(round(indicator.day_off_weight, 2))}
    return _("It is expected to stay; the interval (19 of 20 cases) comes from how it moved in past periods.")


def changed_words(before: dict[str, str], after: dict[str, str]) -> str:
    """What a change changed, part by part."""
    if not before:
        return _("set: %(value)s") % {
            "value": after.get("value") or after.get("breach") or after.get("name", "")
        }
    if not after:
        return _("dropped: %(value)s") % {"value": before.get("value") or before.get("breach", "")}
    told = [
        f"{name}: {before[name] or '–'} → {after[name] or '–'}"
        for name in after
        if before.get(name) != after[name]
    ]
    return formats.listed(told)
