"""The care of one customer: who looked after him, his plan, his visits; and the list of visits of a person or team."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from loopline.customers import api as customers
from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor
from loopline.keyaccounts import api, wording
from loopline.keyaccounts.models import CareStep, Charge, Group, Level, Visit, VisitState
from loopline.keyaccounts.pages import parts
from loopline.keyaccounts.queries import accounts, chain, groups
from loopline.keyaccounts.queries import visits as queries

PAGE = 25
TONES = {VisitState.PLANNED: "info", VisitState.DONE: "good", VisitState.CANCELLED: "neutral"}


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """Who looked after the customer, from when to when."""

    name: str
    level: str
    unit: str
    span: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the care plan."""

    icon: str
    way: str
    title: str
    due: str
    rhythm: str
    is_late: bool
    is_done: bool
    result: str
    by: str
    do_url: str
    drop_url: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit."""

    url: str
    customer: str
    customer_url: str
    staff: str
    purpose: str
    when: str
    when_exact: str
    state: str
    tone: str
    is_late: bool
    is_planned: bool
    met: str
    result: str
    next_step: str
    next_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class FilePage:
    """The care of one customer."""

    title: str
    number: str
    customer_url: str
    tier: str
    tier_tone: str
    charges: list[ChargeRow]
    steps: list[StepRow]
    visits: list[VisitRow]
    plans: list[tuple[str, str]]
    plan: str
    ways: list[tuple[str, str]]
    suggested: str
    today: str
    may_work: bool
    may_assign: bool
    assign_url: str
    group_url: str
    group_label: str
    act_urls: dict[str, str]


@dataclass(frozen=True, slots=True)
class VisitsPage:
    """The visits of a person or a team."""

    title: str
    tabs: list[dict[str, Any]]
    rows: list[VisitRow]
    shows_staff: bool
    count: str
    first_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One visit, and what can be done with it."""

    title: str
    visit: VisitRow
    file_url: str
    version: int
    at: str
    may_work: bool
    act_urls: dict[str, str]


@require_safe
def care_file(request: Request, public_id: UUID) -> HttpResponse:
    """Who looks after the customer, what is promised, when he was seen."""
    actor, now = request.actor, clock.now()
    customer = customers.by_public_id(actor, public_id)
    files = customers.together(customer)
    today = clock.today(actor.zone)
    group = groups.group_of(files)
    tier, tone = parts.tier(customer.tier)
    name = customers.masks.name(customer.kind, customer.name)
    own = {"public_id": public_id}
    page = FilePage(
        title=name,
        number=customer.number,
        customer_url=parts.customer_url(public_id),
        tier=tier,
        tier_tone=tone,
        charges=[_charge(row) for row in accounts.story_of(files)],
        steps=[_step(row, today) for row in queries.care_of(files)],
        visits=[visit_row(row, now) for row in queries.visits_of(files)],
        plans=[(code or "-", str(label)) for code, label in wording.PLANS.items()],
        plan="group" if group else customer.tier or "-",
        ways=[(code, str(label)) for code, (label, _icon) in wording.WAYS.items()],
        suggested=(now + timedelta(days=3)).astimezone(actor.zone).strftime("%Y-%m-%dT10:00"),
        today=today.isoformat(),
        may_work=actor.may("keyaccounts.work"),
        may_assign=actor.may("keyaccounts.assign"),
        assign_url=reverse("keyaccounts:assign") + f"?customer={public_id}",
        group_url=_group_url(actor, customer, group),
        group_label=group.number if group else _("Make it a group customer"),
        act_urls={
            name: reverse(f"keyaccounts:{name}", kwargs=own)
            for name in ("plan_care", "add_step", "plan_visit")
        },
    )
    crumbs = [
        Crumb(_("My key accounts"), reverse("keyaccounts:mine")),
        Crumb(name, page.customer_url),
        Crumb(_("Care")),
    ]
    return render(request, "keyaccounts/file.html", page, breadcrumbs=crumbs)


def queries_files(customer: customers.Customer) -> list[int]:
    """The customer and the files merged into his."""
    return customers.together(customer)


def _group_url(actor: Actor, customer: customers.Customer, group: Group | None) -> str:
    if group is not None:
        return reverse("keyaccounts:group", kwargs={"public_id": group.public_id})
    if customer.kind == customers.Kind.ORGANISATION and actor.may("keyaccounts.work"):
        return reverse("keyaccounts:new_group") + f"?customer={customer.public_id}"
    return ""


def _charge(row: Charge) -> ChargeRow:
    until = formats.day(row.until) if row.until else _("today")
    return ChargeRow(
        formats.named(row.staff),
        str(Level(row.post.level).label),
        formats.named(row.post.unit),
        f"{formats.day(row.since)} – {until}",
        row.until is None,
    )


def _step(row: CareStep, today: date) -> StepRow:
    label, icon = wording.WAYS[row.way]
    own = {"public_id": row.public_id}
    return StepRow(
        icon=icon,
        way=str(label),
        title=wording.care_title(row),
        due=formats.day(row.done_on or row.due_on),
        rhythm=wording.rhythm(row.every_months),
        is_late=row.done_on is None and row.due_on < today,
        is_done=row.done_on is not None,
        result=row.result,
        by=row.by_name,
        do_url=reverse("keyaccounts:do_step", kwargs=own),
        drop_url=reverse("keyaccounts:drop_step", kwargs=own),
    )


def visit_row(row: Visit, now: datetime) -> VisitRow:
    """A visit in words."""
    state = VisitState(row.state)
    late = state == VisitState.PLANNED and row.planned_at < now
    at = row.done_at or row.planned_at
    return VisitRow(
        url=reverse("keyaccounts:visit", kwargs={"public_id": row.public_id}),
        customer=customers.masks.name(row.customer.kind, row.customer.name),
        customer_url=reverse("keyaccounts:file", kwargs={"public_id": row.customer.public_id}),
        staff=formats.named(row.staff),
        purpose=row.purpose,
        when=formats.ago(at),
        when_exact=formats.moment(at),
        state=_("Overdue") if late else str(state.label),
        tone="bad" if late else TONES[state],
        is_late=late,
        is_planned=state == VisitState.PLANNED,
        met=row.met,
        result=row.result,
        next_step=row.next_step,
        next_on=formats.day(row.next_on) if row.next_on else "",
        reason=row.reason,
    )


def views() -> dict[str, str]:
    """The views of the visits in words."""
    return {
        "planned": _("Planned"),
        "overdue": _("Overdue"),
        "done": pgettext("visit", "Done"),
        "cancelled": pgettext("visit", "Cancelled"),
    }


@require_safe
def visits(request: Request) -> HttpResponse:
    """The visits of oneself, or of one's team."""
    actor, now = request.actor, clock.now()
    view = request.GET.get("view", "") if request.GET.get("view") in queries.VIEWS else "planned"
    after = _place(request.GET.get("after", ""))
    found = list(queries.visits(chain.visible(actor), view, now, after)[: PAGE + 1])
    rows = found[:PAGE]
    first = f"{reverse('keyaccounts:visits')}?view={view}"
    page = VisitsPage(
        title=_("Visits"),
        tabs=[
            {"label": label, "url": f"{reverse('keyaccounts:visits')}?view={code}", "active": code == view}
            for code, label in views().items()
        ],
        rows=[visit_row(row, now) for row in rows],
        shows_staff=len({row.staff_id for row in rows}) > 1,
        count=_("%(count)s on this page") % {"count": len(rows)},
        first_url=first if after else "",
        next_url=f"{first}&after={rows[-1].planned_at.timestamp()}_{rows[-1].pk}"
        if len(found) > PAGE
        else "",
    )
    return render(request, "keyaccounts/visits.html", page, breadcrumbs=[Crumb(page.title)])


def _place(text: str) -> tuple[datetime, int] | None:
    moment, _mark, key = text.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), UTC), min(int(key), 2**62)
    except (ValueError, OverflowError, OSError):
        return None


@require_safe
def visit(request: Request, public_id: UUID) -> HttpResponse:
    """One visit."""
    actor = request.actor
    found = queries.get_visit(actor, public_id)
    own = {"public_id": public_id}
    name = customers.masks.name(found.customer.kind, found.customer.name)
    page = VisitPage(
        title=found.purpose,
        visit=visit_row(found, clock.now()),
        file_url=reverse("keyaccounts:file", kwargs={"public_id": found.customer.public_id}),
        version=found.version,
        at=clock.now().astimezone(actor.zone).strftime("%Y-%m-%dT%H:%M"),
        may_work=actor.may("keyaccounts.work"),
        act_urls={
            act: reverse(f"keyaccounts:{act}_visit", kwargs=own) for act in ("complete", "move", "cancel")
        },
    )
    crumbs = [Crumb(_("Visits"), reverse("keyaccounts:visits")), Crumb(name)]
    return render(request, "keyaccounts/visit.html", page, breadcrumbs=crumbs)


def _file(public_id: object) -> str:
    return reverse("keyaccounts:file", kwargs={"public_id": public_id})


def act_plan_care(request: Request, public_id: UUID) -> tuple[str, str]:
    """Put a usual plan in."""
    actor, plan = request.actor, request.POST.get("plan", "")
    customer = customers.by_public_id(actor, public_id)
    today = clock.today(actor.zone)
    made = api.plan_care(actor=actor, customer=customer, plan="" if plan == "-" else plan, today=today)
    return _("%(count)s steps planned") % {"count": len(made)}, _file(public_id)


def act_add_step(request: Request, public_id: UUID) -> tuple[str, str]:
    """Put one step in."""
    actor, given = request.actor, request.POST
    customer = customers.by_public_id(actor, public_id)
    api.add_step(
        actor=actor, customer=customer, title=given.get("title", ""), way=given.get("way", ""),
        due_on=parts.needed_day(given, "due_on"), every_months=parts.number_of(given, "every_months", 0),
    )  # fmt: skip
    return _("Planned"), _file(public_id)


def act_do_step(request: Request, public_id: UUID) -> tuple[str, str]:
    """A step is done."""
    actor = request.actor
    step = queries.get_step(actor, public_id)
    today = clock.today(actor.zone)
    following = api.do_step(actor=actor, step=step, result=request.POST.get("result", ""), today=today)
    told = _("Done; again on %(day)s") % {"day": formats.day(following.due_on)} if following else _("Done")
    return told, _file(step.customer.public_id)


def act_drop_step(request: Request, public_id: UUID) -> tuple[str, str]:
    """A step is not wanted."""
    step = queries.get_step(request.actor, public_id)
    api.drop_step(actor=request.actor, step=step)
    return _("Dropped"), _file(step.customer.public_id)


def act_plan_visit(request: Request, public_id: UUID) -> tuple[str, str]:
    """Plan a visit."""
    actor, given = request.actor, request.POST
    customer = customers.by_public_id(actor, public_id)
    at = parts.moment_of(given, "at", actor.zone)
    api.plan_visit(actor=actor, customer=customer, at=at, purpose=given.get("purpose", ""))
    return _("Visit planned for %(when)s") % {"when": formats.moment(at)}, _file(public_id)


def act_complete_visit(request: Request, public_id: UUID) -> tuple[str, str]:
    """The visit has taken place; a next step with a day goes into the care plan."""
    actor, given = request.actor, request.POST
    visit = queries.get_visit(actor, public_id)
    next_on = parts.day_of(given, "next_on", required=False)
    done = api.complete_visit(
        actor=actor, visit=visit, at=min(parts.moment_of(given, "at", actor.zone), clock.now()),
        met=given.get("met", ""), result=given.get("result", ""), version=parts.number_of(given, "version"),
        next_step=given.get("next_step", ""), next_on=next_on,
    )  # fmt: skip
    if done.next_step and next_on is not None:
        customer = visit.customer
        api.add_step(actor=actor, customer=customer, title=done.next_step, way="call", due_on=next_on)
    return _("Written down, also as a contact of the customer"), _file(visit.customer.public_id)


def act_move_visit(request: Request, public_id: UUID) -> tuple[str, str]:
    """The visit takes place at another time."""
    actor, given = request.actor, request.POST
    visit = queries.get_visit(actor, public_id)
    at = parts.moment_of(given, "at", actor.zone)
    api.move_visit(actor=actor, visit=visit, at=at, version=parts.number_of(given, "version"))
    return _("Moved to %(when)s") % {"when": formats.moment(at)}, _file(visit.customer.public_id)


def act_cancel_visit(request: Request, public_id: UUID) -> tuple[str, str]:
    """The visit will not take place."""
    actor, given = request.actor, request.POST
    visit = queries.get_visit(actor, public_id)
    version = parts.number_of(given, "version")
    api.cancel_visit(actor=actor, visit=visit, reason=given.get("reason", ""), version=version)
    return _("The visit is cancelled"), _file(visit.customer.public_id)
