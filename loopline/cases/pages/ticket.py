"""One ticket: what was said, how its clocks stand, who it is about, and what can be done now."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loopline.cases import api, wording
from loopline.cases.models import (
    Category,
    Kind,
    PendingFor,
    Priority,
    Severity,
    State,
    Ticket,
)
from loopline.cases.pages.listing import Row, row
from loopline.cases.pages.timeline import Said, told
from loopline.cases.queries import people, standards, tickets
from loopline.cases.rules import states
from loopline.customers import api as customers
from loopline.documents import api as documents
from loopline.interactions.api import Channel
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import Actor

SIZES = ((2**20, "MB"), (2**10, "kB"))


@dataclass(frozen=True, slots=True)
class StepView:
    """A step that may follow. `needs`: nothing, reason, pending or confirm; `prompt` asks for the reason."""

    to: str
    label: str
    icon: str
    kind: str
    needs: str
    prompt: str


@dataclass(frozen=True, slots=True)
class FileView:
    """An attachment."""

    name: str
    url: str
    size: str
    by: str
    ago: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Who:
    """Whose ticket it is."""

    name: str
    initials: str
    number: str
    tier: str
    url: str
    line: str
    branch: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """A unit and its people, to hand over to."""

    unit: int
    name: str
    people: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The ticket."""

    title: str
    number: str
    subject: str
    description: str
    solution: str
    icon: str
    id: str
    version: int
    badges: list[tuple[str, str, str]]
    bars: list[wording.Bar]
    steps: list[StepView]
    pending: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    who: Who | None
    said: list[Said]
    channels: list[tuple[str, str]]
    channel: str
    may_take: bool
    is_mine: bool
    may_hand_over: bool
    receivers: list[Receiver]
    files: list[FileView]
    parent: Row | None
    children: list[Row]
    fitting: list[tuple[str, str, str]]
    similar: list[tuple[str, str, str]]
    is_mass: bool
    may_mass: bool
    urls: dict[str, str]


@dataclass(frozen=True, slots=True)
class EditPage:
    """Changing what a ticket says."""

    title: str
    action: str
    cancel_url: str
    values: dict[str, Any]
    errors: dict[str, str]
    version: int
    categories: list[tuple[str, str]]
    priorities: list[tuple[str, str]]
    severities: list[tuple[str, str]]


@require_safe
def ticket(request: Request, public_id: UUID) -> HttpResponse:
    """The ticket's page."""
    found = tickets.get_ticket(request.actor, public_id)
    page = _page(request.actor, found)
    crumbs = [Crumb(_("Tickets"), reverse("cases:list")), Crumb(found.number)]
    return render(request, "cases/ticket.html", page, breadcrumbs=crumbs)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, public_id: UUID) -> HttpResponse:
    """Change title, category, priority and the like."""
    found = tickets.get_ticket(request.actor, public_id)
    own = url_of(found)
    values: dict[str, Any] = {name: getattr(found, name) for name in EDITED if name != "category"}
    values["category"] = found.category.code if found.category else ""
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in EDITED}
        version = request.POST.get("version", "")
        try:
            api.change_ticket(
                actor=request.actor,
                ticket=public_id,
                changes=given,
                now=clock.now(),
                version=int(version) if version.isdecimal() and len(version) < 9 else None,
            )
        except Refusal as refusal:
            undo(request)
            values, errors = given, {refusal.field or "title": refusal.message}
        else:
            return with_toast(HttpResponseRedirect(own), _("Saved"))
    tree = {node.pk: node for node in standards.categories()}
    page = EditPage(
        title=_("Change the ticket"),
        action=own + "/edit",
        cancel_url=own,
        values=values,
        errors=errors,
        version=found.version,
        categories=[(node.code, wording.path_of(node, tree)) for node in tree.values()],
        priorities=[(code, str(label)) for code, label in Priority.choices],
        severities=_severities(found),
    )
    crumbs = [Crumb(_("Tickets"), reverse("cases:list")), Crumb(found.number, own), Crumb(page.title)]
    return render(request, "cases/edit.html", page, status=422 if errors else 200, breadcrumbs=crumbs)


EDITED = ("title", "description", "category", "priority", "severity", "contact", "place", "external_id")


def url_of(found: Ticket) -> str:
    """A ticket's address."""
    return reverse("cases:one", kwargs={"public_id": found.public_id})


def _severities(found: Ticket) -> list[tuple[str, str]]:
    known = [(code, str(label)) for code, label in Severity.choices]
    return known if found.severity in Severity.values else [*known, (found.severity, found.severity)]


def _page(actor: Actor, found: Ticket) -> TicketPage:
    now, calendars = clock.now(), standards.calendars(actor.zone)
    tree = {node.pk: node for node in standards.categories(active=False)}
    may_mass = actor.may(people.SUPERVISES)
    mine = found.assignee_id == actor.staff_id
    works = found.is_open and (found.assignee_id is None or mine or may_mass)
    own = url_of(found)
    return TicketPage(
        title=f"{found.number} {found.title}",
        number=found.number,
        subject=found.title,
        description=found.description,
        solution=found.solution,
        icon=wording.KIND_ICONS[Kind(found.kind)],
        id=str(found.public_id),
        version=found.version,
        badges=_badges(found),
        bars=[wording.answer_bar(found, calendars, now), wording.solution_bar(found, calendars, now)],
        steps=_steps(actor, found, works=works),
        pending=[(code, str(label)) for code, label in PendingFor.choices],
        facts=_facts(found, tree),
        who=_who(actor, found),
        said=[told(entry) for entry in tickets.entries(found)],
        channels=[(code, str(label)) for code, label in Channel.choices],
        channel=found.channel,
        may_take=found.is_open and not mine and works,
        is_mine=mine and found.is_open,
        may_hand_over=works,
        receivers=_receivers() if works else [],
        files=[_file(document) for document in documents.documents_of(found)],
        parent=row(found.parent, calendars, tree, now) if found.parent else None,
        children=[row(part, calendars, tree, now) for part in tickets.children(found)] if found.mass else [],
        fitting=_links(tickets.fitting(found, now)) if found.mass and found.is_open and may_mass else [],
        similar=_links(tickets.similar(found.customer_id, found.category, apart_from=found.pk))
        if found.customer_id
        else [],
        is_mass=found.mass,
        may_mass=may_mass and found.is_open,
        urls={name: f"{own}/{name.replace('_', '-')}" for name in URLS},
    )


URLS = (
    "step", "note", "take", "give_back", "hand_over", "attach", "declare", "link", "unlink", "notice",
    "edit",
)  # fmt: skip


def _badges(found: Ticket) -> list[tuple[str, str, str]]:
    shown = [(wording.state_of(found), wording.STATE_TONES[State(found.state)], "")]
    shown.append(
        (str(Priority(found.priority).label), wording.PRIORITY_TONES[Priority(found.priority)], "flag")
    )
    if found.regulator:
        shown.append((_("Regulator"), "bad", "building-bank"))
    if found.mass:
        shown.append((_("Mass fault"), "warn", "hierarchy"))
    if found.reopened:
        shown.append((_("Reopened ×%(count)s") % {"count": found.reopened}, "bad", "rotate"))
    if found.first_contact:
        shown.append((_("Solved on first contact"), "good", "bolt"))
    if found.state == states.CLOSED and found.confirmed:
        shown.append((_("The customer agreed"), "good", "thumb-up"))
    return shown


def _steps(actor: Actor, found: Ticket, *, works: bool) -> list[StepView]:
    may_cancel = found.opened_by_id == actor.staff_id or actor.may(people.SUPERVISES)
    asks = (states.CLOSED, states.REOPENED)
    return [
        view
        for view in _all_steps(found)
        if states.may_follow(found.state, view.to)
        and (works or view.to in asks)
        and (view.to != states.CANCELLED or may_cancel)
    ]


def _all_steps(found: Ticket) -> list[StepView]:
    began = found.state in (states.PENDING, states.HELD)
    up = _("Go on") if began else _("Take up")
    why, how = _("Why?"), _("How was it solved? The customer reads this.")
    agrees = _("Does the customer agree that it is solved?")
    return [
        StepView(states.IN_PROGRESS, up, "player-play", "primary", "", ""),
        StepView(states.RESOLVED, _("Solved"), "check", "primary", "reason", how),
        StepView(states.CLOSED, _("Close"), "lock", "primary", "confirm", agrees),
        StepView(states.REOPENED, _("Reopen"), "rotate", "plain", "reason", _("What is not solved?")),
        StepView(states.PENDING, _("Wait"), "clock-pause", "plain", "pending", _("What do we wait for?")),
        StepView(states.HELD, _("Hold"), "player-pause", "plain", "reason", why),
        StepView(states.REJECTED, _("Reject"), "ban", "quiet", "reason", why),
        StepView(states.CANCELLED, _("Withdraw"), "x", "quiet", "reason", why),
    ]  # fmt: skip


def _facts(found: Ticket, tree: dict[int, Category]) -> list[tuple[str, str]]:
    category = wording.path_of(found.category, tree) if found.category else found.ticket_type
    pairs = [
        (_("About"), wording.kind_of(found)),
        (_("Category"), category),
        (_("Severity"), wording.severity_of(found)),
        (_("Came by"), str(Channel(found.channel).label)),
        (_("Opened"), f"{formats.moment(found.opened_at)} · {found.opened_by_name}"),
        (_("Worked on by"), " · ".join(filter(None, [
            formats.named(found.unit) if found.unit else "", formats.named(found.assignee) if found.assignee else "",
        ]))),
        (_("Reach by"), found.contact),
        (_("Place"), found.place),
        (_("Wished until"), formats.moment(found.requested_for) if found.requested_for else ""),
        (_("Number at the regulator"), found.regulator_number),
        (_("Number elsewhere"), found.external_id),
    ]  # fmt: skip
    return [(name, value) for name, value in pairs if value]


def _who(actor: Actor, found: Ticket) -> Who | None:
    who = found.customer
    if who is None:
        return None
    line = found.subscription
    return Who(
        name=customers.masks.name(who.kind, who.name),
        initials=who.name[:1].upper(),
        number=who.number,
        tier=who.tier,
        url=reverse("customers:view", kwargs={"public_id": who.public_id}),
        line=f"{line.get_service_display()} {customers.masks.medium('telephone', line.number, actor.country)}"
        if line
        else "",
        branch=formats.named(who.branch),
    )


def _receivers() -> list[Receiver]:
    return [
        Receiver(unit.pk, formats.named(unit), [(person.pk, formats.named(person)) for person in staff])
        for unit, staff in people.receivers()
    ]


def _file(document: documents.Document) -> FileView:
    size = next(
        (f"{document.size / step:.1f} {unit}" for step, unit in SIZES if document.size >= step),
        f"{document.size} B",
    )
    return FileView(
        name=document.name,
        url=reverse("document", kwargs={"public_id": document.public_id}),
        size=size,
        by=document.by_name,
        ago=formats.ago(document.at),
        is_picture=document.media_type.startswith("image/"),
    )


def _links(rows: list[Ticket]) -> list[tuple[str, str, str]]:
    return [(str(found.public_id), found.number, found.title) for found in rows]
