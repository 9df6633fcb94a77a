"""The list of tickets with its saved filters."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from loopline.cases import wording
from loopline.cases.models import Category, Kind, Priority, State, Ticket
from loopline.cases.queries import standards  # fmt: skip
from loopline.cases.queries import tickets as queries
from loopline.cases.queries.standards import Calendars
from loopline.customers import api as customers
from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, address_of, render

PAGE = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket of the list."""

    url: str
    number: str
    title: str
    icon: str
    kind: str
    customer: str
    category: str
    state: str
    state_tone: str
    priority: str
    priority_tone: str
    is_pressing: bool
    handler: str
    opened: str
    opened_exact: str
    bar: wording.Bar
    regulator: bool
    mass: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list."""

    title: str
    tabs: list[dict[str, Any]]
    text: str
    hidden: list[tuple[str, str]]
    chips: list[dict[str, str]]
    menus: list[dict[str, Any]]
    clear_url: str
    rows: list[Row]
    count: str
    previous_url: str
    next_url: str
    new_url: str


def views() -> dict[str, str]:
    """The saved filters in words."""
    return {
        "mine": _("Mine"),
        "unit": _("My unit's"),
        "open": _("All open"),
        "overdue": _("Overdue"),
        "today": _("Due today"),
        "regulator": _("Regulator"),
        "mass": _("Mass faults"),
        "solved": _("To be confirmed"),
        "closed": pgettext("ticket", "Closed"),
    }


@require_safe
def tickets(request: Request) -> HttpResponse:
    """What waits, the most urgent first; the whole state of the list is in its address."""
    wanted, now = wanted_of(request), clock.now()
    found = queries.page(request.actor, wanted, now, PAGE, listed=True)
    counts = queries.counts(request.actor, now)
    calendars = standards.calendars(request.actor.zone) if found.rows else None
    tree = {row.pk: row for row in standards.categories(active=False)}
    page = ListPage(
        title=_("Tickets"),
        tabs=_tabs(wanted, counts),
        text=wanted.text,
        hidden=[(name, value) for name, value in _parts(wanted).items() if name != "q"],
        chips=_chips(wanted, tree),
        menus=_menus(wanted, tree),
        clear_url=address(queries.Wanted(view=wanted.view)),
        rows=[row(ticket, calendars, tree, now) for ticket in found.rows] if calendars else [],
        count=_count(wanted, counts, len(found.rows), narrowed=bool(_narrowed(wanted))),
        previous_url=address(replace(wanted, before=found.previous)) if found.previous else "",
        next_url=address(replace(wanted, after=found.next)) if found.next else "",
        new_url=address_of("cases:new"),
    )
    return render(request, "cases/list.html", page, breadcrumbs=[Crumb(page.title)])


def row(ticket: Ticket, calendars: Calendars, tree: dict[int, Category], now: datetime) -> Row:
    """A ticket in words."""
    who, category = ticket.customer, tree.get(ticket.category_id or 0)
    return Row(
        url=address_of("cases:one", ticket.public_id),
        number=ticket.number,
        title=ticket.title,
        icon=wording.KIND_ICONS[Kind(ticket.kind)],
        kind=wording.kind_of(ticket),
        customer=customers.masks.name(who.kind, who.name) if who else "",
        category=formats.named(category) if category else ticket.ticket_type,
        state=wording.state_of(ticket),
        state_tone=wording.STATE_TONES[State(ticket.state)],
        priority=str(Priority(ticket.priority).label),
        priority_tone=wording.PRIORITY_TONES[Priority(ticket.priority)],
        is_pressing=ticket.priority in (Priority.URGENT, Priority.HIGH),
        handler=wording.handler_of(ticket),
        opened=formats.ago(ticket.opened_at),
        opened_exact=formats.moment(ticket.opened_at),
        bar=wording.bar(ticket, calendars, now),
        regulator=ticket.regulator,
        mass=ticket.mass,
    )


def wanted_of(request: HttpRequest) -> queries.Wanted:
    """What an address asks for."""
    return replace(
        queries.wanted_from(request.GET.dict()),
        after=queries.place_of(request.GET.get("after", "")),
        before=queries.place_of(request.GET.get("before", "")),
    )


def address(wanted: queries.Wanted) -> str:
    """The address of a list."""
    parts = _parts(wanted)
    for name, place in (("after", wanted.after), ("before", wanted.before)):
        if place:
            parts[name] = f"{place[0]}.{place[1]}"
    if wanted.before:
        parts.pop("after", None)
    return address_of("cases:list") + (f"?{urlencode(parts)}" if parts else "")


def _parts(wanted: queries.Wanted) -> dict[str, str]:
    parts = {"view": "" if wanted.view == "open" else wanted.view, "q": wanted.text, **_narrowed(wanted)}
    return {name: value for name, value in parts.items() if value}


def _narrowed(wanted: queries.Wanted) -> dict[str, str]:
    parts = {
        "kind": wanted.kind,
        "state": wanted.state,
        "category": wanted.category,
        "priority": wanted.priority,
    }
    return {name: value for name, value in parts.items() if value}


def _turned(wanted: queries.Wanted, **parts: str) -> str:
    return address(replace(wanted, after=None, before=None, **parts))


def _tabs(wanted: queries.Wanted, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": _turned(wanted, view=view),
            "active": wanted.view == view,
            "count": formats.number(counts[view]) if counts.get(view) else "",
        }
        for view, label in views().items()
    ]


def _words(tree: dict[int, Category]) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    return {
        "kind": (_("About"), [(code, str(label)) for code, label in Kind.choices]),
        "state": (_("State"), [(code, str(label)) for code, label in State.choices]),
        "priority": (_("Priority"), [(code, str(label)) for code, label in Priority.choices]),
        "category": (
            _("Category"),
            [(node.code, wording.path_of(node, tree)) for node in tree.values() if node.is_active],
        ),
    }


def _chips(wanted: queries.Wanted, tree: dict[int, Category]) -> list[dict[str, str]]:
    known = _words(tree)
    return [
        {
            "label": known[name][0],
            "value": dict(known[name][1]).get(value, value),
            "remove_url": _turned(wanted, **{name: ""}),
        }
        for name, value in _narrowed(wanted).items()
    ]


def _menus(wanted: queries.Wanted, tree: dict[int, Category]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "options": [
                {"label": text, "url": _turned(wanted, **{name: code}), "active": False}
                for code, text in options
            ],
        }
        for name, (label, options) in _words(tree).items()
        if options and name not in _narrowed(wanted)
    ]


def _count(wanted: queries.Wanted, counts: dict[str, int], shown: int, *, narrowed: bool) -> str:
    known = counts.get(wanted.view)
    if known is None or narrowed or wanted.text:
        return ngettext("%(count)s on this page", "%(count)s on this page", shown) % {"count": shown}
    return ngettext("%(count)s ticket", "%(count)s tickets", known) % {"count": formats.number(known)}
