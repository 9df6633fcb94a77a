"""A measured effect as finished strings."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loopline.campaigns.api import Campaign, Goal, effect
from loopline.kernel import formats
from loopline.kpi.queries.effect import Report
from loopline.kpi.rules.effect import ArmCounts, Measured


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much an arm has of what it needs."""

    label: str
    percent: int
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval or its note."""

    label: str
    value: str
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class GoalView:
    """One goal: the sentence, the figures, or what is still missing."""

    title: str
    sentence: str
    tone: str
    figures: list[Figure]
    waiting: list[Waiting]


@dataclass(frozen=True, slots=True)
class EffectView:
    """All that is shown of a campaign's effect."""

    title: str
    subtitle: str
    effect_url: str
    campaign_url: str
    is_loaded: bool
    as_of: str
    goals: list[GoalView]
    chart: dict[str, Any]
    chart_summary: str
    columns: list[str]
    rows: list[list[str]]
    lesson: str


def goal_view(measured: Measured, own: bool) -> GoalView:
    """A goal in words."""
    label = str(Goal(measured.goal).label)
    title = label if own else _("Besides: %(goal)s") % {"goal": label}
    if isinstance(measured.found, effect.TooEarly):
        return GoalView(title, _too_early(measured.found), "info", [], _waiting(measured.found))
    found = measured.found
    tone = "good" if found.low > 0 else "bad" if found.high < 0 else "warn"
    return GoalView(title, _sentence(found), tone, _figures(measured, found, tone), [])


def _too_early(missing: effect.TooEarly) -> str:
    return (
        _("Too early to tell: each group needs %(needed)s members whose window is over before a figure is shown.")
        % {"needed": missing.needed}
    )  # fmt: skip


def _waiting(missing: effect.TooEarly) -> list[Waiting]:
    told = [(_("To contact"), missing.treated), (_("Control group"), missing.control)]
    return [
        Waiting(
            label,
            min(100, round(100 * have / missing.needed)),
            _("%(have)s of %(needed)s")
            % {"have": formats.number(have), "needed": formats.number(missing.needed)},
        )
        for label, have in told
    ]


def _sentence(found: effect.Effect) -> str:
    if found.low > 0:
        return _("The campaign helped: even the lower end of the interval is above zero.")
    if found.high < 0:
        return _("The campaign did harm: even the upper end of the interval is below zero.")
    return _("No certain effect: the interval contains zero. More members or a larger effect are needed.")


def _figures(measured: Measured, found: effect.Effect, tone: str) -> list[Figure]:
    figures = [
        Figure(_("Uplift"), points(found.uplift), _interval(found), tone),
        Figure(_("Contacted"), formats.percent(found.treated.rate), _of(found.treated), "neutral"),
        Figure(_("Control group"), formats.percent(found.control.rate), _of(found.control), "neutral"),
    ]
    if measured.worth is not None and measured.worth.incremental.amount:
        worth = measured.worth
        net_tone = "good" if worth.net.low > 0 else "bad" if worth.net.high < 0 else "neutral"
        figures += [
            Figure(
                _("Incremental margin"),
                formats.money(worth.incremental.amount),
                _range(worth.incremental),
                "neutral",
            ),
            Figure(_("Cost"), formats.money(worth.cost), _cost_note(measured.treatment), "neutral"),
            Figure(_("Return"), formats.money(worth.net.amount), _range(worth.net), net_tone),
        ]
    return figures


def _cost_note(treatment: ArmCounts) -> str:
    words = {"contacts": formats.number(treatment.contacts), "offers": formats.number(treatment.accepted)}
    return _("%(contacts)s contacts, %(offers)s offers") % words


def _of(group: effect.Proportion) -> str:
    words = {"successes": formats.number(group.successes), "size": formats.number(group.size)}
    return _("%(successes)s of %(size)s") % words


def points(share: float) -> str:
    """A difference of shares in percentage points with its sign: +4.1 points."""
    return _("%(points)s points") % {"points": _signed(100 * share)}


def _signed(value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return sign + formats.number(abs(value), 1)


def _interval(found: effect.Effect) -> str:
    words = {"low": _signed(100 * found.low), "high": _signed(100 * found.high)}
    return _("95%% interval %(low)s to %(high)s") % words


def _range(amount: effect.Range) -> str:
    words = {"low": _rounded(amount.low), "high": _rounded(amount.high)}
    return _("%(low)s to %(high)s") % words


def _rounded(amount: Decimal) -> str:
    return formats.money(amount.quantize(Decimal(1))).removesuffix(".00")


# The chart by wave and cell


def cell_words(cell: str) -> str:
    """A cell of the matrix in words: high/low → value high, risk low."""
    named = {"high": _("high"), "low": _("low")}
    value, _slash, risk = cell.partition("/")
    if value not in named or risk not in named:
        return _("Not scored")
    return _("Value %(value)s, risk %(risk)s") % {"value": named[value], "risk": named[risk]}


def parts_of(report: Report) -> list[tuple[str, Measured]]:
    """What the chart and its table show: the whole, then waves and cells where there are several."""
    parts = [(_("All"), report.goals[0])]
    if len(report.waves) > 1:
        parts += [(_("Wave %(wave)s") % {"wave": wave}, measured) for wave, measured in report.waves]
    if len(report.cells) > 1:
        parts += [(cell_words(cell), measured) for cell, measured in report.cells]
    return parts


def chart_of(parts: list[tuple[str, Measured]]) -> dict[str, Any]:
    """Intervals as whiskers with the estimate as a point, zero marked; one row for each part."""
    shown = [(label, found.found) for label, found in parts if isinstance(found.found, effect.Effect)]
    shown.reverse()  # ECharts counts categories from below
    labels = [label for label, _found in shown]
    whiskers = [
        [round(100 * value, 2) for value in (found.low, found.low, found.uplift, found.high, found.high)]
        for _label, found in shown
    ]
    dots = [[round(100 * found.uplift, 2), place] for place, (_label, found) in enumerate(shown)]
    return {
        "grid": {"left": 8, "right": 28, "top": 16, "bottom": 30},
        "xAxis": {"type": "value", "name": _("percentage points"), "nameLocation": "middle", "nameGap": 26},
        "yAxis": {"type": "category", "data": labels},
        "tooltip": {"trigger": "none"},
        "series": [
            {
                "type": "boxplot",
                "name": _("Confidence interval"),
                "data": whiskers,
                "boxWidth": [10, 10],
                "silent": True,
                "itemStyle": {"borderWidth": 1.5, "opacity": 0.55},
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "label": {"show": False},
                    "lineStyle": {"type": "dashed", "width": 1.5, "color": "#8a9499"},
                    "data": [{"xAxis": 0}],
                },
            },
            {
                "type": "scatter",
                "name": _("Uplift"),
                "data": dots,
                "symbolSize": 11,
                "label": {"show": True, "position": "top", "formatter": "{@[0]}"},
            },
        ],
    }


def table_of(parts: list[tuple[str, Measured]]) -> list[list[str]]:
    """The same figures as rows."""
    rows = []
    for label, measured in parts:
        treated, control, found = measured.treatment, measured.control, measured.found
        counts = [formats.number(treated.settled), formats.number(control.settled)]
        if isinstance(found, effect.TooEarly):
            rows.append([label, *counts, "–", "–", _("too early"), "–", "–"])
            continue
        worth = measured.worth
        rows.append(
            [
                label,
                *counts,
                formats.percent(found.treated.rate),
                formats.percent(found.control.rate),
                points(found.uplift),
                _("%(low)s to %(high)s")
                % {"low": _signed(100 * found.low), "high": _signed(100 * found.high)},
                formats.money(worth.net.amount) if worth else "–",
            ]
        )
    return rows


def columns() -> list[str]:
    """The heads of the table."""
    return [
        _("Group"),
        _("Contacted"),
        _("Control group"),
        _("Rate, contacted"),
        _("Rate, control"),
        _("Uplift"),
        _("Confidence interval"),
        _("Return"),
    ]


def effect_view(
    campaign: Campaign, report: Report | None, *, effect_url: str, campaign_url: str
) -> EffectView:
    """The whole view."""
    parts = parts_of(report) if report else []
    readable = [part for part in parts if isinstance(part[1].found, effect.Effect)]
    return EffectView(
        title=_("Effect of %(name)s") % {"name": campaign.name},
        subtitle=_("All who were to be contacted, reached or not, against the control group."),
        effect_url=effect_url,
        campaign_url=campaign_url,
        is_loaded=report is not None,
        as_of=formats.day(report.as_of) if report else "",
        goals=[goal_view(found, found.goal == campaign.goal) for found in report.goals] if report else [],
        chart=chart_of(parts) if readable else {},
        chart_summary="; ".join(
            f"{label}: {points(found.found.uplift)}, {_interval(found.found)}"
            for label, found in readable
            if isinstance(found.found, effect.Effect)
        ),
        columns=columns(),
        rows=table_of(parts),
        lesson=campaign.lesson,
    )
