"""A report as PDF: what it says first, then tables and drawn charts. The font is one that readers of PDF bring."""

import io
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.charts.piecharts import Pie
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from loopline.kernel import formats
from loopline.olap.api import Value
from loopline.reports.laying import Drawn, Head, Laid, Paper

FONT = "STSong-Light"
PAGE = landscape(A4)
EDGE = 15 * mm
WIDTH = PAGE[0] - 2 * EDGE
COLOURS = [
    colors.HexColor(code) for code in ("#1f6feb", "#d97706", "#0f766e", "#9333ea", "#b91c1c", "#64748b")
]
MOST_COLUMNS = 12
MOST_LINES = 400
_SOFT = colors.HexColor("#5b6472")


@cache
def _font() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return FONT


def _styles() -> dict[str, ParagraphStyle]:
    plain = ParagraphStyle("plain", fontName=_font(), fontSize=9, leading=13, wordWrap="CJK")
    return {
        "plain": plain,
        "soft": ParagraphStyle("soft", parent=plain, fontSize=8, leading=11, textColor=_SOFT),
        "title": ParagraphStyle("title", parent=plain, fontSize=20, leading=28),
        "head": ParagraphStyle("head", parent=plain, fontSize=13, leading=18, spaceAfter=3),
        "right": ParagraphStyle("right", parent=plain, alignment=2, fontSize=8, leading=11),
        "cell": ParagraphStyle("cell", parent=plain, fontSize=8, leading=11),
    }


def document(paper: Paper) -> bytes:
    """The PDF; the same content gives the same bytes."""
    style = _styles()
    story: list[Flowable] = [
        Paragraph(escape(paper.operator), style["soft"]),
        Paragraph(escape(paper.title), style["title"]),
        Paragraph(escape(paper.about), style["soft"]),
        Spacer(1, 4 * mm),
        _facts(paper, style),
        Spacer(1, 4 * mm),
    ]
    for place, laid in enumerate(paper.sections, start=1):
        story.append(Paragraph(f"{place}　{escape(laid.title)}", style["plain"]))
    for place, laid in enumerate(paper.sections, start=1):
        story += [PageBreak(), *_section(place, laid, style)]
    file = io.BytesIO()
    made = SimpleDocTemplate(
        file, pagesize=PAGE, leftMargin=EDGE, rightMargin=EDGE, topMargin=EDGE, bottomMargin=EDGE + 3 * mm,
        title=paper.title, author=paper.operator, invariant=1,
    )  # fmt: skip

    def foot(canvas: Canvas, page: SimpleDocTemplate) -> None:
        canvas.setFont(_font(), 8)
        canvas.setFillColor(_SOFT)
        canvas.drawString(EDGE, 9 * mm, f"{paper.title} · {formats.moment(paper.as_of)}")
        canvas.drawRightString(PAGE[0] - EDGE, 9 * mm, _("page %(page)s") % {"page": page.page})

    made.build(story, onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def shown(value: Value, head: Head) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    return formats.number(value, head.decimals) + (" %" if head.unit == "%" else "")


def _facts(paper: Paper, style: dict[str, ParagraphStyle]) -> Table:
    rows = [
        [Paragraph(escape(label), style["soft"]), Paragraph(escape(value), style["plain"])]
        for label, value in paper.facts
    ]
    return Table(rows, colWidths=[45 * mm, WIDTH - 45 * mm], hAlign="LEFT")


def _section(place: int, laid: Laid, style: dict[str, ParagraphStyle]) -> list[Flowable]:
    parts: list[Flowable] = [Paragraph(f"{place}　{escape(laid.title)}", style["head"])]
    parts += [Paragraph(escape(text), style["plain"]) for text in (laid.text, laid.fault) if text]
    stated = "；".join((*laid.filters, *([laid.note] if laid.note else [])))
    if stated:
        parts.append(Paragraph(escape(stated), style["soft"]))
    parts.append(Spacer(1, 3 * mm))
    if laid.drawn is not None and laid.drawn.series:
        parts += [_chart(laid.drawn), Spacer(1, 3 * mm)]
    if laid.shows_table and laid.heads:
        parts += _tables(laid, style)
    return parts


def _tables(laid: Laid, style: dict[str, ParagraphStyle]) -> list[Flowable]:
    """The table, in parts side by side where it is wider than the paper."""
    found: list[Flowable] = []
    for first in range(0, len(laid.heads), MOST_COLUMNS):
        found += [_table(laid, first, style), Spacer(1, 3 * mm)]
    if len(laid.lines) > MOST_LINES:
        more = _("%(count)s rows more stand in the Excel file.") % {
            "count": formats.number(len(laid.lines) - MOST_LINES)
        }
        found.append(Paragraph(escape(more), style["soft"]))
    return found


def _table(laid: Laid, first: int, style: dict[str, ParagraphStyle]) -> Table:
    heads = laid.heads[first : first + MOST_COLUMNS]
    rows = [[Paragraph(escape(level), style["cell"]) for level in laid.levels or ("",)]]
    rows[0] += [Paragraph(escape(_head(head)), style["right"]) for head in heads]
    totals = []
    for line in laid.lines[:MOST_LINES]:
        if line.is_total:
            totals.append(len(rows))
        words = [Paragraph(escape(label), style["cell"]) for label in line.labels or (_("Total"),)]
        figures = zip(line.values[first : first + MOST_COLUMNS], heads, strict=True)
        rows.append(
            words + [Paragraph(escape(shown(value, head)), style["right"]) for value, head in figures]
        )
    left = len(rows[0]) - len(heads)
    words_width = min(WIDTH / 2, left * 38 * mm)
    widths = [words_width / left] * left + [min(34 * mm, (WIDTH - words_width) / len(heads))] * len(heads)
    table = Table(rows, colWidths=widths, repeatRows=1, hAlign="LEFT")
    lines: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.7, _SOFT),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#d7dce2")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    lines += [("BACKGROUND", (0, at), (-1, at), colors.HexColor("#f2f4f7")) for at in totals]
    table.setStyle(TableStyle(lines))
    return table


def _head(head: Head) -> str:
    told = head.label + (f" ({head.unit})" if head.unit else "")
    return f"{head.over} {told}" if head.over else told


def _chart(drawn: Drawn) -> Drawing:
    width, height = WIDTH, 68 * mm
    drawing = Drawing(width, height)
    chart = _pie(drawn, width, height) if drawn.kind == "pie" else _axes(drawn, width, height)
    drawing.add(chart)
    names = (
        drawn.categories[: len(COLOURS)] if drawn.kind == "pie" else [name for name, _figures in drawn.series]
    )
    if len(names) > 1 or drawn.kind == "pie":
        legend: Any = Legend()
        legend.x, legend.y, legend.boxAnchor = width - 60 * mm, height - 4 * mm, "nw"
        legend.fontName, legend.fontSize, legend.columnMaximum = _font(), 8, 10
        legend.alignment, legend.dx, legend.dy = "right", 7, 7
        legend.colorNamePairs = [
            (COLOURS[place % len(COLOURS)], name[:24]) for place, name in enumerate(names)
        ]
        drawing.add(legend)
    return drawing


def _axes(drawn: Drawn, width: float, height: float) -> Any:
    is_line = drawn.kind == "line"
    chart: Any = HorizontalLineChart() if is_line else VerticalBarChart()
    chart.x, chart.y = 22 * mm, 16 * mm
    chart.width, chart.height = width - (88 if len(drawn.series) > 1 else 30) * mm, height - 22 * mm
    chart.data = [list(figures) for _name, figures in drawn.series]
    chart.categoryAxis.categoryNames = [name[:14] for name in drawn.categories]
    chart.categoryAxis.labels.fontName = chart.valueAxis.labels.fontName = _font()
    chart.categoryAxis.labels.fontSize = chart.valueAxis.labels.fontSize = 7
    if len(drawn.categories) > 8:
        chart.categoryAxis.labels.angle, chart.categoryAxis.labels.boxAnchor = 30, "ne"
    known = [figure for _name, figures in drawn.series for figure in figures if figure is not None]
    chart.valueAxis.valueMin = min(0.0, *known) if known else 0
    if known and max(known) <= chart.valueAxis.valueMin:
        chart.valueAxis.valueMax = chart.valueAxis.valueMin + 1
    chart.valueAxis.labelTextFormat = lambda value: formats.number(round(value, 2))
    chart.valueAxis.gridStrokeColor, chart.valueAxis.visibleGrid = colors.HexColor("#e3e7ec"), True
    for place in range(len(drawn.series)):
        if is_line:
            chart.lines[place].strokeColor, chart.lines[place].strokeWidth = (
                COLOURS[place % len(COLOURS)],
                1.6,
            )
        else:
            chart.bars[place].fillColor, chart.bars[place].strokeColor = COLOURS[place % len(COLOURS)], None
    return chart


def _pie(drawn: Drawn, width: float, height: float) -> Any:
    pie: Any = Pie()
    pie.x, pie.y = 20 * mm, 5 * mm
    pie.width = pie.height = height - 10 * mm
    pie.data = [max(figure or 0.0, 0.0) for figure in drawn.series[0][1]] or [1.0]
    if not sum(pie.data):
        pie.data = [1.0]
    pie.labels = None
    for place in range(len(pie.data)):
        pie.slices[place].fillColor, pie.slices[place].strokeColor = (
            COLOURS[place % len(COLOURS)],
            colors.white,
        )
    return pie
