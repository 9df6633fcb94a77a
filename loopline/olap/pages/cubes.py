"""The themes of analysis: what each cube answers, where one left it, and the views one keeps."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import require
from loopline.olap import api as olap
from loopline.olap.models import Shared
from loopline.olap.pages.kept import ViewLine, view_lines
from loopline.olap.views import left_at

EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class CubeCard:
    """A cube: what it answers, some of its measures, where it was left."""

    label: str
    about: str
    icon: str
    url: str
    measures: str
    left_url: str
    left_ago: str
    left_exact: str


@dataclass(frozen=True, slots=True)
class CubesPage:
    """Every cube, those used lately first, and kept views."""

    title: str
    cubes: list[CubeCard]
    views: list[ViewLine]
    shares: list[tuple[str, str]]
    ask_url: str


@require_safe
def cubes(request: Request) -> HttpResponse:
    """The cubes and the views."""
    actor = request.actor
    require(actor, "olap.view")
    left = {row.cube: row for row in left_at(actor)}
    known = olap.all_cubes()
    names = sorted(known, key=[*left, *known].index)
    cards = []
    for name in names:
        cube, mark = known[name], left.get(name)
        url = reverse("olap:pivot", args=[name])
        shown = [str(each.label) for each in cube.measures.values()][:EXAMPLES]
        cards.append(
            CubeCard(
                str(cube.label),
                str(cube.about),
                cube.icon,
                url,
                formats.listed(shown),
                f"{url}?{mark.address}" if mark else "",
                formats.ago(mark.used_at) if mark else "",
                formats.moment(mark.used_at) if mark else "",
            )
        )
    shares = [(str(value), str(label)) for value, label in Shared.choices]
    page = CubesPage(_("Cubes"), cards, view_lines(actor), shares, reverse("olap:ask"))
    return render(request, "olap/cubes.html", page, breadcrumbs=[Crumb(page.title)])
