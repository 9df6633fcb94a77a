"""Stock on screen: numbers by state, cards and devices; ranges taken in, numbers blocked."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import clock, formats, numbers
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, with_toast
from loopline.kernel.permission import Actor
from loopline.stock import actions, queries
from loopline.stock.models import Grade, ItemState, Number, NumberState, SimKind

PAGE = 50
TONES = {
    "available": "good",
    "held": "info",
    "reserved": "info",
    "in_use": "accent",
    "cooling": "warn",
    "blocked": "bad",
    "away": "neutral",
    "spent": "neutral",
}
menu.add(
    "stock.numbers",
    MenuItem("orders", gettext_lazy("Stock"), "stock:numbers", "packages", "stock.view", "f"),
    order=44,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A piece of stock in finished strings; `act_url` blocks or unblocks a number."""

    name: str
    cells: list[str]
    state: str
    tone: str
    note: str
    act_url: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class StockPage:
    """A list of one kind of stock."""

    title: str
    tabs: list[dict[str, Any]]
    heads: list[dict[str, Any]]
    states: list[dict[str, Any]]
    chips: list[dict[str, str]]
    clear_url: str
    rows: list[Row]
    next_url: str
    count: str
    search: str
    take_in_url: str
    import_url: str
    export: str
    figures: list[tuple[str, str, str]] = field(default_factory=list)


@require_safe
def numbers_page(request: Request) -> HttpResponse:
    """Numbers of a state, in their order."""
    actor, state, after = request.actor, request.GET.get("state", ""), request.GET.get("after", "")
    search = "".join(filter(str.isdigit, request.GET.get("q", "")))[:15]
    state = state if state in NumberState.values else ""
    wanted = f"+{actor.country}{search}" if search else ""
    found = list(queries.numbers_in(actor, state=state, after=after[:16], number=wanted)[: PAGE + 1])
    here = reverse("stock:numbers")
    page = StockPage(
        title=_("Numbers"),
        tabs=_tabs("numbers"),
        heads=[
            {"label": _("Numbers")},
            {"label": _("Grade"), "wide": True},
            {"label": _("Pattern"), "wide": True},
            {"label": _("Least spend"), "numeric": True, "wide": True},
            {"label": _("Home city"), "wide": True},
            {"label": _("State")},
            {"label": ""},
        ],
        states=_options(here, state, NumberState.choices),
        chips=_chips(here, state, NumberState.choices),
        clear_url=here,
        rows=[_number(actor, row) for row in found[:PAGE]],
        next_url=_next(here, state, found[PAGE - 1].number if len(found) > PAGE else "", search),
        count=_count(len(found)),
        search=search,
        take_in_url=reverse("stock:take_in") if actor.may("stock.manage") else "",
        import_url="",
        export="numbers",
        figures=[
            (str(NumberState(code).label), _capped(count), f"{here}?state={code}")
            for code, count in queries.state_counts(actor).items()
        ],
    )
    return render(request, "stock/stock.html", page, breadcrumbs=[Crumb(_("Stock")), Crumb(page.title)])


@require_safe
def sims_page(request: Request) -> HttpResponse:
    """SIM cards and eSIM profiles of a state."""
    state = request.GET.get("state", "")
    state = state if state in ItemState.values else ItemState.AVAILABLE.value
    found = list(
        queries.sims_in(request.actor, state=state, after=request.GET.get("after", "")[:24])[: PAGE + 1]
    )
    rows = [
        Row(
            name=row.iccid,
            cells=[row.imsi, str(SimKind(row.kind).label)],
            state=str(ItemState(row.state).label),
            tone=TONES[row.state],
            note="" if row.check_digit_right else _("The check digit is not right."),
        )
        for row in found[:PAGE]
    ]
    heads: list[dict[str, Any]] = [
        {"label": _("ICCID")},
        {"label": _("IMSI"), "wide": True},
        {"label": _("Kind"), "wide": True},
    ]
    following = found[PAGE - 1].iccid if len(found) > PAGE else ""
    return _items(
        request, name="sims", title=_("SIM cards"), heads=heads, rows=rows, state=state, following=following
    )


@require_safe
def devices_page(request: Request) -> HttpResponse:
    """Devices of a state."""
    state = request.GET.get("state", "")
    state = state if state in ItemState.values else ItemState.AVAILABLE.value
    found = list(
        queries.devices_in(request.actor, state=state, after=request.GET.get("after", "")[:20])[: PAGE + 1]
    )
    rows = [
        Row(
            name=row.imei,
            cells=[row.model, formats.money(row.price)],
            state=str(ItemState(row.state).label),
            tone=TONES[row.state],
            note="" if row.check_digit_right else _("The check digit is not right."),
        )
        for row in found[:PAGE]
    ]
    heads: list[dict[str, Any]] = [
        {"label": _("IMEI")},
        {"label": _("Model"), "wide": True},
        {"label": _("Price"), "wide": True},
    ]
    following = found[PAGE - 1].imei if len(found) > PAGE else ""
    return _items(
        request, name="devices", title=_("Devices"), heads=heads, rows=rows, state=state, following=following
    )


def _heads(first: str, *others: str) -> list[dict[str, Any]]:
    return [{"label": first}, *({"label": label, "wide": True} for label in others)]


def _items(
    request: Request,
    *,
    name: str,
    title: str,
    heads: list[dict[str, Any]],
    rows: list[Row],
    state: str,
    following: str,
) -> HttpResponse:
    here = reverse(f"stock:{name}")
    page = StockPage(
        title=title,
        tabs=_tabs(name),
        heads=[*heads, {"label": _("State")}, {"label": ""}],
        states=_options(here, state, ItemState.choices),
        chips=_chips(here, state, ItemState.choices),
        clear_url=here,
        rows=rows,
        next_url=_next(here, state, following),
        count=_count(len(rows) + bool(following)),
        search="",
        take_in_url="",
        import_url="",
        export=name,
    )
    return render(request, "stock/stock.html", page, breadcrumbs=[Crumb(_("Stock")), Crumb(title)])


@require_POST
def take_in(request: Request) -> HttpResponse:
    """Take a range of numbers into stock."""
    count = actions.take_in_range(
        actor=request.actor,
        first=request.POST.get("first", ""),
        last=request.POST.get("last", ""),
        home=request.POST.get("home", "").strip()[:80],
    )
    told = _("%(count)s numbers are new in stock.") % {"count": formats.number(count)}
    return with_toast(HttpResponseRedirect(reverse("stock:numbers")), told)


@require_POST
def block(request: Request) -> HttpResponse:
    """Take a number out of sale or give it back."""
    number, now = request.POST.get("number", ""), clock.now()
    if request.POST.get("act") == "unblock":
        actions.unblock_number(actor=request.actor, number=number, now=now)
    else:
        actions.block_number(actor=request.actor, number=number, now=now)
    return HttpResponseRedirect(
        reverse("stock:numbers") + f"?q={number.lstrip('+').removeprefix(request.actor.country)}"
    )


def _number(actor: Actor, row: Number) -> Row:
    note = ""
    if row.state == NumberState.HELD and row.held_by:
        note = _("%(who)s until %(moment)s") % {
            "who": row.held_by.name,
            "moment": formats.moment(row.held_until),
        }
    elif row.state == NumberState.COOLING:
        note = _("free on %(moment)s") % {"moment": formats.moment(row.cooling_until)}
    acts = {NumberState.AVAILABLE: "block", NumberState.BLOCKED: "unblock"}
    act = acts.get(NumberState(row.state), "") if actor.may("stock.manage") else ""
    shown = numbers.national(row.number, actor.country)
    if row.state == NumberState.IN_USE:
        shown = numbers.mask_number(row.number, actor.country)
    return Row(
        name=shown,
        cells=[
            str(Grade(row.grade).label),
            row.pattern or "–",
            formats.money(row.minimum_spend) if row.minimum_spend else "–",
            row.home or "–",
        ],
        state=str(NumberState(row.state).label),
        tone=TONES[row.state],
        note=note,
        act_url=row.number if act else "",
        act=act,
    )


def _tabs(active: str) -> list[dict[str, Any]]:
    labels = [("numbers", _("Numbers")), ("sims", _("SIM cards")), ("devices", _("Devices"))]
    return [
        {"label": label, "url": reverse(f"stock:{name}"), "active": name == active} for name, label in labels
    ]


def _options(here: str, state: str, choices: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"label": str(label), "url": f"{here}?state={code}", "active": code == state}
        for code, label in choices
    ]


def _chips(here: str, state: str, choices: list[tuple[str, Any]]) -> list[dict[str, str]]:
    words = dict(choices)
    return [{"label": _("State"), "value": str(words[state]), "remove_url": here}] if state in words else []


def _next(here: str, state: str, after: str, search: str = "") -> str:
    told = urlencode(
        {name: value for name, value in [("state", state), ("q", search), ("after", after)] if value}
    )
    return f"{here}?{told}" if after else ""


def _count(found: int) -> str:
    return _("The first %(count)s") % {"count": PAGE} if found > PAGE else formats.number(found)


def _capped(count: int) -> str:
    return f"{formats.number(count)}{'+' if count >= queries.COUNTED_TO else ''}"


_patterns = [
    path("stock/numbers", numbers_page, name="numbers"),
    path("stock/sims", sims_page, name="sims"),
    path("stock/devices", devices_page, name="devices"),
    path("stock/numbers/take-in", take_in, name="take_in"),
    path("stock/numbers/block", block, name="block"),
]
urlpatterns = [path("", include((_patterns, "stock")))]
