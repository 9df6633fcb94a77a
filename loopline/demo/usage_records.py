"""Usage records of the demo operator: circles of friends, days and nights, cells, devices, services, competitors.

Drawn from hashes of the record's number, so that a seed gives the same records on every machine, and all at once in
DuckDB: a million subscribers' month takes a minute or two. Partners are found by flipping bits of one's own place,
so whoever is in my circle has me in his, and neighbours share friends.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

SEED = 20260101
OPERATORS = {"unicom": ("130", "186"), "telecom": ("133", "189"), "broadnet": ("192", "190")}
REGIONS = 20
CITIES = ("东江", "宁安", "临湖", "海晏", "省外")
SERVICES = (
    ("music", "东江音乐", "East Music", "music", "天籁文化"),
    ("video", "东江视频", "East Video", "video", "云帆传媒"),
    ("reading", "东江阅读", "East Reading", "reading", "墨香数字"),
    ("game", "东江游戏", "East Games", "game", "云帆传媒"),
    ("ringtone", "彩铃", "Caller tune", "music", "天籁文化"),
    ("news", "手机报", "Mobile news", "news", "东江日报"),
)
TYPES = ("35693803", "86891004", "86412503", "35328510", "86054704", "35407115", "86273905", "86977203")
"""TACs of the devices in use."""
_CALLS = (1, 1, 0, 0, 0, 0, 1, 2, 3, 3, 4, 3, 3, 2, 2, 2, 2, 3, 4, 5, 5, 4, 3, 2)
HOURS = tuple(hour for hour, weight in enumerate(_CALLS) for _ in range(weight))
"""The hours of the day, each as often as it is busy."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What to draw: a month, how many records, and which of them a file gets (`first` up to `below`)."""

    month: date
    records: int
    first: int = 0
    below: int = 0
    zone: str = "Asia/Shanghai"
    seed: int = SEED


def write(con: duckdb.DuckDBPyConnection, path: Path, what: Drawn) -> None:
    """Write records as Parquet with the columns of a usage file.

    `con` has a table `own` of our numbers: place BIGINT (0, 1, 2 …) and number VARCHAR.
    """
    row = con.execute("SELECT count(*) FROM own").fetchone()
    assert row is not None
    con.execute(f"COPY ({_records(what, int(row[0]))}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 250000)")


def write_segments(path: Path) -> None:
    """Segments of the competitors' numbers, as csv."""
    rows = [
        f"{prefix}{region:04},{operator},{CITIES[region % len(CITIES)]}"
        for operator, prefixes in OPERATORS.items()
        for prefix in prefixes
        for region in range(REGIONS)
    ]
    path.write_text("\n".join(["segment,operator,city", *rows]) + "\n", encoding="utf-8")


def write_services(path: Path) -> None:
    """The value-added services and their partners, as csv."""
    rows = [",".join(row) for row in SERVICES]
    path.write_text("\n".join(["vas,name,name_en,service,partner", *rows]) + "\n", encoding="utf-8")


def write_cells(path: Path, units: list[str]) -> None:
    """The cells, dealt out over units, as csv."""
    rows = [
        f"DJ-{cell:04},小区{cell:04},{units[cell % len(units)] if units else ''},{('4g', '5g')[cell % 2]}"
        for cell in range(2_000)
    ]
    path.write_text("\n".join(["cell,name,unit_code,technology", *rows]) + "\n", encoding="utf-8")


def _records(what: Drawn, lines: int) -> str:
    days = monthrange(what.month.year, what.month.month)[1]
    below = what.below or what.records
    salt = (what.seed + what.month.year * 12 + what.month.month) * 1_000_003
    prefixes = [(operator, prefix) for operator, both in OPERATORS.items() for prefix in both]

    def draw(number: int) -> str:
        return f"(CAST(hash(r * 16 + {number} + {salt}) >> 11 AS DOUBLE) / 9007199254740992.0)"

    def listed(words: tuple[str, ...] | list[str]) -> str:
        return "[" + ", ".join(f"'{word}'" for word in words) + "]"

    operators, starts = listed([o for o, _ in prefixes]), listed([p for _, p in prefixes])
    services = listed([service[0] for service in SERVICES])
    return f"""
WITH drawn AS (
  SELECT r, (CAST(floor({lines} * pow({draw(0)}, 1.5)) AS BIGINT) * 7919) % {lines} AS place,
         {draw(1)} AS u_kind, {draw(2)} AS u_contact, {draw(3)} AS u_day, {draw(4)} AS u_hour,
         {draw(5)} AS u_long, {draw(6)} AS u_cell, {draw(7)} AS u_charge
  FROM range({what.first}, {below}) t(r)
),
dated AS (
  SELECT *, hash(place + 17) AS who,
         CASE WHEN u_kind < 0.24 THEN 'voice_out' WHEN u_kind < 0.46 THEN 'voice_in'
              WHEN u_kind < 0.51 THEN 'sms_out' WHEN u_kind < 0.58 THEN 'sms_in'
              WHEN u_kind < 0.585 THEN 'mms_out' WHEN u_kind < 0.95 THEN 'data' ELSE 'vas' END AS kind,
         CAST(floor({days} * u_day) AS INTEGER) AS day,
         {list(HOURS)}[1 + CAST(floor({len(HOURS)} * u_hour) AS INTEGER)] AS hour
  FROM drawn
),
met AS (
  SELECT *, CAST(floor((4 + who % 40) * pow(u_contact, 2.2)) AS BIGINT) AS friend,
         kind NOT IN ('data', 'vas') AS has_other
  FROM dated
),
found AS (
  SELECT *, friend % 10 < 6 AS is_own, CASE WHEN who % 53 = 7 AND day > 14 THEN 1 ELSE 0 END AS changed,
         xor(place, CASE WHEN friend % 7 = 6 THEN CAST(hash(friend) % 65536 AS BIGINT)
                         ELSE 1 + (friend * 37 + 11) % 63 END) % {lines} AS partner,
         CAST(hash(place * 64 + friend) % 1000000007 AS BIGINT) AS stranger,
         CAST(1 + (hash(place * 64 + friend + 5) % {len(prefixes)}) AS INTEGER) AS competitor
  FROM met
)
SELECT o.number, kind,
       timezone('{what.zone}', TIMESTAMP '{what.month} 00:00:00' + to_days(day) + to_hours(hour)
                + to_seconds(floor(3600 * u_long))) AS started_at,
       CASE WHEN NOT has_other THEN NULL WHEN u_charge < 0.005 THEN '10086' WHEN is_own THEN p.number
            ELSE {starts}[competitor] || lpad(CAST(stranger % {REGIONS} AS VARCHAR), 4, '0')
                 || lpad(CAST(stranger // {REGIONS} % 10000 AS VARCHAR), 4, '0') END AS other_number,
       CASE WHEN NOT has_other THEN NULL WHEN u_charge < 0.005 OR is_own THEN 'own'
            ELSE {operators}[competitor] END AS other_operator,
       CASE WHEN kind IN ('voice_out', 'voice_in') THEN 1 + CAST(floor(-ln(1 - u_long) * 95) AS INTEGER)
            WHEN kind = 'data' THEN CAST(floor(600 * u_long) AS INTEGER) ELSE 0 END AS seconds,
       CASE WHEN kind = 'data' THEN CAST(floor(exp(7 + 6 * u_charge)) AS BIGINT) ELSE 0 END AS bytes_up,
       CASE WHEN kind = 'data' THEN CAST(floor(exp(10 + 7 * u_long)) AS BIGINT)
            WHEN kind = 'vas' THEN CAST(floor(exp(8 + 4 * u_long)) AS BIGINT) ELSE 0 END AS bytes_down,
       'DJ-' || lpad(CAST(CASE WHEN u_cell < 0.15 THEN hash(r) % 2000 WHEN hour BETWEEN 9 AND 17
            THEN hash(place // 37) % 2000 ELSE place // 51 % 2000 END AS VARCHAR), 4, '0') AS cell,
       {listed(TYPES)}[1 + CAST((who + changed) % {len(TYPES)} AS INTEGER)]
         || lpad(CAST((who // 64 + changed) % 1000000 AS VARCHAR), 6, '0') || '0' AS imei,
       CASE WHEN who % 400 = 3 AND day BETWEEN 8 AND 14 THEN 'international'
            WHEN who % 40 = 9 AND day BETWEEN 10 AND 13 THEN 'domestic' ELSE 'home' END AS roaming,
       CAST(CASE WHEN kind = 'voice_out' AND u_charge > 0.7 THEN 0.1 * ceil(-ln(1 - u_long) * 95 / 60)
                 WHEN kind IN ('sms_out', 'mms_out') THEN 0.1 WHEN kind = 'vas' THEN floor(8 * u_charge)
                 WHEN kind = 'data' AND u_charge > 0.9 THEN u_long * 2 ELSE 0 END AS DECIMAL(18,4)) AS charge,
       CASE WHEN kind = 'vas' THEN {services}[1 + CAST((who + friend % 2) % {len(SERVICES)} AS INTEGER)] END AS vas,
       '{what.month:%Y%m}-' || CAST(r AS VARCHAR) AS sequence
FROM found JOIN own o USING (place) LEFT JOIN own p ON p.place = found.partner"""
