"""The charts of a model card as ECharts options (plain data), each with the table of its figures."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from loopline.kernel import formats


@dataclass(frozen=True, slots=True)
class Chart:
    """An option, what one sees in a sentence, and the same figures as a table of finished strings."""

    option: dict[str, Any]
    summary: str
    columns: list[str]
    rows: list[list[str]]


def lift_chart(plots: dict[str, Any]) -> Chart:
    """Share of the leavers found (upward) among the share of customers looked at, the riskiest first."""
    table, series = plots["lift_table"], plots["lift"]
    option = {
        "xAxis": _share_axis(_("customers looked at, the riskiest first")),
        "yAxis": _share_axis(_("leavers found")),
        "grid": {"top": 28, "bottom": 28},
        "tooltip": {"trigger": "axis"},
        "series": [
            _line(_("by the model"), series["captured"], areaStyle={"opacity": 0.12}, showSymbol=True),
            _line(_("at random"), series["chance"], lineStyle=DASHED, **MUTED),
        ],
        "legend": {},
    }
    columns = [_("Tenth"), _("Customers"), _("Leavers"), _("Rate"), _("Lift"), _("Leavers found so far")]
    rows = [
        [
            formats.number(row["tenth"]),
            formats.number(round(row["rows"])),
            formats.number(round(row["positives"])),
            formats.percent(row["rate"]),
            formats.number(row["lift"], 2),
            formats.percent(row["captured"]),
        ]
        for row in table
    ]
    first, third = formats.percent(table[0]["captured"], 0), formats.percent(table[2]["captured"], 0)
    summary = _(
        "%(first)s of the leavers are in the riskiest tenth, %(third)s in the riskiest three tenths."
    ) % {
        "first": first,
        "third": third,
    }
    return Chart(option, summary, columns, rows)


def calibration_chart(plots: dict[str, Any]) -> Chart:
    """What came (with its 95 % interval) against what was forecast, in groups of like risk."""
    table = plots["calibration_table"]
    most = max([*(row["forecast"] for row in table), *(row["high"] for row in table)])
    top = min(100, round(100 * most * 1.05) + 1)
    # Intervals are one line broken between the groups: error bars would need a function in the option.
    bars: list[Any] = []
    for row in table:
        bars += [_point(row["forecast"], row["low"]), _point(row["forecast"], row["high"]), ["-", "-"]]
    observed = [_point(row["forecast"], row["observed"]) for row in table]
    option = {
        "xAxis": _share_axis(_("forecast"), top),
        "yAxis": _share_axis(_("left in truth"), top),
        "grid": {"top": 28, "bottom": 28},
        "tooltip": {"trigger": "item"},
        "series": [
            _line(_("perfect"), [[0.0, 0.0], [top / 100, top / 100]], lineStyle=DASHED, **MUTED),
            {
                "name": _("95 %% interval") % (),
                "type": "line",
                "data": bars,
                "symbol": "none",
                "silent": True,
            },
            {"name": _("left in truth"), "type": "scatter", "data": observed, "symbolSize": 10},
        ],
        "legend": {},
    }
    columns = [_("Forecast"), _("Left in truth"), _("95 %% interval") % (), _("Customers")]
    rows = [
        [
            formats.percent(row["forecast"]),
            formats.percent(row["observed"]),
            f"{formats.percent(row['low'])} – {formats.percent(row['high'])}",
            formats.number(row["rows"]),
        ]
        for row in table
    ]
    inside = sum(row["low"] <= row["forecast"] <= row["high"] for row in table)
    summary = _(
        "In %(inside)s of %(groups)s groups of like risk the forecast lies within what chance allows."
    ) % {
        "inside": formats.number(inside),
        "groups": formats.number(len(table)),
    }
    return Chart(option, summary, columns, rows)


def importance_chart(found: list[tuple[str, float]]) -> Chart:
    """How much each topic moves the scores, largest on top."""
    shown = [(name, share) for name, share in found if share > 0][:10]
    upward = shown[::-1]
    option = {
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value} %"}, "splitNumber": 4},
        "yAxis": {"type": "category", "data": [name for name, _share in upward]},
        "grid": {"right": 48},
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "bar",
                "data": [round(100 * share, 1) for _name, share in upward],
                "label": {"show": True, "position": "right", "formatter": "{c} %"},
            }
        ],
    }
    columns = [_("Topic"), _("Share")]
    rows = [[name, formats.percent(share)] for name, share in shown]
    summary = _("What moves the scores most: %(topics)s.") % {
        "topics": _(", ").join(name for name, _share in shown[:3])
    }
    return Chart(option, summary, columns, rows)


DASHED = {"type": "dashed", "width": 1.5}
MUTED: dict[str, Any] = {"itemStyle": {"color": "#8b9794"}, "symbol": "none", "silent": True}


def _line(name: str, points: list[list[float]], **more: Any) -> dict[str, Any]:
    data = [_point(across, upward) for across, upward in points]
    return {"name": name, "type": "line", "data": data, **more}


def _point(across: float, upward: float) -> list[float]:
    return [round(100 * across, 2), round(100 * upward, 2)]


def _share_axis(name: str, top: float = 100) -> dict[str, Any]:
    label = {"formatter": "{value} %"}
    return {
        "type": "value",
        "min": 0,
        "max": top,
        "name": name,
        "axisLabel": label,
        "nameLocation": "middle",
        "nameGap": 30,
    }
