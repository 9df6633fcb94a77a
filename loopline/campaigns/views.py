"""What the campaign's pages show, as finished strings."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.campaigns import form, queries
from loopline.campaigns.models import Answer, Arm, Campaign, CampaignStatus, Goal
from loopline.campaigns.panels import EffectPanel, campaign_panels
from loopline.campaigns.rules.exclusion import REASONS
from loopline.campaigns.rules.plan import Audience, ContactRules
from loopline.interactions.api import Channel
from loopline.kernel import clock, formats
from loopline.kernel.events import history
from loopline.kernel.permission import Actor

TONES = {"draft": "neutral", "starting": "info", "running": "good", "finished": "accent", "cancelled": "bad"}
ANSWER_TONES = {
    "accepted": "good",
    "declined": "neutral",
    "call_back": "info",
    "unreachable": "warn",
    "do_not_contact": "bad",
}


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in the list."""

    url: str
    number: str
    name: str
    status: str
    tone: str
    goal: str
    audience: str
    channel: str
    members: str
    answered: str
    answered_percent: int
    owner: str
    starts: str


def address_of(name: str, campaign: Campaign, **query: Any) -> str:
    """A page of a campaign, with what is asked of it; empty values are left out."""
    told = urlencode({key: value for key, value in query.items() if value})
    address = reverse(f"campaigns:{name}", kwargs={"public_id": campaign.public_id})
    return f"{address}?{told}" if told else address


def rows_of(campaigns: list[Campaign]) -> list[CampaignRow]:
    """Campaigns in the list, with their contacts from one query."""
    contacted = queries.contacts_made(campaigns)
    return [_row(campaign, contacted.get(campaign.pk, 0)) for campaign in campaigns]


def _row(campaign: Campaign, answered: int) -> CampaignRow:
    treated = campaign.progress.get("treatment", 0)
    return CampaignRow(
        url=address_of("one", campaign),
        number=campaign.number,
        name=campaign.name,
        status=str(CampaignStatus(campaign.status).label),
        tone=TONES[campaign.status],
        goal=str(Goal(campaign.goal).label),
        audience=form.audience_words(Audience.read(campaign.audience)),
        channel=str(Channel(campaign.channel).label),
        members=formats.number(treated) if treated else "–",
        answered=f"{formats.number(answered)}" if treated else "–",
        answered_percent=round(100 * answered / treated) if treated else 0,
        owner=campaign.owner_name,
        starts=formats.day(campaign.starts_on),
    )


# Progress


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """How far the start has come."""

    title: str
    label: str
    percent: int
    detail: str
    running: bool
    poll_url: str


def progress_page(campaign: Campaign) -> ProgressPage:
    """The draw counts as a tenth of the work, the tasks as the rest."""
    told = campaign.progress
    done, total = told.get("tasks", 0), told.get("treatment", 0)
    words = {"done": formats.number(done), "total": formats.number(total)}
    drawn = bool(told.get("drawn"))
    return ProgressPage(
        title=campaign.name,
        label=_("Filling the worklists") if drawn else _("Drawing the members"),
        percent=(10 + (90 * done // total if total else 90)) if drawn else 3,
        detail=_("%(done)s of %(total)s tasks; you may leave this page.") % words if drawn else "",
        running=campaign.status == CampaignStatus.STARTING,
        poll_url=address_of("progress", campaign),
    )


# The campaign


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: `percent` of the audience is its width."""

    label: str
    count: str
    share: str
    percent: int
    url: str
    tone: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a whole, with the way to what is behind it."""

    label: str
    count: str
    percent: int
    url: str
    tone: str


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """Everything on a campaign's page."""

    title: str
    subtitle: str
    number: str
    status: str
    tone: str
    is_draft: bool
    progress: ProgressPage | None
    facts: list[tuple[str, str]]
    rules: list[tuple[str, str]]
    script: list[str]
    steps: list[Step]
    excluded: list[Slice]
    answers: list[Slice]
    ripening: str
    panels: list[EffectPanel]
    story: list[dict[str, str]]
    lesson: str
    lesson_url: str
    members_url: str
    tasks_url: str
    change_url: str
    start_url: str
    finish_url: str
    cancel_url: str
    cancel_question: str
    hint: form.Hint | None


def campaign_page(actor: Actor, campaign: Campaign) -> CampaignPage:
    """Gather a campaign's page."""
    drawn = bool(campaign.progress.get("drawn"))
    funnel = queries.funnel(campaign) if drawn else None
    plans = actor.may("campaigns.plan")
    is_draft, is_running = campaign.status == CampaignStatus.DRAFT, campaign.status == CampaignStatus.RUNNING
    ended = campaign.status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED)
    panels = [made for panel in campaign_panels if drawn and (made := panel(actor, campaign))]
    waiting = funnel.treatment - funnel.contacted if funnel else 0
    question = _("%(count)s open tasks are closed. Answers stay.") % {"count": formats.number(waiting)}
    return CampaignPage(
        title=campaign.name,
        subtitle=form.audience_words(Audience.read(campaign.audience)),
        number=campaign.number,
        status=str(CampaignStatus(campaign.status).label),
        tone=TONES[campaign.status],
        is_draft=is_draft,
        progress=progress_page(campaign) if campaign.status == CampaignStatus.STARTING else None,
        facts=_facts(campaign),
        rules=_rules(campaign),
        script=[line for line in campaign.script.splitlines() if line.strip()],
        steps=_steps(campaign, funnel) if funnel else [],
        excluded=_excluded(campaign, funnel) if funnel else [],
        answers=_answers(campaign, funnel) if funnel else [],
        ripening=_ripening(actor, campaign) if drawn else "",
        panels=panels,
        story=_story(campaign),
        lesson=campaign.lesson,
        lesson_url=address_of("lesson", campaign) if plans and drawn else "",
        members_url=address_of("members", campaign) if drawn else "",
        tasks_url=reverse("worklist:list") + "?" + urlencode({"source": queries.source_of(campaign)})
        if is_running and actor.may("tasks.work")
        else "",
        change_url=address_of("change", campaign) if is_draft and plans else "",
        start_url=address_of("start", campaign) if is_draft and plans else "",
        finish_url=address_of("finish", campaign) if is_running and plans else "",
        cancel_url=address_of("cancel", campaign) if plans and not ended else "",
        cancel_question=_("The draft is put away.") if is_draft else question,
        hint=form.hint(actor, form.values_of(campaign)) if is_draft and plans else None,
    )


def _facts(campaign: Campaign) -> list[tuple[str, str]]:
    offering = campaign.offering
    waves = _("%(waves)s, every %(days)s days") % {"waves": campaign.waves, "days": campaign.wave_days}
    return [
        (_("Goal"), str(Goal(campaign.goal).label)),
        (_("Offer"), formats.named(offering) if offering else _("None")),
        (_("Channel"), str(Channel(campaign.channel).label)),
        (_("Control group"), formats.percent(campaign.control_share, 0)),
        (_("First day"), formats.day(campaign.starts_on) if campaign.starts_on else _("On the day of the start")),
        (_("Waves"), waves if campaign.waves > 1 else "1"),
        (_("Window"), _("%(days)s days") % {"days": campaign.window_days}),
        (_("Budget for contacts"), formats.money(campaign.budget) if campaign.budget else _("No limit")),
        (_("Cost of a contact"), formats.money(campaign.contact_cost)),
        (_("Owner"), campaign.owner_name),
    ]  # fmt: skip


def _rules(campaign: Campaign) -> list[tuple[str, str]]:
    rules = ContactRules.read(campaign.rules)
    often = _("%(times)s in %(days)s days") % {"times": rules.frequency_max, "days": rules.frequency_days}
    consent = _("Has agreed") if rules.consent == "granted" else _("Has not refused")
    return [
        (_("Consent"), consent),
        (_("Contacts at most"), often),
        (_("Quiet hours"), f"{rules.quiet_from} – {rules.quiet_to}"),
    ]


def _steps(campaign: Campaign, funnel: queries.Funnel) -> list[Step]:
    told = [
        (_("Audience"), funnel.audience, {}, "neutral"),
        (_("May be contacted"), funnel.drawn, {}, "info"),
        (_("To contact"), funnel.treatment, {"arm": Arm.TREATMENT.value}, "accent"),
        (_("Contacted"), funnel.contacted, {"arm": Arm.TREATMENT.value}, "accent"),
        (_("Reached"), funnel.reached, {"arm": Arm.TREATMENT.value}, "accent"),
        (_("Accepted"), funnel.accepted, {"answer": Answer.ACCEPTED.value}, "good"),
    ]
    steps = []
    before = funnel.audience
    for label, count, query, tone in told:
        share = formats.percent(count / before, 0) if before and label != told[0][0] else ""
        percent = round(100 * count / funnel.audience) if funnel.audience else 0
        steps.append(
            Step(label, formats.number(count), share, percent, address_of("members", campaign, **query), tone)
        )
        before = count
    return steps


def _excluded(campaign: Campaign, funnel: queries.Funnel) -> list[Slice]:
    total = sum(funnel.excluded.values())
    return [
        Slice(
            label=str(REASONS.get(reason, reason)),
            count=formats.number(count),
            percent=round(100 * count / total),
            url=address_of("members", campaign, exclusion=reason),
            tone="neutral",
        )
        for reason, count in funnel.excluded.items()
    ]


def _answers(campaign: Campaign, funnel: queries.Funnel) -> list[Slice]:
    return [
        Slice(
            label=str(answer.label),
            count=formats.number(funnel.answers.get(answer, 0)),
            percent=round(100 * funnel.answers.get(answer, 0) / funnel.contacted) if funnel.contacted else 0,
            url=address_of("members", campaign, answer=answer.value),
            tone=ANSWER_TONES[answer],
        )
        for answer in Answer
    ]


def _ripening(actor: Actor, campaign: Campaign) -> str:
    told = queries.ripening(campaign, clock.today(actor.zone))
    if told.next_day is None:
        return _("Every window is over.")
    words = {"day": formats.day(told.next_day), "last": formats.day(told.last_day)}
    return _("Windows end from %(day)s to %(last)s.") % words


def _story(campaign: Campaign) -> list[dict[str, str]]:
    told = {
        "campaigns.planned": (_("Planned"), "pencil", "neutral"),
        "campaigns.changed": (_("Plan changed"), "edit", "neutral"),
        "campaigns.start_asked": (_("Start asked for"), "player-play", "info"),
        "campaigns.started": (_("Campaign started"), "speakerphone", "good"),
        "campaigns.cancelled": (_("Cancelled"), "player-stop", "bad"),
        "campaigns.finished": (_("Finished"), "flag", "accent"),
        "campaigns.lesson_noted": (_("Lesson noted"), "bulb", "accent"),
    }
    entries = []
    for event in history(campaign, 20):
        title, icon, tone = told.get(event.name, (event.name, "point", "neutral"))
        entries.append(
            {
                "icon": icon,
                "title": title,
                "tone": tone,
                "by": formats.author(event.actor_name, event.actor_id),
                "ago": formats.ago(event.at),
                "exact": formats.moment(event.at),
            }
        )
    return entries
