"""How a file of usage records is written down: its layout, a short TOML text kept with each file.

Files with a heading (csv), Parquet and JSON lines need none where their columns carry our names. Fixed width needs
one: where each field stands in each type of record, and what header and trailer must say.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from loopline.warehouse.usage.refusals import UnusableFile, UnusableLayout
from loopline.warehouse.usage.tables import FIELDS, KINDS, ROAMING

FORMATS = ("csv", "parquet", "json", "fixed")
SUMMED = ("seconds", "bytes_up", "bytes_down", "charge")
_SUFFIXES = {
    ".csv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
_CODE = re.compile(r"[\w .:+%/-]{1,60}")

type Place = tuple[int, int]
"""First column, counted from 1, and width."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Fixed width: where the type of a line stands, header, trailer and the records."""

    type_at: Place
    header: str
    trailer: str
    count: Place
    sums: Mapping[str, Place]
    records: Mapping[str, Mapping[str, Place]]
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file. `columns` maps the file's names to ours, `values` a field's words to ours.

    `zone` is that of times written without one (the operator's when empty), `decimals` the places of amounts
    written without a point, `source` names who counts the sequence numbers.
    """

    format: str
    files: tuple[str, ...] = ()
    source: str = ""
    zone: str = ""
    delimiter: str = ""
    time_format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    fixed: Fixed | None = None
    text: str = ""


def layout_for(path: Path, name: str, among: Path) -> Layout:
    """The layout of a file: the first of the folder `among` whose `files` fit its name, else by its suffix.

    Raises UnusableLayout, UnusableFile.
    """
    for found in sorted(among.glob("*.toml")) if among.is_dir() else ():
        layout = read_layout(found.read_text(encoding="utf-8"))
        if any(fnmatchcase(name, pattern) for pattern in layout.files):
            return layout
    known = _SUFFIXES.get(Path(name).suffix.lower()) or _SUFFIXES.get(path.suffix.lower())
    if known is None:
        raise UnusableFile("no_layout")
    return Layout(known)


def read_layout(text: str, format_: str = "") -> Layout:
    """A layout from its TOML text; an empty text is the plain layout of a format. Raises UnusableLayout."""
    if not text:
        return Layout(format_)
    try:
        told = tomllib.loads(text)
        return _layout(told, text)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise UnusableLayout(problem=f"{type(wrong).__name__} {wrong}"[:200]) from None


def _layout(told: dict[str, Any], text: str) -> Layout:
    known = {"name", "format", "files", "source", "zone", "delimiter", "time_format"}
    known |= {"columns", "values", "decimals", "type_at", "header", "trailer", "records"}
    _need(not told.keys() - known, f"unknown entries {sorted(told.keys() - known)}")
    _need(told["format"] in FORMATS, f"format is one of {', '.join(FORMATS)}")
    columns = {str(name): str(ours) for name, ours in told.get("columns", {}).items()}
    _need(set(columns.values()) <= set(FIELDS), f"fields are {', '.join(FIELDS)}")
    delimiter = str(told.get("delimiter", ""))
    _need(len(delimiter) <= 1 and delimiter not in ('"', "\n", "\r"), "the delimiter is one character")
    if told.get("zone"):
        ZoneInfo(told["zone"])
    return Layout(
        format=told["format"],
        files=tuple(str(pattern) for pattern in told.get("files", ())),
        source=_word(told.get("source", "")),
        zone=str(told.get("zone", "")),
        delimiter=delimiter,
        time_format=_word(told.get("time_format", "")),
        columns=columns,
        values={_field(name): _words(name, words) for name, words in told.get("values", {}).items()},
        decimals={_field(name): int(places) for name, places in told.get("decimals", {}).items()},
        fixed=_fixed(told) if told["format"] == "fixed" else None,
        text=text,
    )


def _fixed(told: dict[str, Any]) -> Fixed:
    trailer = told["trailer"]
    sums = {_field(name): _place(place) for name, place in trailer.get("sums", {}).items()}
    _need(set(sums) <= set(SUMMED), f"sums are of {', '.join(SUMMED)}")
    records = {
        _word(code): {_field(name): _place(place) for name, place in one["fields"].items()}
        for code, one in told["records"].items()
    }
    _need(bool(records), "there is no type of record")
    kinds = {_word(code): str(one.get("kind", "")) for code, one in told["records"].items()}
    _need(set(kinds.values()) <= {*KINDS, ""}, f"kinds are {', '.join(KINDS)}")
    return Fixed(
        type_at=_place(told["type_at"]),
        header=_word(told["header"]["type"]),
        trailer=_word(trailer["type"]),
        count=_place(trailer["count"]),
        sums=sums,
        records=records,
        kinds=kinds,
    )


def _place(told: Any) -> Place:
    first, width = (int(number) for number in told)
    _need(first >= 1 and 1 <= width <= 1000, "a place is [first column from 1, width]")
    return first, width


def _words(name: str, words: Mapping[str, str]) -> dict[str, str]:
    allowed = {"kind": KINDS, "roaming": ROAMING}.get(name)
    for ours in words.values():
        _need(allowed is None or ours in allowed, f"{name} has no value {ours}")
    return {str(theirs): _word(ours) for theirs, ours in words.items()}


def _field(name: str) -> str:
    _need(name in FIELDS, f"there is no field {name}")
    return name


def _word(word: Any) -> str:
    text = str(word)
    _need(not text or _CODE.fullmatch(text) is not None, f"{text[:40]!r} is no plain word")
    return text


def _need(holds: bool, problem: str) -> None:
    if not holds:
        raise UnusableLayout(problem=problem)
