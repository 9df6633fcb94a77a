"""Asking in a sentence: it leads to the pivot that answers, which says how it was understood."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from loopline.kernel import clock
from loopline.kernel.pages import Request
from loopline.kernel.permission import Actor, require
from loopline.olap import api as olap
from loopline.olap.pages.asked import Asked, Look
from loopline.olap.pivot.sentence import Understanding, understand
from loopline.olap.question import Member
from loopline.warehouse.api import NotLoaded

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said, and what of it was not understood."""

    text: str
    unknown: list[str]


@require_safe
def ask(request: Request) -> HttpResponse:
    """The pivot that answers a sentence."""
    actor, text = request.actor, request.GET.get("q", "").strip()[:LONGEST]
    require(actor, "olap.view")
    if not text:
        return HttpResponseRedirect(reverse("olap:cubes"))
    found = _understanding(actor, text, request.GET.get("cube", ""))
    question = found.question
    asked = Asked(olap.find_cube(question.cube), question, Look())
    return HttpResponseRedirect(f"{asked.url(question)}&{urlencode({'q': text})}")


def understood(actor: Actor, text: str, cube: str) -> Understood:
    """How the sentence that led to a pivot was understood."""
    return Understood(text, _understanding(actor, text[:LONGEST], cube).unknown)


def _understanding(actor: Actor, text: str, preferred: str) -> Understanding:
    cubes = olap.all_cubes()

    def members(cube: str) -> Iterator[tuple[str, Member, str]]:
        for name, level in cubes[cube].levels.items():
            if level.is_time:
                continue
            try:
                known = olap.members(actor, cube, name)
            except NotLoaded:
                return
            yield from ((name, member, label) for member, label in known if member is not None)

    today = clock.today(actor.zone)
    return understand(text, cubes, members, today, preferred)
