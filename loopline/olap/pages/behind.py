"""The customers behind a figure, as far as the person may see them, on screen and as a list that can be taken out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from urllib.parse import unquote, urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from loopline.customers import api as customers
from loopline.exports import api as exports
from loopline.kernel import formats
from loopline.kernel.errors import Invalid
from loopline.kernel.models import AccessRecord
from loopline.kernel.pages import Crumb, Request, address_of, render
from loopline.kernel.permission import Actor
from loopline.kernel.sheets import Block
from loopline.olap import api as olap
from loopline.olap.pages.asked import Asked, asked_for
from loopline.olap.pages.wells import Chip, filter_chips
from loopline.olap.pivot import figures
from loopline.olap.question import Head, Measured, Member, Question, Value
from loopline.warehouse.api import NotLoaded

SHOWN = 50
BLOCK = 1000


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure: the pivot it stands in, the question about it alone, its measure."""

    pivot: Asked
    question: Question
    measured: Measured

    @property
    def measure(self) -> olap.Measure:
        """What it measures."""
        return self.pivot.cube.measures[self.measured.measure]

    @property
    def alone(self) -> Asked:
        """The question about it alone, whose filters say all."""
        return Asked(self.pivot.cube, self.question, self.pivot.look)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, and what he brings to the figure."""

    url: str
    number: str
    name: str
    branch: str
    figure: str


@dataclass(frozen=True, slots=True)
class BehindPage:
    """The customers behind a figure, those with most of it first."""

    title: str
    subtitle: str
    chips: list[Chip]
    head: str
    unit: str
    note: str
    rows: list[Person]
    count: str
    next_url: str
    first_url: str
    pivot_url: str


@require_safe
def behind(request: Request) -> HttpResponse:
    """The customers behind a figure; that they were looked at is noted."""
    actor, after = request.actor, request.GET.get("after", "")
    cell = cell_of(actor, request.GET)
    found = olap.behind(actor, cell.question, cell.measured, after=after, size=SHOWN)
    if not after:
        AccessRecord.objects.create(
            kind="figure",
            staff_id=actor.staff_id,
            staff_name=actor.name,
            field=f"cube:{cell.pivot.cube.name}",
        )
    page = _page(actor, cell, found, request.GET)
    crumbs = [
        Crumb(_("Cubes"), reverse("olap:cubes")),
        Crumb(str(cell.pivot.cube.label), page.pivot_url),
        Crumb(page.title),
    ]
    return render(request, "olap/behind.html", page, breadcrumbs=crumbs)


class Table:
    """The list on its way out, masked as on screen."""

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many there are, to one more than need be counted."""
        cell = cell_of(actor, asked)
        try:
            found = olap.behind(actor, cell.question, cell.measured, size=1)
        except NotLoaded:
            return 0
        return min(found.count, exports.COUNTED_TO + 1)

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[Block]:
        """The heads, then every customer."""
        cell, after = cell_of(actor, asked), ""
        yield [[_("Number"), _("Name"), _("Branch"), _head(cell)]]
        is_loaded = self.count(actor, asked) > 0
        while is_loaded:
            found = olap.behind(actor, cell.question, cell.measured, after=after, size=BLOCK)
            people, _missing = _people(cell, found)
            yield [[each.number, each.name, each.branch, each.figure] for each in people]
            after = found.after
            if not after:
                return


def cell_of(actor: Actor, given: QueryDict) -> Cell:
    """The figure that an address names, else the first measure of the first cube. Refuses what it cannot read."""
    cube = given.get("cube", "") or olap.cubes.names()[0]
    asked = asked_for(actor, cube, given)
    question = asked.question
    row, column, at = [*given.get("at", "").split(";"), "", "", ""][:3]
    if (not at.isdecimal() and at) or int(at or 0) >= len(question.measures):
        raise Invalid(field="at", reason=_("This figure is not in the table."))
    alone = olap.narrowed(question, _key(asked, question.rows, row), _key(asked, question.columns, column))
    return Cell(asked, alone, question.measures[int(at or 0)])


def _key(asked: Asked, levels: tuple[str, ...], text: str) -> tuple[Member, ...]:
    texts = text.split(",") if text else []
    if len(texts) > len(levels):
        raise Invalid(field="at", reason=_("This figure is not in the table."))
    return tuple(
        olap.filter_of(asked.cube, f"{level}={unquote(one)}").members[0]
        for level, one in zip_longest(levels[: len(texts)], texts)
    )


def _page(actor: Actor, cell: Cell, found: olap.Behind, given: QueryDict) -> BehindPage:
    people, missing = _people(cell, found)
    own = {name: value for name, value in given.lists() if name != "after"}
    first = f"{reverse('olap:behind')}?{urlencode(own, doseq=True)}"
    notes = []
    if cell.measure.is_ratio:
        notes.append(_("Each customer with what he brings to the upper part of the ratio."))
    if missing:
        notes.append(
            ngettext(
                "%(count)s customer here is no longer within what you may see.",
                "%(count)s customers here are no longer within what you may see.",
                missing,
            )
            % {"count": formats.number(missing)}
        )
    count = ngettext("%(count)s customer", "%(count)s customers", found.count)
    return BehindPage(
        title=_("Customers behind a figure"),
        subtitle=f"{cell.pivot.cube.label} · {cell.measure.label}",
        chips=filter_chips(actor, cell.alone),
        head=_head(cell),
        unit="" if cell.measure.is_ratio else _unit(actor, cell),
        note=" ".join(notes),
        rows=people,
        count=count % {"count": formats.number(found.count)},
        next_url=f"{first}&{urlencode({'after': found.after})}" if found.after else "",
        first_url=first if given.get("after") else "",
        pivot_url=cell.pivot.url(cell.pivot.question),
    )


def _head(cell: Cell) -> str:
    return _("Brings") if cell.measure.is_ratio else str(cell.measure.label)


def _unit(actor: Actor, cell: Cell) -> str:
    unit = str(cell.measure.unit)
    return actor.currency if unit == "¤" else unit


def _people(cell: Cell, found: olap.Behind) -> tuple[list[Person], int]:
    """The customers as the person sees them, and how many of them he does not see any more."""
    keys = [key for key, _number in found.customers]
    rows = customers.Customer.objects.filter(pk__in=keys).select_related("branch").in_bulk()
    shown = []
    for key, number in found.customers:
        row = rows.get(key)
        if row is not None:
            name = customers.masks.name(row.kind, row.name)
            url = address_of("customers:view", row.public_id)
            shown.append(Person(url, row.number, name, formats.named(row.branch), _told(cell, number)))
    return shown, len(keys) - len(shown)


def _told(cell: Cell, number: Value) -> str:
    is_whole = isinstance(number, int)
    decimals = (0 if is_whole else 2) if cell.measure.is_ratio else cell.measure.decimals
    return figures.told(number, Head(Measured(cell.measure.name), "", "", decimals, ""))
