"""The list of customers, with its filters, orders and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from loopline.customers import api, listing, panels
from loopline.customers.models import ContactMedium, Customer
from loopline.customers.rules import masks
from loopline.customers.wording import LIFE_CYCLE_TONES, LIFE_CYCLES, TIER_TONES, TIERS, word
from loopline.kernel import formats
from loopline.kernel.pages import Crumb, Request, address_of, render
from loopline.kernel.permission import Actor


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head; `sort` is the address that sorts by it."""

    label: str
    sort: str = ""
    sorted: str = ""
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of the list."""

    href: str
    number: str
    name: str
    telephone: str
    tier: str
    tier_tone: str
    status: str
    status_tone: str
    branch: str
    joined: str
    cells: list[listing.Cell]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that holds."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Menu:
    """A filter that could be added."""

    label: str
    options: list[Option]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """The list of customers."""

    title: str
    text: str
    heads: list[Head]
    rows: list[Row]
    numeric: list[bool]
    chips: list[Chip]
    menus: list[Menu]
    hidden: list[tuple[str, str]]
    clear_url: str
    count: str
    previous_url: str
    next_url: str
    new_url: str


@require_GET
def customers(request: Request) -> HttpResponse:
    """The list: `q` searches, filters and `sort` narrow and order it; the whole state is in the address."""
    panels.load()
    wanted = wanted_from(request.GET)
    found = api.list_page(request.actor, wanted)
    columns = list(listing.columns)
    chips, menus = _filters(request.actor, wanted)
    page = ListingPage(
        title=_("Customers"),
        text=wanted.text,
        heads=_heads(wanted, columns),
        rows=_rows(request.actor, found.customers, columns),
        numeric=[column.numeric for column in columns],
        chips=chips,
        menus=menus,
        hidden=[*wanted.chosen.items(), *([("sort", wanted.sort)] if wanted.sort != "number" else [])],
        clear_url=_address(api.Wanted(text=wanted.text, sort=wanted.sort)),
        count=_count(found.count, more=found.more),
        previous_url=_address(wanted, before=found.previous) if found.previous else "",
        next_url=_address(wanted, after=found.next) if found.next else "",
        new_url=address_of("customers:new") if request.actor.may("customers.edit") else "",
    )
    return render(request, "customers/list.html", page, breadcrumbs=[Crumb(_("Customers"))])


def wanted_from(asked: QueryDict) -> api.Wanted:
    """What an address asks for."""
    chosen = {name: str(asked[name]) for name in listing.filters.names() if asked.get(name)}
    sort = asked.get("sort", "number")
    return api.Wanted(
        text=asked.get("q", "")[:100].replace("\0", ""),
        chosen={name: value.replace("\0", "") for name, value in chosen.items()},
        sort=sort if sort in listing.sorts else "number",
        reverse=asked.get("reverse") == "1",
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )


def _rows(actor: Actor, found: Sequence[Customer], columns: Sequence[listing.Column]) -> list[Row]:
    ids = [customer.pk for customer in found]
    telephones = {
        medium.customer_id: masks.medium("telephone", medium.value, actor.country)
        for medium in ContactMedium.objects.filter(customer_id__in=ids, kind="telephone").order_by("-id")
    }
    extra = [column.cells(ids) for column in columns]
    empty, home = listing.Cell("–"), address_of("customers:list")
    return [
        Row(
            href=f"{home}/{customer.public_id}",
            number=customer.number,
            name=masks.name(customer.kind, customer.name),
            telephone=telephones.get(customer.pk, ""),
            tier=word(TIERS, customer.tier),
            tier_tone=TIER_TONES.get(customer.tier, "neutral"),
            status=word(LIFE_CYCLES, customer.life_cycle),
            status_tone=LIFE_CYCLE_TONES.get(customer.life_cycle, "neutral"),
            branch=formats.named(customer.branch),
            joined=formats.day(customer.joined_on),
            cells=[cells.get(customer.pk, empty) for cells in extra],
        )
        for customer in found
    ]


def _heads(wanted: api.Wanted, columns: Sequence[listing.Column]) -> list[Head]:
    def head(label: str, sort: str = "", *, numeric: bool = False, wide: bool = False) -> Head:
        if not sort or wanted.text:
            return Head(label, numeric=numeric, wide=wide)
        current = wanted.sort == sort
        down = listing.sorts[sort].descending != wanted.reverse
        turned = api.Wanted("", wanted.chosen, sort, reverse=current and not wanted.reverse)
        state = ("desc" if down else "asc") if current else ""
        return Head(label, _address(turned), state, numeric, wide)

    return [
        head(_("Customer"), "name"),
        head(_("Number"), "number", wide=True),
        head(_("Tier"), wide=True),
        head(_("Status")),
        *(
            head(str(column.label), column.sort, numeric=column.numeric, wide=column.numeric)
            for column in columns
        ),
        head(_("Branch"), wide=True),
        head(_("Customer since"), "joined", wide=True),
    ]


def _filters(actor: Actor, wanted: api.Wanted) -> tuple[list[Chip], list[Menu]]:
    chips, menus = [], []
    for name in listing.filters.names():
        known = listing.filters[name]
        options = known.options(actor)
        others = {key: value for key, value in wanted.chosen.items() if key != name}
        if name in wanted.chosen:
            value = next((str(label) for code, label in options if code == wanted.chosen[name]), "?")
            rest = api.Wanted(wanted.text, others, wanted.sort, wanted.reverse)
            chips.append(Chip(str(known.label), value, _address(rest)))
            continue
        choices = [
            Option(
                str(label),
                _address(api.Wanted(wanted.text, {**others, name: code}, wanted.sort, wanted.reverse)),
            )
            for code, label in options
        ]
        menus.append(Menu(str(known.label), choices))
    return chips, menus


def _address(wanted: api.Wanted, *, after: str = "", before: str = "") -> str:
    parts = {"q": wanted.text, **wanted.chosen, "after": after, "before": before}
    if wanted.sort != "number":
        parts["sort"] = wanted.sort
    if wanted.reverse:
        parts["reverse"] = "1"
    told = urlencode({key: value for key, value in parts.items() if value})
    return address_of("customers:list") + (f"?{told}" if told else "")


def _count(count: int, *, more: bool) -> str:
    told = formats.number(count) + ("+" if more else "")
    return ngettext("%(count)s customer", "%(count)s customers", count) % {"count": told}
