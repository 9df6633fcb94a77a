"""The loop as it stands: integrate, analyse, act, measure. Each part asks one module, through its door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loopline.campaigns import api as campaigns
from loopline.customers import api as customers
from loopline.imports import api as imports
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.kpi import api as kpi
from loopline.mining import api as mining
from loopline.scores import api as scores
from loopline.warehouse import api as warehouse
from loopline.worklist import api as worklist

COUNTED_TO = 10_000
RECENT = 6
"""So many of the newest campaigns are looked at for a measured effect."""


@dataclass(frozen=True, slots=True)
class Integrated:
    """What came in and whether the warehouse has it. `agrees` is None while the load is not checked."""

    has_customers: bool
    latest_import: imports.ImportRun | None
    loaded_at: datetime | None
    customers: int
    agrees: bool | None
    differences: int


@dataclass(frozen=True, slots=True)
class Analysed:
    """The newest trained model and what the scores say. `at_stake` is the monthly margin expected to leave."""

    model: mining.Run | None
    scored_at: datetime | None
    at_risk: int
    precious: int
    at_stake: Decimal


@dataclass(frozen=True, slots=True)
class Acted:
    """What goes on: campaigns, the tasks in sight, and what the contacted of the running campaigns have answered."""

    running: Sequence[campaigns.Campaign]
    drafts: Sequence[campaigns.Campaign]
    open_tasks: int
    contacted: int
    treatment: int
    accepted: int
    ever_answered: bool


@dataclass(frozen=True, slots=True)
class Learnt:
    """The newest campaign with a measured effect; `waiting` is the newest that is still too young for one."""

    campaign: campaigns.Campaign | None
    measured: kpi.Measured | None
    waiting: campaigns.Campaign | None
    ripening: campaigns.Ripening | None


def integrated(actor: Actor) -> Integrated:
    """Where the data stand."""
    runs = imports.list_runs(actor, count=10) if actor.may("customers.import") else []
    load = warehouse.latest_load()
    tables = load.checks if load else []
    differences = sum(len(table["differences"]) for table in tables)
    # Exact counts of a million rows are slow. The warehouse has counted all, which is for who sees all.
    whole = actor.scope.branches is None
    loaded = next((int(table["rows_lake"]) for table in tables if table["table"] == "dim_customer"), 0)
    counted = customers.Customer.objects.all()[:COUNTED_TO].count()
    return Integrated(
        has_customers=bool(counted),
        latest_import=next((run for run in runs if run.status == imports.Status.FINISHED), None),
        loaded_at=load.finished_at if load else None,
        customers=loaded if whole and loaded else counted,
        agrees=not differences if tables else None,
        differences=differences,
    )


def analysed(actor: Actor) -> Analysed:
    """Where the analysis stands."""
    trained = (mining.Status.TRAINED, mining.Status.SCORING, mining.Status.SCORED)
    runs = mining.runs(actor, limit=20) if actor.may("mining.view") else []
    model = next((run for run in runs if run.status in trained), None)
    cells = scores.cells(actor) if actor.may("retention.view") else []
    risky = [cell for cell in cells if cell.risk_class == scores.HIGH]
    newest = scores.audience_of_cell(actor).first() if any(cell.subscriptions for cell in cells) else None
    return Analysed(
        model=model,
        scored_at=newest.scored_at if newest else None,
        at_risk=sum(cell.customers for cell in risky),
        precious=sum(cell.customers for cell in risky if cell.value_class == scores.HIGH),
        at_stake=sum((cell.value_at_risk for cell in cells), Decimal(0)),
    )


def acted(actor: Actor) -> Acted:
    """What goes on."""
    status = campaigns.CampaignStatus
    running = list(campaigns.campaigns(actor, status.RUNNING)[:20])
    funnels = [campaigns.funnel(campaign) for campaign in running]
    answered = campaigns.Member.objects.exclude(answer="").exists()
    return Acted(
        running=running,
        drafts=list(campaigns.campaigns(actor, status.DRAFT)[:20]),
        open_tasks=worklist.open_count(actor),
        contacted=sum(funnel.contacted for funnel in funnels),
        treatment=sum(funnel.treatment for funnel in funnels),
        accepted=sum(funnel.accepted for funnel in funnels),
        ever_answered=answered,
    )


def learnt(actor: Actor) -> Learnt:
    """What was measured. Reads the warehouse for one campaign at most: one whose windows are over in both arms."""
    started = campaigns.campaigns(actor).exclude(started_at=None)[:RECENT]
    today = clock.today(actor.zone)
    waiting, ripe = None, None
    for campaign in started:
        ripening = campaigns.ripening(campaign, today)
        enough = min(ripening.treatment, ripening.control) >= campaigns.effect.ENOUGH
        report = kpi.effect_of(actor, campaign) if enough else None
        if report is not None and isinstance(report.goals[0].found, campaigns.effect.Effect):
            return Learnt(campaign, report.goals[0], waiting, ripe)
        if waiting is None:
            waiting, ripe = campaign, ripening
    return Learnt(None, None, waiting, ripe)
