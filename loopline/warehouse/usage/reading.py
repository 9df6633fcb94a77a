"""From a file's bytes to one relation of records with our names, whatever the format; nothing is decided here yet.

Text formats are read line by line: a line break inside a value does not exist in usage records, so one broken line
never swallows the next, and every row has its true line number.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from loopline.warehouse.usage.layouts import Fixed, Layout, Place
from loopline.warehouse.usage.refusals import UnusableFile
from loopline.warehouse.usage.tables import FIELDS, NEEDED

LONGEST = 65_536
"""Bytes of a line; a longer one is rejected."""
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK": "zip",
    b"BZh": "bzip2",
    b"\xfd7": "xz",
    b"7z": "7z",
    b"\x28\xb5": "zstd",
}
_SYNONYMS = {
    "msisdn": "number",
    "type": "kind",
    "record_type": "kind",
    "start": "started_at",
    "start_time": "started_at",
    "other": "other_number",
    "duration": "seconds",
    "cell_id": "cell",
    "service": "vas",
    "seq": "sequence",
    "号码": "number",
    "话单类型": "kind",
    "开始时间": "started_at",
    "对方号码": "other_number",
    "对方运营商": "other_operator",
    "时长": "seconds",
    "上行流量": "bytes_up",
    "下行流量": "bytes_down",
    "小区": "cell",
    "漫游": "roaming",
    "费用": "charge",
    "业务": "vas",
    "序号": "sequence",
}


@dataclass(frozen=True, slots=True)
class Brought:
    """A relation of records: columns `line`, `broken` (why the row has no fields, '' for a line to pass over,
    else NULL) and the fields found, of the types given (VARCHAR where the file is text)."""

    query: str
    types: dict[str, str] = field(default_factory=dict)
    is_text: bool = True


def brought(con: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Brought:
    """The records of a file. Raises UnusableFile where it has no such form at all."""
    _refuse_packed(path)
    if layout.format == "parquet":
        return _parquet(con, path, layout)
    if layout.format == "json":
        return _json(path, layout)
    if layout.format == "fixed" and layout.fixed is not None:
        return _fixed(path, layout.fixed, layout)
    return _csv(path, layout)


def _refuse_packed(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(8)
    for mark, name in _PACKED.items():
        if begin.startswith(mark):
            raise UnusableFile("packed", kind=name)
    if not begin:
        raise UnusableFile("empty")


def lines(path: Path) -> str:
    """Every line of a text file with its number; lines too long are missing and stand in `reject_errors`."""
    return (
        "SELECT row_number() OVER () AS line, rtrim(text, chr(13)) AS text FROM read_csv("
        f"{quoted(str(path))}, columns = {{'text': 'VARCHAR'}}, header = false, auto_detect = false, "
        "delim = chr(1), quote = '', escape = '', comment = '', new_line = '\\n', compression = 'none', "
        f"max_line_size = {LONGEST}, ignore_errors = true, store_rejects = true, rejects_limit = 0, "
        "null_padding = false, strict_mode = false)"
    )


def _csv(path: Path, layout: Layout) -> Brought:
    with path.open("rb") as file:
        head = file.readline(LONGEST)
    try:
        heading = head.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnusableFile("heading") from None
    delimiter = layout.delimiter or max(",;|\t", key=heading.count)
    names = [name.strip().strip('"') for name in heading.split(delimiter)]
    where = _where(names, layout)
    one = "regexp_escape(" + quoted(delimiter) + ")"
    each = f"'(?:^|' || {one} || ')(\"(?:[^\"]|\"\")*\"|[^' || {one} || '\"]*)'"
    query = f"""
        SELECT line, {", ".join(f"{_unquoted(f'part[{place + 1}]')} AS {name}" for name, place in where.items())},
               CASE WHEN line = 1 OR coalesce(text, '') = '' THEN ''
                    WHEN NOT whole THEN 'quotes' WHEN len(part) <> {len(names)} THEN 'columns' END AS broken
        FROM (
          SELECT line, text,
                 CASE WHEN contains(text, '"') THEN regexp_extract_all(text, {each}, 1)
                      ELSE string_split(text, {quoted(delimiter)}) END AS part,
                 NOT contains(text, '"')
                   OR array_to_string(regexp_extract_all(text, {each}, 0), '') = text AS whole
          FROM ({lines(path)}))"""
    return Brought(query, dict.fromkeys(where, "VARCHAR"))


def _json(path: Path, layout: Layout) -> Brought:
    theirs = {ours: name for name, ours in layout.columns.items()}
    names = [theirs.get(name, name) for name in FIELDS]
    pointers = ", ".join(quoted("/" + name.replace("~", "~0").replace("/", "~1")) for name in names)
    query = f"""
        SELECT line, {", ".join(f"nullif(trim(part[{place + 1}]), '') AS {name}" for place, name in enumerate(FIELDS))},
               CASE WHEN coalesce(text, '') = '' THEN '' WHEN part IS NULL THEN 'json' END AS broken
        FROM (SELECT line, text, CASE WHEN left(ltrim(text), 1) = '{{' AND json_valid(text)
                     THEN json_extract_string(text, [{pointers}]) END AS part FROM ({lines(path)}))"""
    return Brought(query, dict.fromkeys(FIELDS, "VARCHAR"))


def _fixed(path: Path, fixed: Fixed, layout: Layout) -> Brought:
    kind = _at(fixed.type_at)
    cases = {}
    for name in FIELDS:
        places = {code: at[name] for code, at in fixed.records.items() if name in at}
        if name == "kind" and not places:
            whens = " ".join(f"WHEN {quoted(code)} THEN {quoted(k)}" for code, k in fixed.kinds.items())
            cases[name] = f"CASE type {whens} END"
        elif places:
            whens = " ".join(
                f"WHEN {quoted(code)} THEN {_with_point(_at(at), layout.decimals.get(name, 0))}"
                for code, at in places.items()
            )
            cases[name] = f"nullif(CASE type {whens} END, '')"
    missing = [name for name in NEEDED if name not in cases]
    if missing:
        raise UnusableFile("layout_silent", fields=", ".join(missing))
    known = ", ".join(quoted(code) for code in fixed.records)
    ends = f"{quoted(fixed.header)}, {quoted(fixed.trailer)}"
    query = f"""
        SELECT line, {", ".join(f"{case} AS {name}" for name, case in cases.items())},
               CASE WHEN coalesce(text, '') = '' OR type IN ({ends}) THEN ''
                    WHEN type NOT IN ({known}) THEN 'type' END AS broken
        FROM (SELECT line, text, {kind} AS type FROM ({lines(path)}))"""
    return Brought(query, dict.fromkeys(cases, "VARCHAR"))


def verify_ends(con: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> None:
    """Header first, trailer last and once, its count and sums those of the records. Raises UnusableFile."""
    fixed = layout.fixed
    if fixed is None:
        return
    kind, records = _at(fixed.type_at), ", ".join(quoted(code) for code in fixed.records)
    sums = ", ".join(
        f"""CAST(coalesce(sum(TRY_CAST(CASE type {
            " ".join(
                f"WHEN {quoted(code)} THEN {_at(at[name])}"
                for code, at in fixed.records.items()
                if name in at
            )
        } END AS HUGEINT)), 0) AS VARCHAR) AS sum_{name}"""
        for name in fixed.sums
    )
    told = ", ".join(
        f"max({_at(place)}) FILTER (type = {quoted(fixed.trailer)})"
        for place in (fixed.count, *fixed.sums.values())
    )
    row = con.execute(
        f"""SELECT arg_min(type, line), arg_max(type, line), count(*) FILTER (type = {quoted(fixed.header)}),
                   count(*) FILTER (type = {quoted(fixed.trailer)}),
                   {told}, CAST(count(*) FILTER (type IN ({records})) AS VARCHAR){", " + sums if sums else ""}
            FROM (SELECT line, text, {kind} AS type FROM ({lines(path)}) WHERE coalesce(text, '') <> '')"""
    ).fetchone()
    assert row is not None
    first, last, headers, trailers, *rest = row
    if (first, headers) != (fixed.header, 1):
        raise UnusableFile("no_header")
    if (last, trailers) != (fixed.trailer, 1):
        raise UnusableFile("cut_off")
    half = len(rest) // 2
    for name, said, found in zip(("count", *fixed.sums), rest[:half], rest[half:], strict=True):
        if not str(said).isdigit() or int(said) != int(found):
            raise UnusableFile("trailer", name=name, said=str(said)[:40], found=found)


def _parquet(con: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Brought:
    source = f"read_parquet({quoted(str(path))}, file_row_number = true)"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error:
        raise UnusableFile("not_parquet") from None
    types = {row[0]: row[1] for row in described}
    names = [name for name in types if name != "file_row_number"]
    where = _where(names, layout)
    chosen = ", ".join(f"{_name(names[place])} AS {name}" for name, place in where.items())
    query = f"SELECT file_row_number + 1 AS line, {chosen}, CAST(NULL AS VARCHAR) AS broken FROM {source}"
    return Brought(query, {name: types[names[place]] for name, place in where.items()}, is_text=False)


def _where(names: list[str], layout: Layout) -> dict[str, int]:
    """Our fields and the places of their columns."""
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        plain = name.strip().lower()
        ours = layout.columns.get(name) or (plain if plain in FIELDS else _SYNONYMS.get(plain))
        if ours and ours not in found:
            found[ours] = place
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise UnusableFile("no_column", fields=", ".join(missing))
    return found


def _unquoted(part: str) -> str:
    return (
        f"nullif(trim(CASE WHEN starts_with({part}, '\"') "
        f"THEN replace({part}[2:-2], '\"\"', '\"') ELSE {part} END), '')"
    )


def _at(place: Place) -> str:
    return f"trim(substr(text, {place[0]}, {place[1]}))"


def _with_point(text: str, places: int) -> str:
    """Digits without a point, its place being agreed."""
    if not places:
        return text
    padded = f"lpad({text}, CAST(greatest(length({text}), {places + 1}) AS INTEGER), '0')"
    return f"CASE WHEN {text} <> '' THEN left({padded}, -{places}) || '.' || right({padded}, {places}) END"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
