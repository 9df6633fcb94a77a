"""The value × risk matrix on screen, and the way from a cell to a campaign."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.campaigns.api import Audience
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render
from loopline.kernel.permission import Actor
from loopline.retention import queries
from loopline.retention.queries import RISK_STEPS, VALUE_STEPS, CellFigures
from loopline.retention.rules import CONTROL_SHARE, STRATEGIES
from loopline.subscriptions.api import Service

menu.add(
    "retention.matrix",
    MenuItem("market", gettext_lazy("Value × risk"), "retention:matrix", "grid-dots", "retention.view", "v"),
    order=30,
)
ORDER = [("high", "low"), ("high", "high"), ("low", "low"), ("low", "high")]
"""From left to right and from above: risk grows to the right, value upwards."""


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell as it stands in the matrix."""

    value_class: str
    risk_class: str
    strategy: str
    text: str
    icon: str
    customers: str
    subscriptions: str
    value: str
    value_exact: str
    at_stake: str
    at_stake_exact: str
    mean_risk: str
    customers_url: str
    plan_url: str


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """The whole page."""

    title: str
    subtitle: str
    cells: list[CellView]
    is_empty: bool
    total: list[tuple[str, str, str]]
    chips: list[dict[str, str]]
    clear_url: str
    units: list[dict[str, Any]]
    services: list[dict[str, Any]]
    chart: dict[str, Any]
    chart_summary: str
    table_columns: list[str]
    table_rows: list[list[str]]


@require_safe
def matrix(request: Request) -> HttpResponse:
    """Who is worth how much and how likely to leave, and what is done about it."""
    within = _within(request)
    cells = queries.matrix(request.actor, within)
    page = MatrixPage(
        title=_("Value × risk"),
        subtitle=_("Who is worth how much, how likely he is to leave, and what is done about it."),
        cells=[_cell(request.actor, cells[place], within) for place in ORDER],
        is_empty=not any(cell.subscriptions for cell in cells.values()),
        total=_total(list(cells.values())),
        chips=_chips(within),
        clear_url=reverse("retention:matrix"),
        units=_unit_options(within),
        services=_service_options(within),
        chart=_heat(queries.spread(request.actor, within)),
        chart_summary=_("Subscriptions by risk of leaving and monthly value."),
        table_columns=[_("Cell"), _("Customers"), _("Value a month"), _("At stake"), _("Mean risk")],
        table_rows=[_table_row(cells[place]) for place in ORDER],
    )
    return render(request, "retention/matrix.html", page, breadcrumbs=[Crumb(page.title)])


def _within(request: Request) -> Audience:
    unit, service = request.GET.get("unit", ""), request.GET.get("service", "")
    return Audience(
        unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 16 else 0,
        service=service if service in Service.values else "",
    )


def _address(**parts: Any) -> str:
    told = urlencode({name: value for name, value in parts.items() if value})
    return reverse("retention:matrix") + (f"?{told}" if told else "")


def _cell(actor: Actor, cell: CellFigures, within: Audience) -> CellView:
    strategy = STRATEGIES[cell.value_class, cell.risk_class]
    narrowed = {"unit": within.unit, "service": within.service}
    audience = {"value": cell.value_class, "risk": cell.risk_class} | {
        name: value for name, value in narrowed.items() if value
    }
    planned = audience | {"channel": strategy.channel, "control_share": CONTROL_SHARE}
    may_plan = actor.may("campaigns.plan") and cell.customers
    return CellView(
        value_class=cell.value_class,
        risk_class=cell.risk_class,
        strategy=str(strategy.name),
        text=str(strategy.text),
        icon=strategy.icon,
        customers=formats.number(cell.customers),
        subscriptions=formats.number(cell.subscriptions),
        value=formats.compact(cell.value),
        value_exact=formats.money(cell.value),
        at_stake=formats.compact(cell.at_stake),
        at_stake_exact=formats.money(cell.at_stake),
        mean_risk=formats.percent(cell.mean_risk) if cell.customers else "–",
        customers_url=_customers_url(cell, within),
        plan_url=reverse("campaigns:plan") + "?" + urlencode(planned) if may_plan else "",
    )


def _customers_url(cell: CellFigures, within: Audience) -> str:
    """The customers behind a count: the list's filters of the same meaning."""
    parts = [cell.value_class, cell.risk_class, *([within.service] if within.service else [])]
    told = {"cell": "-".join(parts)}
    if within.unit and (unit := identity.Unit.objects.filter(pk=within.unit).first()):
        told["branch"] = unit.code
    return reverse("customers:list") + "?" + urlencode(told)


def _total(cells: list[CellFigures]) -> list[tuple[str, str, str]]:
    value, stake = sum(cell.value for cell in cells), sum(cell.at_stake for cell in cells)
    return [
        (_("Customers"), formats.number(sum(cell.customers for cell in cells)), ""),
        (_("Value a month"), formats.compact(value), formats.money(value)),
        (_("At stake a month"), formats.compact(stake), formats.money(stake)),
    ]


def _chips(within: Audience) -> list[dict[str, str]]:
    chips = []
    if within.unit:
        unit = identity.Unit.objects.filter(pk=within.unit).first()
        chips.append((_("Branch"), formats.named(unit) if unit else "–", _address(service=within.service)))
    if within.service:
        chips.append((_("Service"), str(Service(within.service).label), _address(unit=within.unit)))
    return [{"label": label, "value": value, "remove_url": address} for label, value, address in chips]


def _unit_options(within: Audience) -> list[dict[str, Any]]:
    rows = identity.Unit.objects.filter(is_active=True).exclude(level="team").order_by("path")
    return [
        {
            "label": formats.named(row),
            "url": _address(unit=row.pk, service=within.service),
            "active": row.pk == within.unit,
        }
        for row in rows
    ]


def _service_options(within: Audience) -> list[dict[str, Any]]:
    return [
        {
            "label": str(label),
            "url": _address(unit=within.unit, service=code),
            "active": code == within.service,
        }
        for code, label in Service.choices
    ]


def _table_row(cell: CellFigures) -> list[str]:
    named = {"high": _("high"), "low": _("low")}
    words = {"value": named[cell.value_class], "risk": named[cell.risk_class]}
    return [
        _("Value %(value)s, risk %(risk)s") % words,
        formats.number(cell.customers),
        formats.money(cell.value),
        formats.money(cell.at_stake),
        formats.percent(cell.mean_risk) if cell.customers else "–",
    ]


def _heat(found: queries.Spread) -> dict[str, Any]:
    """The heat map: risk from left to right, value upwards, the number of subscriptions as colour."""
    most = max((field.subscriptions for field in found.fields), default=1)
    risks = [f"{100 * step // RISK_STEPS}" for step in range(RISK_STEPS)]
    values = [formats.number(found.step * step) for step in range(VALUE_STEPS)]
    values[-1] += "+"
    return {
        "grid": {"left": 8, "right": 12, "top": 12, "bottom": 62},
        "xAxis": {
            "type": "category", "data": risks,
            "name": _("Risk of leaving, %"), "nameLocation": "middle", "nameGap": 26,
        },
        "yAxis": {"type": "category", "data": values, "name": _("Monthly value")},
        "tooltip": {"trigger": "item"},
        "visualMap": {
            "min": 0, "max": most, "orient": "horizontal", "left": "center", "bottom": 0,
            "itemHeight": 120, "itemWidth": 10,
            "inRange": {"color": ["--brand-wash", "--chart-1"]}, "text": [formats.number(most), "0"],
        },
        "series": [{
            "type": "heatmap", "name": _("Subscriptions"),
            "data": [[field.risk_step, field.value_step, field.subscriptions] for field in found.fields],
            "itemStyle": {"borderRadius": 3, "borderWidth": 1, "borderColor": "transparent"},
        }],
    }  # fmt: skip


urlpatterns = [path("", include(([path("retention", matrix, name="matrix")], "retention")))]
