"""One indicator: what it is, its trend, its parts, its units, what went wrong and what was done about it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Crumb, Request, address_of, render
from loopline.kernel.permission import Actor
from loopline.kpi import wording
from loopline.kpi.models import Indicator
from loopline.kpi.pages import parts
from loopline.kpi.pages.board import Bar, BreachRow, bars, breach_row
from loopline.kpi.pages.parts import Link, Tile
from loopline.kpi.queries import breaches
from loopline.kpi.queries.book import Book, Standing, formula_of, indicators, open_book
from loopline.kpi.queries.terms import cube_address, source_of
from loopline.kpi.rules import periods

SHOWN = 13


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """One indicator of a unit."""

    title: str
    subtitle: str
    tile: parts.Tile
    path: list[Link]
    below: list[Link]
    period: str
    before_url: str
    after_url: str
    facts: list[tuple[str, str]]
    chart: dict[str, Any]
    chart_summary: str
    columns: list[str]
    rows: list[list[str]]
    parts: list[Tile]
    moves: list[Link]
    bars: list[Bar]
    breaches: list[BreachRow]
    cube_url: str
    edit_url: str


@require_safe
def indicator(request: Request, public_id: UUID) -> HttpResponse:
    """The page of an indicator."""
    actor = request.actor
    row = get_indicator(actor, public_id)
    place = parts.place_of(request)
    here = address_of("kpi:indicator", row.public_id)
    of_it = [each for each in indicators(actor) if each.parent_id == row.pk]
    below = place.tree.below(place.unit.pk)
    book = open_book(place.tree, [row, *of_it], [place.unit.pk, *(unit.pk for unit in below)], place.today)
    standing = book.standing(row, place.unit.pk, place.period(row))
    period, before_url, after_url = parts.periods_around(place, row.period, here)
    trend = _trend(book, standing)
    page = IndicatorPage(
        title=formats.named(row),
        subtitle=f"{formats.named(place.unit)} · {wording.period_of(row.period, standing.period)}",
        tile=parts.tile(standing, place),
        path=parts.climb(place, here),
        below=parts.units_below(place, here),
        period=period,
        before_url=before_url,
        after_url=after_url,
        facts=_facts(row, book, place),
        chart=_chart(row, trend),
        chart_summary=_("%(name)s in the last %(count)s periods, with target and thresholds")
        % {"name": formats.named(row), "count": len(trend)},
        columns=[_("Period"), _("Value"), pgettext("indicator", "Target"), _("Status")],
        rows=[_row(each) for each in reversed(trend)],
        parts=[parts.tile(book.standing(each, place.unit.pk, place.period(each)), place) for each in of_it],
        moves=[
            parts.Link(formats.named(each.on), address_of("kpi:indicator", each.on.public_id) + place.query())
            for each in row.moves.select_related("on")
        ],
        bars=bars(book, row, place, here),
        breaches=[
            breach_row(each)
            for each in breaches.latest(actor, place.tree, place.unit.pk, indicator=row, limit=10)
        ],
        cube_url=cube_address(formula_of(row), place.unit, row.period, place.period(row))
        if actor.may("olap.view")
        else "",
        edit_url=address_of("kpi:edit", row.public_id) if actor.may("kpi.manage") else "",
    )
    crumbs = [Crumb(_("Performance"), parts.board_url(place)), Crumb(page.title)]
    return render(request, "kpi/indicator.html", page, breadcrumbs=crumbs)


def get_indicator(actor: Actor, public_id: UUID) -> Indicator:
    """An indicator, one that is no longer used as well. Raises NotFound."""
    found = next((each for each in indicators(actor, all_of_them=True) if each.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


def _trend(book: Book, standing: Standing) -> list[Standing]:
    row = standing.indicator
    starts = periods.run_of(row.period, standing.period, SHOWN)
    found = [book.standing(row, standing.unit, start) for start in starts]
    known = next((n for n, each in enumerate(found) if each.value is not None), len(found) - 1)
    return found[known:]


def _facts(row: Indicator, book: Book, place: parts.Place) -> list[tuple[str, str]]:
    threshold = book.threshold(row, place.unit.pk)
    return [
        (_("Formula"), wording.about(row)),
        (_("Source"), formats.listed(dict.fromkeys(source_of(term) for term in formula_of(row).terms))),
        (_("Better"), _("higher") if row.higher_is_better else _("lower")),
        (_("Period"), str(row.get_period_display())),
        (_("Owner"), formats.named(row.owner) if row.owner else "–"),
        (_("Threshold"), wording.threshold_words(row, threshold) if threshold else "–"),
        (_("Forecast"), wording.method_words(row)),
    ]


def _row(standing: Standing) -> list[str]:
    row = standing.indicator
    return [
        wording.period_of(row.period, standing.period),
        wording.value_of(row, standing.value),
        wording.value_of(row, standing.target.value) if standing.target else "–",
        wording.status_word(standing.status),
    ]


def _chart(row: Indicator, trend: list[Standing]) -> dict[str, Any]:
    def line(name: str, values: list[Any], **more: Any) -> dict[str, Any]:
        return {"type": "line", "name": name, "data": [_plain(row, each) for each in values], **more}

    series = [
        line(formats.named(row), [each.value for each in trend], showSymbol=True, lineStyle={"width": 2.5}),
        line(
            pgettext("indicator", "Target"), [each.target.value if each.target else None for each in trend],
            step="middle", lineStyle={"type": "dashed", "width": 1.5}, showSymbol=False,
        ),
        line(
            _("Breach"), [each.limits.breach if each.limits else None for each in trend],
            step="middle", lineStyle={"type": "dotted", "width": 1.5, "color": "--bad"},
            itemStyle={"color": "--bad"}, showSymbol=False,
        ),
    ]  # fmt: skip
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": [wording.period_of(row.period, each.period) for each in trend]},
        "yAxis": {"type": "value", "name": wording.unit_word(row.unit), "scale": not row.adds_up},
        "series": [each for each in series if any(value is not None for value in each["data"])],
    }


def _plain(row: Indicator, value: Any) -> float | None:
    return None if value is None else round(float(value), max(row.decimals, 2))
