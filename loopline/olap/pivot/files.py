"""What a pivot shows, as a file: xlsx, csv or pdf, each beginning with what was asked, by whom, as of when."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from loopline.olap.pivot import figures
from loopline.olap.question import Answer, Axis, Head, Value

FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}
_FONT = "STSong-Light"
_ACROSS = 9
"""Columns of figures on one page of paper."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SOFT, _LINE, _WASH = colors.HexColor("#55646b"), colors.HexColor("#cdd3cd"), colors.HexColor("#eef0ec")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A pivot as a file: its title, what is said above it, the answer and the names of the levels of its rows."""

    title: str
    stated: list[tuple[str, str]]
    answer: Answer
    levels: list[str]


def make(sheet: Sheet, form: str) -> bytes:
    """The bytes of a file in one of FORMS."""
    return {"xlsx": _xlsx, "csv": _csv, "pdf": _pdf}[form](sheet)


def _heads(sheet: Sheet) -> Iterator[list[str]]:
    """Rows of heads: the levels of the columns, then the measures with their units."""
    answer, before = sheet.answer, max(len(sheet.levels), 1)
    for level in range(len(answer.columns.levels)):
        line = [""] * before
        for at in range(len(answer.columns.keys)):
            line += [_label(answer.columns, at, level)] * len(answer.heads)
        yield line
    names = [f"{head.label} ({head.unit})" if head.unit else head.label for head in answer.heads]
    yield [*(sheet.levels or [""]), *(names * len(answer.columns.keys))]


def _label(axis: Axis, at: int, level: int) -> str:
    labels = axis.labels[at]
    if level < len(labels):
        return labels[level]
    return _("Total") if not labels else _("Subtotal") if level == len(labels) else ""


def _rows(sheet: Sheet) -> Iterator[tuple[list[str], list[tuple[Value, Head]]]]:
    """The labels of each row, every level told, and its figures."""
    answer = sheet.answer
    nothing = (None,) * len(answer.heads)
    for row in range(len(answer.rows.keys)):
        labels = [_label(answer.rows, row, level) for level in range(max(len(sheet.levels), 1))]
        told: list[tuple[Value, Head]] = []
        for column in range(len(answer.columns.keys)):
            told += zip(answer.values.get((row, column), nothing), answer.heads, strict=True)
        yield labels, told


def _csv(sheet: Sheet) -> bytes:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([_inert(sheet.title)])
    out.writerows([_inert(label), _inert(value)] for label, value in sheet.stated)
    out.writerow([])
    out.writerows([_inert(cell) for cell in line] for line in _heads(sheet))
    for labels, told in _rows(sheet):
        out.writerow([*map(_inert, labels), *(_bare(value, head) for value, head in told)])
    return text.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _bare(value: Value, head: Head) -> str:
    """A figure for programs: no grouping, no sign of percent."""
    if value is None:
        return ""
    return f"{value:.{head.decimals}f}"


def _xlsx(sheet: Sheet) -> bytes:
    book = Workbook()
    page: Worksheet = book.active
    page.title = "".join(sign for sign in sheet.title if sign not in r"[]:*?/\'")[:31] or "Loopline"
    page.append([_inert(sheet.title)])
    page["A1"].font = Font(bold=True, size=14)
    for label, value in sheet.stated:
        page.append([_inert(label), _inert(value)])
        page.cell(page.max_row, 1).font = Font(color="55646B")
    page.append([])
    first = page.max_row + 2
    for line in _heads(sheet):
        page.append([_inert(cell) for cell in line])
        for cell in page[page.max_row]:
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EEF0EC")
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = f"{get_column_letter(max(len(sheet.levels), 1) + 1)}{page.max_row + 1}"
    for at, (labels, told) in enumerate(_rows(sheet)):
        page.append([*map(_inert, labels), *(value for value, _head in told)])
        is_sum = len(sheet.answer.rows.keys[at]) < len(sheet.levels)
        for cell, (_value, head) in zip(page[page.max_row][len(labels) :], told, strict=True):
            cell.number_format = _number_format(head)
        if is_sum:
            for cell in page[page.max_row]:
                cell.font = Font(bold=True)
    _set_widths(page, len(sheet.levels) or 1, first)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _number_format(head: Head) -> str:
    places = "." + "0" * head.decimals if head.decimals else ""
    if not figures.is_percent(head):
        return f"#,##0{places}"
    # The figures are percents already: the sign is written behind them, and nothing is multiplied.
    return f'+0{places}"%";-0{places}"%";0{places}"%"' if figures.is_change(head) else f'0{places}"%"'


def _set_widths(page: Worksheet, levels: int, first: int) -> None:
    for column in range(1, page.max_column + 1):
        cells = (page.cell(row, column).value for row in range(first, min(page.max_row, first + 200) + 1))
        longest = max((len(str(cell)) for cell in cells if cell is not None), default=8)
        page.column_dimensions[get_column_letter(column)].width = min(max(longest + 3, 12), 36)
    page.column_dimensions["A"].width = max(page.column_dimensions["A"].width, 18 if levels else 12)


@cache
def _font() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    return _FONT


def _pdf(sheet: Sheet) -> bytes:
    """On paper in slices of columns: the heads of the rows stand before each."""
    name = _font()
    plain = ParagraphStyle("plain", fontName=name, fontSize=8.5, leading=12, wordWrap="CJK")
    title = ParagraphStyle("title", parent=plain, fontSize=15, leading=21)
    soft = ParagraphStyle("soft", parent=plain, textColor=_SOFT)
    stated = [
        [Paragraph(escape(label), soft), Paragraph(escape(value), plain)] for label, value in sheet.stated
    ]
    about = Table(stated, colWidths=[34 * mm, 230 * mm], hAlign="LEFT")
    about.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
            ]
        )
    )
    story: list[Flowable] = [Paragraph(escape(sheet.title), title), about, Spacer(1, 5 * mm)]
    slices = list(_slices(sheet, plain))
    for at, part in enumerate(slices):
        story += [part, PageBreak()] if at + 1 < len(slices) else [part]
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=landscape(A4), leftMargin=15 * mm, rightMargin=15 * mm, topMargin=14 * mm,
        bottomMargin=16 * mm, title=sheet.title, invariant=1,
    )  # fmt: skip

    def foot(canvas: Canvas, made: SimpleDocTemplate) -> None:
        canvas.setFont(name, 8)
        canvas.drawString(15 * mm, 9 * mm, sheet.title)
        canvas.drawRightString(landscape(A4)[0] - 15 * mm, 9 * mm, str(made.page))

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def _slices(sheet: Sheet, plain: ParagraphStyle) -> Iterator[Table]:
    before = max(len(sheet.levels), 1)
    right = ParagraphStyle("right", parent=plain, alignment=2)
    heads, rows = list(_heads(sheet)), list(_rows(sheet))
    across = len(heads[-1]) - before
    levels = [Paragraph(escape(cell), plain) for cell in heads[-1][:before]]
    width = 267 * mm
    for start in range(0, max(across, 1), _ACROSS):
        end = min(start + _ACROSS, across)
        cells = [
            [*([""] * before if at + 1 < len(heads) else levels),
             *(Paragraph(escape(cell), right) for cell in line[before + start : before + end])]
            for at, line in enumerate(heads)
        ]  # fmt: skip
        cells += [
            [*(Paragraph(escape(label), plain) for label in labels),
             *(Paragraph(figures.told(*cell), right) for cell in told[start:end])]
            for labels, told in rows
        ]  # fmt: skip
        label_width = min(40 * mm, width * 0.4 / before)
        each = min((width - label_width * before) / max(end - start, 1), 38 * mm)
        made = Table(
            cells, [label_width] * before + [each] * (end - start), repeatRows=len(heads), hAlign="LEFT"
        )
        sums = [
            ("BACKGROUND", (0, at + len(heads)), (-1, at + len(heads)), _WASH)
            for at, key in enumerate(sheet.answer.rows.keys)
            if len(key) < len(sheet.levels)
        ]
        made.setStyle(TableStyle([
            ("LINEBELOW", (0, len(heads) - 1), (-1, len(heads) - 1), 0.8, colors.black),
            ("LINEBELOW", (0, len(heads)), (-1, -1), 0.3, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3), *sums,
        ]))  # fmt: skip
        yield made
