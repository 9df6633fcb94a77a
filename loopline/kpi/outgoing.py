"""The board and the breaches as files."""

from collections.abc import Iterator

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.exports.api import COUNTED_TO, Outgoing, bring, moment
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.kernel.sheets import Block
from loopline.kpi import wording
from loopline.kpi.pages import parts
from loopline.kpi.queries import breaches
from loopline.kpi.queries.book import indicators, open_book

HEADS = (
    _("Unit"), _("Indicator"), _("Period"), _("Value"), _("Unit of measure"),
    pgettext_lazy("indicator", "Target"), _("Status"), _("Forecast"),
)  # fmt: skip
BREACH_HEADS = (
    _("Unit"), _("Indicator"), _("Period"), _("First seen"), _("Worst"), _("Bound"), _("State"), _("What was done"),
)  # fmt: skip


class BoardTable:
    """The board of a unit and of the units right below it."""

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many rows there are."""
        place = parts.place_at(actor, asked)
        return len(indicators(actor)) * (1 + len(place.tree.below(place.unit.pk)))

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[Block]:
        """The heads, then a row for each indicator and unit."""
        yield [[str(head) for head in HEADS]]
        place, chosen = parts.place_at(actor, asked), indicators(actor)
        units = [place.unit, *place.tree.below(place.unit.pk)]
        book = open_book(place.tree, chosen, [unit.pk for unit in units], place.today)
        for unit in units:
            found = [book.standing(each, unit.pk, place.period(each)) for each in chosen]
            yield [
                [
                    formats.named(unit),
                    formats.named(each.indicator),
                    wording.period_of(each.indicator.period, each.period),
                    "" if each.value is None else f"{round(each.value, 4).normalize():f}",
                    each.indicator.unit,
                    "" if each.target is None else f"{round(each.target.value, 4).normalize():f}",
                    wording.status_word(each.status),
                    parts.outlook_words(each),
                ]
                for each in found
            ]


class BreachTable:
    """The breaches of a unit and all below it."""

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many there are."""
        return len(self._rows(actor, asked))

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[Block]:
        """The heads, then the breaches."""
        yield [[str(head) for head in BREACH_HEADS]]
        yield [self._cells(told, actor) for told in self._rows(actor, asked)]

    def _rows(self, actor: Actor, asked: QueryDict) -> list[breaches.Told]:
        place = parts.place_at(actor, asked)
        only = asked.get("only", "")
        return breaches.latest(
            actor, place.tree, place.unit.pk, only=only if only in ("open", "over") else "", limit=COUNTED_TO
        )

    def _cells(self, told: breaches.Told, actor: Actor) -> list[str]:
        row, indicator = told.breach, told.breach.indicator
        return [
            formats.named(row.branch),
            formats.named(indicator),
            wording.period_of(indicator.period, row.period),
            moment(row.first_seen_at, actor),
            wording.value_of(indicator, row.worst),
            wording.value_of(indicator, row.bound),
            wording.breach_state(row),
            formats.listed(step.text for step in told.steps if step.text),
        ]


bring(Outgoing("indicators", _("Indicators"), "kpi.view", BoardTable(), personal=False, page="kpi:board"))
bring(
    Outgoing(
        "breaches", _("Breached indicators"), "kpi.view", BreachTable(), personal=False, page="kpi:breaches"
    )
)
