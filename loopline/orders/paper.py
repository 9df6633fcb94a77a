"""The acceptance form of an order 受理单 as PDF: what is asked for, what it costs, what is agreed, and the signature.

Personal data stands on it masked, as on screen. The font is one that every reader of PDF brings for Chinese.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import segno
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

FONT = "STSong-Light"
WIDTH = 174 * mm


@dataclass(frozen=True, slots=True)
class PaperCode:
    """A code to scan: its text, and what stands beside the picture."""

    text: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class PaperItem:
    """A thing of the order: what, masked number and SIM, and the lines of its price (text, note, amount)."""

    title: str
    note: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    code: PaperCode | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on the form, in finished strings."""

    operator: str
    title: str
    number: str
    facts: list[tuple[str, str]]
    items: list[PaperItem]
    item_head: str
    totals: list[tuple[str, str]]
    agreement_head: str
    agreement: list[str]
    signature_label: str
    signed: str
    date_label: str
    page_label: str
    signature: bytes = b""


@cache
def _font() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return FONT


def make(paper: Paper) -> bytes:
    """The form as PDF; the same content gives the same bytes."""
    name = _font()
    plain = ParagraphStyle("plain", fontName=name, fontSize=10, leading=15, wordWrap="CJK")
    small = ParagraphStyle(
        "small", parent=plain, fontSize=8.5, leading=12, textColor=colors.HexColor("#555555")
    )
    head = ParagraphStyle("head", parent=plain, fontSize=12, leading=18, spaceBefore=10, spaceAfter=4)
    title = ParagraphStyle("title", parent=plain, fontSize=17, leading=24, alignment=1)
    story: list[Flowable] = [
        Paragraph(escape(paper.operator), ParagraphStyle("operator", parent=plain, alignment=1)),
        Paragraph(escape(paper.title), title),
        Spacer(1, 4 * mm),
        _facts(paper.facts, plain, small),
        Paragraph(escape(paper.item_head), head),
    ]
    story += [_item(item, plain, small) for item in paper.items]
    story += [_sums(paper.totals, plain), Paragraph(escape(paper.agreement_head), head)]
    story += [
        Paragraph(f"{place}. {escape(line)}", plain) for place, line in enumerate(paper.agreement, start=1)
    ]
    story.append(_signing(paper, plain, small))
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=f"{paper.title} {paper.number}",
        author=paper.operator,
        invariant=1,
    )

    def foot(canvas: Canvas, made: SimpleDocTemplate) -> None:
        canvas.setFont(name, 8)
        canvas.drawString(18 * mm, 10 * mm, f"{paper.title} {paper.number}")
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, paper.page_label.format(page=made.page))

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def _facts(facts: list[tuple[str, str]], plain: ParagraphStyle, small: ParagraphStyle) -> Table:
    cells = [[Paragraph(escape(label), small), Paragraph(escape(value), plain)] for label, value in facts]
    rows = [
        cells[place] + (cells[place + 1] if place + 1 < len(cells) else ["", ""])
        for place in range(0, len(cells), 2)
    ]
    return _table(rows, [24 * mm, 63 * mm, 24 * mm, 63 * mm])


def _item(item: PaperItem, plain: ParagraphStyle, small: ParagraphStyle) -> Flowable:
    right = ParagraphStyle("right", parent=plain, alignment=2)
    rows: list[list[Any]] = [[Paragraph(escape(item.title), plain), Paragraph(escape(item.note), small), ""]]
    rows += [
        [Paragraph(escape(text), plain), Paragraph(escape(note), small), Paragraph(escape(amount), right)]
        for text, note, amount in item.lines
    ]
    parts: list[Flowable] = [_table(rows, [84 * mm, 50 * mm, 40 * mm])]
    if item.code is not None:
        parts.append(_code(item.code, plain))
    return KeepTogether([*parts, Spacer(1, 2 * mm)])


def _code(code: PaperCode, plain: ParagraphStyle) -> Table:
    """The code as a QR picture (ISO/IEC 18004) and in letters."""
    file = io.BytesIO()
    segno.make(code.text, error="m").save(file, kind="png", scale=8, border=2)
    file.seek(0)
    words = [Paragraph(escape(line), plain) for line in code.lines]
    table = Table([[Image(file, width=38 * mm, height=38 * mm), words]], colWidths=[44 * mm, 130 * mm])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    return table


def _sums(totals: list[tuple[str, str]], plain: ParagraphStyle) -> Table:
    right = ParagraphStyle("right", parent=plain, alignment=2)
    rows = [[Paragraph(escape(label), right), Paragraph(escape(amount), right)] for label, amount in totals]
    return Table(rows, colWidths=[134 * mm, 40 * mm])


def _signing(paper: Paper, plain: ParagraphStyle, small: ParagraphStyle) -> Flowable:
    signature: Any = ""
    if paper.signature:
        signature = Image(io.BytesIO(paper.signature), width=56 * mm, height=22 * mm, kind="proportional")
    rows = [
        [
            Paragraph(escape(paper.signature_label), plain),
            signature,
            Paragraph(escape(paper.date_label), plain),
        ],
        ["", Paragraph(escape(paper.signed), small), ""],
    ]
    table = Table(rows, colWidths=[40 * mm, 70 * mm, 64 * mm], rowHeights=[26 * mm, None])
    table.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, 0), "BOTTOM"), ("LINEBELOW", (1, 0), (1, 0), 0.6, colors.black)])
    )
    return KeepTogether([Spacer(1, 6 * mm), table])


def _table(rows: Sequence[list[Any]], widths: list[float]) -> Table:
    table = Table(rows, colWidths=widths)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#999999")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table
