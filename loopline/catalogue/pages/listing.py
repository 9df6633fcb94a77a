"""The list of offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from loopline.catalogue import queries, show
from loopline.catalogue.models import Category, Offering, OfferingKind, State
from loopline.kernel import formats
from loopline.kernel.pages import Crumb, Request, render

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """An offer of the list."""

    url: str
    name: str
    code: str
    version: str
    category: str
    kind: str
    service: str
    service_icon: str
    fee: str
    state: str
    tone: str
    updated: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The offers by name, narrowed."""

    title: str
    subtitle: str
    text: str
    tabs: list[dict[str, Any]]
    tree: list[dict[str, Any]]
    chips: list[dict[str, str]]
    menus: list[dict[str, Any]]
    hidden: list[tuple[str, str]]
    clear_url: str
    rows: list[Row]
    count: str
    next_url: str
    new_url: str


@require_safe
def offers(request: Request) -> HttpResponse:
    """The offers: `q` searches; category, kind, service and state narrow; all of it is in the address."""
    given = {name: request.GET.get(name, "")[:100].replace("\0", "") for name in ("q", *FILTERS, "after")}
    wanted = wanted_of(given)
    found = list(queries.offerings(request.actor, wanted)[: PAGE + 1])
    rows, more = found[:PAGE], len(found) > PAGE
    tree = queries.categories()
    kept = {name: given[name] for name in ("q", *FILTERS) if given[name]}
    after = f"{rows[-1].pk}.{rows[-1].name}" if more else ""
    page = ListPage(
        title=_("Catalogue"),
        subtitle=_("What is sold, to whom and for how much."),
        text=given["q"],
        tabs=_tabs(kept, given["state"]),
        tree=_tree(tree, kept),
        chips=_chips(kept, tree),
        menus=_menus(kept),
        hidden=[(name, value) for name, value in kept.items() if name != "q"],
        clear_url=_address({"q": given["q"]}),
        rows=[_row(row) for row in rows],
        count=_count(len(rows), more=more),
        next_url=_address(kept | {"after": after}) if more else "",
        new_url=reverse("catalogue:new") if request.actor.may("catalogue.design") else "",
    )
    return render(request, "catalogue/list.html", page, breadcrumbs=[Crumb(page.title)])


FILTERS = ("category", "kind", "service", "state")


def wanted_of(given: dict[str, str]) -> queries.Wanted:
    """What an address asks for; what is not understood is left out."""
    key, _dot, name = given.get("after", "").partition(".")
    after = (name, int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    state = given["state"]
    return queries.Wanted(
        text=given["q"],
        category=_uuid(given["category"]),
        kind=given["kind"] if given["kind"] in OfferingKind.values else "",
        service=given["service"] if given["service"] in show.SERVICES else "",
        state="" if state == "all" else state if state in State.values else "current",
        after=after,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _row(row: Offering) -> Row:
    return Row(
        url=reverse("catalogue:one", kwargs={"public_id": row.public_id}),
        name=formats.named(row),
        code=row.code,
        version=_("Version %(revision)s") % {"revision": row.revision} if row.revision > 1 else "",
        category=formats.named(row.category) if row.category else "–",
        kind=str(OfferingKind(row.kind).label),
        service=str(show.SERVICES.get(row.service, (row.service, ""))[0]),
        service_icon=show.SERVICES.get(row.service, ("", "package"))[1],
        fee=formats.money(row.monthly_fee) if row.monthly_fee else "–",
        state=str(State(row.state).label),
        tone=show.TONES[row.state],
        updated=formats.ago(row.updated_at),
    )


def _tabs(kept: dict[str, str], state: str) -> list[dict[str, Any]]:
    rest = {name: value for name, value in kept.items() if name != "state"}
    told = [
        ("", _("Current")),
        *(
            (code, State(code).label)
            for code in (State.LAUNCHED, State.IN_DESIGN, State.IN_TEST, State.RETIRED)
        ),
        ("all", _("All")),
    ]
    return [
        {"label": label, "url": _address(rest | ({"state": code} if code else {})), "active": state == code}
        for code, label in told
    ]


def _tree(tree: Sequence[Category], kept: dict[str, str]) -> list[dict[str, Any]]:
    depth = queries.depth_of(tree)
    rest = {name: value for name, value in kept.items() if name != "category"}
    first = {
        "label": _("All categories"),
        "url": _address(rest),
        "depth": 0,
        "active": "category" not in kept,
    }
    return [
        first,
        *(
            {
                "label": formats.named(row),
                "url": _address(rest | {"category": str(row.public_id)}),
                "depth": min(depth[row.pk], 3),
                "active": kept.get("category") == str(row.public_id),
            }
            for row in tree
        ),
    ]


def _chips(kept: dict[str, str], tree: Sequence[Category]) -> list[dict[str, str]]:
    names = {str(row.public_id): formats.named(row) for row in tree}
    told = {
        "category": (_("Category"), names),
        "kind": (_("Kind"), {str(code): str(label) for code, label in OfferingKind.choices}),
        "service": (_("Service"), {code: str(label) for code, (label, _icon) in show.SERVICES.items()}),
    }
    return [
        {
            "label": label,
            "value": values.get(kept[name], "?"),
            "remove_url": _address({key: value for key, value in kept.items() if key != name}),
        }
        for name, (label, values) in told.items()
        if name in kept
    ]


def _menus(kept: dict[str, str]) -> list[dict[str, Any]]:
    menus = []
    services = [(code, label) for code, (label, _icon) in show.SERVICES.items()]
    for name, label, options in (
        ("kind", _("Kind"), OfferingKind.choices),
        ("service", _("Service"), services),
    ):
        if name not in kept:
            choices = [
                {"label": str(told), "url": _address(kept | {name: str(code)})} for code, told in options
            ]
            menus.append({"label": label, "options": choices})
    return menus


def _address(parts: dict[str, str]) -> str:
    told = urlencode({name: value for name, value in parts.items() if value})
    return reverse("catalogue:list") + (f"?{told}" if told else "")


def _count(count: int, *, more: bool) -> str:
    told = formats.number(count) + ("+" if more else "")
    return ngettext("%(count)s offer", "%(count)s offers", count) % {"count": told}
