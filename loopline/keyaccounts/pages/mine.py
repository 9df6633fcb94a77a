"""My key accounts: the customers in my charge, or in that of a post of my team, and taking the list out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.customers import api as customers
from loopline.exports import api as exports
from loopline.kernel import clock, formats, sheets
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor
from loopline.keyaccounts.models import Level, Post
from loopline.keyaccounts.pages import parts
from loopline.keyaccounts.queries import accounts, chain, figures

PAGE = 25
BLOCK = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A key account in words."""

    id: str
    url: str
    care_url: str
    number: str
    name: str
    tier: str
    tier_tone: str
    manager: str
    revenue: str
    arrears: str
    owes: bool
    risk: str
    risk_tone: str
    visited: str
    visited_exact: str
    planned: str
    planned_exact: str
    is_late: bool
    contract: str
    complaints: str


@dataclass(frozen=True, slots=True)
class MinePage:
    """The list with the figures above it."""

    title: str
    subtitle: str
    figures: list[parts.Figure]
    tabs: list[dict[str, Any]]
    text: str
    hidden: list[tuple[str, str]]
    rows: list[Row]
    shows_manager: bool
    next_url: str
    first_url: str
    count: str
    assign_url: str
    visits_url: str
    has_post: bool
    narrowed: bool


def views() -> dict[str, str]:
    """The views of the list in words."""
    return {
        "all": _("All"),
        "risk": _("At risk"),
        "arrears": _("In arrears"),
        "overdue": _("Visit overdue"),
        "unvisited": _("Not visited for 90 days"),
        "contract": _("Contract ends soon"),
        "complaints": _("With open complaints"),
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose accounts an address asks for."""

    post: Post | None
    posts: list[Post]
    view: str
    text: str
    after: int

    @property
    def wanted(self) -> accounts.Wanted:
        return accounts.Wanted(tuple(post.pk for post in self.posts), self.view, self.text, self.after)


@require_safe
def mine(request: Request) -> HttpResponse:
    """The customers in charge, those of the own post first; the whole state is in the address."""
    actor, now = request.actor, clock.now()
    today = clock.today(actor.zone)
    asked = _asked(actor, request.GET)
    rows, after = accounts.page(actor, asked.wanted, now, today, PAGE) if asked.posts else ([], 0)
    sums = figures.by_post(asked.posts, today, now) if asked.posts else {}
    found = sum(sums.values(), figures.Figures())
    names = {post.staff_id: formats.named(post.staff) for post in asked.posts}
    own = asked.post is not None and asked.post.staff_id == actor.staff_id
    title = _("My key accounts") if own or asked.post is None else _("Key accounts")
    page = MinePage(
        title=title,
        subtitle=parts.post_label(asked.post) if asked.post else "",
        figures=parts.figures_of(found, {view: _url(asked, view=view) for view in accounts.VIEWS}),
        tabs=[
            {"label": label, "url": _url(asked, view=view), "active": view == asked.view}
            for view, label in views().items()
        ],
        text=asked.text,
        hidden=[(name, value) for name, value in _parts(asked).items() if name != "q"],
        rows=[_row(row, names, now) for row in rows],
        shows_manager=len(asked.posts) > 1,
        next_url=_url(asked, after=str(after)) if after else "",
        first_url=_url(asked) if asked.after else "",
        count=_("%(count)s key accounts in charge") % {"count": formats.number(found.customers)},
        assign_url=reverse("keyaccounts:assign") if actor.may("keyaccounts.assign") else "",
        visits_url=reverse("keyaccounts:visits"),
        has_post=asked.post is not None,
        narrowed=bool(asked.text) or asked.view != "all",
    )
    return render(request, "keyaccounts/mine.html", page, breadcrumbs=_crumbs(asked, title, own=own))


class Table:
    """The list on its way out, masked as on screen."""

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many there are, to a block more than need be counted."""
        found = 0
        for rows in _pages(actor, _asked(actor, asked)):
            found += len(rows)
            if found > exports.COUNTED_TO:
                break
        return found

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[sheets.Block]:
        """The heads, then every row of all pages."""
        return _blocks(actor, _asked(actor, asked))


def _pages(actor: Actor, asked: _Asked) -> Iterator[list[accounts.Account]]:
    wanted = replace(asked.wanted, after=0)
    return accounts.pages(actor, wanted, clock.now(), clock.today(actor.zone), BLOCK)


def _blocks(actor: Actor, asked: _Asked) -> Iterator[sheets.Block]:
    now = clock.now()
    names = {post.staff_id: formats.named(post.staff) for post in asked.posts}
    yield [[
        _("Number"), _("Name"), _("Tier"), _("Account manager"), _("Revenue last month"), _("Arrears"), _("Risk"),
        _("Last visit"), _("Next visit"), _("Contract ends"), _("Open complaints"),
    ]]  # fmt: skip
    for rows in _pages(actor, asked):
        shown = [_row(row, names, now) for row in rows]
        yield [
            [
                row.number, row.name, row.tier, row.manager, row.revenue, row.arrears, row.risk,
                row.visited_exact, row.planned_exact, row.contract, row.complaints,
            ]
            for row in shown
        ]  # fmt: skip


def _asked(actor: Actor, address: QueryDict) -> _Asked:
    given = {name: str(value).replace("\0", "")[:100] for name, value in address.items()}
    posts = chain.visible(actor)
    post = next((one for one in posts if one.staff_id == actor.staff_id), None)
    if given.get("post"):
        post = chain.get_post(actor, parts.key_of(given["post"]))
    mine = [
        one
        for one in posts
        if post and (one.path.startswith(post.path) if given.get("team") else one == post)
    ]
    after = given.get("after", "")
    return _Asked(
        post,
        mine,
        given.get("view", "") if given.get("view") in accounts.VIEWS else "all",
        given.get("q", "").strip(),
        int(after) if after.isascii() and after.isdecimal() and len(after) < 18 else 0,
    )


def _parts(asked: _Asked) -> dict[str, str]:
    return {
        name: value
        for name, value in {
            "post": str(asked.post.public_id) if asked.post else "",
            "team": "1" if len(asked.posts) > 1 else "",
            "view": asked.view if asked.view != "all" else "",
            "q": asked.text,
        }.items()
        if value
    }


def _url(asked: _Asked, **changed: str) -> str:
    told = {name: value for name, value in (_parts(asked) | changed).items() if value and value != "all"}
    return reverse("keyaccounts:mine") + (f"?{urlencode(told)}" if told else "")


def _crumbs(asked: _Asked, title: str, *, own: bool) -> list[Crumb]:
    if own or asked.post is None:
        return [Crumb(title)]
    return [Crumb(_("Team board"), reverse("keyaccounts:team")), Crumb(formats.named(asked.post.staff))]


def _row(row: accounts.Account, names: dict[int, str], now: Any) -> Row:
    tier, tone = parts.tier(row.tier)
    risk, risk_tone = parts.risk(row.risk)
    return Row(
        id=str(row.public_id),
        url=parts.customer_url(row.public_id),
        care_url=reverse("keyaccounts:file", kwargs={"public_id": row.public_id}),
        number=row.number,
        name=customers.masks.name(row.kind, row.name),
        tier=tier,
        tier_tone=tone,
        manager=names.get(row.staff, ""),
        revenue=formats.money(row.revenue) if row.revenue is not None else "–",
        arrears=formats.money(row.arrears) if row.arrears else "–",
        owes=bool(row.arrears),
        risk=risk,
        risk_tone=risk_tone,
        visited=formats.ago(row.visited),
        visited_exact=formats.moment(row.visited),
        planned=formats.ago(row.planned),
        planned_exact=formats.moment(row.planned),
        is_late=row.planned is not None and row.planned < now,
        contract=formats.day(row.contract_ends),
        complaints=formats.number(row.complaints) if row.complaints else "",
    )


LEVEL_ICONS = {
    Level.MANAGER: "user-heart",
    Level.DISTRICT: "map-2",
    Level.DEPARTMENT: "building",
    Level.DIRECTOR: "star",
}
