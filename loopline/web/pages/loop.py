"""The loop dashboard: integrate, analyse, act, measure, as one picture with where things stand."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import MenuItem, Request, menu, render
from loopline.kernel.permission import Actor, require
from loopline.web import loop as standing
from loopline.web import steps
from loopline.web.loop import Acted, Analysed, Integrated, Learnt
from loopline.web.places import page_of

menu.add(
    "web.loop",
    MenuItem("desk", gettext_lazy("The loop"), "web:loop", "infinity", "campaigns.view", "l"),
    order=5,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the tour: what to do, why, and the one button."""

    title: str
    why: str
    label: str
    url: str
    is_done: bool
    is_next: bool


@dataclass(frozen=True, slots=True)
class LoopPage:
    """The dashboard. `tour` is empty once the loop has been closed."""

    title: str
    subtitle: str
    steps: list[steps.Step]
    middle: str
    middle_exact: str
    middle_label: str
    middle_url: str
    tour: list[Stop]
    tour_done: int


@require_safe
def loop(request: Request) -> HttpResponse:
    """The four steps and where things stand."""
    actor = request.actor
    require(actor, "campaigns.view")
    data, analysis = standing.integrated(actor), standing.analysed(actor)
    action, effect = standing.acted(actor), standing.learnt(actor)
    tour = _tour(actor, data, analysis, action, effect)
    done = sum(stop.is_done for stop in tour)
    page = LoopPage(
        _("The loop"),
        _("From data to an offer, and from its answer to a measured effect."),
        [
            steps.integrate(actor, data),
            steps.analyse(actor, analysis),
            steps.act(actor, action),
            steps.measure(actor, effect),
        ],
        _compact_money(analysis),
        _("%(money)s a month") % {"money": formats.money(analysis.at_stake)},
        _("at stake a month") if analysis.scored_at else "",
        page_of(actor, "retention"),
        tour if done < len(tour) and (actor.may("campaigns.plan") or actor.may("mining.run")) else [],
        done,
    )
    return render(request, "web/loop.html", page)


def _compact_money(analysis: Analysed) -> str:
    if analysis.scored_at is None:
        return ""
    symbol = formats.money(0).rstrip("0.").rstrip()
    return symbol + formats.compact(analysis.at_stake.quantize(1))


def _tour(actor: Actor, data: Integrated, analysis: Analysed, action: Acted, effect: Learnt) -> list[Stop]:
    campaigns = page_of(actor, "campaigns")
    # What somebody has answered and what a campaign waits for have gone through the steps before.
    ran = bool(action.running) or effect.campaign is not None or effect.waiting is not None
    stops = [
        (
            _("Bring customers in"),
            _("A file of your own, or the demo operator, which is here when the server is started with it."),
            _("Import a file"),
            page_of(actor, "imports"),
            data.has_customers,
        ),
        (
            _("Let a model learn who leaves"),
            _("It looks at the past months, judges itself on customers it has not seen, and gives reasons."),
            _("Train"),
            page_of(actor, "mining"),
            analysis.model is not None or analysis.scored_at is not None,
        ),
        (
            _("See value against risk"),
            _("Who is worth much and likely to leave stands in one cell; a click makes him an audience."),
            _("Value × risk"),
            page_of(actor, "retention"),
            analysis.scored_at is not None,
        ),
        (
            _("Start a campaign"),
            _("An offer, a channel, contact rules, and a control group drawn at random."),
            _("Plan a campaign"),
            reverse("campaigns:plan") if actor.may("campaigns.plan") else campaigns,
            ran,
        ),
        (
            _("Record answers"),
            _("The tasks stand in the worklists of the branches; an answer is one key."),
            _("My tasks"),
            page_of(actor, "worklist"),
            action.ever_answered,
        ),
        (
            _("Read the effect"),
            _("What the offer changed against the control group, with an interval, cost and return."),
            _("Campaigns"),
            campaigns,
            effect.measured is not None,
        ),
    ]
    first_open = next((at for at, stop in enumerate(stops) if not stop[4]), -1)
    return [
        Stop(title, why, label, url, done, at == first_open)
        for at, (title, why, label, url, done) in enumerate(stops)
    ]


patterns = [path("loop", loop, name="loop")]
