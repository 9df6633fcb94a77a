"""The unified view of one customer, his history, and what is done from there with one click."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from loopline.customers import api, panels
from loopline.customers import history as told
from loopline.customers.models import Customer
from loopline.customers.rules import masks
from loopline.customers.rules.documents import KINDS
from loopline.customers.rules.lifecycle import RULES
from loopline.customers.wording import (
    LIFE_CYCLE_TONES,
    LIFE_CYCLES,
    MEDIA,
    MEDIUM_ICONS,
    STOP_REASONS,
    TIER_TONES,
    TIERS,
    word,
)
from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, address_of, render, with_toast
from loopline.kernel.period import months_between

HISTORY = 100


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked value and the address that shows it in clear (empty: not allowed)."""

    label: str
    icon: str
    value: str
    reveal_url: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel's template with its finished content."""

    name: str
    template: str
    body: Any


@dataclass(frozen=True, slots=True)
class Header:
    """Who it is."""

    initial: str
    name: Masked
    number: str
    kind: str
    is_person: bool
    tier: str
    tier_tone: str
    status: str
    status_tone: str
    status_why: str
    stopped: str
    branch: str
    since: str
    tenure: str
    contacts: list[Masked]
    papers: list[Masked]
    birth: Masked | None


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the customer's pages."""

    label: str
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class ViewPage:
    """The unified view."""

    title: str
    header: Header
    glances: list[Placed]
    have: list[Placed]
    use: list[Placed]
    said: list[Placed]
    tabs: list[Tab]
    edit_url: str
    move_url: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Everything that happened to the file."""

    title: str
    header: Header
    tabs: list[Tab]
    entries: list[told.Told]
    older_url: str
    edit_url: str
    move_url: str


@require_GET
def overview(request: Request, public_id: UUID) -> HttpResponse:
    """One customer on one screen, made of the panels that modules brought."""
    try:
        customer = api.by_public_id(request.actor, public_id)
    except api.Merged as went:
        text = _("This file was merged into %(number)s.") % {"number": went.survivor.number}
        return with_toast(HttpResponseRedirect(url("view", went.survivor)), text, tone="info")
    subject = panels.Subject(customer, request.actor)
    placed: dict[str, list[Placed]] = {}
    for part in panels.gather(subject):
        body = part.panel.show(subject, part.facts)
        placed.setdefault(part.panel.place, []).append(Placed(part.name, part.panel.template, body))
    may_edit = request.actor.may("customers.edit")
    page = ViewPage(
        title=masks.name(customer.kind, customer.name),
        header=header(subject),
        glances=placed.get(panels.GLANCE, []),
        have=placed.get(panels.HAVE, []),
        use=placed.get(panels.USE, []),
        said=placed.get(panels.SAID, []),
        tabs=tabs(customer, "overview"),
        edit_url=url("edit", customer) if may_edit else "",
        move_url=url("move", customer) if may_edit else "",
    )
    return render(request, "customers/view.html", page, breadcrumbs=crumbs(customer))


@require_GET
def history(request: Request, public_id: UUID) -> HttpResponse:
    """Who changed what, when, from what to what."""
    customer = api.by_public_id(request.actor, public_id)
    panels.load()
    subject = panels.Subject(customer, request.actor)
    before = request.GET.get("before", "")
    events = told.events_of(
        subject.files, HISTORY + 1, int(before) if before.isdecimal() and len(before) < 18 else 0
    )
    older = f"{url('history', customer)}?before={events[HISTORY - 1].pk}" if len(events) > HISTORY else ""
    may_edit = request.actor.may("customers.edit")
    page = HistoryPage(
        title=masks.name(customer.kind, customer.name),
        header=header(subject),
        tabs=tabs(customer, "history"),
        entries=[told.told(event) for event in events[:HISTORY]],
        older_url=older,
        edit_url=url("edit", customer) if may_edit else "",
        move_url=url("move", customer) if may_edit else "",
    )
    return render(request, "customers/history.html", page, breadcrumbs=crumbs(customer))


@require_POST
def reveal(request: Request, public_id: UUID, field: str) -> HttpResponse:
    """The clear value, in the place of its mask; the look is written into the audit."""
    customer = api.by_public_id(request.actor, public_id)
    address = request.META.get("REMOTE_ADDR", "")
    value = api.reveal(actor=request.actor, customer=customer, field=field, address=address)
    response = HttpResponse(f'<span class="num clear-value">{escape(value)}</span>')
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def consent(request: Request, public_id: UUID) -> HttpResponse:
    """Turn consent on one channel on or off; answers with the panel for htmx, else with the page."""
    customer = api.by_public_id(request.actor, public_id)
    change = api.give_consent if request.POST.get("granted") == "1" else api.withdraw_consent
    change(actor=request.actor, customer=customer, channel=request.POST.get("channel", ""))
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(url("view", customer))
    panels.load()
    subject = panels.Subject(customer, request.actor)
    panel = panels.panels["consent"]
    return render(request, panel.template, panel.show(subject, panel.gather(subject)))


def header(subject: panels.Subject) -> Header:
    """Who a customer is, masked; in one query. What no longer holds is left to the file."""
    actor, customer = subject.actor, subject.customer
    today = clock.today(actor.zone)
    found = api.head_of(subject.files, today)
    masked_name = masks.name(customer.kind, customer.name)
    is_person = customer.kind == "person"
    may = actor.may("customers.reveal")
    own = url("view", customer)

    def hidden(label: str, icon: str, value: str, field: str) -> Masked:
        return Masked(label, icon, value, f"{own}/reveal/{field}" if may else "")

    contacts = [
        hidden(
            word(MEDIA, medium.kind),
            MEDIUM_ICONS.get(medium.kind, "at"),
            masks.medium(medium.kind, medium.value, actor.country),
            f"medium:{medium.public_id}",
        )
        for medium in found.media
    ]
    places = [
        hidden(_("Address"), "map-pin", f"{at.kind}{masks.street(at.value)}", f"address:{at.public_id}")
        for at in found.places
    ]
    papers = [
        hidden(word(KINDS, paper.kind), "id", _short(paper.value), f"document:{paper.public_id}")
        for paper in found.papers
    ]
    born = customer.birth_date
    return Header(
        initial=customer.name[:1].upper(),
        name=hidden(_("Name"), "user", masked_name, "name") if is_person else Masked("", "", masked_name, ""),
        number=customer.number,
        kind=_("Person") if is_person else _("Organisation"),
        is_person=is_person,
        tier=word(TIERS, customer.tier),
        tier_tone=TIER_TONES.get(customer.tier, "neutral"),
        status=word(LIFE_CYCLES, customer.life_cycle),
        status_tone=LIFE_CYCLE_TONES.get(customer.life_cycle, "neutral"),
        status_why=word(RULES, customer.life_cycle_reason),
        stopped=word(STOP_REASONS, found.stop),
        branch=formats.named(customer.branch),
        since=formats.day(customer.joined_on),
        tenure=_tenure(customer.joined_on, today),
        contacts=[*contacts, *places],
        papers=papers,
        birth=hidden(_("Date of birth"), "calendar-event", f"{born.year}-**-**", "birth_date")
        if born
        else None,
    )


def tabs(customer: Customer, active: str) -> list[Tab]:
    """The parts of a customer's pages."""
    return [
        Tab(_("Overview"), url("view", customer), active == "overview"),
        Tab(_("Customer file"), url("file", customer), active == "file"),
        Tab(_("Changes"), url("changes", customer), active == "changes"),
        Tab(_("History"), url("history", customer), active == "history"),
    ]


def crumbs(customer: Customer, *more: Crumb) -> list[Crumb]:
    """The way to a customer."""
    name = masks.name(customer.kind, customer.name)
    own = Crumb(name, url("view", customer)) if more else Crumb(name)
    return [Crumb(_("Customers"), address_of("customers:list")), own, *more]


def _short(masked: str) -> str:
    """A long mask takes no more room than a short one."""
    return re.sub(r"\*{5,}", "****", masked)


def _tenure(joined: date | None, today: date) -> str:
    if joined is None:
        return ""
    months = max(0, months_between(joined, today))
    if months < 24:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    return _("%(count)s years") % {"count": months // 12}


def url(name: str, customer: Customer) -> str:
    """The address of a customer's page."""
    return address_of(f"customers:{name}", customer.public_id)
