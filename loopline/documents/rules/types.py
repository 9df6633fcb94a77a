"""Which files we take: what their first bytes say must be allowed and agree with the ending of the name."""

import io
import re
import zipfile
from collections.abc import Mapping

TEXT = "text/plain"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS = {
    "word/": _OFFICE + "wordprocessingml.document",
    "xl/": _OFFICE + "spreadsheetml.sheet",
    "ppt/": _OFFICE + "presentationml.presentation",
}
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "audio/mpeg": ("mp3",),
    "audio/wav": ("wav",),
    "audio/amr": ("amr",),
    "video/mp4": ("mp4", "m4a"),
    TEXT: ("txt", "csv", "log"),
    _OFFICE_PARTS["word/"]: ("docx",),
    _OFFICE_PARTS["xl/"]: ("xlsx",),
    _OFFICE_PARTS["ppt/"]: ("pptx",),
}
"""Media type → endings of names that go with it."""

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Browsers only draw these; everything else is handed over as a download."""

_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg|\?xml|iframe|body)", re.IGNORECASE)


def sniff(content: bytes) -> str | None:
    """The media type that the bytes themselves tell, None for what we do not take."""
    for start, media_type in _STARTS:
        if content.startswith(start):
            return media_type
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12])
    if content[4:8] == b"ftyp":
        return "video/mp4"
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return TEXT if _is_text(content) else None


def fits(name: str, media_type: str) -> bool:
    """Whether the ending of a name goes with the type; a name without an ending goes with any."""
    _stem, dot, ending = name.rpartition(".")
    return not dot or ending.lower() in ENDINGS[media_type]


def clean_name(name: str) -> str:
    """A name to show and to offer: no folders, no control characters, at most 120 characters."""
    last = re.split(r"[\\/]", name)[-1]
    kept = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\"<>|:*?]", "", last).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 8:
        return f"{stem[:110]}.{ending}"
    return kept[:120] or "file"


def _office(content: bytes) -> str | None:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    for part, media_type in _OFFICE_PARTS.items():
        if any(name.startswith(part) for name in names):
            return media_type
    return None


def _is_text(content: bytes) -> bool:
    if not content or _CONTROL.search(content) or _MARKUP.search(content[:4096]):
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        try:
            content.decode("gb18030")
        except UnicodeDecodeError:
            return False
    return True
