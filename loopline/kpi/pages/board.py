"""The board: every indicator of a unit, the units below in comparison, what is breached."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Crumb, Request, address_of, render
from loopline.kernel.permission import Actor
from loopline.kpi import wording
from loopline.kpi.models import Indicator, PeriodKind, Perspective
from loopline.kpi.pages import parts
from loopline.kpi.queries import breaches
from loopline.kpi.queries.book import Book, Standing, indicators, open_book
from loopline.kpi.rules.judging import Status

ORDER = (Status.BREACH, Status.WARN, Status.GOOD, Status.OPEN)


@dataclass(frozen=True, slots=True)
class Group:
    """The tiles of a perspective."""

    label: str
    tiles: list[parts.Tile]


@dataclass(frozen=True, slots=True)
class Bar:
    """A unit in a comparison."""

    rank: str
    name: str
    url: str
    value: str
    percent: int
    status: str
    tone: str
    icon: str
    target: str


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A breach in a list."""

    url: str
    title: str
    unit: str
    detail: str
    ago: str
    exact: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board of a unit."""

    title: str
    subtitle: str
    path: list[parts.Link]
    below: list[parts.Link]
    period: str
    before_url: str
    after_url: str
    counts: list[tuple[str, str, str, str]]
    groups: list[Group]
    choices: list[parts.Link]
    compared: str
    bars: list[Bar]
    breaches: list[BreachRow]
    breaches_url: str
    manage_url: str
    as_of: str
    is_measured: bool


@require_safe
def board(request: Request) -> HttpResponse:
    """Every indicator of a unit in a period."""
    actor = request.actor
    chosen = indicators(actor)
    place = parts.place_of(request)
    here = reverse("kpi:board")
    below = place.tree.below(place.unit.pk)
    book = open_book(place.tree, chosen, [place.unit.pk, *(unit.pk for unit in below)], place.today)
    standings = [book.standing(each, place.unit.pk, place.period(each)) for each in chosen]
    shown = [each for each in standings if each.value is not None or each.target is not None]
    ranked = _ranked(request.GET.get("by", ""), shown)
    period, before_url, after_url = parts.periods_around(place, PeriodKind.MONTH, here)
    page = BoardPage(
        title=_("Performance"),
        subtitle=f"{formats.named(place.unit)} · {place.unit.get_level_display()}",
        path=parts.climb(place, here),
        below=parts.units_below(place, here),
        period=period,
        before_url=before_url,
        after_url=after_url,
        counts=_counts(shown),
        groups=_groups(shown, place),
        choices=_choices(shown, ranked, place, here),
        compared=formats.named(ranked) if ranked else "",
        bars=bars(book, ranked, place, here) if ranked and below else [],
        breaches=[breach_row(row) for row in breaches.latest(actor, place.tree, place.unit.pk, limit=8)],
        breaches_url=reverse("kpi:breaches") + place.query(),
        manage_url=reverse("kpi:indicators") if actor.may("kpi.manage") else "",
        as_of=_as_of(actor),
        is_measured=bool(shown),
    )
    return render(request, "kpi/board.html", page, breadcrumbs=[Crumb(page.title)])


def _as_of(actor: Actor) -> str:
    state = breaches.watch_state()
    if state is None or state.ran_at is None:
        return ""
    return _("Looked at %(ago)s") % {"ago": formats.ago(state.ran_at)}


def _counts(standings: list[Standing]) -> list[tuple[str, str, str, str]]:
    """How many stand how: status, count, tone, icon."""
    found = [(status, sum(each.status is status for each in standings)) for status in ORDER]
    return [
        (wording.status_word(status), formats.number(count), wording.TONES[status], wording.ICONS[status])
        for status, count in found
        if count
    ]


def _groups(standings: list[Standing], place: parts.Place) -> list[Group]:
    named = [*Perspective.choices, ("", _("Others"))]
    made = [
        Group(
            str(label), [parts.tile(each, place) for each in standings if each.indicator.perspective == code]
        )
        for code, label in named
    ]
    return [group for group in made if group.tiles]


def _ranked(code: str, standings: list[Standing]) -> Indicator | None:
    """The indicator by which the units below are compared: the chosen one, or the first that is worst."""
    found = next((each for each in standings if each.indicator.code == code), None)
    worst = sorted(standings, key=lambda each: ORDER.index(each.status))
    found = found or next(iter(worst), None)
    return found.indicator if found else None


def _choices(
    standings: list[Standing], ranked: Indicator | None, place: parts.Place, here: str
) -> list[parts.Link]:
    return [
        parts.Link(
            formats.named(each.indicator),
            here + place.query(by=each.indicator.code),
            each.indicator == ranked,
        )
        for each in standings
    ]


def bars(book: Book, indicator: Indicator, place: parts.Place, url: str) -> list[Bar]:
    """The units below, the best first; those without a value last."""
    found = [
        book.standing(indicator, unit.pk, place.period(indicator)) for unit in place.tree.below(place.unit.pk)
    ]
    told = sorted(
        (each for each in found if each.value is not None),
        key=lambda each: each.value or 0,
        reverse=indicator.higher_is_better,
    )
    largest = max((abs(Decimal(each.value or 0)) for each in told), default=Decimal(0))
    silent = [each for each in found if each.value is None]
    return [_bar(rank, each, largest, place, url) for rank, each in enumerate([*told, *silent], start=1)]


def _bar(rank: int, standing: Standing, largest: Decimal, place: parts.Place, url: str) -> Bar:
    unit = place.tree.units[standing.unit]
    value = standing.value
    return Bar(
        rank=str(rank) if value is not None else "–",
        name=formats.named(unit),
        url=url + place.query(unit=unit.code),
        value=wording.value_of(standing.indicator, value),
        percent=round(100 * abs(value) / largest) if value and largest else 0,
        status=wording.status_word(standing.status),
        tone=wording.TONES[standing.status],
        icon=wording.ICONS[standing.status],
        target=parts.target_words(standing),
    )


def breach_row(row: breaches.Told) -> BreachRow:
    """A breach in a list."""
    breach, indicator = row.breach, row.breach.indicator
    return BreachRow(
        url=address_of("kpi:breach", breach.public_id),
        title=formats.named(indicator),
        unit=formats.named(breach.branch),
        detail=f"{wording.value_of(indicator, breach.latest)} / {wording.value_of(indicator, breach.bound)}",
        ago=formats.ago(breach.first_seen_at),
        exact=formats.moment(breach.first_seen_at),
        state=wording.breach_state(breach),
        tone=wording.breach_tone(breach),
    )
