"""Breaches within what somebody may see."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from loopline.identity.api import subtree
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kpi.models import Breach, BreachStep, Indicator, WatchState
from loopline.kpi.queries.tree import Tree


@dataclass(frozen=True, slots=True)
class Told:
    """A breach with the steps of its story, oldest first."""

    breach: Breach
    steps: list[BreachStep]


def latest(
    actor: Actor,
    tree: Tree,
    unit: int,
    *,
    indicator: Indicator | None = None,
    only: str = "",
    limit: int = 50,
) -> list[Told]:
    """The breaches of a unit and all below it, what is still breached first, then the newest. `only` open or over."""
    require(actor, "kpi.view")
    rows = _rows().filter(branch__in=subtree(tree.units[unit]))
    if indicator is not None:
        rows = rows.filter(indicator=indicator)
    if only:
        rows = rows.filter(recovered_at__isnull=only == "open")
    found = sorted(rows.order_by("-pk")[:limit], key=lambda row: row.recovered_at is not None)
    return [Told(row, sorted(row.steps.all(), key=lambda step: step.pk)) for row in found]


def get(actor: Actor, public_id: UUID) -> Told:
    """One breach. Raises NotFound."""
    require(actor, "kpi.view")
    found = _rows().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return Told(found, sorted(found.steps.all(), key=lambda step: step.pk))


def _rows() -> QuerySet[Breach]:
    return Breach.objects.select_related("indicator", "branch").prefetch_related(
        "steps__person", "steps__unit"
    )


def watch_state() -> WatchState | None:
    """How far the watch has come."""
    return WatchState.objects.first()
