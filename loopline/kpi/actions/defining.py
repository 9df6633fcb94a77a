"""Setting indicators, targets and thresholds. Each change keeps what was before, and can be taken back."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from loopline.identity.api import Staff, Unit
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.events import history, record
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require
from loopline.kpi.actions.measuring import forget_values
from loopline.kpi.events import DefinitionChanged
from loopline.kpi.models import Basis, Indicator, PeriodKind, Perspective, Spread, Target, Threshold
from loopline.kpi.queries.book import formula_of
from loopline.kpi.queries.terms import check_formula
from loopline.kpi.queries.tree import tree
from loopline.kpi.rules import periods

MANAGES = "kpi.manage"
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_TO_ANSWER = 31 * 24 * 60
TEXTS = ("name", "name_en", "about", "about_en", "unit", "filters")
MADE_OF = ("numerator", "denominator", "factor", "filters", "period")
"""What a value is made of: when it changes, the history is measured anew."""
KEPT: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "indicator": (
        Indicator,
        (
            "code", *TEXTS, "owner_id", "numerator", "denominator", "factor", "decimals", "higher_is_better", "lag",
            "adds_up", "period", "perspective", "parent_id", "weight", "hours_to_answer", "is_active",
        ),
    ),
    "target": (Target, ("indicator_id", "unit_id", "since", "value", "spread", "owner_id")),
    "threshold": (Threshold, ("indicator_id", "unit_id", "basis", "warn", "breach", "minutes_to_answer")),
}  # fmt: skip
"""What is kept of each kind of definition, for its history and for taking a change back."""


def save_indicator(*, actor: Actor, code: str, changes: Mapping[str, Any]) -> Indicator:
    """Add an indicator, or change the one of this code; what is not named stays. Refuses by field (Invalid)."""
    require(actor, MANAGES)
    if not CODE.fullmatch(code):
        raise Invalid(field="code", reason=_("A code has small letters, digits and underscores."))
    found = Indicator.objects.select_for_update().filter(code=code).first() or Indicator(code=code)
    before = _told("indicator", found) if found.pk else {}
    made_of = [getattr(found, name) for name in MADE_OF]
    for name, value in changes.items():
        _set(found, name, value)
    _check(found)
    found.place = found.place or 1 + (Indicator.objects.aggregate(last=models.Max("place"))["last"] or 0)
    found.version += 1 if found.pk else 0
    found.save()
    if before and made_of != [getattr(found, name) for name in MADE_OF]:
        forget_values(actor=actor, indicator=found)
    return _keep(actor, "indicator", found, found, before)


def _set(row: Indicator, name: str, value: Any) -> None:
    if name in TEXTS:
        value = str(value).strip()[:400]
    elif name in ("factor", "weight"):
        value = number(value, name)
    elif name in ("decimals", "hours_to_answer", "lag"):
        value = int(number(value, name))
    elif name not in KEPT["indicator"][1]:
        raise Invalid(field=name, reason=_("There is no such part of an indicator."))
    setattr(row, name, value)


def _check(row: Indicator) -> None:
    if not row.name:
        raise Invalid(field="name", reason=_("Please give it a name."))
    check_formula(formula_of(row))
    for value, known, field in (
        (row.period, PeriodKind.values, "period"),
        (row.perspective, ["", *Perspective.values], "perspective"),
    ):
        if value not in known:
            raise Invalid(field=field, reason=_("Please choose one of the list."))
    if not 0 <= row.decimals <= 4:
        raise Invalid(field="decimals", reason=_("Between 0 and 4."))
    if not 0 <= row.lag <= 3:
        raise Invalid(field="lag", reason=_("Between 0 and 3."))
    if not 1 <= row.hours_to_answer <= LONGEST_TO_ANSWER // 60:
        raise Invalid(field="hours_to_answer", reason=_("Between an hour and a month."))
    above = row.parent
    while above is not None:
        if above.pk == row.pk:
            raise Invalid(field="parent", reason=_("An indicator cannot be a part of itself."))
        above = above.parent


def set_target(
    *,
    actor: Actor,
    indicator: UUID,
    unit: str,
    since: date,
    value: object,
    spread: str = Spread.SAME,
    owner: UUID | None = None,
) -> Target:
    """What a unit is to reach from a period on. The owner must see the unit: he answers for it."""
    require(actor, MANAGES)
    row, place = _indicator(indicator), _unit(unit)
    if spread not in Spread.values:
        raise Invalid(field="spread", reason=_("Please choose one of the list."))
    person = _owner(owner, place)
    first = periods.first_day(row.period, since)
    found = Target.objects.select_for_update().filter(indicator=row, unit=place, since=first).first()
    before = _told("target", found) if found else {}
    found = found or Target(indicator=row, unit=place, since=first)
    found.value, found.spread, found.owner = number(value, "value"), spread, person
    found.save()
    return _keep(actor, "target", found, row, before)


def set_threshold(
    *,
    actor: Actor,
    indicator: UUID,
    unit: str = "",
    basis: str,
    warn: object,
    breach: object,
    minutes_to_answer: int | None = None,
) -> Threshold:
    """From where on a unit (all of them without one) is at risk, and from where on a breach is a task.

    Nobody's answer within `minutes_to_answer` sends it up; without them the indicator's hours hold.
    """
    require(actor, MANAGES)
    row, place = _indicator(indicator), _unit(unit) if unit else None
    if basis not in Basis.values:
        raise Invalid(field="basis", reason=_("Please choose one of the list."))
    first, second = number(warn, "warn"), number(breach, "breach")
    if (first < second) if row.higher_is_better else (first > second):
        raise Invalid(field="breach", reason=_("A breach lies beyond the warning."))
    if minutes_to_answer is not None and not 1 <= minutes_to_answer <= LONGEST_TO_ANSWER:
        raise Invalid(field="minutes_to_answer", reason=_("Between a minute and a month."))
    found = Threshold.objects.select_for_update().filter(indicator=row, unit=place).first()
    before = _told("threshold", found) if found else {}
    found = found or Threshold(indicator=row, unit=place)
    found.basis, found.warn, found.breach = basis, first, second
    found.minutes_to_answer = minutes_to_answer
    found.save()
    return _keep(actor, "threshold", found, row, before)


def drop(*, actor: Actor, what: str, row: UUID) -> None:
    """Drop a target or a threshold."""
    require(actor, MANAGES)
    if what not in ("target", "threshold"):
        raise NotFound
    model = Target if what == "target" else Threshold
    found = (
        model.objects.select_for_update(of=("self",))
        .select_related("indicator")
        .filter(public_id=row)
        .first()
    )
    if found is None:
        raise NotFound
    before = _told(what, found)
    record(
        DefinitionChanged(what=what, row=str(found.pk), before=before, after={}),
        about=found.indicator,
        by=actor,
    )
    found.delete()


def take_back_change(*, actor: Actor, indicator: UUID, event: int) -> None:
    """Put back what a change found: the definition before it, whatever came after."""
    require(actor, MANAGES)
    row = _indicator(indicator)
    told = next((each for each in history(row, 500) if each.pk == event), None)
    if told is None or told.name != DefinitionChanged.name:
        raise NotFound
    what, before, after = told.payload["what"], told.payload["before"], told.payload["after"]
    if what == "indicator" and not before:
        raise Invalid(field="event", reason=_("An indicator is not taken away: it is set inactive."))
    model, _names = KEPT[what]
    keys = _where(what, before or after)
    present = model._default_manager.filter(**keys).first()
    now = _told(what, present) if present else {}
    if before:
        present = present or model(**keys)
        for name, value in before.items():
            field: Any = model._meta.get_field(name)
            setattr(present, name, field.to_python(value) if value != "" or not field.null else None)
        present.save()
        if isinstance(present, Indicator) and any(now.get(name) != before.get(name) for name in MADE_OF):
            forget_values(actor=actor, indicator=present)
    elif present is not None:
        present.delete()
    record(
        DefinitionChanged(what=what, row=told.payload["row"], before=now, after=before), about=row, by=actor
    )


def _where(what: str, kept: Mapping[str, str]) -> dict[str, Any]:
    names = {"indicator": ("code",), "target": ("indicator_id", "unit_id", "since")}.get(
        what, ("indicator_id", "unit_id")
    )
    return {name: kept[name] or None for name in names}


def definition_changes(indicator: Indicator) -> list[Event]:
    """What was changed about an indicator, the newest first."""
    return [each for each in history(indicator, 100) if each.name == DefinitionChanged.name]


def _keep[R: models.Model](actor: Actor, what: str, row: R, about: Indicator, before: dict[str, str]) -> R:
    after = _told(what, row)
    if before != after:
        record(
            DefinitionChanged(what=what, row=str(row.pk), before=before, after=after), about=about, by=actor
        )
    return row


def _told(what: str, row: models.Model) -> dict[str, str]:
    """The definition in plain texts, numbers without what they end in."""
    told = {}
    for name in KEPT[what][1]:
        value = getattr(row, name)
        if isinstance(value, Decimal):
            value = f"{value.normalize():f}"
        told[name] = "" if value is None else str(value)
    return told


def number(value: object, field: str) -> Decimal:
    """A number as somebody typed it."""
    try:
        found = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= 10**15:
        raise Invalid(field=field, reason=_("Please give a number."))
    return found


def _indicator(public_id: UUID) -> Indicator:
    found = Indicator.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _unit(code: str) -> Unit:
    found = Unit.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise Invalid(field="unit", reason=_("There is no such unit."))
    return found


def _owner(public_id: UUID | None, unit: Unit) -> Staff | None:
    if public_id is None:
        return None
    found = Staff.objects.select_related("unit").filter(public_id=public_id, is_active=True).first()
    if found is None:
        raise Invalid(field="owner", reason=_("There is no such member of staff."))
    stands = found.unit.parent_id if found.unit.level == "team" else found.unit_id
    if stands not in (tree().line(unit.pk)):
        raise Invalid(field="owner", reason=_("He does not see this unit, and could not answer for it."))
    return found
