"""An answer as a chart: which kinds fit, which one is chosen, and its ECharts option."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import formats
from loopline.olap.definitions import TIME
from loopline.olap.pivot import figures
from loopline.olap.question import Answer, Head, Value

COLOURS = 6
POINTS = 60
SLICES = 6
LABELLED = 14
"""Up to so many bars have their figure written on them."""

KINDS = {
    "line": (gettext_lazy("Lines"), "chart-line"),
    "bar": (gettext_lazy("Bars"), "chart-bar"),
    "stacked": (gettext_lazy("Stacked bars"), "chart-histogram"),
    "share": (gettext_lazy("100 % bars"), "percentage"),
    "pie": (gettext_lazy("Pie"), "chart-pie"),
    "scatter": (gettext_lazy("Scatter of two measures"), "chart-dots"),
}


@dataclass(frozen=True, slots=True)
class Series:
    """Values over the points of a chart, with what they are called and where each stands in the table."""

    name: str
    head: Head
    values: list[Value]
    places: list[str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be drawn: the names of the points, the series, and how many of each were left out."""

    points: list[str]
    series: list[Series]
    points_left_out: int
    series_left_out: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart for the page: its kind, the option, a sentence for those who cannot see it, what is not in it."""

    kind: str
    option: dict[str, Any]
    summary: str
    note: str


def drawn_of(answer: Answer) -> Drawn:
    """The finest cells of an answer, as series over its rows."""
    rows = [at for at, key in enumerate(answer.rows.keys) if len(key) == len(answer.rows.levels)]
    columns = [at for at, key in enumerate(answer.columns.keys) if len(key) == len(answer.columns.levels)]
    unit = answer.heads[0].unit if answer.heads else ""
    measures = [at for at, head in enumerate(answer.heads) if head.unit == unit]
    wanted = [(column, at) for column in columns for at in measures]
    shown = rows[-POINTS:] if _is_over_time(answer) else rows[:POINTS]
    series = [_series(answer, shown, column, at) for column, at in wanted[:COLOURS]]
    points = _names(answer, shown)
    return Drawn(points, series, len(rows) - len(shown), len(wanted) - len(series))


def kinds_for(answer: Answer) -> list[str]:
    """The kinds that can tell this answer, the best one first; none where there is nothing to draw."""
    drawn = drawn_of(answer)
    if not drawn.series or not drawn.points:
        return []
    values = [value for series in drawn.series for value in series.values if value is not None]
    adds_up = bool(values) and min(values) >= 0 and not figures.is_percent(drawn.series[0].head)
    few, one = len(drawn.points) <= SLICES, len(drawn.series) == 1
    fitting = ["bar"]
    if _is_over_time(answer) and len(drawn.points) > 1:
        fitting.insert(0, "line")
    elif len(drawn.points) > 1:
        fitting.append("line")
    if adds_up and not one:
        fitting += ["stacked", "share"]
    if adds_up and one and few and len(drawn.points) > 1:
        fitting.append("pie")
    if len(answer.heads) > 1 and len(drawn.points) > 1:
        fitting.append("scatter")
    return fitting


def chart_of(answer: Answer, kind: str, behind: dict[str, str]) -> Chart | None:
    """The chart of an answer; `kind` '' chooses. `behind` has the address behind each place that has one."""
    fitting = kinds_for(answer)
    if not fitting:
        return None
    kind = kind if kind in fitting else fitting[0]
    drawn = drawn_of(answer)
    makers = {"pie": _pie, "scatter": _scatter}
    option = makers[kind](answer, drawn, behind) if kind in makers else _bars(drawn, kind, behind)
    names = ", ".join(dict.fromkeys(series.head.label for series in drawn.series))
    summary = _("%(kind)s: %(measures)s for %(count)s members. The table holds the same figures.") % {
        "kind": KINDS[kind][0],
        "measures": names,
        "count": len(drawn.points),
    }
    return Chart(kind, option, summary, _left_out(drawn))


def _names(answer: Answer, rows: list[int]) -> list[str]:
    """What the points are called: by their own member alone where that tells them apart."""
    last = [answer.rows.labels[row][-1] if answer.rows.labels[row] else _("Total") for row in rows]
    if len(set(last)) == len(last):
        return last
    return [" · ".join(answer.rows.labels[row]) for row in rows]


def _is_over_time(answer: Answer) -> bool:
    return bool(answer.rows.levels) and answer.rows.levels[-1] in TIME


def _series(answer: Answer, rows: list[int], column: int, at: int) -> Series:
    names = [*answer.columns.labels[column]]
    if len({head.label for head in answer.heads if head.unit == answer.heads[at].unit}) > 1 or not names:
        names.append(answer.heads[at].label)
    values = [_value(answer, row, column, at) for row in rows]
    places = [figures.place(answer.rows.keys[row], answer.columns.keys[column], at) for row in rows]
    return Series(" · ".join(names), answer.heads[at], values, places)


def _value(answer: Answer, row: int, column: int, at: int) -> Value:
    found = answer.values.get((row, column))
    return None if found is None else found[at]


def _number(value: Value, head: Head) -> float | None:
    if value is None:
        return None
    return round(float(value), head.decimals)


def _short(value: Value, head: Head) -> str:
    """A figure as it is written on a bar."""
    if value is None or figures.is_percent(head) or abs(Decimal(value)) < 1000:
        return figures.told(value, head)
    return formats.compact(round(Decimal(value)))


def _points(series: Series, behind: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"value": _number(value, series.head), "url": behind.get(place, "")}
        for value, place in zip(series.values, series.places, strict=True)
    ]


def _axis(head: Head) -> dict[str, Any]:
    mark = "{value}%" if figures.is_percent(head) else "{value}"
    return {
        "type": "value",
        "axisLabel": {"formatter": mark},
        "name": "" if figures.is_percent(head) else head.unit,
        "nameTextStyle": {"align": "right"},
        "nameGap": 10,
    }


def _bars(drawn: Drawn, kind: str, behind: dict[str, str]) -> dict[str, Any]:
    head, one = drawn.series[0].head, len(drawn.series) == 1
    is_line = kind == "line"
    totals: list[float] = [
        sum(float(v or 0) for v in values) for values in zip(*(s.values for s in drawn.series), strict=True)
    ]
    series: list[dict[str, Any]] = []
    for each in drawn.series:
        made: dict[str, Any] = {"name": each.name, "type": "line" if is_line else "bar"}
        made["data"] = _points(each, behind)
        if kind == "share":
            made["data"] = [
                {**point, "value": round(100 * float(value or 0) / total, 1) if total else None}
                for point, value, total in zip(made["data"], each.values, totals, strict=True)
            ]
        if kind in ("stacked", "share"):
            made["stack"] = "all"
        elif is_line:
            made["endLabel"] = {"show": not one, "formatter": "{a}", "distance": 6, "color": "--ink"}
            made["labelLayout"] = {"moveOverlap": "shiftY"}
            made["showSymbol"] = len(drawn.points) <= LABELLED
        else:
            made["label"] = {"show": one and len(drawn.points) <= LABELLED, "position": "top"}
            if one:
                for point, value in zip(made["data"], each.values, strict=True):
                    point["label"] = {"formatter": _short(value, head)}
        series.append(made)
    option: dict[str, Any] = {
        "xAxis": {"type": "category", "data": drawn.points, "boundaryGap": not is_line},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}, "max": 100}
        if kind == "share"
        else _axis(head),
        "series": series,
    }
    if not one and not is_line:
        option["legend"] = {"type": "scroll"}
    if not is_line and len(drawn.points) <= LABELLED:
        option["xAxis"]["axisLabel"] = {"interval": 0, "width": 900 // len(drawn.points), "overflow": "break"}
    if is_line and not one:
        option |= _by_width(len(drawn.series), top=16 + 16 * bool(option["yAxis"].get("name")))
    has_name, has_legend = bool(option["yAxis"].get("name")), "legend" in option and not is_line
    option["grid"] = {
        "right": 130 if is_line and not one else 16,
        "top": 16 + 16 * has_name + 22 * has_legend,
    }
    return option


def _by_width(count: int, top: int) -> dict[str, Any]:
    """Lines are named at their ends where there is room, above the chart on a phone."""
    wide = {
        "legend": {"show": False},
        "grid": {"right": 130, "top": top},
        "series": [{"endLabel": {"show": True}}] * count,
    }
    narrow = {
        "legend": {"show": True, "type": "scroll"},
        "grid": {"right": 16, "top": top + 22},
        "series": [{"endLabel": {"show": False}}] * count,
    }
    return {
        "legend": {"show": False},
        "media": [{"query": {"maxWidth": 560}, "option": narrow}, {"option": wide}],
    }


def _pie(answer: Answer, drawn: Drawn, behind: dict[str, str]) -> dict[str, Any]:
    (series,) = drawn.series
    data = [
        {"name": name, **point} for name, point in zip(drawn.points, _points(series, behind), strict=True)
    ]
    label = {"formatter": "{b}\n{d}%"}
    return {"series": [{"type": "pie", "radius": ["42%", "70%"], "data": data, "label": label}]}


def _scatter(answer: Answer, drawn: Drawn, behind: dict[str, str]) -> dict[str, Any]:
    across, up = answer.heads[0], answer.heads[1]
    rows = [at for at, key in enumerate(answer.rows.keys) if len(key) == len(answer.rows.levels)][:POINTS]
    columns = [at for at, key in enumerate(answer.columns.keys) if len(key) == len(answer.columns.levels)]
    series = []
    for column in columns[:COLOURS]:
        data = []
        for row in rows:
            x, y = _value(answer, row, column, 0), _value(answer, row, column, 1)
            if x is not None and y is not None:
                place = figures.place(answer.rows.keys[row], answer.columns.keys[column])
                name = " · ".join(answer.rows.labels[row])
                at = [_number(x, across), _number(y, up)]
                data.append({"name": name, "value": at, "url": behind.get(place, "")})
        label = {"show": len(data) <= LABELLED, "formatter": "{b}", "position": "top"}
        name = " · ".join(answer.columns.labels[column])
        series.append(
            {
                "type": "scatter",
                "name": name,
                "symbolSize": 11,
                "labelLayout": {"hideOverlap": True},
                "data": data,
                "label": label,
            }
        )
    option: dict[str, Any] = {
        "xAxis": {**_axis(across), "name": across.label, "nameLocation": "middle", "nameGap": 28},
        "yAxis": {**_axis(up), "name": up.label, "nameTextStyle": {"align": "left"}},
        "series": series,
        "tooltip": {"trigger": "item"},
        "grid": {"top": 40, "bottom": 32},
    }
    if len(columns) > 1:
        option["legend"] = {"type": "scroll"}
    return option


def _left_out(drawn: Drawn) -> str:
    told = []
    if drawn.series_left_out:
        told.append(_("%(count)s more series are in the table only.") % {"count": drawn.series_left_out})
    if drawn.points_left_out:
        told.append(_("%(count)s more members are in the table only.") % {"count": drawn.points_left_out})
    return " ".join(told)
