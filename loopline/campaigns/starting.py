"""How a campaign starts: the audience is read, the rules leave out, the draw decides, the tasks are made.

The draw is one transaction, so that it rests on one state of the data: it is there whole or not at all. The
tasks follow in batches; the campaign's row keeps how far they have come, in the transaction of each batch.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from loopline.campaigns import queries
from loopline.campaigns.candidates import facts_of
from loopline.campaigns.events import CampaignStarted
from loopline.campaigns.models import Arm, Campaign, CampaignStatus, Member
from loopline.campaigns.rules import draw, exclusion, plan
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.copying import copy_rows
from loopline.kernel.events import record
from loopline.kernel.jobs import ask_for, job
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.worklist import api as worklist

BATCH = 2000
MEMBER_COLUMNS = [
    "campaign_id",
    "subscription_id",
    "customer_id",
    "branch_id",
    "arm",
    "exclusion",
    "cell",
    "wave",
    "planned_on",
    "window_ends_on",
    "value_at_start",
    "risk_at_start",
]


@job(name="campaigns.start", long=True, one_at_a_time=True)
def start(tenant: int, campaign: int) -> None:
    """Draw the members in one transaction, then make the tasks batch by batch, each in its own.

    Killed at any moment and run again it goes on behind the last batch. One at a time in a tenant, so that two
    campaigns never draw the same customer at once.
    """
    with enter(Scope(tenant)):
        draw_members(campaign, clock.now())
    more = True
    while more:
        with enter(Scope(tenant)):
            more = make_tasks(campaign, clock.now())


def ask_to_start(campaign: Campaign) -> int:
    """Write the job's row in the open transaction."""
    return ask_for(start, campaign=campaign.pk)


def draw_members(campaign: int, now: datetime) -> None:
    """Write every member with its arm, wave and days. Does nothing when that is done or no longer wanted."""
    found = _starting(campaign)
    if found is None or found.progress.get("drawn"):
        return
    actor = identity.platform_actor(found.tenant_id, found.owner_name)
    today = clock.local_day(now, actor.zone)
    starts_on = max(found.starts_on or today, today)
    rules = plan.ContactRules.read(found.rules)
    audience = facts_of(
        queries.audience(found),
        campaign=found.pk,
        channel=found.channel,
        rules=rules,
        today=today,
        now=now,
    )
    share = float(found.control_share)
    out = exclusion.leave_out(
        audience, rules, budget=found.budget, contact_cost=found.contact_cost, control_share=share
    )
    arms = _draw(audience, out, seed=found.seed, share=share)
    copy_rows(Member, MEMBER_COLUMNS, _rows(found, audience, out, arms, starts_on))
    counted = Counter(arms.values())
    found.starts_on = starts_on
    found.progress = {
        "drawn": True,
        "treatment": counted[draw.TREATMENT],
        "control": counted[draw.CONTROL],
        "excluded": len(out),
        "tasks": 0,
        "last": 0,
    }
    found.save(update_fields=["starts_on", "progress"])


def make_tasks(campaign: int, now: datetime, batch: int = BATCH) -> bool:
    """Make the tasks of the next members to contact. Returns whether more are left."""
    found = _starting(campaign)
    if found is None or not found.progress.get("drawn"):
        return False
    actor = identity.platform_actor(found.tenant_id, found.owner_name)
    members = list(
        Member.objects.filter(campaign=found, arm=Arm.TREATMENT, pk__gt=found.progress["last"])
        .order_by("pk")
        .only("pk", "public_id", "branch_id", "customer_id", "wave", "risk_at_start")[:batch]
    )
    if not members:
        _running(found, actor, now)
        return False
    worklist.create_tasks(_task(found, member, actor) for member in members)
    found.progress |= {"tasks": found.progress["tasks"] + len(members), "last": members[-1].pk}
    found.save(update_fields=["progress"])
    return True


def _starting(campaign: int) -> Campaign | None:
    """The campaign, locked, while it is starting."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("offering", "branch")
    return rows.filter(pk=campaign, status=CampaignStatus.STARTING).first()


def _running(found: Campaign, actor: Actor, now: datetime) -> None:
    found.status, found.started_at = CampaignStatus.RUNNING, now
    found.save(update_fields=["status", "started_at"])
    counts = found.progress
    event = CampaignStarted(
        treated=counts["treatment"], control=counts["control"], excluded=counts["excluded"]
    )
    record(event, about=found, by=actor)


def _draw(audience: list[exclusion.Facts], out: dict[int, str], *, seed: int, share: float) -> dict[int, str]:
    candidates = [
        draw.Candidate(row.subscription, row.customer, row.stratum)
        for row in audience
        if row.subscription not in out
    ]
    return draw.draw(candidates, seed=seed, control_share=share)


def _rows(
    found: Campaign,
    audience: list[exclusion.Facts],
    out: dict[int, str],
    arms: dict[int, str],
    starts_on: date,
) -> Iterator[tuple[Any, ...]]:
    """The rows of MEMBER_COLUMNS. Both arms are spread over the waves alike, so that each wave can be judged."""
    wave_of: dict[int, int] = {}
    for arm in (draw.TREATMENT, draw.CONTROL):
        customers = [row.customer for row in audience if arms.get(row.subscription) == arm]
        wave_of |= draw.waves(customers, seed=found.seed, count=found.waves)
    spans = {
        wave: plan.span_of_wave(
            wave, starts_on=starts_on, wave_days=found.wave_days, window_days=found.window_days
        )
        for wave in range(1, found.waves + 1)
    }
    for row in audience:
        arm = arms.get(row.subscription, Arm.EXCLUDED.value)
        wave = wave_of.get(row.customer, 1)
        span = spans[wave] if row.subscription in arms else None
        yield (
            found.pk,
            row.subscription,
            row.customer,
            row.branch,
            arm,
            out.get(row.subscription, ""),
            row.stratum,
            wave,
            span and span.first,
            span and span.window_ends,
            row.value,
            row.risk,
        )


def _task(found: Campaign, member: Member, actor: Actor) -> worklist.NewTask:
    rules = plan.ContactRules.read(found.rules)
    span = plan.span_of_wave(
        member.wave,
        starts_on=found.starts_on or date.min,
        wave_days=found.wave_days,
        window_days=found.window_days,
    )
    return worklist.NewTask(
        kind=queries.TASK_KIND,
        title=found.name,
        branch=member.branch_id,
        customer=member.customer_id,
        subject=queries.subject_of(member),
        source=queries.source_of(found),
        source_name=found.name,
        detail={
            "channel": found.channel,
            "offering": found.offering_id,
            "script": found.script,
            "wave": member.wave,
            "quiet_from": rules.quiet_from,
            "quiet_to": rules.quiet_to,
        },
        priority=50 + round(40 * (member.risk_at_start or 0)),
        not_before=rules.opening(span.first, actor.zone),
        due_at=rules.closing(span.last, actor.zone),
    )
