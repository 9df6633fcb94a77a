"""Deciding about the records of one file, all at once in DuckDB: what is wrong, what is double, whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loopline.kernel.sealing import fingerprint_pads
from loopline.warehouse.usage.layouts import Layout
from loopline.warehouse.usage.originals import Original
from loopline.warehouse.usage.reading import Brought, brought, quoted, verify_ends
from loopline.warehouse.usage.refusals import UnusableFile
from loopline.warehouse.usage.tables import CHARGE, FIELDS, KINDS, OWN, RECORD, RECORD_COLUMNS, ROAMING

_NUMBER = r"\+?[0-9][0-9 ()-]{1,22}"
_CODE = r"[A-Za-z0-9_.:/-]{1,40}"
_OPERATOR = r"[\w.-]{1,30}"
_KEY = "CAST(CAST('0x' || left({hash}, 16) AS UBIGINT) >> 1 AS BIGINT)"
"""The first 63 bits of a keyed hash, as a number."""
_LIMITS = {"seconds": 31 * 86_400, "bytes_up": 1 << 50, "bytes_down": 1 << 50}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file's records: read = taken + doubles + rejected."""

    read: int
    taken: int
    doubles: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the records belong: the tenant, his zone and calling code, and the day from which they are wanted."""

    tenant: int
    zone: str
    country: str = "86"
    since: str = ""


def take(
    con: duckdb.DuckDBPyConnection, original: Original, layout: Layout, file_id: int, at: Setting
) -> Taken:
    """Put a file's new records into the lake, within the writer's open transaction. Raises UnusableFile.

    The temporary table `keyed` holds what was taken, `fault` what was rejected.
    """
    _forget_rejects(con)
    path = original.path
    verify_ends(con, path, layout)
    source = brought(con, path, layout)
    try:
        _stage(con, source, layout, at)
    except duckdb.Error as wrong:
        raise UnusableFile("unreadable", detail=str(wrong).splitlines()[0][:160]) from None
    read = _faults(con, original, file_id, source)
    if at.since:
        con.execute(f"DELETE FROM staged WHERE on_day < DATE {quoted(at.since)}")
    _keys(con, at)
    doubles = _fresh(con, layout.source)
    row = con.execute(f"INSERT INTO {RECORD} {_rows(file_id)}").fetchone()
    rejected = _number(con, "SELECT count(*) FROM fault")
    return Taken(read, int(row[0]) if row else 0, doubles, rejected)


def _forget_rejects(con: duckdb.DuckDBPyConnection) -> None:
    for name in ("reject_errors", "reject_scans"):
        con.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _stage(con: duckdb.DuckDBPyConnection, source: Brought, layout: Layout, at: Setting) -> None:
    """The records with typed columns and, for each, its first fault."""
    fields = ", ".join(f"{_told(name, source, layout)} AS {name}" for name in FIELDS)
    typed = ", ".join(f"{expression} AS {name}" for name, expression in _typed(source, layout, at).items())
    faults = " ".join(f"WHEN {when} THEN '{field}:{reason}'" for field, reason, when in _rules(layout))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE staged AS
        SELECT line, number, kind, started AS started_at,
               CAST(timezone({quoted(at.zone)}, timezone('UTC', started)) AS DATE) AS on_day,
               CAST(hour(timezone({quoted(at.zone)}, timezone('UTC', started))) AS TINYINT) AS hour,
               other_number, other_operator, CAST(coalesce(seconds_, 0) AS INTEGER) AS seconds,
               coalesce(bytes_up_, 0) AS bytes_up, coalesce(bytes_down_, 0) AS bytes_down, cell, imei,
               coalesce(roaming, 'home') AS roaming, coalesce(charge_, 0) AS charge, vas, sequence,
               CASE WHEN broken = '' THEN '' WHEN broken IS NOT NULL THEN 'line:' || broken {faults} END AS fault
        FROM (SELECT *, {typed} FROM (SELECT line, broken, {fields} FROM ({source.query})))""")


def _told(name: str, source: Brought, layout: Layout) -> str:
    """A field as the file tells it, its words translated into ours."""
    if name not in source.types:
        return "CAST(NULL AS VARCHAR)"
    kind = source.types[name]
    text = name if kind == "VARCHAR" or _keeps_type(name, kind) else f"CAST({name} AS VARCHAR)"
    words: Mapping[str, str] = layout.values.get(name, {})
    whens = " ".join(f"WHEN {quoted(theirs)} THEN {quoted(ours)}" for theirs, ours in words.items())
    return f"CASE {text} {whens} ELSE {text} END" if whens else text


def _keeps_type(name: str, kind: str) -> bool:
    return name == "started_at" and kind.startswith(("TIMESTAMP", "DATE"))


def _typed(source: Brought, layout: Layout, at: Setting) -> dict[str, str]:
    zone = quoted(layout.zone or at.zone)
    kind = source.types.get("started_at", "VARCHAR")
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        started = "CAST(timezone('UTC', started_at) AS TIMESTAMP)"
    elif _keeps_type("started_at", kind):
        started = _utc("CAST(started_at AS TIMESTAMP)", zone)
    elif layout.time_format:
        started = _utc(f"try_strptime(started_at, {quoted(layout.time_format)})", zone)
    else:
        started = (
            r"CASE WHEN regexp_matches(started_at, '(Z|[+-]\d\d(:?\d\d)?)$') AND length(started_at) > 11 "
            "THEN timezone('UTC', TRY_CAST(started_at AS TIMESTAMPTZ)) "
            f"ELSE {_utc('TRY_CAST(started_at AS TIMESTAMP)', zone)} END"
        )
    return {
        "started": started,
        "seconds_": "TRY_CAST(seconds AS BIGINT)",
        "bytes_up_": "TRY_CAST(bytes_up AS BIGINT)",
        "bytes_down_": "TRY_CAST(bytes_down AS BIGINT)",
        "charge_": f"TRY_CAST(charge AS {CHARGE})",
    }


def _utc(local: str, zone: str) -> str:
    return f"timezone('UTC', timezone({zone}, {local}))"


def _rules(layout: Layout) -> list[tuple[str, str, str]]:
    """(field, reason, condition) of every fault, in the order in which they are told."""
    kinds, roaming = (", ".join(quoted(word) for word in words) for words in (KINDS, ROAMING))
    rules = [
        ("number", "missing", "number IS NULL"),
        ("number", "not_a_number", f"NOT regexp_full_match(number, '{_NUMBER}')"),
        ("kind", "missing", "kind IS NULL"),
        ("kind", "unknown", f"kind NOT IN ({kinds})"),
        ("started_at", "missing", "started_at IS NULL"),
        ("started_at", "not_a_time", "started IS NULL"),
        ("started_at", "in_the_future", "started > timezone('UTC', now()) + INTERVAL 1 DAY"),
        ("started_at", "too_old", "started < TIMESTAMP '2000-01-01'"),
        ("other_number", "missing", "other_number IS NULL AND kind NOT IN ('data', 'vas')"),
        ("other_number", "not_a_number", f"NOT regexp_full_match(other_number, '{_NUMBER}')"),
        ("other_operator", "unreadable", f"NOT regexp_full_match(other_operator, '{_OPERATOR}')"),
    ]
    for name, most in _LIMITS.items():
        rules.append((name, "not_a_number", f"{name} IS NOT NULL AND {name}_ IS NULL"))
        rules.append((name, "out_of_range", f"{name}_ NOT BETWEEN 0 AND {most}"))
    rules += [
        ("charge", "not_a_number", "charge IS NOT NULL AND charge_ IS NULL"),
        ("charge", "out_of_range", "abs(charge_) >= 1000000000"),
        ("charge", "too_precise", r"regexp_matches(CAST(charge AS VARCHAR), '\.\d{4}\d*[1-9]')"),
        ("cell", "unreadable", f"NOT regexp_full_match(cell, '{_CODE}')"),
        ("imei", "not_an_imei", r"NOT regexp_full_match(imei, '\d{14,16}')"),
        ("roaming", "unknown", f"roaming NOT IN ({roaming})"),
        ("vas", "missing", "vas IS NULL AND kind = 'vas'"),
        ("vas", "unreadable", f"NOT regexp_full_match(vas, '{_CODE}')"),
        ("sequence", "unreadable", f"NOT regexp_full_match(sequence, '{_CODE}')"),
    ]
    return rules


def _faults(con: duckdb.DuckDBPyConnection, original: Original, file_id: int, source: Brought) -> int:
    """Move what is faulty to `fault` and the ledger of rejects. Returns how many records there were."""
    long, unread = _unread(con, original.path) if source.is_text else ([], [])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE fault AS SELECT line, split_part(fault, ':', 1) AS field, "
        "split_part(fault, ':', 2) AS reason FROM staged WHERE fault <> ''"
    )
    lines = _number(con, "SELECT count(*) FROM staged")
    for line in long:  # it has no row: those behind it stand further down than they seem
        con.execute("UPDATE fault SET line = line + 1 WHERE line >= ?", [line])
    for line, reason in unread:
        con.execute("INSERT INTO fault VALUES (?, 'line', ?)", [line, reason])
    if source.is_text and lines + len(long) != original.lines:
        found = lines + len(long)
        raise UnusableFile("lines", lines=original.lines, found=found)
    passed_over = _number(con, "SELECT count(*) FROM staged WHERE fault = ''")
    invalid = len(unread) - len(long)  # their lines are there, empty
    con.execute("DELETE FROM staged WHERE fault IS NOT NULL")
    con.execute("INSERT INTO usage_reject SELECT ?, line, field, reason FROM fault ORDER BY line", [file_id])
    return lines + len(long) - passed_over + invalid


def _unread(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[int], list[tuple[int, str]]]:
    """Lines that DuckDB could not read: those too long, and (line, reason) of all."""
    rows = con.execute(
        "SELECT DISTINCT line_byte_position, error_type FROM reject_errors ORDER BY 1"
    ).fetchall()
    if not rows:
        return [], []
    numbered = _line_numbers(path, [int(position) for position, _ in rows])
    told = [
        (line, "too_long" if "LINE SIZE" in kind else "not_utf8")
        for line, (_, kind) in zip(numbered, rows, strict=True)
    ]
    return [line for line, reason in told if reason == "too_long"], told


def _line_numbers(path: Path, positions: list[int]) -> list[int]:
    """The numbers of the lines at some positions in bytes, counted from 1."""
    numbers, line, place = [], 1, 0
    with path.open("rb") as file:
        for position in positions:
            while place < position and (piece := file.read(min(1 << 20, position - place))):
                line += piece.count(b"\n")
                place += len(piece)
            numbers.append(line)
    return numbers


def _keys(con: duckdb.DuckDBPyConnection, at: Setting) -> None:
    """Keyed hashes, once for each distinct number and device, and whose each number was on which days."""
    outer, inner = fingerprint_pads()
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE number_map AS
        SELECT text, {_KEY.format(hash=hashed("number", "e164", at.tenant))} AS key,
               CASE WHEN starts_with(e164, '+86') AND length(e164) IN (13, 14)
                    THEN CAST(substr(e164, 4, 7) AS INTEGER) END AS segment
        FROM (SELECT text, {_e164(at.country)} AS e164 FROM (
          SELECT DISTINCT number AS text FROM staged
          UNION SELECT DISTINCT other_number FROM staged WHERE other_number IS NOT NULL))""",
        {"outer": outer, "inner": inner},
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE device_map AS
        SELECT text, {_KEY.format(hash=hashed("device", "text", at.tenant))} AS key,
               CAST(left(text, 8) AS INTEGER) AS tac
        FROM (SELECT DISTINCT imei AS text FROM staged WHERE imei IS NOT NULL)""",
        {"outer": outer, "inner": inner},
    )
    # A number is given again after it was free: each line holds it up to the day before the next one's first.
    con.execute(f"""CREATE OR REPLACE TEMP TABLE line_map AS
        SELECT key, subscription_id, first_day, least(last_day, coalesce(lead(first_day) OVER (
                 PARTITION BY key ORDER BY first_day, subscription_id) - 1, DATE '9999-12-31')) AS last_day
        FROM (SELECT {_KEY.format(hash="number_hash")} AS key, subscription_id,
                     coalesce(started_on, DATE '0001-01-01') AS first_day,
                     coalesce(ended_on, DATE '9999-12-31') AS last_day
              FROM dim_subscription WHERE is_current AND number_hash <> '') SEMI JOIN number_map USING (key)""")


def hashed(kind: str, column: str, tenant: int) -> str:
    """`kernel.sealing.fingerprint` of a column, as SQL with the parameters outer and inner."""
    message = f"encode('{int(tenant)}' || chr(31) || '{kind}' || chr(31) || {column})"
    return f"sha256(CAST($outer AS BLOB) || unhex(sha256(CAST($inner AS BLOB) || {message})))"


def _e164(country: str) -> str:
    """`kernel.numbers.e164` as SQL over the column `text`."""
    digits = r"regexp_replace(regexp_replace(text, '[ ()-]+', '', 'g'), '^00', '+')"
    national = f"ltrim({digits}, '0')"
    return (
        f"CASE WHEN starts_with({digits}, '+') THEN {digits} "
        f"WHEN starts_with({national}, '{country}') AND length({national}) > {len(country) + 9} "
        f"THEN '+' || {national} ELSE '+{country}' || {national} END"
    )


def _fresh(con: duckdb.DuckDBPyConnection, source: str) -> int:
    """Fill `fresh` with the records that are new, each once. Returns how many were not."""
    natural = "concat_ws('|', n.key, kind, epoch_us(started_at), o.key, seconds, bytes_up, bytes_down, cell, charge)"
    key = (
        f"CAST(md5_number_lower(CASE WHEN sequence IS NOT NULL THEN {quoted(source)} || '#' || sequence "
        f"ELSE {natural} END || coalesce('|' || vas, '')) >> 1 AS BIGINT)"
    )
    con.execute(f"""CREATE OR REPLACE TEMP TABLE keyed AS
        SELECT s.*, n.key AS number_key, o.key AS other_key, o.segment AS other_segment, {key} AS record_key
        FROM staged s JOIN number_map n ON n.text = s.number LEFT JOIN number_map o ON o.text = s.other_number""")
    con.execute("DROP TABLE staged")
    con.execute("""CREATE OR REPLACE TEMP TABLE twice AS
        SELECT record_key, started_at, min(line) AS line FROM keyed GROUP BY ALL HAVING count(*) > 1""")
    days = con.execute("SELECT min(on_day), max(on_day) FROM keyed").fetchone()
    assert days is not None
    there = (
        f"SELECT record_key, started_at FROM {RECORD} WHERE month BETWEEN date_trunc('month', DATE '{days[0]}') "
        f"AND DATE '{days[1]}' AND on_day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"
        if days[0] is not None
        else f"SELECT record_key, started_at FROM {RECORD} WHERE false"
    )
    con.execute(f"""CREATE OR REPLACE TEMP TABLE double AS
        SELECT line FROM keyed SEMI JOIN ({there}) USING (record_key, started_at)
        UNION SELECT k.line FROM keyed k JOIN twice t USING (record_key, started_at) WHERE k.line > t.line""")
    found = _number(con, "SELECT count(*) FROM double")
    if found:
        con.execute("DELETE FROM keyed WHERE line IN (SELECT line FROM double)")
    return found


def _rows(file_id: int) -> str:
    """What is taken, in the order of the record's columns, sorted by subscription."""
    other = f"coalesce(k.other_operator, CASE WHEN own.key IS NOT NULL THEN '{OWN}' END, s.operator)"
    values = {
        "month": "CAST(date_trunc('month', k.on_day) AS DATE)",
        "subscription_id": "l.subscription_id",
        "other_operator": f"CASE WHEN k.other_key IS NOT NULL THEN {other} END",
        "is_on_net": f"CASE WHEN k.other_key IS NOT NULL THEN coalesce({other} = '{OWN}', false) END",
        "tac": "d.tac",
        "device_key": "d.key",
        "charge": f"CAST(k.charge AS {CHARGE})",
        "file_id": str(file_id),
    }
    columns = ", ".join(f"{values.get(c.name, 'k.' + c.name)} AS {c.name}" for c in RECORD_COLUMNS)
    return f"""SELECT {columns} FROM keyed k
        LEFT JOIN line_map l ON l.key = k.number_key AND k.on_day BETWEEN l.first_day AND l.last_day
        LEFT JOIN (SELECT DISTINCT key FROM line_map WHERE last_day >= current_date) own ON own.key = k.other_key
        LEFT JOIN dim_segment s ON s.segment = k.other_segment
        LEFT JOIN device_map d ON d.text = k.imei
        ORDER BY month, subscription_id, started_at"""


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0] or 0)
