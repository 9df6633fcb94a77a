"""Campaigns for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from loopline.campaigns import actions, answers, queries
from loopline.campaigns.models import Campaign, Member
from loopline.campaigns.rules.plan import Audience, ContactRules
from loopline.kernel import clock
from loopline.kernel.permission import caller

router = Router()
PAGE = 100


class AudienceIn(Schema):
    """A cell of the value × risk matrix ("high", "low" or empty for all), narrowed by unit id and service."""

    value: str = ""
    risk: str = ""
    unit: int = Field(0, ge=0, lt=2**62)
    service: str = ""


class RulesIn(Schema):
    """Rules of contact over all campaigns; `consent` is granted or not_refused."""

    frequency_days: int = 30
    frequency_max: int = 1
    quiet_from: str = "20:00"
    quiet_to: str = "09:00"
    consent: str = "not_refused"


class PlanIn(Schema):
    """A plan. `offering` is the id of an offer on sale; money is in the operator's currency."""

    name: str = Field(max_length=200)
    audience: AudienceIn
    goal: str = "retained"
    offering: UUID | None = None
    channel: str = "call"
    script: str = Field("", max_length=5000)
    rules: RulesIn = RulesIn()
    control_share: Decimal = Field(Decimal("0.2"), ge=0, le=1)
    waves: int = Field(1, ge=0, le=1000)
    wave_days: int = Field(7, ge=0, le=1000)
    starts_on: date | None = None
    window_days: int = Field(60, ge=0, le=10000)
    budget: Decimal = Field(Decimal(0), ge=0, le=Decimal(10) ** 12)
    contact_cost: Decimal = Field(Decimal(0), ge=0, le=Decimal(10) ** 6)


class CampaignOut(Schema):
    """A campaign. `progress` tells how far its start has come."""

    id: UUID
    number: str
    name: str
    goal: str
    status: str
    channel: str
    audience: dict[str, Any]
    control_share: Decimal
    waves: int
    window_days: int
    budget: Decimal
    contact_cost: Decimal
    starts_on: date | None
    progress: dict[str, Any]
    lesson: str


class CampaignPage(Schema):
    """Campaigns, newest first; `next` is the `after` of the following page."""

    items: list[CampaignOut]
    next: int | None


class CampaignQuery(Schema):
    """Which campaigns: of one status, or all that are not cancelled."""

    status: str = ""
    after: int = Field(0, ge=0, lt=2**62)


class FunnelOut(Schema):
    """How many are left at each step."""

    audience: int
    excluded: dict[str, int]
    control: int
    treatment: int
    contacted: int
    reached: int
    accepted: int
    answers: dict[str, int]


class MemberOut(Schema):
    """A member: the draw's decision, and the answer."""

    id: UUID
    customer: UUID
    subscription: UUID
    arm: str
    exclusion: str
    cell: str
    wave: int
    planned_on: date | None
    window_ends_on: date | None
    answer: str
    contacted_at: datetime | None


class MemberPage(Schema):
    """Members by key; `next` is the `after` of the following page."""

    items: list[MemberOut]
    next: int | None


class MemberQuery(Schema):
    """Which members; `answer` none means not answered yet."""

    arm: str = ""
    answer: str = ""
    exclusion: str = ""
    wave: int = Field(0, ge=0, lt=2**31)
    after: int = Field(0, ge=0, lt=2**62)


class AnswerIn(Schema):
    """What the customer said: accepted, declined, call_back, unreachable or do_not_contact."""

    answer: str
    note: str = Field("", max_length=2000)
    call_back_at: datetime | None = None


class ReasonIn(Schema):
    """Why a campaign is ended."""

    reason: str = Field("", max_length=500)


def _out(row: Campaign) -> CampaignOut:
    plain = {name: getattr(row, name) for name in CampaignOut.model_fields if name != "id"}
    return CampaignOut(id=row.public_id, **plain)


def _member(row: Member) -> MemberOut:
    plain = {
        name: getattr(row, name)
        for name in MemberOut.model_fields
        if name not in ("id", "customer", "subscription")
    }
    return MemberOut(
        id=row.public_id,
        customer=row.customer.public_id,
        subscription=row.subscription.public_id,
        **plain,
    )


def _plan(given: PlanIn) -> actions.Plan:
    plain = given.model_dump(exclude={"audience", "rules"})
    audience, rules = Audience(**given.audience.model_dump()), ContactRules(**given.rules.model_dump())
    return actions.Plan(audience=audience, contact_rules=rules, **plain)


@router.get("", response=CampaignPage)
def list_campaigns(request: HttpRequest, wanted: Query[CampaignQuery]) -> CampaignPage:
    """The campaigns of my units, newest first."""
    rows = queries.campaigns(caller(request), wanted.status)
    found = list((rows.filter(pk__lt=wanted.after) if wanted.after else rows)[: PAGE + 1])
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    return CampaignPage(items=[_out(row) for row in found[:PAGE]], next=following)


@router.post("", response={201: CampaignOut})
def plan(request: HttpRequest, given: PlanIn) -> Status[CampaignOut]:
    """Plan a campaign: a draft that contacts nobody."""
    return Status(201, _out(actions.plan_campaign(actor=caller(request), plan=_plan(given))))


@router.get("/{campaign}", response=CampaignOut)
def get_campaign(request: HttpRequest, campaign: UUID) -> CampaignOut:
    """One campaign."""
    return _out(queries.get_campaign(caller(request), campaign))


@router.put("/{campaign}", response=CampaignOut)
def change(request: HttpRequest, campaign: UUID, given: PlanIn) -> CampaignOut:
    """Change a draft."""
    return _out(actions.change_campaign(actor=caller(request), campaign=campaign, plan=_plan(given)))


@router.post("/{campaign}/start", response={202: CampaignOut})
def start(request: HttpRequest, campaign: UUID) -> Status[CampaignOut]:
    """Let a draft start; a job draws the members and fills the worklists."""
    return Status(202, _out(actions.start_campaign(actor=caller(request), campaign=campaign)))


@router.post("/{campaign}/cancel", response=CampaignOut)
def cancel(request: HttpRequest, campaign: UUID, why: ReasonIn) -> CampaignOut:
    """End a campaign before its time."""
    reason = why.reason or "cancelled"
    return _out(
        actions.cancel_campaign(actor=caller(request), campaign=campaign, reason=reason, now=clock.now())
    )


@router.post("/{campaign}/finish", response=CampaignOut)
def finish(request: HttpRequest, campaign: UUID) -> CampaignOut:
    """Stop contacting."""
    return _out(actions.finish_campaign(actor=caller(request), campaign=campaign, now=clock.now()))


@router.get("/{campaign}/funnel", response=FunnelOut)
def funnel(request: HttpRequest, campaign: UUID) -> queries.Funnel:
    """From the audience to the acceptance."""
    return queries.funnel(queries.get_campaign(caller(request), campaign))


@router.get("/{campaign}/members", response=MemberPage)
def members(request: HttpRequest, campaign: UUID, wanted: Query[MemberQuery]) -> MemberPage:
    """Who is in it."""
    actor = caller(request)
    chosen = queries.MemberFilter(**wanted.model_dump())
    found = list(queries.members(actor, queries.get_campaign(actor, campaign), chosen)[: PAGE + 1])
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    return MemberPage(items=[_member(row) for row in found[:PAGE]], next=following)


@router.post("/members/{member}/answer", response=MemberOut)
def answer(request: HttpRequest, member: UUID, said: AnswerIn) -> MemberOut:
    """Record what a contacted customer said, and close his task."""
    row = answers.record_answer(
        actor=caller(request),
        member=member,
        answer=said.answer,
        note=said.note,
        call_back_at=said.call_back_at,
        now=clock.now(),
    )
    return _member(row)


@router.post("/members/{member}/correct", response=MemberOut)
def correct(request: HttpRequest, member: UUID, said: AnswerIn) -> MemberOut:
    """Replace an answer; both stay in the history."""
    row = answers.correct_answer(
        actor=caller(request), member=member, answer=said.answer, note=said.note, now=clock.now()
    )
    return _member(row)


@router.post("/members/{member}/undo", response=MemberOut)
def undo(request: HttpRequest, member: UUID) -> MemberOut:
    """Take back one's own answer of the last minutes."""
    return _member(answers.undo_answer(actor=caller(request), member=member, now=clock.now()))
