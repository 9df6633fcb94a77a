"""Stock for programs: free numbers, holds, ranges taken in."""

from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from loopline.kernel import clock, numbers
from loopline.kernel.permission import caller
from loopline.stock import api
from loopline.stock.models import Number

router = Router()


class NumberOut(Schema):
    """A free number, with what it asks of the customer."""

    number: str
    service: str
    pattern: str
    grade: int
    fee: Decimal
    minimum_spend: Decimal
    term_months: int
    home: str
    state: str
    held_until: datetime | None


class NumberQuery(Schema):
    """What kind of number; `after` is the last one of the page before."""

    service: str = Field("mobile", max_length=20)
    segment: str = Field("", pattern=r"^\d{0,7}$")
    pattern: str = Field("", max_length=20)
    ending: str = Field("", pattern=r"^\d{0,8}$")
    grade: int | None = Field(None, ge=0, le=4)
    most_spend: Decimal | None = Field(None, ge=0, le=Decimal(10) ** 9)
    without_four: bool = False
    after: str = Field("", pattern=r"^(\+\d{1,15})?$")
    limit: int = Field(50, ge=1, le=200)


class RangeIn(Schema):
    """The first and the last number of a range."""

    first: str = Field(max_length=20)
    last: str = Field(max_length=20)
    service: str = Field("mobile", pattern="^(mobile|fixed)$")
    home: str = Field("", max_length=80)


class TakenIn(Schema):
    """How many numbers are new in stock."""

    count: int


class HoldIn(Schema):
    """The number to keep for the customer at hand."""

    number: str = Field(max_length=20)


@router.get("/numbers", response=list[NumberOut])
def free_numbers(request: HttpRequest, asked: Query[NumberQuery]) -> list[NumberOut]:
    """Numbers that can be sold."""
    wanted = api.Wanted(**asked.dict(exclude={"limit"}))
    return [_out(row) for row in api.free_numbers(caller(request), wanted)[: asked.limit]]


@router.post("/numbers/range", response=TakenIn)
def take_in(request: HttpRequest, body: RangeIn) -> TakenIn:
    """Take a range of numbers into stock, graded by rule."""
    count = api.take_in_range(
        actor=caller(request),
        first=body.first,
        last=body.last,
        service=body.service,
        home=body.home.replace("\0", ""),
    )
    return TakenIn(count=count)


@router.post("/numbers/hold", response=NumberOut)
def hold(request: HttpRequest, body: HoldIn) -> NumberOut:
    """Keep a number for a quarter of an hour; holding it again prolongs."""
    actor = caller(request)
    number = numbers.e164(body.number, actor.country)
    return _out(api.hold_number(actor=actor, number=number, now=clock.now()))


@router.post("/numbers/release", response={204: None})
def release(request: HttpRequest, body: HoldIn) -> None:
    """Give back a number that one holds."""
    actor = caller(request)
    api.release_hold(actor=actor, number=numbers.e164(body.number, actor.country), now=clock.now())


def _out(row: Number) -> NumberOut:
    return NumberOut(**{name: getattr(row, name) for name in NumberOut.model_fields})
