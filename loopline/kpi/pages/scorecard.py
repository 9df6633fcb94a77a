"""The balanced scorecard of a unit, with its strategy map."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, address_of, again, render, with_toast
from loopline.kpi import api, wording
from loopline.kpi.models import Indicator, Influence, PeriodKind, Perspective, PerspectiveWeight
from loopline.kpi.pages import parts
from loopline.kpi.queries.book import Book, Standing, indicators, open_book
from loopline.kpi.rules import scorecard as rules

BOX, ROW, LEFT, GAP = 148, 104, 158, 18
HEIGHT = 52


@dataclass(frozen=True, slots=True)
class Side:
    """A perspective with its indicators."""

    code: str
    label: str
    score: str
    percent: int
    weight: str
    tiles: list[parts.Tile]


@dataclass(frozen=True, slots=True)
class Box:
    """An indicator on the map."""

    x: int
    y: int
    url: str
    name: str
    value: str
    tone: str


@dataclass(frozen=True, slots=True)
class Map:
    """The strategy map: bands, boxes and arrows, in the units of its picture."""

    width: int
    height: int
    bands: list[tuple[int, str]]
    boxes: list[Box]
    arrows: list[str]
    summary: str


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A unit below, in the same scorecard."""

    url: str
    name: str
    score: str
    percent: int


@dataclass(frozen=True, slots=True)
class ScorecardPage:
    """The scorecard of a unit."""

    title: str
    subtitle: str
    path: list[parts.Link]
    below: list[parts.Link]
    period: str
    before_url: str
    after_url: str
    score: str
    sides: list[Side]
    map: Map
    units: list[UnitScore]
    weights_url: str


@require_http_methods(["GET", "POST"])
def scorecard(request: Request) -> HttpResponse:
    """The scorecard; weights of perspectives are posted to it."""
    here = reverse("kpi:scorecard")
    if request.method == "POST":
        back = here + parts.place_of(request).query()
        try:
            api.set_perspective_weights(
                actor=request.actor, weights={code: request.POST.get(code, "") for code in Perspective.values}
            )
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            return again(request, back, refusal)
        return with_toast(HttpResponseRedirect(back), _("Saved."))
    return _shown(request, here)


def _shown(request: Request, here: str) -> HttpResponse:
    actor, place = request.actor, parts.place_of(request)
    chosen = [each for each in indicators(actor) if each.perspective]
    below = place.tree.below(place.unit.pk)
    book = open_book(place.tree, chosen, [place.unit.pk, *(unit.pk for unit in below)], place.today)
    weights = dict(PerspectiveWeight.objects.values_list("perspective", "weight"))
    period, before_url, after_url = parts.periods_around(place, PeriodKind.MONTH, here)
    found = {each.pk: book.standing(each, place.unit.pk, place.period(each)) for each in chosen}
    scores = _scores(list(found.values()))
    page = ScorecardPage(
        title=_("Scorecard"),
        subtitle=formats.named(place.unit),
        path=parts.climb(place, here),
        below=parts.units_below(place, here),
        period=period,
        before_url=before_url,
        after_url=after_url,
        score=_words(rules.total(scores, weights)),
        sides=[
            Side(
                code, str(label), _words(scores.get(code)), _percent(scores.get(code)),
                f"{weights[code].normalize():f}" if code in weights else "1",
                [parts.tile(each, place) for each in found.values() if each.indicator.perspective == code],
            )
            for code, label in Perspective.choices
        ],
        map=_map(chosen, found, place),
        units=[_unit(book, chosen, unit.pk, place, weights) for unit in below],
        weights_url=here + place.query() if actor.may("kpi.manage") else "",
    )  # fmt: skip
    crumbs = [Crumb(_("Performance"), parts.board_url(place)), Crumb(page.title)]
    return render(request, "kpi/scorecard.html", page, breadcrumbs=crumbs)


def _scores(found: list[Standing]) -> dict[str, Decimal | None]:
    return {
        code: rules.score(
            [
                rules.Reached(each.attained, each.indicator.weight)
                for each in found
                if each.indicator.perspective == code
            ]
        )
        for code in Perspective.values
    }


def _unit(
    book: Book, chosen: list[Indicator], unit: int, place: parts.Place, weights: dict[str, Decimal]
) -> UnitScore:
    found = [book.standing(each, unit, place.period(each)) for each in chosen]
    score = rules.total(_scores(found), weights)
    row = place.tree.units[unit]
    return UnitScore(
        reverse("kpi:scorecard") + place.query(unit=row.code),
        formats.named(row),
        _words(score),
        _percent(score),
    )


def _words(score: Decimal | None) -> str:
    return "–" if score is None else formats.number(round(score))


def _percent(score: Decimal | None) -> int:
    return 0 if score is None else min(100, round(score))


def _map(chosen: list[Indicator], found: dict[int, Standing], place: parts.Place) -> Map:
    """Perspectives as bands from finance down to learning; only indicators with an arrow stand on it."""
    arrows = list(
        Influence.objects.filter(indicator__in=chosen, on__in=chosen).values_list("indicator_id", "on_id")
    )
    drawn = {key for pair in arrows for key in pair}
    boxes: dict[int, Box] = {}
    width = LEFT
    for band, code in enumerate(Perspective.values):
        row = [each for each in chosen if each.perspective == code and each.pk in drawn]
        for n, each in enumerate(row):
            boxes[each.pk] = _box(
                found[each.pk], LEFT + n * (BOX + GAP), band * ROW + (ROW - HEIGHT) // 2, place
            )
        width = max(width, LEFT + len(row) * (BOX + GAP))
    names = {each.pk: formats.named(each) for each in chosen}
    return Map(
        width=width,
        height=ROW * len(Perspective.values),
        bands=[(band * ROW, str(label)) for band, (_code, label) in enumerate(Perspective.choices)],
        boxes=list(boxes.values()),
        arrows=[_arrow(boxes[start], boxes[end]) for start, end in arrows],
        summary="; ".join(f"{names[start]} → {names[end]}" for start, end in arrows),
    )


def _box(standing: Standing, x: int, y: int, place: parts.Place) -> Box:
    row = standing.indicator
    return Box(
        x, y, address_of("kpi:indicator", row.public_id) + place.query(), _short(formats.named(row)),
        f"{wording.value_of(row, standing.value)} · {wording.status_word(standing.status)}",
        wording.TONES[standing.status],
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"


def _arrow(start: Box, end: Box) -> str:
    """A curve from one box up (or aside) to another."""
    if start.y == end.y:
        x1, x2 = (start.x + BOX, end.x) if start.x < end.x else (start.x, end.x + BOX)
        y = start.y + HEIGHT // 2
        if abs(x2 - x1) <= GAP:
            return f"M{x1},{y} L{x2},{y}"
        x1, x2, top = start.x + BOX // 2, end.x + BOX // 2, start.y
        return f"M{x1},{top} C{x1},{top - 24} {x2},{top - 24} {x2},{top}"
    x1, y1 = start.x + BOX // 2, start.y if start.y > end.y else start.y + HEIGHT
    x2, y2 = end.x + BOX // 2, end.y + HEIGHT if start.y > end.y else end.y
    middle = (y1 + y2) // 2
    return f"M{x1},{y1} C{x1},{middle} {x2},{middle} {x2},{y2}"
