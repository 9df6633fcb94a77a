"""What programs send and get about orders."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field


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


class ProfileOut(Schema):
    """How far an eSIM is: ready to be fetched, its code given out, installed."""

    iccid: str
    prepared_at: datetime
    shown_at: datetime | None
    installed_at: datetime | None


class ActivationIn(Schema):
    """Why the code is needed again; the first time no reason is asked for."""

    reason: str = Field("", max_length=200, pattern=r"^[^\x00]*$")


class ActivationOut(Schema):
    """The activation code of an eSIM (GSMA SGP.22), whole and in its parts."""

    code: str
    address: str
    matching_id: str
    iccid: str


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
    profile: ProfileOut | None
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
