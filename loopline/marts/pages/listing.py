"""Every data mart as a card with its star, how fresh it is, and what can be done with it."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Request, address_of, render, with_toast
from loopline.kernel.permission import Actor
from loopline.marts import actions, jobs, queries, wording
from loopline.marts.columns import KEYS, of_stored
from loopline.marts.models import Mart, MartLoad, Status
from loopline.marts.picture import KEYS as DIMENSION_OF
from loopline.marts.picture import Star, star_of
from loopline.marts.subjects import RULES
from loopline.warehouse import api as warehouse

TONES = {
    Status.DRAFT: "neutral",
    Status.QUEUED: "info",
    Status.RUNNING: "info",
    Status.DONE: "good",
    Status.REFUSED: "bad",
    Status.INTERRUPTED: "warn",
}


@dataclass(frozen=True, slots=True)
class MartCard:
    """A mart: its picture, what is known of it, its cubes, how it is refreshed ('' where that may not be)."""

    name: str
    label: str
    about: str
    icon: str
    url: str
    star: Star
    facts: list[tuple[str, str]]
    cubes: list[tuple[str, str]]
    refresh_url: str


@dataclass(frozen=True, slots=True)
class LoadLine:
    """A file and what became of it."""

    name: str
    url: str
    note: str
    ago: str
    exact: str
    status: str
    tone: str
    rows: str
    way: str
    by: str


@dataclass(frozen=True, slots=True)
class MartsPage:
    """The subjects, the operator's own tables, and files on their way."""

    title: str
    subtitle: str
    problem: str
    subjects: list[MartCard]
    brought: list[MartCard]
    waiting: list[LoadLine]
    bring_url: str


@require_safe
def marts(request: Request) -> HttpResponse:
    """All data marts."""
    actor = request.actor
    standings = queries.standings(actor)
    loaded = any(one.is_there for one in standings)
    page = MartsPage(
        title=_("Data marts"),
        subtitle=_("Each subject a small star made from the warehouse; tables of our own beside them"),
        problem="" if loaded else warehouse.NotLoaded().message,
        subjects=[_subject(actor, one) for one in standings],
        brought=_brought(actor),
        waiting=[line_of(one, can_open=actor.may(queries.BRINGS)) for one in queries.under_way(actor)],
        bring_url=reverse("marts:bring") if actor.may(queries.BRINGS) else "",
    )
    return render(request, "marts/marts.html", page)


@require_POST
def refresh(request: Request, name: str) -> HttpResponse:
    """Have a subject's summary made anew."""
    jobs.ask_for_refresh(actor=request.actor, name=name)
    label = str(actions.find_subject(name).label)
    back = HttpResponseRedirect(f"{reverse('marts:list')}#mart-{name}")
    return with_toast(back, _("The summary of “%(name)s” is being made anew.") % {"name": label})


def line_of(load: MartLoad, *, can_open: bool = True) -> LoadLine:
    """A file in a list."""
    moment = load.finished_at or load.at
    note = wording.unknown_of(load)
    if load.status == Status.REFUSED:
        count = len(load.faults)
        cells = ngettext("%(count)s cell could not be read", "%(count)s cells could not be read", count)
        note = load.error or cells % {"count": formats.number(count)}
    return LoadLine(
        name=load.file_name,
        url=address_of("marts:load", load.public_id) if can_open else "",
        note=note,
        ago=formats.ago(moment),
        exact=formats.moment(moment),
        status=str(Status(load.status).label),
        tone=TONES[Status(load.status)],
        rows=formats.number(load.rows),
        way=load.get_way_display(),
        by=load.actor_name,
    )


def pictured(mart: Mart) -> Star:
    """The star of a brought table."""
    keys = [DIMENSION_OF[one.role] for one in of_stored(mart.columns) if one.role in KEYS]
    return star_of(_("Rows"), keys)


def _subject(actor: Actor, standing: queries.Standing) -> MartCard:
    subject = standing.subject
    fresh = formats.ago(standing.as_of) if standing.as_of else _("not yet")
    failing = ngettext("%(count)s row breaks a rule", "%(count)s rows break a rule", standing.failing)
    holds = _("every rule holds")
    facts = [
        (_("Summary"), _months(standing)),
        (_("As of"), fresh),
        (_("Made anew"), str(RULES[subject.rule])),
        (_("Quality"), failing % {"count": formats.number(standing.failing)} if standing.failing else holds),
        (_("Owner"), str(subject.owner)),
        (_("Table"), subject.table),
    ]  # fmt: skip
    return MartCard(
        subject.name,
        str(subject.label),
        str(subject.about),
        subject.icon,
        "",
        star_of(str(subject.label), subject.dimensions),
        facts,
        [(str(cube.label), reverse("olap:pivot", args=[cube.name])) for cube in subject.cubes],
        reverse("marts:refresh", args=[subject.name]) if actor.may(queries.REFRESHES) else "",
    )


def _months(standing: queries.Standing) -> str:
    told = ngettext("%(rows)s rows, %(months)s month", "%(rows)s rows, %(months)s months", standing.months)
    return told % {"rows": formats.number(standing.rows), "months": formats.number(standing.months)}


def _brought(actor: Actor) -> list[MartCard]:
    rows, brings = queries.brought(actor), actor.may(queries.BRINGS)
    newest = queries.newest_loads(rows)
    cards = []
    for mart in rows:
        url = reverse("marts:mart", args=[mart.name])
        cards.append(
            MartCard(
                mart.name,
                mart.title,
                mart.about or _("Brought by %(name)s") % {"name": mart.owner_name},
                "table",
                url,
                pictured(mart),
                facts_of(mart, newest.get(mart.pk)),
                [(_("Pivot"), reverse("olap:pivot", args=[mart.name]))],
                url if brings else "",
            )
        )
    return cards


def facts_of(mart: Mart, newest: MartLoad | None) -> list[tuple[str, str]]:
    """What is known of a brought table and its newest load."""
    return [
        (_("Rows"), formats.number(mart.rows)),
        (_("As of"), formats.ago(mart.brought_at) if mart.brought_at else ""),
        (_("Made anew"), _("When it is brought again")),
        (_("Quality"), (wording.unknown_of(newest) if newest else "") or _("every key is known")),
        (_("Owner"), mart.owner_name),
        (_("Table"), mart.table),
    ]
