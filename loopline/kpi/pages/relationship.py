"""Relationship quality of a unit's customers, by tier."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.customers.api import TIERS
from loopline.kernel import formats
from loopline.kernel.pages import Crumb, Request, render
from loopline.kpi.pages import parts
from loopline.kpi.queries.relationship import PARTS, Quality, relationship_quality
from loopline.warehouse import api as warehouse


@dataclass(frozen=True, slots=True)
class Segment:
    """A tier in words."""

    name: str
    customers: str
    index: str
    percent: int
    parts: list[str]


@dataclass(frozen=True, slots=True)
class RelationshipPage:
    """The index by tier."""

    title: str
    subtitle: str
    path: list[parts.Link]
    below: list[parts.Link]
    columns: list[dict[str, object]]
    rows: list[Segment]


@require_safe
def relationship(request: Request) -> HttpResponse:
    """How customers stand to us."""
    place = parts.place_of(request)
    here = reverse("kpi:relationship")
    try:
        found = relationship_quality(request.actor, place.tree, place.unit.pk, place.today)
    except warehouse.NotLoaded:
        found = []
    page = RelationshipPage(
        title=_("Relationship quality"),
        subtitle=formats.named(place.unit),
        path=parts.climb(place, here),
        below=parts.units_below(place, here),
        columns=[
            {"label": _("Tier")},
            {"label": _("Index")},
            {"label": _("Customers"), "numeric": True},
            *({"label": label, "numeric": True, "wide": True} for label in _labels().values()),
        ],
        rows=[_segment(each) for each in found],
    )
    crumbs = [Crumb(_("Performance"), parts.board_url(place)), Crumb(page.title)]
    return render(request, "kpi/relationship.html", page, breadcrumbs=crumbs)


def _labels() -> dict[str, str]:
    return {
        "satisfaction": _("Satisfaction"), "trust": _("Trust"), "commitment": _("Commitment"),
        "tenure": _("Tenure"), "breadth": _("Breadth"), "depth": _("Depth"),
    }  # fmt: skip


def _segment(found: Quality) -> Segment:
    index = found.index
    return Segment(
        name=str(TIERS.get(found.tier, found.tier)) if found.tier else _("All"),
        customers=formats.number(found.customers),
        index=formats.number(round(index)) if index is not None else "–",
        percent=round(index) if index is not None else 0,
        parts=[
            formats.number(value, 0) if value is not None else "–"
            for value in (found.parts[name] for name in PARTS)
        ],
    )
