"""What can be done with a campaign: plan, change, start, cancel, finish, note the lesson."""

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.campaigns import queries, starting
from loopline.campaigns.events import (
    CampaignCancelled,
    CampaignChanged,
    CampaignFinished,
    CampaignPlanned,
    CampaignStartAsked,
    LessonNoted,
)
from loopline.campaigns.models import Campaign, CampaignStatus, Goal
from loopline.campaigns.rules import plan as rules
from loopline.catalogue.api import Offering
from loopline.identity.api import Unit
from loopline.kernel import series
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.worklist import api as worklist

CHANNELS = ("call", "sms", "email", "wechat", "visit", "shop")
"""Through which a campaign may reach its members, most used first."""


class NoLongerDraft(Conflict):
    """Only a draft may be changed or started."""

    code = "campaign_no_longer_draft"
    sentence = _("“%(name)s” has been started or ended already and can no longer be changed.")


class NotRunning(Conflict):
    """Only a campaign that is starting or running can be ended."""

    code = "campaign_not_running"
    sentence = _("“%(name)s” is not running.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a person decides about a campaign. `offering` is the public id of a retention offer."""

    name: str
    audience: rules.Audience
    goal: str = Goal.RETAINED
    offering: UUID | None = None
    channel: str = "call"
    script: str = ""
    contact_rules: rules.ContactRules = field(default_factory=rules.ContactRules)
    control_share: Decimal = Decimal("0.2")
    waves: int = 1
    wave_days: int = 7
    starts_on: date | None = None
    window_days: int = 60
    budget: Decimal = Decimal(0)
    contact_cost: Decimal = Decimal(0)


def plan_campaign(*, actor: Actor, plan: Plan) -> Campaign:
    """Make a draft. Raises Invalid with the field at fault."""
    require(actor, "campaigns.plan")
    columns = _columns(plan)
    (number,) = series.take("campaign", prefix="M")
    made = Campaign.objects.create(
        number=f"M{number:05d}",
        branch=_home(actor),
        owner_id=actor.staff_id,
        owner_name=actor.name,
        seed=secrets.randbits(62),
        **columns,
    )
    record(CampaignPlanned(number=made.number), about=made, by=actor)
    return made


def change_campaign(*, actor: Actor, campaign: UUID, plan: Plan) -> Campaign:
    """Change a draft. Raises NoLongerDraft, or Invalid with the field at fault."""
    require(actor, "campaigns.plan")
    found = _locked(campaign)
    if found.status != CampaignStatus.DRAFT:
        raise NoLongerDraft(name=found.name)
    changes = {}
    for name, value in _columns(plan).items():
        before = getattr(found, name)
        if before != value:
            changes[name] = [str(before), str(value)]
            setattr(found, name, value)
    if changes:
        found.version += 1
        found.save()
        record(CampaignChanged(changes=changes), about=found, by=actor)
    return found


def start_campaign(*, actor: Actor, campaign: UUID) -> Campaign:
    """Let a draft start: a job draws the members and fills the worklists. Raises NoLongerDraft."""
    require(actor, "campaigns.plan")
    found = _locked(campaign)
    if found.status != CampaignStatus.DRAFT:
        raise NoLongerDraft(name=found.name)
    found.status, found.progress = CampaignStatus.STARTING, {}
    found.version += 1
    found.save(update_fields=["status", "progress", "version"])
    record(CampaignStartAsked(), about=found, by=actor)
    starting.ask_to_start(found)
    return found


def cancel_campaign(*, actor: Actor, campaign: UUID, reason: str, now: datetime) -> Campaign:
    """End a campaign before its time: open tasks are cancelled, answers stay. A draft is put away."""
    require(actor, "campaigns.plan")
    found = _locked(campaign)
    if found.status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED):
        raise NotRunning(name=found.name)
    tasks = _end(found, CampaignStatus.CANCELLED, actor, reason, now)
    record(CampaignCancelled(reason=reason, tasks=tasks), about=found, by=actor)
    return found


def finish_campaign(*, actor: Actor, campaign: UUID, now: datetime) -> Campaign:
    """Stop contacting: what is open of the tasks is cancelled. The effect ripens as the windows end."""
    require(actor, "campaigns.plan")
    found = _locked(campaign)
    if found.status != CampaignStatus.RUNNING:
        raise NotRunning(name=found.name)
    tasks = _end(found, CampaignStatus.FINISHED, actor, "finished", now)
    record(CampaignFinished(tasks=tasks), about=found, by=actor)
    return found


def note_lesson(*, actor: Actor, campaign: UUID, lesson: str) -> Campaign:
    """Keep what was learnt, for the next campaign."""
    require(actor, "campaigns.plan")
    found = _locked(campaign)
    found.lesson = lesson.strip()
    found.save(update_fields=["lesson"])
    record(LessonNoted(lesson=found.lesson), about=found, by=actor)
    return found


def _locked(campaign: UUID) -> Campaign:
    return queries.found(Campaign.objects.select_for_update().filter(public_id=campaign).first())


def _end(found: Campaign, status: str, actor: Actor, reason: str, now: datetime) -> int:
    found.status, found.finished_at = status, now
    found.version += 1
    found.save(update_fields=["status", "finished_at", "version"])
    return worklist.cancel_tasks(actor=actor, source=queries.source_of(found), reason=reason, now=now)


def _home(actor: Actor) -> Unit:
    """The unit a campaign belongs to: the planner's own, for a team the one above it, for jobs the root."""
    if not actor.unit_id:
        return Unit.objects.get(parent=None)
    unit = Unit.objects.select_related("parent").get(pk=actor.unit_id)
    return unit.parent if unit.level == "team" and unit.parent else unit


def _columns(plan: Plan) -> dict[str, Any]:
    """The plan as columns of the campaign, checked. Raises Invalid."""
    _check(plan)
    offering = None
    if plan.offering is not None:
        offering = Offering.objects.filter(public_id=plan.offering, is_sold=True).first()
        if offering is None:
            raise Invalid(field="offering", reason=_("This offer is not on sale."))
    columns = {
        name: getattr(plan, name)
        for name in ("goal", "channel", "waves", "wave_days", "starts_on", "window_days")
    }
    return columns | {
        "name": plan.name.strip(),
        "script": plan.script.strip(),
        "offering": offering,
        "audience": plan.audience.stored(),
        "rules": plan.contact_rules.stored(),
        "control_share": plan.control_share.quantize(Decimal("0.0001")),
        "budget": plan.budget.quantize(Decimal("0.01")),
        "contact_cost": plan.contact_cost.quantize(Decimal("0.01")),
    }


def _check(plan: Plan) -> None:
    if not plan.name.strip():
        raise Invalid(field="name", reason=_("Give the campaign a name."))
    if plan.goal not in Goal.values:
        raise Invalid(field="goal", reason=_("There is no such goal."))
    if plan.channel not in CHANNELS:
        raise Invalid(field="channel", reason=_("There is no such channel."))
    if plan.goal == Goal.TAKEN_UP and plan.offering is None:
        raise Invalid(field="offering", reason=_("Choose the offer that is to be taken up."))
    contact = plan.contact_rules
    figures = {name: getattr(plan, name, None) for name in rules.LIMITS} | {
        "frequency_days": contact.frequency_days,
        "frequency_max": contact.frequency_max,
    }
    wrong = rules.outside({name: value for name, value in figures.items() if value is not None})
    if wrong:
        low, high = rules.LIMITS[wrong]
        words = {"low": low, "high": f"{high:,}"}
        if wrong == "control_share":
            words = {"low": f"{low:.0%}", "high": f"{high:.0%}"}
        raise Invalid(field=wrong, reason=_("Between %(low)s and %(high)s.") % words)
    for name in ("quiet_from", "quiet_to"):
        try:
            rules.clock_time(getattr(contact, name))
        except ValueError:
            raise Invalid(field=name, reason=_("Write a time of day like 20:00.")) from None
