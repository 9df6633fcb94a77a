"""A report as an Excel workbook: contents, then a sheet for each section, with real numbers."""

import io
import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from loopline.olap.api import Value
from loopline.reports.laying import Head, Laid, Paper

_BOLD, _TITLE, _SOFT = Font(bold=True), Font(bold=True, size=14), Font(color="666666")
_HEAD = PatternFill("solid", fgColor="EEF2F7")
_TOTAL = Border(top=Side(style="thin", color="999999"))
_FIRST = 4
"""The row of the first head of a section's sheet."""


def workbook(paper: Paper) -> bytes:
    """The workbook."""
    book = Workbook()
    contents = book.worksheets[0]
    contents.title = _("Contents")[:31]
    names = [_sheet_name(place, laid.title) for place, laid in enumerate(paper.sections, start=1)]
    _contents(contents, paper, names)
    for name, laid in zip(names, paper.sections, strict=True):
        _section(book.create_sheet(name), laid)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def number_format(head: Head) -> str:
    """How spreadsheets show a figure of this column: thousands, and its own decimals; shares carry their sign."""
    digits = "0." + "0" * head.decimals if head.decimals else "0"
    return f"#,##{digits}" + ('"%"' if head.unit == "%" else "")


def _contents(sheet: Worksheet, paper: Paper, names: list[str]) -> None:
    _put(sheet, 1, 1, paper.title).font = _TITLE
    _put(sheet, 2, 1, paper.about).font = _SOFT
    row = 4
    for label, value in (("", paper.operator), *paper.facts):
        _put(sheet, row, 1, label).font = _SOFT
        _put(sheet, row, 2, value)
        row += 1
    row += 1
    for place, (name, laid) in enumerate(zip(names, paper.sections, strict=True), start=1):
        _put(sheet, row, 1, str(place))
        cell = _put(sheet, row, 2, laid.title)
        cell.hyperlink, cell.style = f"#'{name}'!A1", "Hyperlink"
        _put(sheet, row, 3, laid.fault or "；".join(laid.filters))
        row += 1
    for column, width in (("A", 24), ("B", 44), ("C", 60)):
        sheet.column_dimensions[column].width = width


def _section(sheet: Worksheet, laid: Laid) -> None:
    _put(sheet, 1, 1, laid.title).font = _TITLE
    stated = "；".join(laid.filters)
    _put(
        sheet, 2, 1, " ".join(part for part in (laid.text, stated, laid.note, laid.fault) if part)
    ).font = _SOFT
    if not laid.heads:
        return
    across = any(head.over for head in laid.heads)
    top = _FIRST + 1 if across else _FIRST
    _heads(sheet, laid, top, across)
    for down, line in enumerate(laid.lines, start=top + 1):
        for place, label in enumerate(line.labels or (_("Total"),), start=1):
            _put(sheet, down, place, label).font = _BOLD if line.is_total else Font()
        for place, (head, value) in enumerate(
            zip(laid.heads, line.values, strict=True), start=_left(laid) + 1
        ):
            cell = sheet.cell(down, place, _figure(value))
            cell.number_format = number_format(head)
            if line.is_total:
                cell.font, cell.border = _BOLD, _TOTAL
    sheet.freeze_panes = sheet.cell(top + 1, _left(laid) + 1)
    sheet.column_dimensions["A"].width = 26
    for place in range(2, _left(laid) + len(laid.heads) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 18
    _chart(sheet, laid, top)


def _left(laid: Laid) -> int:
    """How many columns of words stand before the figures."""
    return max(len(laid.levels), 1)


def _heads(sheet: Worksheet, laid: Laid, top: int, across: bool) -> None:
    for place, level in enumerate(laid.levels or ("",), start=1):
        _put(sheet, top, place, level)
    for place, head in enumerate(laid.heads, start=_left(laid) + 1):
        if across:
            _put(sheet, top - 1, place, head.over)
        unit = f" ({head.unit})" if head.unit else ""
        _put(sheet, top, place, head.label + unit).alignment = Alignment(horizontal="right", wrap_text=True)
    for row in sheet.iter_rows(min_row=top - across, max_row=top, max_col=_left(laid) + len(laid.heads)):
        for cell in row:
            cell.font, cell.fill = _BOLD, _HEAD


def _figure(value: Value) -> Any:
    return value if value is None or isinstance(value, int | float) else Decimal(value)


def _chart(sheet: Worksheet, laid: Laid, top: int) -> None:
    """A chart of Excel's own over the cells, where they are plain: no subtotals between the rows, one head each."""
    last = top + sum(1 for line in laid.lines if not line.is_total)
    plain = all(not line.is_total for line in laid.lines[: last - top])
    if laid.drawn is None or not plain or last == top or any(head.over for head in laid.heads):
        return
    chart: Any = {"line": LineChart, "pie": PieChart}.get(laid.drawn.kind, BarChart)()
    series = 1 if laid.drawn.kind == "pie" else len(laid.drawn.series)
    unit = laid.heads[0].unit
    same = [place for place, head in enumerate(laid.heads) if head.unit == unit][:series]
    for place in same:
        column = _left(laid) + 1 + place
        chart.add_data(Reference(sheet, column, top, column, last), titles_from_data=True)
    chart.set_categories(Reference(sheet, 1, top + 1, _left(laid), last))
    chart.title, chart.height, chart.width = laid.title, 8, 18
    sheet.add_chart(chart, f"{get_column_letter(_left(laid) + len(laid.heads) + 2)}{top}")


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """A text, also where it looks like a formula."""
    cell = sheet.cell(row, column)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000] or None
    if cell.data_type == "f":
        cell.data_type = "s"
    return cell


def _sheet_name(place: int, title: str) -> str:
    return f"{place} {re.sub(r'[\\/*?:\[\]]', ' ', title)}".strip()[:31]
