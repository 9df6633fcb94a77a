"""Deciding what counts: kinds of work for a role, perspectives in the scorecard."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from loopline.identity.api import Role
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.kpi.actions.defining import MANAGES, number
from loopline.kpi.events import WeightsChanged
from loopline.kpi.models import Perspective, PerspectiveWeight, WorkWeight
from loopline.kpi.queries.work import MEASURES


def set_work_weights(*, actor: Actor, role: str, weights: Mapping[str, tuple[str, str]]) -> None:
    """What kinds of work count for people of a role: weight and full marks a month; without a weight it does not."""
    require(actor, MANAGES)
    about = Role.objects.filter(code=role).first()
    if about is None:
        raise NotFound
    rows = [
        WorkWeight(role=role, measure=name, weight=_positive(weight), full_marks=_positive(full))
        for name, (weight, full) in weights.items()
        if name in MEASURES and weight.strip() not in ("", "0")
    ]
    if not rows:
        raise Invalid(field="weight", reason=_("Something must count."))
    before = WorkWeight.objects.filter(role=role)
    told = _told(before)
    before.delete()
    WorkWeight.objects.bulk_create(rows)
    record(WeightsChanged(of=role, before=told, after=_told(rows)), about=about, by=actor)


def _told(rows: Iterable[WorkWeight]) -> dict[str, str]:
    return {row.measure: f"{row.weight.normalize():f} / {row.full_marks.normalize():f}" for row in rows}


def _positive(text: str) -> Decimal:
    found = number(text, "weight")
    if not 0 < found < 10_000:
        raise Invalid(field="weight", reason=_("Please give a number above zero."))
    return found


def set_perspective_weights(*, actor: Actor, weights: Mapping[str, str]) -> None:
    """How much each perspective counts in the scorecard."""
    require(actor, MANAGES)
    for perspective, weight in weights.items():
        if perspective not in Perspective.values:
            raise Invalid(field="weight", reason=_("Please choose one of the list."))
        made, _new = PerspectiveWeight.objects.select_for_update().get_or_create(
            perspective=perspective, defaults={"weight": Decimal(1)}
        )
        before, made.weight = made.weight, _positive(weight)
        if before != made.weight:
            made.save(update_fields=["weight"])
            told = {"before": {"weight": f"{before:f}"}, "after": {"weight": f"{made.weight:f}"}}
            record(WeightsChanged(of=perspective, **told), about=made, by=actor)
