"""The till for programs, such as the counter's own terminal."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from loopline.kernel import clock
from loopline.kernel.permission import Actor, caller
from loopline.till import api, queries
from loopline.till.models import Movement, Session

router = Router()
CLEAN = r"^[^\x00]*$"
METHOD = "^(cash|card|transfer|wechat|alipay)$"


class SessionOut(Schema):
    """A till from opening to day close; amounts by means of payment."""

    id: UUID
    till: str
    day: date
    state: str
    change: Decimal
    opened_by: str
    expected: dict[str, Decimal]
    counted: dict[str, Decimal]
    difference: Decimal
    reason: str
    version: int


class EntryOut(Schema):
    """So much from `credit` to `debit`."""

    debit: str
    credit: str
    amount: Decimal
    order: UUID | None
    account: UUID | None


class ReceiptOut(Schema):
    """A receipt: received is positive, given away negative."""

    id: UUID
    number: str
    kind: str
    amount: Decimal
    cash_given: Decimal | None
    customer: UUID | None
    corrects: UUID | None
    reason: str
    by: str
    at: datetime
    entries: list[EntryOut]


class Opening(Schema):
    """Which till, with how much change."""

    till: UUID
    change: Decimal = Field(Decimal(0), ge=0, le=10**7)


class DueIn(Schema):
    """An order with all that is open on it, or a billing account with any amount."""

    amount: Decimal = Field(gt=0, le=10**8)
    order: UUID | None = None
    account: UUID | None = None


class TenderIn(Schema):
    """How much is paid by which means."""

    method: str = Field(pattern=METHOD)
    amount: Decimal = Field(gt=0, le=10**8)


class PaymentIn(Schema):
    """A payment. The same `request_key` takes it once."""

    customer: UUID
    charges: list[DueIn] = Field(min_length=1, max_length=20)
    tenders: list[TenderIn] = Field(min_length=1, max_length=5)
    cash_given: Decimal | None = Field(None, ge=0, le=10**8)
    request_key: str = Field("", max_length=80, pattern=CLEAN)


class RefundIn(Schema):
    """Money given back: on an order all that was paid too much, on an account the amount."""

    order: UUID | None = None
    customer: UUID | None = None
    account: UUID | None = None
    amount: Decimal | None = Field(None, gt=0, le=10**8)
    method: str = Field(pattern=METHOD)
    reason: str = Field(max_length=500, pattern=CLEAN)
    request_key: str = Field("", max_length=80, pattern=CLEAN)


class CountIn(Schema):
    """What was counted, by means of payment."""

    counted: dict[str, Decimal]
    reason: str = Field("", max_length=500, pattern=CLEAN)


class CorrectionIn(Schema):
    """Why."""

    reason: str = Field(max_length=500, pattern=CLEAN)


class TillOut(Schema):
    """A till."""

    id: UUID
    code: str
    name: str
    branch: str


def _session(row: Session) -> SessionOut:
    held = queries.expected(row) if row.state == "open" else {k: Decimal(v) for k, v in row.expected.items()}
    return SessionOut(
        id=row.public_id,
        till=row.till.code,
        day=row.day,
        state=row.state,
        change=row.change,
        opened_by=row.opened_by,
        expected=held,
        counted={name: Decimal(amount) for name, amount in row.counted.items()},
        difference=row.difference,
        reason=row.reason,
        version=row.version,
    )


def _receipt(actor: Actor, movement: Movement) -> ReceiptOut:
    row = queries.get_movement(actor, movement.public_id)
    return ReceiptOut(
        id=row.public_id,
        number=row.number,
        kind=row.kind,
        amount=row.amount,
        cash_given=row.cash_given,
        customer=row.customer.public_id if row.customer else None,
        corrects=row.corrects.public_id if row.corrects else None,
        reason=row.reason,
        by=row.by_name,
        at=row.at,
        entries=[
            EntryOut(
                debit=each.debit,
                credit=each.credit,
                amount=each.amount,
                order=each.order.public_id if each.order else None,
                account=each.account.public_id if each.account else None,
            )
            for each in row.entries.all()
        ],
    )


@router.get("/tills", response=list[TillOut])
def list_tills(request: HttpRequest) -> list[TillOut]:
    """The tills that I may see."""
    rows = queries.tills(caller(request))
    return [TillOut(id=row.public_id, code=row.code, name=row.name, branch=row.branch.code) for row in rows]


@router.post("/open", response=SessionOut)
def open_till(request: HttpRequest, wanted: Opening) -> SessionOut:
    """Open a till with change from the safe."""
    row = api.open_till(actor=caller(request), till=wanted.till, change=wanted.change, now=clock.now())
    return _session(row)


@router.get("/days/{session}", response=SessionOut)
def get_session(request: HttpRequest, session: UUID) -> SessionOut:
    """One day of a till with what it ought to hold."""
    return _session(queries.get_session(caller(request), session))


@router.post("/days/{session}/payments", response=ReceiptOut)
def pay(request: HttpRequest, session: UUID, wanted: PaymentIn) -> ReceiptOut:
    """Take money."""
    made = api.pay(
        actor=caller(request),
        session=session,
        customer=wanted.customer,
        charges=[api.Charge(each.amount, each.order, each.account) for each in wanted.charges],
        tenders=[api.Tender(each.method, each.amount) for each in wanted.tenders],
        now=clock.now(),
        request_key=wanted.request_key,
        cash_given=wanted.cash_given,
    )
    return _receipt(caller(request), made)


@router.post("/days/{session}/refunds", response=ReceiptOut)
def refund(request: HttpRequest, session: UUID, wanted: RefundIn) -> ReceiptOut:
    """Give money back."""
    actor, now = caller(request), clock.now()
    if wanted.order is not None:
        made = api.refund_order(
            actor=actor, session=session, order=wanted.order, method=wanted.method, reason=wanted.reason,
            now=now, request_key=wanted.request_key,
        )  # fmt: skip
    else:
        made = api.refund_bill(
            actor=actor, session=session, customer=wanted.customer or UUID(int=0),
            account=wanted.account or UUID(int=0), amount=wanted.amount or Decimal(0), method=wanted.method,
            reason=wanted.reason, now=now, request_key=wanted.request_key,
        )  # fmt: skip
    return _receipt(actor, made)


@router.post("/days/{session}/corrections/{receipt}", response=ReceiptOut)
def correct(request: HttpRequest, session: UUID, receipt: UUID, why: CorrectionIn) -> ReceiptOut:
    """Take a receipt back by a counter-entry."""
    made = api.correct(
        actor=caller(request), session=session, movement=receipt, reason=why.reason, now=clock.now()
    )
    return _receipt(caller(request), made)


@router.post("/days/{session}/count", response=SessionOut)
def count(request: HttpRequest, session: UUID, wanted: CountIn) -> SessionOut:
    """Count the till; what tallies closes the day."""
    row = api.count_till(
        actor=caller(request), session=session, counted=wanted.counted, reason=wanted.reason, now=clock.now()
    )
    return _session(row)


@router.post("/days/{session}/confirm", response=SessionOut)
def confirm(request: HttpRequest, session: UUID) -> SessionOut:
    """Confirm a difference and close the day."""
    return _session(api.confirm_count(actor=caller(request), session=session, now=clock.now()))


@router.get("/receipts/{receipt}", response=ReceiptOut)
def get_receipt(request: HttpRequest, receipt: UUID) -> ReceiptOut:
    """One receipt with its entries."""
    return _receipt(caller(request), queries.get_movement(caller(request), receipt))
