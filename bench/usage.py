"""Usage: records brought, months made, forty features and circles, beside DuckDB SQL written by hand."""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.installation import Installation

DATA = "synthetic usage records of lines that stand in the lake only"
MEMORY = "3GB"
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
FILE = 5_000_000

BY_HAND = {
    "hand_day": """
SELECT subscription_id, on_day, count(*) AS events, count(*) FILTER (kind = 'voice_out') AS calls_out,
  count(*) FILTER (kind = 'voice_in') AS calls_in,
  CAST(sum(seconds) FILTER (kind = 'voice_out') AS BIGINT) AS seconds_out,
  CAST(sum(seconds) FILTER (kind IN ('voice_out', 'voice_in')) AS BIGINT) AS seconds,
  CAST(sum(seconds) FILTER (kind IN ('voice_out', 'voice_in') AND is_on_net) AS BIGINT) AS seconds_on_net,
  CAST(sum(seconds) FILTER (kind = 'voice_out' AND NOT is_on_net) AS BIGINT) AS seconds_competitor,
  count(*) FILTER (kind IN ('sms_out', 'mms_out')) AS messages_out,
  count(*) FILTER (kind IN ('sms_in', 'mms_in')) AS messages_in,
  CAST(sum(bytes_up) AS BIGINT) AS bytes_up, CAST(sum(bytes_down) AS BIGINT) AS bytes_down,
  count(*) FILTER (kind = 'data') AS data_events, count(*) FILTER (kind = 'vas') AS vas_events,
  count(*) FILTER (hour < 6 OR hour >= 22) AS night_events, count(*) FILTER (roaming <> 'home') AS roaming_events,
  count(*) FILTER (roaming = 'international') AS abroad_events, CAST(sum(charge) AS DECIMAL(18,4)) AS charge
FROM fact_usage_record WHERE month = DATE '{month}' AND subscription_id IS NOT NULL GROUP BY ALL""",
    "hand_contact": """
SELECT subscription_id, other_key, count(*) FILTER (month = DATE '{month}' AND kind LIKE '%out') AS out,
  count(*) FILTER (month = DATE '{month}') AS weight, count(*) FILTER (month = DATE '{before}') AS before,
  max(is_on_net) AS on_net
FROM fact_usage_record WHERE month IN (DATE '{before}', DATE '{month}') AND subscription_id IS NOT NULL
  AND other_key IS NOT NULL GROUP BY ALL""",
    "hand_cell": """
SELECT subscription_id, cell, count(*) AS events FROM fact_usage_record
WHERE month = DATE '{month}' AND subscription_id IS NOT NULL AND cell IS NOT NULL GROUP BY ALL""",
    "hand_device": """
SELECT subscription_id, device_key, count(*) AS events FROM fact_usage_record
WHERE month = DATE '{month}' AND subscription_id IS NOT NULL AND device_key IS NOT NULL GROUP BY ALL""",
    "hand_feature": """
WITH d AS (
  SELECT subscription_id, sum(events) AS events, sum(calls_out) AS calls_out, sum(calls_in) AS calls_in,
    coalesce(sum(seconds_out), 0) AS seconds_out, coalesce(sum(seconds), 0) AS seconds, sum(seconds_on_net) AS on_net,
    sum(seconds_competitor) AS competitor, sum(messages_out) AS messages_out, sum(messages_in) AS messages_in,
    sum(bytes_up) AS up, sum(bytes_down) AS down, sum(vas_events) AS vas_events, sum(night_events) AS night,
    sum(charge) AS charge, count(*) AS active_days, count(*) FILTER (calls_out + calls_in > 0) AS voice_days,
    count(*) FILTER (data_events > 0) AS data_days, count(*) FILTER (roaming_events > 0) AS roaming_days,
    count(*) FILTER (abroad_events > 0) AS abroad_days, max(on_day) AS last_day, max(events) AS peak,
    sum(events) FILTER (day(on_day) > 15) AS late, sum(events) FILTER (isodow(on_day) > 5) AS weekend
  FROM hand_day GROUP BY subscription_id),
c AS (
  SELECT subscription_id, count(*) FILTER (weight > 0) AS contacts, count(*) FILTER (out > 0) AS contacts_out,
    count(*) FILTER (out > 0 AND weight > out) AS mutual, count(*) FILTER (weight > 0 AND NOT on_net) AS competitor,
    count(*) FILTER (weight > 0 AND before = 0) AS new, count(*) FILTER (weight = 0) AS gone,
    max(weight) AS strongest, sum(weight) AS weights, sum(weight * weight) AS squares
  FROM hand_contact GROUP BY subscription_id),
l AS (SELECT subscription_id, count(*) AS cells, max(events) AS top, sum(events) AS events FROM hand_cell GROUP BY 1),
v AS (SELECT subscription_id, count(*) AS devices, max(events) AS top, sum(events) AS events FROM hand_device
      GROUP BY 1),
b AS (
  SELECT subscription_id, sum(seconds_out) / 180.0 AS minutes, sum(data_bytes) / 3145728.0 AS data,
    CAST(sum(charge) AS DOUBLE) / 3 AS charge FROM fact_usage_month
  WHERE month BETWEEN DATE '{first}' AND DATE '{before}' GROUP BY 1)
SELECT d.subscription_id, d.events, calls_out, calls_in, seconds_out / 60.0, (seconds - seconds_out) / 60.0,
  messages_out, messages_in, (up + down) / 1048576.0 AS data_mb, up / nullif(up + down, 0), vas_events, d.charge,
  seconds / nullif(calls_out + calls_in, 0), active_days, voice_days, data_days, roaming_days, abroad_days,
  date_diff('day', last_day, last_day(DATE '{month}')), peak / d.events, coalesce(late, 0) / d.events,
  night / d.events, coalesce(weekend, 0) / d.events, coalesce(on_net, 0) / nullif(seconds, 0),
  coalesce(d.competitor, 0) / nullif(seconds_out, 0), calls_out / nullif(calls_in, 0), coalesce(contacts, 0),
  coalesce(contacts_out, 0), coalesce(mutual, 0), coalesce(c.competitor, 0), coalesce(new, 0), coalesce(gone, 0),
  strongest / nullif(weights, 0), squares / nullif(weights * weights, 0), coalesce(cells, 0), l.top / l.events,
  coalesce(devices, 0), v.top / v.events, seconds_out / 60.0 / nullif(b.minutes, 0),
  (up + down) / 1048576.0 / nullif(b.data, 0), CAST(d.charge AS DOUBLE) / nullif(b.charge, 0)
FROM d LEFT JOIN c USING (subscription_id) LEFT JOIN l USING (subscription_id) LEFT JOIN v USING (subscription_id)
  LEFT JOIN b USING (subscription_id)""",
}


def run(size: str = "", data: Path | None = None) -> list[Result]:
    """`size` is lines:records a month:months:runs, by default 100000:2000000:3:5; full size is 1000000:20000000:3:5."""
    lines, records, months, runs = (int(part) for part in (size or "100000:2000000:3:5").split(":"))
    with _house(data) as tenant:
        loaded = _load(tenant, lines, records, MONTHS[-months:])
        pairs = [(_cost(lambda: _ours(tenant)), _cost(lambda: _by_hand(tenant))) for _ in range(runs)]
        equal = _equal(tenant)
        circle = _cost(lambda: _circle(tenant))
    ours, theirs = zip(*pairs, strict=True)
    return [
        Result("records brought (reference: read by DuckDB alone)", loaded[0], "CPU s", loaded[1]),
        Result("records brought", records * months / loaded[2], "records/s"),
        Result("months made", loaded[3], "CPU s"),
        Result(
            "forty features",
            statistics.median(o[0] for o in ours),
            "CPU s",
            statistics.median(t[0] for t in theirs),
        ),
        Result(
            "forty features, wall",
            statistics.median(o[1] for o in ours),
            "s",
            statistics.median(t[1] for t in theirs),
        ),
        Result("median of paired CPU ratios", statistics.median(o[0] / t[0] for o, t in pairs), ""),
        Result("features equal (1: yes)", float(equal), ""),
        Result("features and calling circle", circle[0], "CPU s"),
        Result(
            "largest memory of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB"
        ),
    ]


@contextmanager
def _house(data: Path | None) -> Iterator[int]:
    folder = data or Path(tempfile.mkdtemp(prefix="loopline-bench-"))
    os.environ["LOOPLINE_DATA"] = str(folder)
    with opened(Installation(folder)):
        from loopline.identity import api as identity
        from loopline.kernel.scope import NOBODY, enter
        from loopline.warehouse import api

        with enter(NOBODY):
            tenant = identity.find_tenant("benchmark")
            if tenant is None:
                tenant = identity.found_tenant(
                    code="benchmark", name="测速", name_en="Benchmark", root="company"
                ).pk
        api.refresh(tenant)
        yield tenant
    if data is None:
        import shutil

        shutil.rmtree(folder)


def _load(
    tenant: int, lines: int, records: int, months: tuple[date, ...]
) -> tuple[float, float, float, float]:
    """(CPU of bringing, CPU of plain reading, wall of bringing, CPU of the months)."""
    from loopline.demo import usage_records
    from loopline.warehouse import api

    brought = plain = wall = 0.0
    _lines(tenant, lines)
    with tempfile.TemporaryDirectory(prefix="loopline-bench-") as folder, duckdb.connect() as con:
        con.execute(f"SET memory_limit = '2GB'; SET threads = 2; SET temp_directory = '{folder}/spill'")
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"CREATE TABLE own AS {_numbers(lines)}")
        for month in months:
            for first in range(0, records, FILE):
                path = Path(folder) / "part.parquet"
                below = min(records, first + FILE)
                usage_records.write(con, path, usage_records.Drawn(month, records, first, below))
                plain += _cost(partial(con.execute, f"CREATE OR REPLACE TEMP TABLE x AS FROM '{path}'"))[0]
                cost = _cost(partial(api.bring_usage, tenant, path, memory=MEMORY))
                brought, wall = brought + cost[0], wall + cost[1]
    made = _cost(lambda: api.make_usage_months(tenant))
    return brought, plain, wall, made[0]


def _numbers(lines: int) -> str:
    return (
        "SELECT range AS place, '+86138' || lpad(CAST(range AS VARCHAR), 8, '0') AS number "
        f"FROM range({lines})"
    )


def _lines(tenant: int, lines: int) -> None:
    """Subscriptions of those numbers, in the lake only."""
    from loopline.kernel.sealing import fingerprint_pads
    from loopline.warehouse import lake
    from loopline.warehouse.usage.taking import hashed

    outer, inner = fingerprint_pads()
    with lake.writer(tenant) as con:
        names = [row[0] for row in con.execute("DESCRIBE dim_subscription").fetchall()]
        given = {
            "subscription_id": "place + 1",
            "number_hash": f"left({hashed('number', 'number', tenant)}, 32)",
        }
        given |= {"is_current": "true", "started_on": "DATE '2020-01-01'"}
        given |= {"ended_on": "CASE WHEN place % 50 = 7 THEN DATE '2026-03-31' END"}
        columns = ", ".join(given.get(name, "NULL") for name in names)
        con.execute("DELETE FROM dim_subscription")
        con.execute(
            f"INSERT INTO dim_subscription SELECT {columns} FROM ({_numbers(lines)})",
            {"outer": outer, "inner": inner},
        )


def _ours(tenant: int) -> None:
    from loopline.mining.usage import features
    from loopline.mining.usage.edges import tables
    from loopline.warehouse import api

    with api.open_engine(tenant, tables(MONTHS[-1]), name="duckdb", memory=MEMORY) as engine:
        features.build(engine, MONTHS[-1])


def _circle(tenant: int) -> None:
    from loopline.mining.usage.building import usage_table

    usage_table(tenant, MONTHS[-1], "circle", engine="duckdb", memory=MEMORY)


def _by_hand(tenant: int) -> None:
    from loopline.warehouse import api

    with api.reader(tenant, memory=MEMORY) as con:
        con.execute("SET preserve_insertion_order = false")
        _write_by_hand(con)


def _write_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    words = {"month": MONTHS[-1], "before": MONTHS[-2], "first": date(2025, 12, 1)}
    for name, query in BY_HAND.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query.format(**words)}")


def _equal(tenant: int) -> bool:
    """Whether every feature is the same both ways."""
    from loopline.mining.usage import features
    from loopline.mining.usage.edges import tables
    from loopline.warehouse import api
    from loopline.warehouse.engines.duck import DuckEngine

    with api.open_engine(tenant, tables(MONTHS[-1]), name="duckdb", memory=MEMORY) as engine:
        features.build(engine, MONTHS[-1])
        for name in ("edge_day", "edge_contact", "edge_cell", "edge_device"):
            engine.drop(name)
        assert isinstance(engine, DuckEngine)
        con = engine.con
        _write_by_hand(con)
        names = [row[0] for row in con.execute("DESCRIBE usage_feature").fetchall()]
        differ = " OR ".join(
            f"(u.{name} IS DISTINCT FROM h.{name} AND NOT coalesce(abs(u.{name} - h.{name}) < 1e-9, false))"
            for name in names[1:]
        )
        row = con.execute(
            f"SELECT count(*), count(*) FILTER ({differ}), (SELECT count(*) FROM hand_feature) "
            f"FROM usage_feature u JOIN (SELECT * FROM hand_feature) h({', '.join(names)}) USING (subscription_id)"
        ).fetchone()
    return bool(row[0] == row[2] and row[1] == 0)


def _cost(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds."""
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - cpu, time.perf_counter() - begun
