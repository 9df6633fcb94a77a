"""Orders for programs: quote, accept, read, amend, cancel, release."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.permission import caller
from loopline.orders import api, queries, visits, wording
from loopline.orders.models import Order, OrderItem, Step
from loopline.orders.schemas import (
    ActivationIn,
    ActivationOut,
    AmendIn,
    CancelIn,
    CodeIn,
    CodeOut,
    FittingVisitOut,
    ItemOut,
    LineOut,
    OrderIn,
    OrderOut,
    OrderPage,
    OrderQuery,
    OrderWhole,
    ProfileOut,
    QuoteOut,
    ReleaseIn,
    SlotOut,
    StepOut,
    VisitEnd,
    VisitMove,
)

router = Router()
PAGE = 100
DETAIL = {
    "reason", "site", "code", "donor", "deposit", "device", "months", "first", "slot", "member", "payer",
}  # fmt: skip
"""What belongs to kinds of items."""


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


@router.post("/items/{uuid:item}/activation-code", response=ActivationOut)
def activation_code(request: HttpRequest, item: UUID, body: ActivationIn) -> ActivationOut:
    """The activation code of an eSIM in clear; each look is written into the audit."""
    profile, code = api.show_activation_code(
        actor=caller(request),
        item=item,
        now=clock.now(),
        reason=body.reason,
        how="program",
        address=request.META.get("REMOTE_ADDR", ""),
    )
    return ActivationOut(
        code=code.text, address=code.address, matching_id=code.matching_id, iccid=profile.iccid
    )


@router.get("/visit-slots", response=list[SlotOut])
def visit_slots(request: HttpRequest, customer: UUID) -> list[SlotOut]:
    """Hours in a customer's district for which an installer is free."""
    actor = caller(request)
    who = customers.by_public_id(actor, customer)
    rows = visits.free_slots(who.branch_id, clock.today(actor.zone))
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
        profile=_profile(item),
        steps=[_step(step) for step in item.steps.all()],
    )


def _profile(item: OrderItem) -> ProfileOut | None:
    profile = wording.profile_of(item)
    if profile is None:
        return None
    return ProfileOut(**{name: getattr(profile, name) for name in ProfileOut.model_fields})


def _step(step: Step) -> StepOut:
    return StepOut(name=step.name, state=step.state, outside=step.outside, tries=step.tries, error=step.error)
