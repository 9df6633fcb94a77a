"""What kind of file this is, by its content, before a single row of it is believed."""

import codecs
import gzip
import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from loopline.imports.limits import MIB, Limits
from loopline.imports.refusals import (
    FileBroken,
    FileEmpty,
    FileEncrypted,
    FileExpandsTooFar,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    LineTooLong,
    NotAFile,
    OldWorkbook,
    UnknownEncoding,
    UnknownFormat,
)

GZIP, ZIP, PARQUET, OLE = b"\x1f\x8b", b"PK", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OTHER_MAGIC = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x7fELF": "ELF",
    b"SQLite format 3": "SQLite",
}
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
MARKUP = re.compile(
    rb"\s*(?:(?P<json>\{|\[\s*[\[{\"])|(?P<markup><(?:\?xml|!doctype|html|table)))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one pass over the bytes of a text file established."""

    encoding: str
    zipped: bool
    mixed: bool
    """Some lines are in the other encoding; they have to be told apart row by row."""


def recognise(path: Path, limits: Limits) -> str:
    """The container: "text", "gzip", "xlsx" or "parquet", by the first and last bytes.

    Raises a `FileRefused` for everything that is none of them, saying what it is where that is known.
    """
    head = _head(path, limits)
    if head.startswith(GZIP):
        return "gzip"
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith(ZIP):
        return "xlsx"
    if head.startswith(OLE):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content.find(ENCRYPTED) >= 0:
                raise FileEncrypted
        raise OldWorkbook
    return "text"


def _head(path: Path, limits: Limits) -> bytes:
    try:
        if not path.exists():
            raise FileMissing(name=path.name)
        if not path.is_file():
            raise NotAFile(name=path.name)
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(16)
    except (PermissionError, OSError) as error:
        raise FileUnreadable(name=path.name) from error
    if not size:
        raise FileEmpty
    if size > limits.file_bytes:
        raise FileTooLarge(allowed=readable(limits.file_bytes))
    return head


def inspect_text(path: Path, limits: Limits, *, zipped: bool) -> TextFacts:
    """Read the whole file once, 1 MiB at a time, and settle its encoding; refuse what is no text or expands too far.

    Whole, because a Chinese name may stand only in the last row, and because a bomb has to be known before the first
    row is taken. Costs about a tenth of what parsing costs.
    """
    evidence = _Evidence()
    for number, block in enumerate(_blocks(path, limits, zipped=zipped)):
        if not number:
            _refuse_non_text(block[: 64 * 1024], zipped=zipped)
            evidence.mark = next((name for mark, name in MARKS.items() if block.startswith(mark)), "")
        if evidence.mark == "utf-16":
            continue
        evidence.add(block)
    return evidence.facts(zipped=zipped)


def open_bytes(path: Path, *, zipped: bool) -> BinaryIO:
    """The bytes of a text file, unpacked."""
    return cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb")


def _blocks(path: Path, limits: Limits, *, zipped: bool) -> Iterator[bytes]:
    """Blocks of whole lines (in bytes), while size and length of lines are watched."""
    size = path.stat().st_size
    allowed = limits.expanded_allowed(size) if zipped else limits.file_bytes
    total, carry = 0, b""
    try:
        with open_bytes(path, zipped=zipped) as file:
            while block := file.read(MIB):
                total += len(block)
                if total > allowed:
                    raise FileExpandsTooFar(allowed=readable(allowed), size=readable(size))
                end = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
                if not end:
                    carry += block
                    if len(carry) > limits.line_bytes:
                        raise LineTooLong(allowed=readable(limits.line_bytes))
                    continue
                yield carry + block[:end]
                carry = block[end:]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileBroken(kind="gz") from error
    if carry or not total:
        yield carry


def _refuse_non_text(head: bytes, *, zipped: bool) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise FileEmpty
    for magic, name in OTHER_MAGIC.items():
        if head.startswith(magic):
            raise UnknownFormat(looks_like=name)
    if zipped and head.startswith((GZIP, ZIP, PARQUET, OLE)):
        raise UnknownFormat(looks_like="gz of gz, zip or parquet")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    if len(CONTROLS.findall(head)) > max(8, len(head) // 50):
        raise UnknownFormat(looks_like="binary")
    if found := MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise UnknownFormat(looks_like="JSON" if found["json"] else "XML, HTML")


class _Evidence:
    """Counts of lines that speak for one encoding or the other."""

    def __init__(self) -> None:
        self.mark = ""
        self.lines = self.utf8 = self.gb = self.neither = 0
        self.first_neither = 0
        self.gb_characters = self.gb_common = 0

    def add(self, block: bytes) -> None:
        if block.isascii():
            self.lines += block.count(b"\n")
            return
        try:
            block.decode("utf-8")
        except UnicodeDecodeError:
            for line in block.splitlines():
                self._line(line)
            return
        self.lines += block.count(b"\n")
        self.utf8 += sum(not line.isascii() for line in block.splitlines())

    def _line(self, line: bytes) -> None:
        self.lines += 1
        if line.isascii():
            return
        try:
            line.decode("utf-8")
            self.utf8 += 1
            return
        except UnicodeDecodeError:
            pass
        try:
            text = line.decode("gb18030")
        except UnicodeDecodeError:
            self.neither += 1
            self.first_neither = self.first_neither or self.lines
            return
        self.gb += 1
        if self.gb_characters < 5_000:
            foreign = [letter for letter in text if letter > "\x7f"]
            self.gb_characters += len(foreign)
            self.gb_common += sum(map(_is_common, foreign))

    def facts(self, *, zipped: bool) -> TextFacts:
        """The encoding with most lines for it; lines outside it are rejected one by one, unless they are the rule."""
        if self.mark == "utf-16":
            return TextFacts("utf-16", zipped, mixed=False)
        strange = self.neither
        if self.gb > self.utf8 and self.gb_common < 0.6 * self.gb_characters:
            strange += (
                self.gb
            )  # Big5, Latin-1 and the like also decode as GB 18030, into characters nobody uses
            self.gb = 0
        if strange > max(self.utf8, self.gb) and strange * 4 > self.lines:
            raise UnknownEncoding(row=self.first_neither or 1)
        encoding = "gb18030" if self.gb > self.utf8 and not self.mark else (self.mark or "utf-8")
        return TextFacts(encoding, zipped, mixed=bool(self.utf8 and self.gb))


def _is_common(letter: str) -> bool:
    """In the first level of GB 2312 (3,755 characters in daily use) or among its marks and full-width letters."""
    code = letter.encode("gb2312", "ignore")
    return len(code) == 2 and (0xA1 <= code[0] <= 0xA9 or 0xB0 <= code[0] <= 0xD7)


def readable(size: int) -> str:
    """Bytes as a person says them: "32 MiB"."""
    for unit, name in ((1024 * MIB, "GiB"), (MIB, "MiB"), (1024, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} B"
