"""What every table and column of the warehouse means, and where a column comes from, as a picture and as a list."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Request, render
from loopline.kernel.permission import require
from loopline.warehouse import lineage as origins
from loopline.warehouse import queries
from loopline.warehouse.lineage import Place
from loopline.warehouse.pages.shared import Tab, tabs
from loopline.warehouse.pages.tracing import Picture, draw
from loopline.warehouse.queries import ColumnEntry, TableEntry

MOST_FOUND = 200


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column in the dictionary."""

    name: str
    type: str
    about: str
    refers: str
    refers_url: str
    is_key: bool
    url: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table in the list of tables."""

    name: str
    url: str
    about: str
    keeping: str
    columns: str


@dataclass(frozen=True, slots=True)
class DictionaryPage:
    """All tables, or the columns that a search has found."""

    title: str
    subtitle: str
    tabs: list[Tab]
    text: str
    clear_url: str
    found: str
    tables: list[TableRow]
    columns: list[ColumnRow]


@dataclass(frozen=True, slots=True)
class TablePage:
    """One table with its columns."""

    title: str
    subtitle: str
    tabs: list[Tab]
    facts: list[tuple[str, str]]
    columns: list[ColumnRow]


@dataclass(frozen=True, slots=True)
class Made:
    """A step of the lineage: a column, and what it is made of."""

    name: str
    url: str
    about: str
    made_of: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LineagePage:
    """Where a column comes from, and what is made of it."""

    title: str
    subtitle: str
    tabs: list[Tab]
    back_url: str
    back: str
    picture: Picture
    steps: list[Made]
    used_in: list[tuple[str, str]]


@require_safe
def dictionary(request: Request) -> HttpResponse:
    """The tables; with `?q=` the columns that have the text in their names or meanings."""
    require(request.actor, "warehouse.view")
    text = request.GET.get("q", "").strip()[:80]
    found = queries.found_columns(text) if text else []
    keepings = keeping_words()
    page = DictionaryPage(
        title=_("Data dictionary"),
        subtitle=_("Every table and column of the warehouse, as it is loaded."),
        tabs=tabs("dictionary"),
        text=text,
        clear_url=reverse("warehouse:dictionary"),
        found=_("%(count)s columns") % {"count": formats.number(len(found))},
        tables=[
            TableRow(
                entry.name,
                reverse("warehouse:table", args=[entry.name]),
                formats.bilingual(entry.about),
                keepings[entry.keeping],
                formats.number(len(entry.columns)),
            )
            for entry in ([] if text else queries.data_dictionary())
        ],
        columns=[_column(entry, column) for entry, column in found[:MOST_FOUND]],
    )
    return render(request, "warehouse/dictionary.html", page)


@require_safe
def table(request: Request, table: str) -> HttpResponse:
    """One table with its columns."""
    require(request.actor, "warehouse.view")
    entry = queries.table(table)
    page = TablePage(
        title=entry.name,
        subtitle=formats.bilingual(entry.about),
        tabs=tabs("dictionary"),
        facts=[
            (_("Kept"), keeping_words()[entry.keeping]),
            (_("Relation of operations"), entry.source),
            (_("Number of columns"), formats.number(len(entry.columns))),
        ],
        columns=[_column(entry, column) for column in entry.columns],
    )
    return render(request, "warehouse/table.html", page)


@require_safe
def lineage(request: Request, table: str, column: str) -> HttpResponse:
    """Where a column comes from, back to operations."""
    require(request.actor, "warehouse.view")
    entry = queries.table(table)
    own = next((one for one in entry.columns if one.name == column), None)
    if own is None:
        raise NotFound
    steps = origins.ancestry(table, column)
    meanings = {
        (one.name, col.name): formats.bilingual(col.about)
        for one in queries.data_dictionary()
        for col in one.columns
    }
    page = LineagePage(
        title=_("Origin of %(column)s") % {"column": column},
        subtitle=formats.bilingual(own.about),
        tabs=tabs("dictionary"),
        back_url=reverse("warehouse:table", args=[table]),
        back=table,
        picture=draw(steps),
        steps=[
            Made(
                _name(step.place),
                _url(step.place),
                meanings.get((step.place.table, step.place.column), ""),
                [(_name(place), _url(place)) for place in step.made_of],
            )
            for step in steps
            if not step.place.source
        ],
        used_in=[(_name(place), _url(place)) for place in origins.descent(table, column)],
    )
    return render(request, "warehouse/lineage.html", page)


def keeping_words() -> dict[str, str]:
    """How a table is kept, in words."""
    return {
        "history": _("with history"),
        "latest": _("latest state"),
        "fixed": _("known beforehand"),
        "built": _("built from facts"),
        "view": _("view"),
        "records": _("usage records"),
        "derived": _("made for cubes"),
    }


def _column(entry: TableEntry, column: ColumnEntry) -> ColumnRow:
    return ColumnRow(
        column.name,
        column.type,
        formats.bilingual(column.about),
        column.refers,
        reverse("warehouse:table", args=[column.refers]) if column.refers else "",
        column.is_key,
        reverse("warehouse:lineage", args=[entry.name, column.name]),
        entry.name,
    )


def _name(place: Place) -> str:
    return f"{place.table}.{place.column}"


def _url(place: Place) -> str:
    return "" if place.source else reverse("warehouse:lineage", args=[place.table, place.column])
