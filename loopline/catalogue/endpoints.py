"""The catalogue for programs of our own: offers, what a customer would pay, the steps of an offer's life."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from loopline.catalogue import actions, queries, wording
from loopline.catalogue.design import Design, MemberDesign, PriceDesign, design_of
from loopline.catalogue.models import Offering
from loopline.catalogue.rules import eligibility, pricing
from loopline.catalogue.rules.characteristics import Use
from loopline.kernel import clock
from loopline.kernel.permission import caller

router = Router()
PAGE = 100
MONEY = Decimal(10) ** 12


class PriceIn(Schema):
    """A price: recurring, one_time, usage, allowance or discount. See the price calculation for its fields."""

    id: UUID | None = None
    kind: str
    name: str = Field(max_length=200)
    name_en: str = Field("", max_length=200)
    amount: Decimal = Field(Decimal(0), ge=0, lt=MONEY, decimal_places=4)
    percent: Decimal = Field(Decimal(0), ge=0, le=100, decimal_places=4)
    unit: str = Field("", max_length=40)
    quantity: Decimal | None = Field(None, gt=0, lt=MONEY, decimal_places=4)
    period_months: int = Field(1, ge=1, le=120)
    first_month: int = Field(1, ge=1, le=120)
    months: int = Field(0, ge=0, le=120)
    takes_from: str = "recurring"
    when: dict[str, str] = {}
    valid_from: date | None = Field(None, ge=date(2000, 1, 1), le=date(2199, 12, 31))
    valid_until: date | None = Field(None, ge=date(2000, 1, 1), le=date(2199, 12, 31))


class MemberIn(Schema):
    """An offering (its id) inside a bundle, with how many of it."""

    offering: UUID
    minimum: int = Field(0, ge=0, le=100)
    maximum: int = Field(1, ge=0, le=100)
    default: int = Field(1, ge=0, le=100)


class RuleIn(Schema):
    """Who may buy, or what goes together: one of `values`, or a range from `low` to `high`."""

    kind: str
    values: list[str] = []
    low: int | None = Field(None, ge=0, le=2000)
    high: int | None = Field(None, ge=0, le=2000)


class UseIn(Schema):
    """What an offer makes of a characteristic."""

    code: str
    values: list[str] = []
    default: str = ""


class DesignIn(Schema):
    """Everything that is decided about an offer. `version` refuses to overwrite what others have changed."""

    code: str = Field(max_length=60)
    name: str = Field(max_length=200)
    name_en: str = Field("", max_length=200)
    description: str = Field("", max_length=5000)
    kind: str = "plan"
    service: str = Field("mobile", max_length=40)
    specification: UUID | None = None
    category: UUID | None = None
    term_months: int = Field(0, ge=0, le=120)
    monthly_cost: Decimal = Field(Decimal(0), ge=0, lt=MONEY, decimal_places=2)
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    uses: list[UseIn] = []
    prices: list[PriceIn] = Field([], max_length=60)
    members: list[MemberIn] = Field([], max_length=60)
    rules: list[RuleIn] = Field([], max_length=60)
    version: int | None = None


class OfferOut(Schema):
    """An offer in one of its versions (`revision`)."""

    id: UUID
    code: str
    revision: int
    name: str
    name_en: str
    kind: str
    service: str
    state: str
    is_sold: bool
    monthly_fee: Decimal
    term_months: int
    category: str | None
    updated_at: datetime
    version: int


class OfferPage(Schema):
    """Offers by name; `next` is the `after` of the following page."""

    items: list[OfferOut]
    next: str | None


class OfferQuery(Schema):
    """Which offers: `q` searches names and codes; `state` is current, all or one state."""

    q: str = Field("", max_length=100)
    category: UUID | None = None
    kind: str = ""
    service: str = ""
    state: str = "current"
    after: str = Field("", max_length=300)


class WholeOut(OfferOut):
    """An offer with its design."""

    design: dict[str, Any]


class ChoiceIn(Schema):
    """What a customer chooses: options by characteristic, how many of each member, and the day of the start."""

    options: dict[str, str | list[str]] = {}
    counts: dict[str, Annotated[int, Field(ge=0, le=100)]] = {}
    start: date | None = Field(None, ge=date(2000, 1, 1), le=date(2199, 12, 31))


class PriceLineOut(Schema):
    """A line of a bill and how it came about."""

    offering: str
    kind: str
    name: str
    amount: Decimal
    how: str


class BillOut(Schema):
    """What is charged for the days from `first` to `last` (none: from then on)."""

    first: date
    last: date | None
    total: Decimal
    lines: list[PriceLineOut]


class PriceQuoteOut(Schema):
    """What a customer would pay."""

    start: date
    first_bill: BillOut
    phases: list[BillOut]
    monthly: Decimal
    one_time: Decimal
    after_discount: Decimal
    over_term: Decimal
    term_months: int
    allowances: dict[str, Decimal | None]
    problems: list[str]


class OfferStepIn(Schema):
    """The state an offer is to take, and why."""

    to: str
    reason: str = Field("", max_length=500)


def _plain(row: Offering) -> dict[str, Any]:
    names = [name for name in OfferOut.model_fields if name not in ("id", "category")]
    category = row.category.name if row.category else None
    return {"id": row.public_id, "category": category} | {name: getattr(row, name) for name in names}


def _whole(row: Offering) -> WholeOut:
    return WholeOut(**_plain(row), design=asdict(design_of(row)))


def _design(given: DesignIn) -> Design:
    plain = given.model_dump(exclude={"uses", "prices", "members", "rules", "version"})
    return Design(
        **plain,
        uses=tuple(Use(use.code, tuple(use.values), use.default) for use in given.uses),
        prices=tuple(
            PriceDesign(
                pricing.Price(**each.model_dump(exclude={"id", "when"}), when=tuple(each.when.items())),
                each.id,
            )
            for each in given.prices
        ),
        members=tuple(MemberDesign(**each.model_dump()) for each in given.members),
        rules=tuple(
            eligibility.Rule(rule.kind, tuple(rule.values), rule.low, rule.high) for rule in given.rules
        ),
    )


def _bill(bill: pricing.Bill) -> BillOut:
    lines = [
        PriceLineOut(
            offering=line.offering,
            kind=line.kind,
            name=wording.line_name(line),
            amount=line.amount,
            how=wording.line_how(line),
        )
        for line in bill.lines
    ]
    return BillOut(first=bill.first, last=bill.last, total=bill.total, lines=lines)


@router.get("/offers", response=OfferPage)
def list_offers(request: HttpRequest, wanted: Query[OfferQuery]) -> OfferPage:
    """The offers by name."""
    key, _dot, name = wanted.after.partition(".")
    after = (name, int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    state = "" if wanted.state == "all" else wanted.state
    chosen = queries.Wanted(wanted.q, wanted.category, wanted.kind, wanted.service, state, after)
    found = list(queries.offerings(caller(request), chosen)[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    items = [OfferOut(**_plain(row)) for row in found[:PAGE]]
    return OfferPage(items=items, next=f"{last.pk}.{last.name}" if last else None)


@router.post("/offers", response={201: WholeOut})
def design(request: HttpRequest, given: DesignIn) -> Status[WholeOut]:
    """Begin an offer: a draft that nobody can buy."""
    return Status(201, _whole(actions.design_offering(actor=caller(request), design=_design(given))))


@router.get("/offers/{offer}", response=WholeOut)
def get_offer(request: HttpRequest, offer: UUID) -> WholeOut:
    """One offer with its design."""
    return _whole(queries.get_offering(caller(request), offer))


@router.put("/offers/{offer}", response=WholeOut)
def change(request: HttpRequest, offer: UUID, given: DesignIn) -> WholeOut:
    """Change a draft."""
    row = actions.change_offering(
        actor=caller(request), offering=offer, design=_design(given), version=given.version
    )
    return _whole(row)


@router.post("/offers/{offer}/versions", response={201: WholeOut})
def begin_version(request: HttpRequest, offer: UUID) -> Status[WholeOut]:
    """Begin a new version; whoever has the old one keeps it."""
    return Status(201, _whole(actions.begin_version(actor=caller(request), offering=offer)))


@router.post("/offers/{offer}/state", response=WholeOut)
def take_step(request: HttpRequest, offer: UUID, step: OfferStepIn) -> WholeOut:
    """Take a step of an offer's life, such as its launch."""
    row = actions.change_state(
        actor=caller(request), offering=offer, to=step.to, now=clock.now(), reason=step.reason
    )
    return _whole(row)


@router.delete("/offers/{offer}", response={204: None})
def remove(request: HttpRequest, offer: UUID) -> Status[None]:
    """Throw a draft away."""
    actions.remove_offering(actor=caller(request), offering=offer)
    return Status(204, None)


@router.post("/offers/{offer}/price", response=PriceQuoteOut)
def price(request: HttpRequest, offer: UUID, choice: ChoiceIn) -> PriceQuoteOut:
    """What a customer would pay with these choices, with every line explained."""
    row = queries.get_offering(caller(request), offer)
    quote = queries.price_of(row, dict(choice.options), choice.start, counts=choice.counts)
    return PriceQuoteOut(
        start=quote.start,
        first_bill=_bill(quote.first_bill),
        phases=[_bill(phase) for phase in quote.phases],
        monthly=quote.monthly,
        one_time=quote.one_time,
        after_discount=quote.after_discount,
        over_term=quote.over_term,
        term_months=quote.term_months,
        allowances=dict(quote.allowances),
        problems=[wording.problem_text(problem) for problem in quote.problems],
    )
