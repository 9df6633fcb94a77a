"""Campaigns, their members and their audiences. Row security shows each person his part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, FloatField, Max, Min, Q, QuerySet
from django.db.models.functions import Cast

from loopline.campaigns.models import Answer, Arm, Campaign, CampaignStatus, Member
from loopline.campaigns.rules.plan import Audience
from loopline.catalogue.api import Offering
from loopline.identity import api as identity
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.scores import api as scores

TASK_KIND = "campaign"
NOT_REACHED = (Answer.UNREACHABLE, Answer.CALL_BACK)


def source_of(campaign: Campaign) -> str:
    """How the worklist names a campaign."""
    return f"campaigns.campaign:{campaign.pk}"


def subject_of(member: Member) -> str:
    """How the worklist names a member."""
    return f"campaigns.member:{member.pk}"


def member_of(subject: str) -> int:
    """The member behind a task's subject. Raises NotFound for another kind of subject."""
    kind, _, key = subject.partition(":")
    if kind != "campaigns.member" or not key.isdigit():
        raise NotFound
    return int(key)


def found[T](row: T | None) -> T:
    """The row, or the refusal that it is not there."""
    if row is None:
        raise NotFound
    return row


def get_campaign(actor: Actor, public_id: UUID) -> Campaign:
    """One campaign of the units the person sees."""
    require(actor, "campaigns.view")
    return found(Campaign.objects.select_related("offering", "branch").filter(public_id=public_id).first())


def campaigns(actor: Actor, status: str = "") -> QuerySet[Campaign]:
    """The campaigns a person sees, newest first."""
    require(actor, "campaigns.view")
    rows = Campaign.objects.select_related("offering", "branch").order_by("-id")
    return rows.filter(status=status) if status else rows.exclude(status=CampaignStatus.CANCELLED)


def running_of_subscription(subscription: int) -> Member | None:
    """The membership of a subscription in a campaign that runs now, whatever its arm."""
    rows = Member.objects.filter(subscription_id=subscription, campaign__status=CampaignStatus.RUNNING)
    return rows.select_related("campaign").exclude(arm=Arm.EXCLUDED).order_by("-id").first()


def offers(actor: Actor, service: str = "") -> QuerySet[Offering]:
    """The retention offers on sale, cheapest first."""
    require(actor, "campaigns.view")
    rows = Offering.objects.filter(kind="retention", is_sold=True).order_by("monthly_cost", "id")
    return rows.filter(service__in=[service, ""]) if service else rows


# Audiences


def matching(actor: Actor, audience: Audience) -> QuerySet[Any]:
    """The scores of an audience within what the actor sees; subscriptions that have left are not in it."""
    rows = scores.audience_of_cell(actor, audience.value, audience.risk)
    if audience.unit:
        unit = identity.Unit.objects.filter(pk=audience.unit).first()
        rows = rows.filter(branch_id__in=identity.subtree(unit) if unit else [])
    return rows.filter(subscription__service=audience.service) if audience.service else rows


def audience(campaign: Campaign) -> list[int]:
    """The subscriptions a campaign is meant for, within the unit it belongs to. For the job that starts it."""
    everybody = identity.platform_actor(campaign.tenant_id, "system")
    rows = matching(everybody, Audience.read(campaign.audience))
    if campaign.branch.parent_id is not None:
        rows = rows.filter(branch_id__in=identity.subtree(campaign.branch))
    return list(rows.order_by().values_list("subscription_id", flat=True))


@dataclass(frozen=True, slots=True)
class Size:
    """How large an audience is, and its mean chance of leaving (the base rate of the effect's hint).

    `yearly_stake` is what is expected to be lost of one of them in a year: mean of value × risk, twelve months.
    """

    subscriptions: int
    customers: int
    mean_risk: float
    yearly_stake: float


def size_of(actor: Actor, audience: Audience) -> Size:
    """The size of an audience before anybody is left out."""
    counted = (
        matching(actor, audience)
        .order_by()
        .aggregate(
            n=Count("pk"),
            customers=Count("customer_id", distinct=True),
            mean=Avg("risk"),
            stake=Avg(F("risk") * Cast("value", FloatField())),
        )
    )
    return Size(counted["n"], counted["customers"], counted["mean"] or 0.0, 12 * (counted["stake"] or 0.0))


# Members and the funnel


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many are left at each step, from the audience to the acceptance."""

    audience: int
    excluded: Mapping[str, int]
    control: int
    treatment: int
    contacted: int
    reached: int
    accepted: int
    answers: Mapping[str, int]

    @property
    def drawn(self) -> int:
        """Members of either arm."""
        return self.control + self.treatment


def funnel(campaign: Campaign) -> Funnel:
    """The steps of a campaign, in two queries."""
    rows = Member.objects.filter(campaign=campaign).order_by()
    arms = dict(rows.values_list("arm").annotate(n=Count("id")))
    reasons = dict(
        rows.filter(arm=Arm.EXCLUDED).values_list("exclusion").annotate(n=Count("id")).order_by("-n")
    )
    answers = dict(rows.filter(arm=Arm.TREATMENT).values_list("answer").annotate(n=Count("id")))
    treatment = arms.get(Arm.TREATMENT, 0)
    contacted = treatment - answers.get("", 0)
    return Funnel(
        audience=sum(arms.values()),
        excluded=reasons,
        control=arms.get(Arm.CONTROL, 0),
        treatment=treatment,
        contacted=contacted,
        reached=contacted - sum(answers.get(answer, 0) for answer in NOT_REACHED),
        accepted=answers.get(Answer.ACCEPTED, 0),
        answers={answer: count for answer, count in answers.items() if answer},
    )


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members: `answer` "none" means not yet answered; `after` is the last id of the page before."""

    arm: str = ""
    answer: str = ""
    exclusion: str = ""
    wave: int = 0
    after: int = 0


def members(actor: Actor, campaign: Campaign, wanted: MemberFilter) -> QuerySet[Member]:
    """The members of a campaign within what the actor sees, by id."""
    require(actor, "campaigns.view")
    rows = Member.objects.filter(campaign=campaign)
    if wanted.arm:
        rows = rows.filter(arm=wanted.arm)
    if wanted.answer:
        rows = rows.filter(answer="" if wanted.answer == "none" else wanted.answer)
    if wanted.exclusion:
        rows = rows.filter(exclusion=wanted.exclusion)
    if wanted.wave:
        rows = rows.filter(wave=wanted.wave)
    if wanted.after:
        rows = rows.filter(pk__gt=wanted.after)
    return rows.select_related("customer", "subscription", "branch").order_by("pk")


def contacts_made(campaigns: Iterable[Campaign]) -> dict[int, int]:
    """How many members of each campaign have been contacted, in one query: what the budgets were spent on."""
    rows = Member.objects.filter(campaign__in=[row.pk for row in campaigns]).exclude(contacted_at=None)
    return dict(rows.order_by().values_list("campaign_id").annotate(n=Count("id")))


@dataclass(frozen=True, slots=True)
class Ripening:
    """When the effect can be read: members of each arm whose window is over, and the day the next one ends."""

    treatment: int
    control: int
    next_day: date | None
    last_day: date | None


def ripening(campaign: Campaign, today: date) -> Ripening:
    """How far the windows of a campaign have run, from the operational tables."""
    rows = Member.objects.filter(campaign=campaign).exclude(arm=Arm.EXCLUDED).order_by()
    over = Q(window_ends_on__lt=today)
    counted = rows.aggregate(
        treatment=Count("id", filter=over & Q(arm=Arm.TREATMENT)),
        control=Count("id", filter=over & Q(arm=Arm.CONTROL)),
        next_day=Min("window_ends_on", filter=~over),
        last_day=Max("window_ends_on"),
    )
    return Ripening(**counted)
