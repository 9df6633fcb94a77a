"""What the pages of indicators share: where one stands in tree and time, tiles, changes, forecasts in words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.identity.api import Unit
from loopline.kernel import clock, formats
from loopline.kernel.pages import Request, address_of
from loopline.kernel.permission import Actor
from loopline.kpi import wording
from loopline.kpi.models import Indicator
from loopline.kpi.queries.book import Standing, period_shown
from loopline.kpi.queries.tree import Tree, sees, tree, unit_shown
from loopline.kpi.rules import periods
from loopline.kpi.rules.forecast import CannotTell, Forecast
from loopline.kpi.rules.judging import misses

WIDTH, HEIGHT = 120, 32
SHARES = ("%",)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader stands: in the tree and in time."""

    actor: Actor
    tree: Tree
    unit: Unit
    day: date
    today: date

    def period(self, indicator: Indicator) -> date:
        """The period of an indicator in which the chosen day lies, or the latest that can be told."""
        return period_shown(indicator, self.day, self.today)

    def query(self, **changes: str) -> str:
        """The query string of this place, with changes."""
        told = {
            "unit": self.unit.code,
            "on": self.day.isoformat() if self.day != self.today else "",
        } | changes
        return "?" + urlencode({name: value for name, value in told.items() if value})


@dataclass(frozen=True, slots=True)
class Link:
    """A place one may go to."""

    label: str
    url: str
    active: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change against another period."""

    label: str
    text: str
    direction: str
    good: bool | None


@dataclass(frozen=True, slots=True)
class Tile:
    """An indicator in short."""

    url: str
    name: str
    period: str
    value: str
    status: str
    tone: str
    icon: str
    target: str
    outlook: str
    changes: list[Change]
    spark: str
    spark_label: str


def place_of(request: Request) -> Place:
    """Where the address says the reader stands: by default the highest unit that he sees, today."""
    return place_at(request.actor, request.GET)


def place_at(actor: Actor, asked: QueryDict) -> Place:
    """The place that an address names."""
    found, today = tree(), clock.today(actor.zone)
    unit = unit_shown(actor, found, asked.get("unit", ""))
    try:
        day = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        day = today
    return Place(actor, found, unit, min(day, today), today)


def climb(place: Place, url: str) -> list[Link]:
    """The units from the highest that the reader sees down to this one."""
    return [
        Link(formats.named(place.tree.units[key]), url + place.query(unit=place.tree.units[key].code))
        for key in place.tree.line(place.unit.pk)
        if sees(place.actor, key)
    ]


def units_below(place: Place, url: str) -> list[Link]:
    """The units right below, to climb down to."""
    return [
        Link(formats.named(unit), url + place.query(unit=unit.code), note=str(unit.get_level_display()))
        for unit in place.tree.below(place.unit.pk)
    ]


def periods_around(place: Place, kind: str, url: str) -> tuple[str, str, str]:
    """The period that is shown, and the addresses of the one before and the one after ('' in the future)."""
    first = periods.first_day(kind, place.day)
    before, after = periods.shifted(kind, first, -1), periods.shifted(kind, first, 1)
    ends = min(periods.last_day(kind, after), place.today)
    following = (
        url + place.query(on=ends.isoformat() if ends != place.today else "") if after <= place.today else ""
    )
    return (
        wording.period_of(kind, first),
        url + place.query(on=periods.last_day(kind, before).isoformat()),
        following,
    )


def tile(standing: Standing, place: Place) -> Tile:
    """An indicator as a tile."""
    indicator = standing.indicator
    values = [value for _day, value in standing.past[-12:]]
    values += [standing.value] if standing.value is not None else []
    return Tile(
        url=address_of("kpi:indicator", indicator.public_id) + place.query(),
        name=formats.named(indicator),
        period=wording.period_of(indicator.period, standing.period) if indicator.lag else "",
        value=wording.value_of(indicator, standing.value),
        status=wording.status_word(standing.status),
        tone=wording.TONES[standing.status],
        icon=wording.ICONS[standing.status],
        target=target_words(standing),
        outlook=outlook_words(standing),
        changes=changes(standing),
        spark=spark(values),
        spark_label=_("Trend: %(values)s")
        % {"values": formats.listed(wording.value_of(indicator, value) for value in values[-6:])},
    )


def target_words(standing: Standing) -> str:
    """The target, and how far it is reached."""
    if standing.target is None:
        return ""
    told = wording.value_of(standing.indicator, standing.target.value)
    if standing.attained is None:
        return _("Target %(target)s") % {"target": told}
    return _("Target %(target)s, %(share)s reached") % {
        "target": told, "share": formats.percent(standing.attained, 0),
    }  # fmt: skip


def outlook_words(standing: Standing) -> str:
    """The forecast with its interval, or why there is none."""
    found, indicator = standing.outlook, standing.indicator
    if isinstance(found, Forecast):
        if found.method == "complete":
            return ""
        words = {
            "value": wording.value_of(indicator, found.value),
            "low": wording.number_of(indicator, found.low),
            "high": wording.number_of(indicator, found.high),
        }
        return _("Expected at the end %(value)s (%(low)s to %(high)s)") % words
    if isinstance(found, CannotTell):
        if found.why == "too_soon":
            return _("Too early in the period for a forecast")
        return _("No forecast yet: %(known)s of %(needed)s periods known") % {
            "known": found.known, "needed": found.needed,
        }  # fmt: skip
    return ""


def changes(standing: Standing) -> list[Change]:
    """Against the period before and the same a year before; what is still adding up is compared by its forecast."""
    value = standing.value
    if standing.indicator.adds_up and standing.share < 1:
        value = standing.outlook.value if isinstance(standing.outlook, Forecast) else None
    return [
        told
        for label, other in (
            (_("on the period before"), standing.before),
            (_("on the year"), standing.year_before),
        )
        if (told := _change(standing.indicator, label, value, other)) is not None
    ]


def _change(indicator: Indicator, label: str, value: Decimal | None, other: Decimal | None) -> Change | None:
    if value is None or other is None or (not other and indicator.unit not in SHARES):
        return None
    difference = value - other
    if indicator.unit in SHARES:
        text = _("%(points)s points") % {
            "points": _signed(formats.number(abs(round(difference, 1)), 1), difference)
        }
    else:
        text = _signed(formats.percent(abs(difference / other)), difference)
    direction = "up" if difference > 0 else "down" if difference < 0 else "flat"
    good = None if not difference else misses(other, value, indicator.higher_is_better)
    return Change(label, text, direction, good)


def _signed(text: str, difference: Decimal) -> str:
    return ("+" if difference > 0 else "−" if difference < 0 else "±") + text


def spark(values: list[Decimal]) -> str:
    """The points of a small line, oldest on the left; '' for fewer than two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = float(high - low) or 1.0
    step = (WIDTH - 4) / (len(values) - 1)
    middle = HEIGHT / 2 if high == low else None
    return " ".join(
        f"{2 + step * n:.1f},{middle or HEIGHT - 3 - (HEIGHT - 6) * float(value - low) / span:.1f}"
        for n, value in enumerate(values)
    )


def board_url(place: Place) -> str:
    """The board at this place."""
    return reverse("kpi:board") + place.query()
