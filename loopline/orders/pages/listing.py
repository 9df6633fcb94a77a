"""The list of orders."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.kernel import clock, formats
from loopline.kernel.pages import Area, Crumb, MenuItem, Request, address_of, areas, menu, render
from loopline.orders import queries, wording
from loopline.orders.models import Channel, Order, OrderState

PAGE = 50
areas.add("orders", Area(gettext_lazy("Orders"), "shopping-cart"), order=2)
menu.add(
    "orders.list",
    MenuItem("orders", gettext_lazy("Orders"), "orders:list", "shopping-cart", "orders.view", "o"),
    order=42,
)


@dataclass(frozen=True, slots=True)
class Row:
    """An order in finished strings."""

    url: str
    number: str
    who: str
    what: str
    state: str
    tone: str
    channel: str
    branch: str
    due: str
    due_exact: str
    late: bool
    created: str
    created_exact: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """Orders, with the filters that hold."""

    title: str
    tabs: list[dict[str, Any]]
    chips: list[dict[str, str]]
    clear_url: str
    states: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    rows: list[Row]
    count: str
    next_url: str


@require_safe
def order_list(request: Request) -> HttpResponse:
    """The orders that one may see, newest first; those in jeopardy the most urgent first."""
    given = request.GET
    view = given.get("view", "open")
    state, channel = given.get("state", ""), given.get("channel", "")
    found = queries.orders(request.actor, queries.wanted_from(given.dict()))
    rows = list(queries.listed(found)[: PAGE + 1])
    kept = {"view": view if view != "open" else "", "state": state, "channel": channel}
    more = len(rows) > PAGE and view != "jeopardy"
    page = ListPage(
        title=_("Orders"),
        tabs=[
            {"label": label, "url": _url(view=code if code != "open" else ""), "active": view == code}
            for code, label in [("open", _("Under way")), ("jeopardy", _("In jeopardy")), ("all", _("All"))]
        ],
        chips=_chips(kept),
        clear_url=_url(view=kept["view"]),
        states=_options(kept, "state", OrderState.choices),
        channels=_options(kept, "channel", Channel.choices),
        rows=[row_of(order) for order in rows[:PAGE]],
        count=_count(len(rows)),
        next_url=_url(**kept, after=str(rows[PAGE - 1].pk)) if more else "",
    )
    return render(request, "orders/list.html", page, breadcrumbs=[Crumb(page.title)])


def row_of(order: Order) -> Row:
    """An order as a row."""
    items = list(order.items.all())
    told = [wording.what(item) for item in items[:2]]
    return Row(
        url=address_of("orders:one", order.public_id),
        number=order.number,
        who=wording.who(order),
        what="; ".join(told) + (" …" if len(items) > 2 else "") or order.category or "–",
        state=str(OrderState(order.state).label),
        tone=wording.TONES[OrderState(order.state)],
        channel=str(Channel(order.channel).label),
        branch=formats.named(order.branch),
        due=formats.ago(order.due_at) if order.due_at and queries.is_open(order) else "–",
        due_exact=formats.moment(order.due_at),
        late=queries.is_late(order, clock.now()) or bool(order.jeopardy),
        created=formats.ago(order.created_at),
        created_exact=formats.moment(order.created_at),
    )


def _url(**parts: str) -> str:
    told = urlencode({name: value for name, value in parts.items() if value})
    return address_of("orders:list") + (f"?{told}" if told else "")


def _chips(kept: dict[str, str]) -> list[dict[str, str]]:
    labels = {
        "state": (_("State"), dict(OrderState.choices)),
        "channel": (_("Channel"), dict(Channel.choices)),
    }
    return [
        {"label": label, "value": str(words[kept[name]]), "remove_url": _url(**{**kept, name: ""})}
        for name, (label, words) in labels.items()
        if kept[name] in words
    ]


def _options(kept: dict[str, str], name: str, choices: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"label": str(label), "url": _url(**{**kept, name: code}), "active": kept[name] == code}
        for code, label in choices
    ]


def _count(found: int) -> str:
    if found > PAGE:
        return _("The first %(count)s") % {"count": PAGE}
    return _("%(count)s orders") % {"count": found}
