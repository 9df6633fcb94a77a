"""Installers' visits on screen: the hours offered, the visits booked, and what is done with one."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import clock, formats
from loopline.kernel.errors import Invalid, NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.orders import actions, api, visits, wording
from loopline.orders.models import Order, OrderItem

menu.add(
    "orders.visits",
    MenuItem("orders", gettext_lazy("Installers' visits"), "orders:visits", "tools", "orders.view"),
    order=45,
)


@dataclass(frozen=True, slots=True)
class SlotRow:
    """Hours of a day in a district and how full they are."""

    day: str
    hours: str
    branch: str
    text: str
    percent: int
    tone: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A booked visit."""

    url: str
    when: str
    order: str
    who: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """What is offered and what is booked from a day on."""

    title: str
    first: str
    slots: list[SlotRow]
    booked: list[VisitRow]
    offer_url: str
    values: dict[str, str]
    error: str = ""


@require_safe
def calendar(request: Request) -> HttpResponse:
    """The hours of the coming month and the visits booked."""
    return _calendar(request)


@require_POST
def offer(request: Request) -> HttpResponse:
    """Offer hours in my unit."""
    require(request.actor, "orders.visits")
    given = request.POST
    try:
        days = actions.offer_slots(
            actor=request.actor,
            unit=request.actor.unit_id,
            first=_day(given.get("first", "")),
            last=_day(given.get("last", "")),
            hours=(given.get("begins", ""), given.get("ends", "")),
            capacity=int(given.get("capacity", "")) if given.get("capacity", "").isdecimal() else 0,
        )
    except Refusal as refusal:
        undo(request)
        return _calendar(request, refusal.message)
    answer = HttpResponseRedirect(reverse("orders:visits"))
    return with_toast(answer, _("Hours offered on %(count)s days.") % {"count": days})


@require_POST
def move(request: Request, visit: UUID) -> HttpResponse:
    """Move a visit."""
    version = request.POST.get("version", "")
    moved = actions.move_visit(
        actor=request.actor,
        visit=visit,
        slot=_key(request.POST.get("slot", "")),
        version=int(version) if version.isdecimal() else 0,
        now=clock.now(),
    )
    return _to(moved.item.order, _("The visit is moved."))


@require_POST
def end(request: Request, visit: UUID) -> HttpResponse:
    """The installer was there, or nobody was."""
    missed = request.POST.get("answer") == "missed"
    note = request.POST.get("note", "")
    order = api.end_visit(actor=request.actor, visit=visit, missed=missed, note=note, now=clock.now())
    told = _("Nobody was there; book another visit.") if missed else _("Done. The order goes on.")
    return _to(order, told)


@require_POST
def book(request: Request, item: UUID) -> HttpResponse:
    """Book another visit."""
    slot = _key(request.POST.get("slot", ""))
    made = actions.book_again(actor=request.actor, item=item, slot=slot, now=clock.now())
    return _to(
        OrderItem.objects.select_related("order").get(pk=made.item_id).order, _("The visit is booked.")
    )


def _to(order: Order, told: str) -> HttpResponse:
    return with_toast(
        HttpResponseRedirect(reverse("orders:one", kwargs={"public_id": order.public_id})), told
    )


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(field="slot") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(field="first", reason=_("Please give a day as year-month-day.")) from None


def _calendar(request: Request, error: str = "") -> HttpResponse:
    actor, today = request.actor, clock.today(request.actor.zone)
    tomorrow = today + timedelta(days=1)
    fresh = {
        "first": tomorrow.isoformat(), "last": (tomorrow + timedelta(days=6)).isoformat(), "begins": "09:00",
        "ends": "12:00", "capacity": "4",
    }  # fmt: skip
    page = CalendarPage(
        title=_("Installers' visits"),
        first=formats.day(today),
        slots=[
            SlotRow(
                day=formats.day(row.day),
                hours=f"{row.begins}–{row.ends}",
                branch=formats.named(row.branch),
                text=f"{row.booked}/{row.capacity}",
                percent=round(100 * row.booked / row.capacity),
                tone="bad" if row.booked == row.capacity else "accent",
            )
            for row in visits.calendar(actor, today)
        ],
        booked=[
            VisitRow(
                url=reverse("orders:one", kwargs={"public_id": row.item.order.public_id}),
                when=f"{formats.day(row.slot.day)} {row.slot.begins}–{row.slot.ends}",
                order=row.item.order.number,
                who=wording.who(row.item.order),
                what=wording.what(row.item),
                where=str(row.item.detail.get("site", "")),
            )
            for row in visits.booked_on(actor, today)
        ],
        offer_url=reverse("orders:offer") if actor.may("orders.visits") else "",
        values={name: request.POST.get(name, value) for name, value in fresh.items()},
        error=error,
    )
    crumbs = [Crumb(_("Orders"), reverse("orders:list")), Crumb(page.title)]
    return render(request, "orders/visits.html", page, status=422 if error else 200, breadcrumbs=crumbs)
