"""Orders for programs: quote, accept, read, amend, cancel, release."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.permission import caller
from loopline.orders import api, queries, visits
from loopline.orders.models import Order, OrderItem, Step

router = Router()
PAGE = 100
DETAIL = {
    "reason", "site", "code", "donor", "deposit", "device", "months", "first", "slot", "member", "payer",
}  # fmt: skip
"""What belongs to kinds of items."""


class ItemIn(Schema):
    """One thing that is asked for; see `WantedItem`."""

    kind: str
    offering: UUID | None = None
    subscription: UUID | None = None
    number: str = Field("", max_length=40)
    iccid: str = Field("", max_length=24)
    sim: str = Field("plain", pattern="^(plain|esim)$")
    when: str = Field("now", max_length=10)
    needs: list[int] = []
    reason: str = Field("", max_length=40)
    site: str = Field("", max_length=300)
    code: str = Field("", max_length=20)
    donor: str = Field("", max_length=80)
    at_once: bool = False
    deposit: str = Field("", max_length=20)
    device: str = Field("", max_length=20)
    months: str = Field("", pattern=r"^\d{0,2}$")
    first: str = Field("", max_length=20)
    slot: str = Field("", max_length=36)
    member: str = Field("", max_length=40)
    payer: str = Field("", pattern="^(primary|own)?$")


class OrderIn(Schema):
    """An order. The same `request_key` makes one order, however often it is sent."""

    customer: UUID
    items: list[ItemIn] = Field(min_length=1, max_length=50)
    channel: str = Field("api", pattern="^(counter|phone|web|api)$")
    request_key: str = Field("", max_length=100)
    external_id: str = Field("", max_length=100)
    description: str = Field("", max_length=500)
    seen_in_person: bool = False


class SlotOut(Schema):
    """Hours for which so many installers are left."""

    id: UUID
    day: date
    begins: str
    ends: str
    left: int


class VisitMove(Schema):
    """To which hours; `version` of the visit as it was seen."""

    slot: UUID
    version: int = Field(ge=1, lt=2**31)


class VisitEnd(Schema):
    """What became of a visit."""

    missed: bool = False
    note: str = Field("", max_length=500, pattern=r"^[^\x00]*$")


class FittingVisitOut(Schema):
    """An installer's visit."""

    id: UUID
    slot: UUID
    state: str
    version: int


class LineOut(Schema):
    """A line of the price: now, once or monthly."""

    kind: str
    code: str
    name: str
    name_en: str
    amount: Decimal
    days: int
    of_days: int


class QuoteOut(Schema):
    """What it would cost, and what the customer agrees to."""

    lines: list[list[LineOut]]
    due_now: Decimal
    once: Decimal
    monthly: Decimal
    agreement: str


class StepOut(Schema):
    """A step and how it stands."""

    name: str
    state: str
    outside: bool
    tries: int
    error: str


class ItemOut(Schema):
    """An item and its steps."""

    id: UUID
    position: int
    kind: str
    state: str
    service: str
    offering: UUID | None
    subscription: UUID | None
    monthly: Decimal
    due_now: Decimal
    failure: str
    held_until: datetime | None
    not_before: datetime | None
    steps: list[StepOut]


class OrderOut(Schema):
    """An order."""

    id: UUID
    number: str
    state: str
    channel: str
    customer: UUID | None
    external_id: str
    description: str
    once: Decimal
    monthly: Decimal
    due_now: Decimal
    jeopardy: str
    created_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    version: int


class OrderWhole(OrderOut):
    """An order with its items."""

    items: list[ItemOut]


class OrderPage(Schema):
    """Orders, newest first; `next` is the `after` of the following page."""

    items: list[OrderOut]
    next: int | None


class OrderQuery(Schema):
    """Which orders: a state, `open`, or all; `jeopardy` those that will be late."""

    state: str = Field("", max_length=30)
    channel: str = Field("", max_length=10)
    jeopardy: bool = False
    after: int = Field(0, ge=0, lt=2**62)


class AmendIn(Schema):
    """What to change; `version` is the one that was read."""

    version: int = Field(ge=0, lt=2**31)
    description: str | None = Field(None, max_length=500)
    external_id: str | None = Field(None, max_length=100)
    not_before: datetime | None = None


class CancelIn(Schema):
    """Why."""

    reason: str = Field("", max_length=500)


class ReleaseIn(Schema):
    """Let a held item go on, or reject it."""

    rejected: bool = False
    reason: str = Field("", max_length=500)


class CodeIn(Schema):
    """Whose number wants to leave."""

    customer: UUID
    subscription: UUID


class CodeOut(Schema):
    """The code and until when it holds."""

    code: str
    expires_at: datetime


@router.get("", response=OrderPage)
def list_orders(request: HttpRequest, asked: Query[OrderQuery]) -> OrderPage:
    """The orders that the caller may see."""
    wanted = queries.Wanted(
        asked.state, asked.channel if asked.channel.isalpha() else "", None, asked.jeopardy, asked.after
    )
    rows = list(queries.orders(caller(request), wanted)[: PAGE + 1])
    following = rows[PAGE - 1].pk if len(rows) > PAGE and not asked.jeopardy else None
    return OrderPage(items=[OrderOut(**_order(row)) for row in rows[:PAGE]], next=following)


@router.post("/quote", response=QuoteOut)
def quote(request: HttpRequest, body: OrderIn) -> QuoteOut:
    """What an order would cost and whether it can be done; nothing is kept."""
    told = api.quote(actor=caller(request), wanted=_wanted(body), now=clock.now())
    return QuoteOut(
        lines=[
            [LineOut(**{name: getattr(line, name) for name in LineOut.model_fields}) for line in each]
            for each in told.lines
        ],
        due_now=told.totals.due_now,
        once=told.totals.once,
        monthly=told.totals.monthly,
        agreement=told.agreement,
    )


@router.post("", response={201: OrderWhole})
def accept(request: HttpRequest, body: OrderIn) -> Status[OrderWhole]:
    """Accept an order; it is worked on at once."""
    actor = caller(request)
    order = api.accept_order(actor=actor, wanted=_wanted(body), now=clock.now())
    return Status(201, _whole(queries.get_order(actor, order.public_id)))


@router.get("/{uuid:order}", response=OrderWhole)
def get_order(request: HttpRequest, order: UUID) -> OrderWhole:
    """One order with its items and steps."""
    return _whole(queries.get_order(caller(request), order))


@router.patch("/{uuid:order}", response=OrderWhole)
def amend(request: HttpRequest, order: UUID, body: AmendIn) -> OrderWhole:
    """Amend an order in flight."""
    actor = caller(request)
    changes = body.dict(exclude={"version"}, exclude_none=True)
    api.amend_order(actor=actor, order=order, version=body.version, changes=changes, now=clock.now())
    return _whole(queries.get_order(actor, order))


@router.post("/{uuid:order}/cancel", response=OrderWhole)
def cancel(request: HttpRequest, order: UUID, body: CancelIn) -> OrderWhole:
    """Cancel what is not done; what was begun is taken back."""
    actor = caller(request)
    api.cancel_order(actor=actor, order=order, reason=body.reason, now=clock.now())
    return _whole(queries.get_order(actor, order))


@router.post("/items/{uuid:item}/release", response=OrderWhole)
def release(request: HttpRequest, item: UUID, body: ReleaseIn) -> OrderWhole:
    """Let a held item go on, or reject it."""
    actor = caller(request)
    order = api.release_item(
        actor=actor, item=item, rejected=body.rejected, reason=body.reason, now=clock.now()
    )
    return _whole(queries.get_order(actor, order.public_id))


@router.get("/visit-slots", response=list[SlotOut])
def visit_slots(request: HttpRequest, customer: UUID) -> list[SlotOut]:
    """Hours in a customer's district for which an installer is free."""
    who = customers.by_public_id(caller(request), customer)
    rows = visits.free_slots(who.branch_id, clock.now())
    return [
        SlotOut(
            id=row.public_id, day=row.day, begins=row.begins, ends=row.ends, left=row.capacity - row.booked
        )
        for row in rows
    ]


@router.post("/visits/{uuid:visit}/move", response=FittingVisitOut)
def move_visit(request: HttpRequest, visit: UUID, body: VisitMove) -> FittingVisitOut:
    """Move an installer's visit to other hours."""
    row = api.move_visit(
        actor=caller(request), visit=visit, slot=body.slot, version=body.version, now=clock.now()
    )
    return FittingVisitOut(id=row.public_id, slot=row.slot.public_id, state=row.state, version=row.version)


@router.post("/visits/{uuid:visit}/end", response=OrderWhole)
def end_visit(request: HttpRequest, visit: UUID, body: VisitEnd) -> OrderWhole:
    """The installer was there, or nobody was."""
    actor = caller(request)
    order = api.end_visit(actor=actor, visit=visit, missed=body.missed, note=body.note, now=clock.now())
    return _whole(queries.get_order(actor, order.public_id))


@router.post("/porting-codes", response=CodeOut)
def porting_code(request: HttpRequest, body: CodeIn) -> CodeOut:
    """The code with which a customer may take his number to another operator."""
    actor = caller(request)
    customer = customers.by_public_id(actor, body.customer)
    made = api.issue_porting_code(
        actor=actor, customer=customer, subscription=body.subscription, now=clock.now()
    )
    return CodeOut(code=made.code, expires_at=made.expires_at)


def _wanted(body: OrderIn) -> api.WantedOrder:
    items = tuple(
        api.WantedItem(
            kind=each.kind,
            offering=each.offering,
            subscription=each.subscription,
            number=each.number.replace("\0", ""),
            iccid=each.iccid.replace("\0", ""),
            sim=each.sim,
            when=each.when,
            needs=tuple(each.needs),
            detail={name: text.replace("\0", "") for name, text in each.dict(include=DETAIL).items() if text}
            | ({"at_once": True} if each.at_once else {}),
        )
        for each in body.items
    )
    return api.WantedOrder(
        customer=body.customer,
        items=items,
        channel=body.channel,
        request_key=body.request_key.replace("\0", ""),
        external_id=body.external_id.replace("\0", ""),
        description=body.description.replace("\0", ""),
        seen_in_person=body.seen_in_person,
    )


def _order(row: Order) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in OrderOut.model_fields if name not in ("id", "customer")}
    return plain | {"id": row.public_id, "customer": row.customer.public_id if row.customer else None}


def _whole(row: Order) -> OrderWhole:
    return OrderWhole(**_order(row), items=[_item(item) for item in row.items.all()])


def _item(item: OrderItem) -> ItemOut:
    return ItemOut(
        id=item.public_id,
        position=item.position,
        kind=item.kind,
        state=item.state,
        service=item.service,
        offering=item.offering.public_id if item.offering else None,
        subscription=item.subscription.public_id if item.subscription else None,
        monthly=item.monthly,
        due_now=item.due_now,
        failure=item.failure,
        held_until=item.held_until,
        not_before=item.not_before,
        steps=[_step(step) for step in item.steps.all()],
    )


def _step(step: Step) -> StepOut:
    return StepOut(name=step.name, state=step.state, outside=step.outside, tries=step.tries, error=step.error)
