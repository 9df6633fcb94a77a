"""What somebody should do next, and why: each proposal asks one module and concerns whoever may act on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loopline.campaigns import api as campaigns
from loopline.imports import api as imports
from loopline.kernel import backlog, clock, formats
from loopline.kernel.permission import Actor
from loopline.mining import api as mining
from loopline.scores import api as scores
from loopline.warehouse import api as warehouse
from loopline.web.places import page_of
from loopline.web.steps import STALE

MODEL_AGE = timedelta(days=35)
"""A model that has not seen the last month is asked to learn again."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to do: its reason, and one button."""

    icon: str
    title: str
    why: str
    label: str
    url: str
    tone: str = "accent"


def proposals(actor: Actor) -> list[Proposal]:
    """What somebody should do next, the most pressing first."""
    return [found for propose in PROPOSE for found in propose(actor)]


def _failed_work(actor: Actor) -> list[Proposal]:
    if not actor.may("administration.jobs"):
        return []
    failed = backlog.counts(actor).get(backlog.FAILED, 0)
    if not failed:
        return []
    title = ngettext("%(num)s piece of work has failed", "%(num)s pieces of work have failed", failed)
    why = _("They were tried five times. Somebody must decide: try again or give up.")
    return [Proposal("alert-triangle", title % {"num": failed}, why, _("Look"), reverse("web:jobs"), "bad")]


def _imports(actor: Actor) -> list[Proposal]:
    if not actor.may("customers.import"):
        return []
    found = []
    for run in imports.list_runs(actor, count=5):
        if run.actor_id != actor.staff_id or run.status not in (
            imports.Status.UPLOADED,
            imports.Status.FAILED,
        ):
            continue
        waits = run.status == imports.Status.UPLOADED
        found.append(
            Proposal(
                "file-import",
                run.file_name,
                _("The file is here and waits for its columns to be checked.")
                if waits
                else _("The import failed; what was read is kept, it can go on."),
                _("Go on"),
                page_of(actor, "imports"),
                "accent" if waits else "bad",
            )
        )
    return found[:2]


def _warehouse(actor: Actor) -> list[Proposal]:
    if not actor.may("warehouse.refresh"):
        return []
    load, to = warehouse.latest_load(), page_of(actor, "warehouse")
    if load is None or load.finished_at is None:
        why = _("Analysis reads the warehouse, and it is empty.")
        return [Proposal("database", _("Load the warehouse"), why, _("Warehouse"), to)]
    if any(table["differences"] for table in load.checks):
        why = _("The last check found figures on which it differs from the source.")
        return [Proposal("database", _("The warehouse does not agree"), why, _("Look"), to, "bad")]
    if clock.now() - load.finished_at > STALE:
        why = _("It was last loaded %(when)s.") % {"when": formats.ago(load.finished_at)}
        return [Proposal("database", _("Refresh the warehouse"), why, _("Warehouse"), to, "warn")]
    return []


def _model(actor: Actor) -> list[Proposal]:
    if not actor.may("mining.run"):
        return []
    status, to = mining.Status, page_of(actor, "mining")
    runs = [run for run in mining.runs(actor, limit=10) if run.status != status.FAILED]
    if not runs:
        why = _("Without it nobody knows who is likely to leave, and why.")
        return [Proposal("brain", _("Train the first model"), why, _("Models"), to)]
    newest = runs[0]
    if newest.status == status.TRAINED:
        why = _("It is trained, but the customers do not have its scores yet.")
        return [Proposal("brain", _("Score with the new model"), why, _("Models"), to)]
    if newest.finished_at and clock.now() - newest.finished_at > MODEL_AGE:
        why = _("It learnt %(when)s and has not seen the last month.") % {
            "when": formats.ago(newest.finished_at)
        }
        return [Proposal("brain", _("Train the model anew"), why, _("Models"), to, "warn")]
    return []


def _campaigns(actor: Actor) -> list[Proposal]:
    if not actor.may("campaigns.plan"):
        return []
    status = campaigns.CampaignStatus
    found = [
        Proposal(
            "speakerphone",
            draft.name,
            _("The campaign is planned and waits for its start."),
            _("Open"),
            reverse("campaigns:one", kwargs={"public_id": draft.public_id}),
        )
        for draft in campaigns.campaigns(actor, status.DRAFT)[:2]
    ]
    under_way = campaigns.campaigns(actor).filter(Q(status=status.RUNNING) | Q(status=status.STARTING))
    if not found and not under_way.exists():
        found += _precious(actor)
    return found


def _precious(actor: Actor) -> list[Proposal]:
    cells = scores.cells(actor) if actor.may("retention.view") else []
    cell = next((c for c in cells if c.value_class == c.risk_class == scores.HIGH), None)
    if cell is None or not cell.customers:
        return []
    title = ngettext(
        "%(num)s valuable customer is likely to leave",
        "%(num)s valuable customers are likely to leave",
        cell.customers,
    ) % {"num": formats.number(cell.customers)}
    why = _("%(money)s a month are at stake and no campaign is running.") % {
        "money": formats.money(cell.value_at_risk.quantize(1))
    }
    to = reverse("campaigns:plan", query={"value": scores.HIGH, "risk": scores.HIGH})
    return [Proposal("user-heart", title, why, _("Plan a campaign"), to)]


def _effects(actor: Actor) -> list[Proposal]:
    if not actor.may("campaigns.plan"):
        return []
    today = clock.today(actor.zone)
    found = []
    for campaign in campaigns.campaigns(actor, campaigns.CampaignStatus.RUNNING)[:3]:
        ripening = campaigns.ripening(campaign, today)
        if ripening.next_day is None and ripening.last_day is not None and not campaign.lesson:
            why = _("All windows are over: the effect can be read, and the lesson written down.")
            to = reverse("kpi:effect", kwargs={"public_id": campaign.public_id})
            found.append(Proposal("target-arrow", campaign.name, why, _("Effect"), to))
    return found


PROPOSE: tuple[Callable[[Actor], list[Proposal]], ...] = (
    _failed_work,
    _imports,
    _warehouse,
    _model,
    _campaigns,
    _effects,
)
