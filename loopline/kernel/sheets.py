"""Tables on their way out, streamed: csv as spreadsheets read it, and xlsx without a document in memory."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence

type Block = Sequence[Sequence[str]]
"""Some rows of finished texts."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MAY_BE_FORMULA = re.compile(r'(?:^|[,"\n])[=+\-@\t\r]')
"""Where a cell of a csv file may begin like a formula; most blocks have none, and none of their cells is looked at."""
_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)} | str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_FRAME = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{XLSX}.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
}


def as_csv(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Rows as UTF-8 with the mark that spreadsheets look for; a text like a formula is marked as a text."""
    yield b"\xef\xbb\xbf"
    for block in blocks:
        text = _csv(block)
        if _MAY_BE_FORMULA.search(text):
            text = _csv([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in block)
        yield text.encode()


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def as_xlsx(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Rows as a workbook of one sheet in which every cell is a text."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, content in _FRAME.items():
            book.writestr(name, _HEAD + content)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for block in blocks:
                sheet.write("".join(map(_row, block)).encode())
                yield out.take()
            sheet.write(b"</sheetData></worksheet>")
    yield out.take()


def _row(cells: Sequence[str]) -> str:
    told = (
        f'<c t="inlineStr"><is><t xml:space="preserve">{cell.translate(_IN_XML)}</t></is></c>'
        for cell in cells
    )
    return f"<row>{''.join(told)}</row>"


class _Pipe(io.RawIOBase):
    """Takes what the archive writes until somebody fetches it; has no place to go back to."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._held.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held
