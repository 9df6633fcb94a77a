"""Search over everything a person may see: customers, pages, campaigns, colleagues."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.campaigns import api as campaigns
from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.pages import Request, creations, menu, render
from loopline.kernel.permission import Actor

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found."""

    label: str
    detail: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """What one source has found; `more_url` leads to all of it."""

    label: str
    items: list[Hit]
    more_url: str = ""
    more_label: str = ""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found for a text."""

    title: str
    query: str
    groups: list[Group]


@require_safe
def search(request: Request) -> HttpResponse:
    """Everything found, on a page."""
    query = _asked(request)
    page = SearchPage(_("Search"), query, _groups(request.actor, query, 20))
    return render(request, "web/search.html", page)


@require_safe
def palette(request: Request) -> HttpResponse:
    """The best of it, for the command palette; pages and commands it finds by itself."""
    query = _asked(request)
    groups = _groups(request.actor, query, 6, sources=(_customers, _campaigns, _staff))
    return render(request, "shell/found.html", SearchPage("", query, groups))


def _asked(request: Request) -> str:
    return " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]


type Source = Callable[[Actor, str, int], Group | None]


def _groups(actor: Actor, query: str, limit: int, sources: tuple[Source, ...] = ()) -> list[Group]:
    if not query:
        return []
    found = (source(actor, query, limit) for source in sources or SOURCES)
    return [group for group in found if group is not None and group.items]


def _customers(actor: Actor, query: str, limit: int) -> Group | None:
    if not actor.may("customers.view"):
        return None
    found = customers.search(actor, query)
    wanted = found.ids[:limit]
    rows = customers.Customer.objects.select_related("branch").filter(pk__in=wanted)
    by_key = {row.pk: row for row in rows}
    hits = [_customer(by_key[key]) for key in wanted if key in by_key]
    count = formats.number(found.count) + ("+" if found.more else "")
    more = found.count > limit
    return Group(
        _("Customers"),
        hits,
        reverse("customers:list", query={"q": query}) if more else "",
        _("All %(count)s") % {"count": count} if more else "",
    )


def _customer(row: customers.Customer) -> Hit:
    icon = "building" if row.kind == customers.Kind.ORGANISATION else "user"
    detail = f"{row.number} · {formats.named(row.branch)}"
    name = customers.masks.name(row.kind, row.name)
    return Hit(name, detail, reverse("customers:view", kwargs={"public_id": row.public_id}), icon)


def _pages(actor: Actor, query: str, limit: int) -> Group:
    asked = query.lower()
    entries = [entry for entry in (*menu, *creations) if not entry.permission or actor.may(entry.permission)]
    hits = [
        Hit(str(entry.label), "", reverse(entry.url_name), entry.icon)
        for entry in entries
        if asked in str(entry.label).lower() or asked in entry.url_name
    ]
    return Group(_("Pages"), hits[:limit])


def _campaigns(actor: Actor, query: str, limit: int) -> Group | None:
    if not actor.may("campaigns.view"):
        return None
    rows = campaigns.campaigns(actor).filter(Q(name__icontains=query) | Q(number__istartswith=query))
    hits = [
        Hit(
            row.name,
            f"{row.number} · {row.get_status_display()}",
            reverse("campaigns:one", kwargs={"public_id": row.public_id}),
            "speakerphone",
        )
        for row in rows[:limit]
    ]
    return Group(_("Campaigns"), hits)


def _staff(actor: Actor, query: str, limit: int) -> Group:
    """Colleagues: an administrator gets to their page, everybody else to a message to them."""
    rows = identity.Staff.objects.select_related("unit").filter(is_active=True)
    rows = rows.filter(Q(name__icontains=query) | Q(name_en__icontains=query) | Q(user_name__icontains=query))
    manages = actor.may("administration.staff")
    hits = [
        Hit(
            formats.named(row),
            formats.named(row.unit),
            reverse("identity:staff_edit", kwargs={"public_id": row.public_id})
            if manages
            else reverse("web:write", query={"to": row.public_id}),
            "user-circle",
        )
        for row in rows.order_by("name")[:limit]
    ]
    return Group(_("Colleagues"), hits)


SOURCES: tuple[Source, ...] = (_customers, _pages, _campaigns, _staff)

patterns = [
    path("search", search, name="search"),
    path("search/palette", palette, name="palette"),
]
