"""The four steps of the loop in finished words, for the dashboard and, in small, for the desk."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loopline.campaigns.api import effect
from loopline.kernel import clock, formats
from loopline.kernel.permission import Actor
from loopline.web.loop import Acted, Analysed, Integrated, Learnt
from loopline.web.places import page_of

STALE = timedelta(hours=26)
"""A warehouse older than a day and a little has missed a night."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a step; with `url` it leads to what is behind it."""

    label: str
    value: str
    exact: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the loop. `state` is done, warn or empty; `sentence` says how it stands, `label` what to do."""

    key: str
    number: int
    title: str
    icon: str
    state: str
    value: str
    unit: str
    exact: str
    sentence: str
    facts: list[Fact]
    url: str
    label: str


def integrate(actor: Actor, now: Integrated) -> Step:
    """Data in, and the warehouse."""
    facts = []
    run = now.latest_import
    if run is not None:
        counted = _("%(read)s rows, %(rejected)s rejected") % {
            "read": formats.number(run.read),
            "rejected": formats.number(run.rejected),
        }
        facts.append(
            Fact(
                _("Last import"), counted, f"{run.file_name} · {formats.ago(run.created_at)}", _imports(actor)
            )
        )
    warehouse = page_of(actor, "warehouse")
    if now.loaded_at is not None:
        facts.append(
            Fact(_("Warehouse"), formats.ago(now.loaded_at), formats.moment(now.loaded_at), warehouse)
        )
        facts.append(Fact(_("Against the source"), _verdict(now), "", warehouse))
    stale = now.loaded_at is not None and clock.now() - now.loaded_at > STALE
    if not now.has_customers:
        state, sentence = "empty", _("No customer is here yet.")
    elif now.loaded_at is None:
        state, sentence = "warn", _("Customers are here; the warehouse has not been loaded.")
    elif now.agrees is False:
        state, sentence = "warn", _("The warehouse differs from the source.")
    elif stale:
        state, sentence = "warn", _("The warehouse is older than a day.")
    elif now.agrees:
        state, sentence = "done", _("Operations and the warehouse say the same.")
    else:
        state, sentence = "done", _("The warehouse is loaded.")
    to, label = (warehouse, _("Warehouse")) if now.has_customers else (_imports(actor), _("Import a file"))
    return Step(
        "integrate", 1, _("Integrate"), "database-import", state,
        formats.compact(now.customers) if now.customers else "–", _("customers"), formats.number(now.customers),
        sentence, facts, to, label,
    )  # fmt: skip


def _verdict(now: Integrated) -> str:
    if now.agrees is None:
        return _("not checked yet")
    if now.agrees:
        return _("equal to the fen")
    return ngettext("%(num)s difference", "%(num)s differences", now.differences) % {"num": now.differences}


def _imports(actor: Actor) -> str:
    return page_of(actor, "imports")


def analyse(actor: Actor, now: Analysed) -> Step:
    """Who will leave, and what that is worth."""
    models, matrix = page_of(actor, "mining"), page_of(actor, "retention")
    facts = []
    if now.model is not None:
        auc = now.model.figures.get("auc")
        facts.append(
            Fact(
                _("Model in use"),
                _("AUC %(auc)s") % {"auc": formats.number(auc, 3)},
                formats.moment(now.model.finished_at),
                models,
            )
        )
    if now.scored_at is not None:
        facts.append(Fact(_("Scored"), formats.ago(now.scored_at), formats.moment(now.scored_at), models))
        facts.append(
            Fact(
                _("Worth most, likely to leave"),
                formats.number(now.precious),
                url=f"{matrix}?value=high&risk=high" if matrix else "",
            )
        )
        stake = _("%(money)s a month") % {"money": formats.money(now.at_stake.quantize(1))}
        facts.append(Fact(_("At stake"), stake, url=matrix))
    if now.scored_at is not None:
        state, sentence = "done", _("Who is likely to leave is known, with reasons.")
    elif now.model is not None:
        state, sentence = "warn", _("The model is trained; nobody is scored yet.")
    else:
        state, sentence = "empty", _("No model has learnt yet who leaves.")
    to, label = (matrix, _("Value × risk")) if now.scored_at else (models, _("Models"))
    return Step(
        "analyse", 2, _("Analyse"), "brain", state,
        formats.compact(now.at_risk) if now.scored_at else "–", _("at risk"), formats.number(now.at_risk),
        sentence, facts, to or matrix, label if to else _("Value × risk"),
    )  # fmt: skip


def act(actor: Actor, now: Acted) -> Step:
    """Campaigns, tasks, answers."""
    to = page_of(actor, "campaigns")
    facts = [
        Fact(campaign.name, campaign.number, url=_campaign(campaign.public_id))
        for campaign in now.running[:2]
    ]
    if now.treatment:
        share = f"{formats.number(now.contacted)} / {formats.number(now.treatment)}"
        facts.append(Fact(_("Contacted"), share))
        facts.append(Fact(_("Accepted"), formats.number(now.accepted)))
    if now.running:
        state, sentence = "done", _("Offers are on their way to people.")
    elif now.drafts:
        state, sentence = "warn", _("A campaign is planned and waits for its start.")
    elif now.ever_answered:
        state, sentence = "warn", _("No campaign is running.")
    else:
        state, sentence = "empty", _("No campaign has run yet.")
    return Step(
        "act", 3, _("Act"), "speakerphone", state,
        formats.compact(now.open_tasks), _("open tasks"), formats.number(now.open_tasks),
        sentence, facts, to, _("Campaigns"),
    )  # fmt: skip


def measure(actor: Actor, now: Learnt) -> Step:
    """What it changed, against the control group."""
    facts: list[Fact] = []
    value, unit, exact = "–", "", ""
    url, label = page_of(actor, "campaigns"), _("Campaigns")
    if now.measured is not None and now.campaign is not None:
        found = now.measured.found
        assert isinstance(found, effect.Effect)
        value, unit = _points(found.uplift), _("points more than without")
        url, label = _effect(now.campaign.public_id), _("Effect")
        facts.append(Fact(now.campaign.name, now.campaign.number, url=_campaign(now.campaign.public_id)))
        interval = _("%(low)s to %(high)s") % {"low": _points(found.low), "high": _points(found.high)}
        facts.append(
            Fact(_("%(level)s interval") % {"level": formats.percent(effect.CONFIDENCE, 0)}, interval)
        )
        if now.measured.worth is not None:
            net = now.measured.worth.net
            facts.append(Fact(_("Left after cost"), formats.money(net.amount.quantize(1))))
        sure = found.is_certain
        state = "done" if sure else "warn"
        sentence = _("The offer makes a difference.") if sure else _("No difference can be told from chance.")
    elif now.waiting is not None:
        state, sentence = "warn", _("Too early to tell.")
        url, label = _effect(now.waiting.public_id), _("Effect")
    else:
        state, sentence = "empty", _("Nothing to measure yet.")
    if now.waiting is not None and now.ripening is not None:
        needed = effect.ENOUGH
        have = min(now.ripening.treatment, now.ripening.control)
        facts.append(
            Fact(
                _("Too early: %(campaign)s") % {"campaign": now.waiting.name},
                _("%(have)s of %(needed)s in each group") % {"have": formats.number(have), "needed": needed},
                formats.day(now.ripening.next_day) if now.ripening.next_day else "",
                _effect(now.waiting.public_id),
            )
        )
    return Step(
        "measure", 4, _("Measure"), "target-arrow", state, value, unit, exact, sentence, facts, url, label
    )


def _points(share: float) -> str:
    return ("+" if share > 0 else "−" if share < 0 else "") + formats.number(abs(100 * share), 1)


def _campaign(public_id: object) -> str:
    return reverse("campaigns:one", kwargs={"public_id": public_id})


def _effect(public_id: object) -> str:
    return reverse("kpi:effect", kwargs={"public_id": public_id})
