"""The effect on screen: a part of the campaign's page, and a page of its own."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.campaigns import api as campaigns
from loopline.campaigns.api import Campaign, EffectPanel
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor
from loopline.kpi.pages import effect_views as views
from loopline.kpi.queries import effect as queries


@dataclass(frozen=True, slots=True)
class LaterBody:
    """Where the part is fetched from once the page stands: the warehouse is another house."""

    part_url: str


def panel(actor: Actor, campaign: Campaign) -> EffectPanel:
    """The effect's place on the campaign's page."""
    return EffectPanel("kpi/panel.html", LaterBody(_url("part", campaign)))


campaigns.campaign_panels.add("kpi.effect", panel, order=10)


@require_safe
def effect_page(request: Request, public_id: UUID) -> HttpResponse:
    """The effect by wave and cell, with its intervals, cost and return."""
    campaign = campaigns.get_campaign(request.actor, public_id)
    crumbs = [
        Crumb(_("Campaigns"), reverse("campaigns:list")),
        Crumb(campaign.name, _campaign_url(campaign)),
        Crumb(_("Effect")),
    ]
    return render(request, "kpi/effect.html", _view(request, campaign), breadcrumbs=crumbs)


@require_safe
def effect_part(request: Request, public_id: UUID) -> HttpResponse:
    """The effect within the campaign's page."""
    campaign = campaigns.get_campaign(request.actor, public_id)
    return render(request, "kpi/part.html", _view(request, campaign))


def _view(request: Request, campaign: Campaign) -> views.EffectView:
    report = queries.effect_of(request.actor, campaign)
    return views.effect_view(
        campaign, report, effect_url=_url("effect", campaign), campaign_url=_campaign_url(campaign)
    )


def _url(name: str, campaign: Campaign) -> str:
    return reverse(f"kpi:{name}", kwargs={"public_id": campaign.public_id})


def _campaign_url(campaign: Campaign) -> str:
    return reverse("campaigns:one", kwargs={"public_id": campaign.public_id})


patterns = [
    path("campaigns/<uuid:public_id>/effect", effect_page, name="effect"),
    path("campaigns/<uuid:public_id>/effect/part", effect_part, name="part"),
]
