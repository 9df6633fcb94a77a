"""The team board: what a level stands for, with those below it, down to the manager and his list."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor
from loopline.keyaccounts.models import Level, Post
from loopline.keyaccounts.pages import parts
from loopline.keyaccounts.queries import chain, figures
from loopline.keyaccounts.queries.figures import Figures

LEVEL_ICONS = {
    Level.MANAGER: "user-heart",
    Level.DISTRICT: "map-2",
    Level.DEPARTMENT: "building",
    Level.DIRECTOR: "star",
}


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A post below the one shown, with all that it stands for."""

    url: str
    icon: str
    name: str
    level: str
    unit: str
    people: str
    customers: str
    filled: int
    limit: str
    revenue: str
    revenue_exact: str
    arrears: str
    at_risk: str
    overdue: str
    complaints: str


@dataclass(frozen=True, slots=True)
class TeamPage:
    """The board of one post, or of all that somebody sees."""

    title: str
    subtitle: str
    figures: list[parts.Figure]
    rows: list[TeamRow]
    chart: dict[str, Any]
    chart_summary: str
    table_rows: list[list[str]]
    list_url: str
    chain_url: str
    rules_url: str
    is_empty: bool


@require_safe
def team(request: Request) -> HttpResponse:
    """Figures by level; each row leads one level down, a manager's to his customers."""
    actor, now = request.actor, clock.now()
    today = clock.today(actor.zone)
    posts = chain.visible(actor)
    shown = _shown(request, posts)
    within = [post for post in posts if post.path.startswith(shown.path)] if shown else posts
    own = figures.by_post(within, today, now) if within else {}
    sums = figures.rolled_up(within, own)
    total = sums[shown.pk] if shown else sum(own.values(), Figures())
    below = _below(shown, within)
    trend = figures.trend(within, today) if within else []
    page = TeamPage(
        title=formats.named(shown.staff) if shown else _("Team board"),
        subtitle=f"{Level(shown.level).label} · {formats.named(shown.unit)}" if shown else "",
        figures=parts.figures_of(total, _links(shown)),
        rows=[_row(post, within, sums[post.pk]) for post in below],
        chart=_chart(trend),
        chart_summary=_("What the team's key accounts were billed in the last twelve months."),
        table_rows=[[formats.month(month), formats.money(amount)] for month, amount in trend],
        list_url=_list_url(shown, team=True) if shown else "",
        chain_url=reverse("keyaccounts:chain") if actor.may("keyaccounts.assign") else "",
        rules_url=reverse("keyaccounts:rules") if actor.may("keyaccounts.chain") else "",
        is_empty=not posts,
    )
    return render(request, "keyaccounts/team.html", page, breadcrumbs=_crumbs(actor, shown, posts))


def _shown(request: Request, posts: list[Post]) -> Post | None:
    if request.GET.get("post"):
        return chain.get_post(request.actor, parts.key_of(request.GET["post"]))
    own = next((post for post in posts if post.staff_id == request.actor.staff_id), None)
    heads = [post for post in posts if not any(one.pk == post.parent_id for one in posts)]
    return own or (heads[0] if len(heads) == 1 else None)


def _below(shown: Post | None, posts: list[Post]) -> list[Post]:
    """Those who report to the post; without one, those who report to nobody in sight."""
    if shown is not None:
        return [post for post in posts if post.parent_id == shown.pk] or [shown]
    keys = {post.pk for post in posts}
    return [post for post in posts if post.parent_id not in keys]


def _row(post: Post, posts: list[Post], found: Figures) -> TeamRow:
    under = [one for one in posts if one.path.startswith(post.path)]
    limit = sum(one.load_limit for one in under if one.level == Level.MANAGER) or post.load_limit
    leads = any(one.parent_id == post.pk for one in posts)
    address = f"{reverse('keyaccounts:team')}?post={post.public_id}" if leads else _list_url(post)
    return TeamRow(
        url=address,
        icon=LEVEL_ICONS[Level(post.level)],
        name=formats.named(post.staff),
        level=str(Level(post.level).label),
        unit=formats.named(post.unit),
        people=formats.number(sum(one.level == Level.MANAGER for one in under)),
        customers=formats.number(found.customers),
        filled=min(100, round(100 * found.customers / limit)) if limit else 100,
        limit=formats.number(limit),
        revenue=formats.compact(found.revenue),
        revenue_exact=formats.money(found.revenue),
        arrears=formats.money(found.arrears) if found.arrears else "–",
        at_risk=formats.number(found.at_risk),
        overdue=formats.number(found.overdue),
        complaints=formats.number(found.complaints),
    )


def _list_url(post: Post, *, team: bool = False, view: str = "") -> str:
    told = {"post": str(post.public_id), "team": "1" if team else "", "view": view}
    return (
        reverse("keyaccounts:mine") + "?" + urlencode({name: value for name, value in told.items() if value})
    )


def _links(shown: Post | None) -> dict[str, str]:
    if shown is None:
        return {}
    return {
        view: _list_url(shown, team=True, view="" if view == "all" else view)
        for view in ("all", "arrears", "risk", "overdue", "complaints")
    }


def _crumbs(actor: Actor, shown: Post | None, posts: list[Post]) -> list[Crumb]:
    way = [Crumb(_("Team board"), reverse("keyaccounts:team") if shown else "")]
    if shown is None:
        return way
    for post in posts:
        if shown.path.startswith(post.path):
            last = post.pk == shown.pk
            way.append(
                Crumb(
                    formats.named(post.staff),
                    "" if last else f"{reverse('keyaccounts:team')}?post={post.public_id}",
                )
            )
    return way


def _chart(trend: list[tuple[Any, Any]]) -> dict[str, Any]:
    return {
        "grid": {"left": 8, "right": 12, "top": 26, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": [formats.month(month) for month, _amount in trend]},
        "yAxis": {"type": "value", "min": 0},
        "tooltip": {"trigger": "axis"},
        "series": [
            {
                "type": "bar",
                "name": _("Revenue"),
                "data": [float(amount) for _month, amount in trend],
                "barMaxWidth": 34,
                "itemStyle": {"borderRadius": [4, 4, 0, 0]},
            }
        ],
    }
