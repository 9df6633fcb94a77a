"""Choosing which members of a level count: by search and ticks, or from one period to another."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Crumb, Request, render
from loopline.olap import api as olap
from loopline.olap.pages.asked import Asked, asked_for
from loopline.olap.pages.members import Known, members_of
from loopline.olap.pivot import moves
from loopline.olap.question import Filter, Op, Question

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """A member that one may tick."""

    text: str
    label: str
    figure: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterPage:
    """The members of a level to choose from; for periods a first and a last one besides."""

    title: str
    level: str
    label: str
    measure: str
    url: str
    search_url: str
    back_url: str
    hidden: list[tuple[str, str]]
    choices: list[Choice]
    periods: list[tuple[str, str]]
    first: str
    last: str
    leaves_out: bool
    query: str
    more: str


@require_safe
def choose(request: Request, cube: str) -> HttpResponse:
    """The members of a level."""
    actor, level = request.actor, request.GET.get("level", "")
    asked = asked_for(actor, cube, request.GET)
    if level not in asked.cube.levels:
        raise NotFound
    # What others let through is shown, so that a choice finds something; what this level lets through is to be changed.
    others = [each for each in asked.question.filters if each.level != level]
    known = members_of(actor, asked.cube, level, *others)
    page = _page(asked, level, known, request.GET.get("q", "").strip())
    crumbs = [
        Crumb(_("Cubes"), reverse("olap:cubes")),
        Crumb(str(asked.cube.label), page.back_url),
        Crumb(page.label),
    ]
    return render(request, "olap/filter.html", page, breadcrumbs=crumbs)


@require_safe
def apply(request: Request, cube: str) -> HttpResponse:
    """The pivot with the members that were chosen."""
    actor, level = request.actor, request.GET.get("level", "")
    asked = asked_for(actor, cube, request.GET)
    if level not in asked.cube.levels:
        raise NotFound
    known = {each.text: each for each in members_of(actor, asked.cube, level)}
    given = request.GET
    filters = []
    for name, op in (("first", Op.FROM), ("last", Op.TO)):
        if asked.cube.levels[level].is_time and given.get(name):
            sign = ">=" if op is Op.FROM else "<="
            filters.append(olap.filter_of(asked.cube, f"{level}{sign}{given[name]}"))
    chosen = tuple(known[text].member for text in given.getlist("member") if text in known)
    if chosen:
        filters.append(Filter(level, Op.NOT_IN if given.get("op") == "not_in" else Op.IN, chosen))
    return HttpResponseRedirect(asked.url(moves.kept(moves.filtered(asked.question, level, *filters))))


def _page(asked: Asked, level: str, known: list[Known], query: str) -> FilterPage:
    named, own = asked.cube.levels[level], [each for each in asked.question.filters if each.level == level]
    ticked = {member for each in own if each.op in (Op.IN, Op.NOT_IN) for member in each.members}
    found = [each for each in known if query.casefold() in each.label.casefold() or each.member in ticked]
    bounds = {each.op: each.members[0] for each in own if each.op in (Op.FROM, Op.TO)}
    texts = {each.member: each.text for each in known}
    left = len(found) - SHOWN
    return FilterPage(
        title=_("Filter: %(level)s") % {"level": named.label},
        level=level,
        label=str(named.label),
        measure=str(next(iter(asked.cube.measures.values())).label),
        url=reverse("olap:filtered", args=[asked.cube.name]),
        search_url=f"{asked.also('filter')}&level={level}",
        back_url=asked.url(asked.question),
        hidden=_hidden(asked, asked.question),
        choices=[Choice(each.text, each.label, each.figure, each.member in ticked) for each in found[:SHOWN]],
        periods=[(each.text, each.label) for each in known] if named.is_time else [],
        first=texts.get(bounds.get(Op.FROM), ""),
        last=texts.get(bounds.get(Op.TO), ""),
        leaves_out=any(each.op is Op.NOT_IN for each in own),
        query=query,
        more=_("%(count)s more: search for them.") % {"count": left} if left > 0 else "",
    )


def _hidden(asked: Asked, question: Question) -> list[tuple[str, str]]:
    given = QueryDict(asked.query_of(question))
    return [(name, value) for name, values in given.lists() for value in values]
