"""Campaigns on screen: the list, the plan, the campaign with its funnel and its effect, its members."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.campaigns import actions, form, member_views, queries, task_kind, views
from loopline.campaigns.models import Campaign, CampaignStatus
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo
from loopline.kernel.permission import require

PAGE = 50
menu.add(
    "campaigns.list",
    MenuItem("market", gettext_lazy("Campaigns"), "campaigns:list", "speakerphone", "campaigns.view", "m"),
    order=40,
)
__all__ = ["task_kind", "urlpatterns"]


@dataclass(frozen=True, slots=True)
class ListPage:
    """The campaigns, newest first."""

    title: str
    subtitle: str
    tabs: list[dict[str, Any]]
    rows: list[views.CampaignRow]
    count: str
    next_url: str
    plan_url: str


@require_safe
def campaign_list(request: Request) -> HttpResponse:
    """Every campaign of one's units."""
    status = request.GET.get("status", "")
    status = status if status in CampaignStatus.values else ""
    after = request.GET.get("after", "")
    rows = queries.campaigns(request.actor, status)
    if after.isascii() and after.isdigit() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    told = {"status": status, "after": found[PAGE - 1].pk} if len(found) > PAGE else {}
    here = reverse("campaigns:list")
    page = ListPage(
        title=_("Campaigns"),
        subtitle=_("Each keeps a control group, so that its effect can be measured."),
        tabs=[
            {"label": label, "url": f"{here}?status={code}" if code else here, "active": status == code}
            for code, label in [("", _("Current")), *CampaignStatus.choices]
        ],
        rows=views.rows_of(found[:PAGE]),
        count=formats.number(min(len(found), PAGE)),
        next_url=f"{here}?{urlencode(told)}" if told else "",
        plan_url=reverse("campaigns:plan") if request.actor.may("campaigns.plan") else "",
    )
    return render(request, "campaigns/list.html", page, breadcrumbs=[Crumb(page.title)])


@require_http_methods(["GET", "POST"])
def plan(request: Request) -> HttpResponse:
    """Plan a new campaign; a cell of the matrix comes in the address."""
    require(request.actor, "campaigns.plan")
    here = reverse("campaigns:plan")
    return _plan_form(request, None, here, reverse("campaigns:list"))


@require_http_methods(["GET", "POST"])
def change(request: Request, public_id: UUID) -> HttpResponse:
    """Change a draft."""
    require(request.actor, "campaigns.plan")
    campaign = queries.get_campaign(request.actor, public_id)
    if campaign.status != CampaignStatus.DRAFT:
        raise actions.NoLongerDraft(name=campaign.name)
    return _plan_form(request, campaign, _url("change", campaign), _url("one", campaign))


def _plan_form(request: Request, campaign: Campaign | None, here: str, back: str) -> HttpResponse:
    urls = (here, back, reverse("campaigns:hint"))
    is_new = campaign is None
    values = form.values_of(campaign) if campaign else request.GET.dict()
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = request.POST.dict()
        try:
            wanted = form.plan_of(values)
            if campaign is None:
                saved = actions.plan_campaign(actor=request.actor, plan=wanted)
            else:
                saved = actions.change_campaign(actor=request.actor, campaign=campaign.public_id, plan=wanted)
            return HttpResponseRedirect(_url("one", saved))
        except Refusal as refusal:
            undo(request)
            errors = {refusal.field or "name": refusal.message}
    page = form.page(request.actor, values, urls=urls, is_new=is_new, errors=errors)
    crumbs = [Crumb(_("Campaigns"), reverse("campaigns:list")), Crumb(page.title)]
    status = 422 if errors else 200
    return render(request, "campaigns/plan.html", page, status=status, breadcrumbs=crumbs)


@dataclass(frozen=True, slots=True)
class HintPage:
    """The hint alone, as the form is filled in."""

    title: str
    hint: form.Hint


@require_POST
def hint(request: Request) -> HttpResponse:
    """What the audience is and what can be seen with it."""
    require(request.actor, "campaigns.plan")
    shown = HintPage(_("Audience"), form.hint(request.actor, form.DEFAULTS | request.POST.dict()))
    return render(request, "campaigns/hint.html", shown)


@require_safe
def campaign(request: Request, public_id: UUID) -> HttpResponse:
    """A campaign: how far it is, whom it reached, what it changed."""
    found = queries.get_campaign(request.actor, public_id)
    page = views.campaign_page(request.actor, found)
    crumbs = [Crumb(_("Campaigns"), reverse("campaigns:list")), Crumb(found.name)]
    return render(request, "campaigns/campaign.html", page, breadcrumbs=crumbs)


@require_safe
def progress(request: Request, public_id: UUID) -> HttpResponse:
    """How far the start has come; the whole page once it has arrived."""
    found = queries.get_campaign(request.actor, public_id)
    if found.status != CampaignStatus.STARTING:
        return HttpResponse(status=200, headers={"HX-Redirect": _url("one", found)})
    return render(request, "campaigns/progress.html", views.progress_page(found))


@require_safe
def members(request: Request, public_id: UUID) -> HttpResponse:
    """Who is in it, with arm, wave and answer."""
    found = queries.get_campaign(request.actor, public_id)
    page = member_views.members_page(request.actor, found, request.GET)
    crumbs = [
        Crumb(_("Campaigns"), reverse("campaigns:list")),
        Crumb(found.name, _url("one", found)),
        Crumb(_("Members")),
    ]
    return render(request, "campaigns/members.html", page, breadcrumbs=crumbs)


@require_POST
def start(request: Request, public_id: UUID) -> HttpResponse:
    """Let it start."""
    found = actions.start_campaign(actor=request.actor, campaign=public_id)
    return HttpResponseRedirect(_url("one", found))


@require_POST
def cancel(request: Request, public_id: UUID) -> HttpResponse:
    """End it before its time."""
    reason = request.POST.get("reason", "").strip()[:500] or "cancelled"
    found = actions.cancel_campaign(actor=request.actor, campaign=public_id, reason=reason, now=clock.now())
    return HttpResponseRedirect(_url("one", found))


@require_POST
def finish(request: Request, public_id: UUID) -> HttpResponse:
    """Stop contacting."""
    found = actions.finish_campaign(actor=request.actor, campaign=public_id, now=clock.now())
    return HttpResponseRedirect(_url("one", found))


@require_POST
def lesson(request: Request, public_id: UUID) -> HttpResponse:
    """Keep what was learnt."""
    told = request.POST.get("lesson", "")[:5000]
    found = actions.note_lesson(actor=request.actor, campaign=public_id, lesson=told)
    return HttpResponseRedirect(_url("one", found))


def _url(name: str, found: Campaign) -> str:
    return reverse(f"campaigns:{name}", kwargs={"public_id": found.public_id})


_patterns = [
    path("campaigns", campaign_list, name="list"),
    path("campaigns/plan", plan, name="plan"),
    path("campaigns/plan/hint", hint, name="hint"),
    path("campaigns/<uuid:public_id>", campaign, name="one"),
    path("campaigns/<uuid:public_id>/change", change, name="change"),
    path("campaigns/<uuid:public_id>/progress", progress, name="progress"),
    path("campaigns/<uuid:public_id>/members", members, name="members"),
    path("campaigns/<uuid:public_id>/start", start, name="start"),
    path("campaigns/<uuid:public_id>/cancel", cancel, name="cancel"),
    path("campaigns/<uuid:public_id>/finish", finish, name="finish"),
    path("campaigns/<uuid:public_id>/lesson", lesson, name="lesson"),
]
urlpatterns = [path("", include((_patterns, "campaigns")))]
