"""One order: what is asked for, what it costs, and each step with what was taken back."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import clock, formats
from loopline.kernel.events import history
from loopline.kernel.pages import Crumb, Request, render
from loopline.orders import api, queries, sections, wording
from loopline.orders.models import Channel, Kind, Order, OrderItem, OrderState, Step, StepState
from loopline.orders.rules import states


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as an entry of the timeline."""

    icon: str
    tone: str
    title: str
    detail: str
    ago: str
    exact: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item with its price and steps."""

    title: str
    icon: str
    number: str
    sim: str
    state: str
    tone: str
    failure: str
    note: str
    lines: list[wording.ShownLine]
    steps: list[ShownStep]
    release_url: str
    code_note: str
    code_url: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order in finished strings."""

    title: str
    subtitle: str
    state: str
    tone: str
    jeopardy: str
    is_moving: bool
    progress_url: str
    items: list[ShownItem]
    facts: list[tuple[str, str]]
    customer_url: str
    totals: list[tuple[str, str]]
    agreement: list[str]
    cancel_url: str
    story: list[ShownStep]
    unknown: list[str]
    sections: list[sections.Placed]


@require_safe
def one(request: Request, public_id: UUID) -> HttpResponse:
    """The order's page."""
    page = _page(request, queries.get_order(request.actor, public_id))
    crumbs = [Crumb(_("Orders"), reverse("orders:list")), Crumb(page.title)]
    return render(request, "orders/order.html", page, breadcrumbs=crumbs)


@require_safe
def progress(request: Request, public_id: UUID) -> HttpResponse:
    """The part of the page that changes while work goes on."""
    return render(request, "orders/parts.html", _page(request, queries.get_order(request.actor, public_id)))


@require_POST
def cancel(request: Request, public_id: UUID) -> HttpResponse:
    """Cancel what is not done yet."""
    reason = request.POST.get("reason", "").strip()
    api.cancel_order(actor=request.actor, order=public_id, reason=reason, now=clock.now())
    return HttpResponseRedirect(reverse("orders:one", kwargs={"public_id": public_id}))


@require_POST
def release(request: Request, item: UUID) -> HttpResponse:
    """Let a held item go on, or reject it."""
    order = api.release_item(
        actor=request.actor,
        item=item,
        rejected=request.POST.get("answer") == "reject",
        reason=request.POST.get("reason", "").strip(),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("orders:one", kwargs={"public_id": order.public_id}))


def _page(request: Request, order: Order) -> OrderPage:
    is_open = queries.is_open(order)
    address = {"public_id": order.public_id}
    moving = is_open and order.state not in (states.PENDING, states.HELD) and not order.unknown
    return OrderPage(
        title=_("Order %(number)s") % {"number": order.number},
        subtitle=wording.who(order),
        state=str(OrderState(order.state).label),
        tone=wording.TONES[OrderState(order.state)],
        jeopardy=_jeopardy(order),
        is_moving=moving,
        progress_url=reverse("orders:progress", kwargs=address),
        items=[_item(request, item) for item in order.items.all()],
        facts=_facts(order),
        customer_url=_customer_url(order),
        totals=[
            (_("Due now"), formats.money(order.due_now)),
            (_("of it once"), formats.money(order.once)),
            (_("Each month"), formats.money(order.monthly)),
        ],
        agreement=order.agreement.splitlines(),
        cancel_url=reverse("orders:cancel", kwargs=address)
        if is_open and request.actor.may("orders.accept")
        else "",
        story=_story(order),
        unknown=[str(name) for name in order.unknown],
        sections=sections.gather(request.actor, order),
    )


def _customer_url(order: Order) -> str:
    if order.customer is None:
        return ""
    return reverse("customers:view", kwargs={"public_id": order.customer.public_id})


def _jeopardy(order: Order) -> str:
    if order.jeopardy == "stuck":
        return _("The other side does not answer. What was asked for is asked again with the same key.")
    return _("This order will be late.") if order.jeopardy else ""


def _facts(order: Order) -> list[tuple[str, str]]:
    return [
        (_("Channel"), str(Channel(order.channel).label)),
        (_("Branch"), formats.named(order.branch)),
        (_("Accepted by"), order.staff_name),
        (_("Accepted on"), formats.moment(order.created_at)),
        (_("To be done by"), formats.moment(order.due_at)),
        (_("Over"), formats.moment(order.completed_at)),
        *([(_("Their number"), order.external_id)] if order.external_id else []),
        *([(_("Reason for cancelling"), order.cancel_reason)] if order.cancel_reason else []),
    ]


def _item(request: Request, item: OrderItem) -> ShownItem:
    held = item.held_until is not None and item.state == states.HELD and not item.leaving
    may = held and request.actor.may("orders.release")
    profile = wording.profile_of(item)
    return ShownItem(
        title=wording.what(item),
        icon=wording.ICONS[Kind(item.kind)],
        number=wording.masked(item.number, request.actor),
        sim=f"…{item.iccid[-6:]}" if item.iccid else "",
        state=str(OrderState(item.state).label),
        tone=wording.TONES[OrderState(item.state)],
        failure=item.failure if item.failure != "needed" else _("An item it needed could not be done."),
        note=_waits(item),
        lines=[wording.price_line(line) for line in item.prices],
        steps=[_step(step) for step in item.steps.all()],
        release_url=reverse("orders:release", kwargs={"item": item.public_id}) if may else "",
        code_note=wording.profile_state(item),
        code_url=reverse("orders:activation", kwargs={"item": item.public_id})
        if profile is not None and profile.sealed is not None and request.actor.may("orders.accept")
        else "",
    )


def _waits(item: OrderItem) -> str:
    if item.state == states.HELD and item.held_until:
        return _("Held against fraud until %(moment)s.") % {"moment": formats.moment(item.held_until)}
    if item.state == states.PENDING and item.detail.get("slot"):
        return _("Waits for the installer.")
    if item.state == states.PENDING and item.not_before:
        return _("Begins on %(moment)s.") % {"moment": formats.moment(item.not_before)}
    return ""


def _step(step: Step) -> ShownStep:
    icon, tone = wording.STEP_LOOKS[StepState(step.state)]
    moment = step.ended_at or step.sent_at
    told = [str(StepState(step.state).label)]
    if step.tries > 1:
        told.append(_("asked %(count)s times") % {"count": step.tries})
    if step.error:
        told.append(step.error)
    return ShownStep(
        icon=icon,
        tone=tone,
        title=str(wording.STEPS.get(step.name, step.name)),
        detail=" · ".join(told),
        ago=formats.ago(moment) if moment else "",
        exact=formats.moment(moment) if moment else "",
    )


def _story(order: Order) -> list[ShownStep]:
    """What people and the system did with the order, newest first."""
    labels = {
        "orders.accepted": ("clipboard-check", _("Order received")),
        "orders.state_changed": ("progress", _("State changed")),
        "orders.amended": ("edit", _("Amended")),
        "orders.cancel_asked": ("circle-x", _("Cancellation asked for")),
        "orders.activation_code_shown": ("qrcode", _("Activation code shown")),
        "orders.profile_installed": ("device-mobile", _("eSIM installed")),
        "orders.form_signed": ("signature", _("Form signed and archived")),
        "orders.visit_booked": ("calendar-plus", _("Visit booked")),
        "orders.visit_moved": ("calendar-event", _("Visit moved")),
        "orders.visit_ended": ("tools", _("Visit over")),
        "orders.item_released": ("lock-open", _("Released")),
        "orders.item_failed": ("alert-triangle", _("A step failed")),
        "orders.in_jeopardy": ("clock-exclamation", _("In jeopardy")),
    }
    told = []
    for event in history(order, 30):
        icon, label = labels.get(event.name, ("point", event.name))
        if event.name == "orders.state_changed":
            label = str(OrderState(event.payload["after"]).label)
        detail = str(event.payload.get("reason") or "")
        told.append(
            ShownStep(
                icon=icon,
                tone="neutral",
                title=label,
                detail=detail,
                ago=formats.ago(event.at),
                exact=formats.moment(event.at),
                by=formats.author(event.actor_name, event.actor_id),
            )
        )
    return told
