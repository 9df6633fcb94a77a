"""The demo's usage records: the same for a seed, however they are cut into files; circles are mutual."""

from datetime import date
from pathlib import Path

import duckdb

from loopline.demo.usage_records import Drawn, write

MARCH = date(2026, 3, 1)


def drawn(folder: Path, *parts: tuple[int, int]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(
        "CREATE TABLE own AS SELECT range AS place, '+86138' || (10000000 + range) AS number FROM range(500)"
    )
    for number, (first, below) in enumerate(parts):
        write(con, folder / f"{number}.parquet", Drawn(MARCH, 20_000, first, below))
    con.execute(f"CREATE TABLE record AS FROM '{folder}/*.parquet'")
    return con


def test_files_together_are_the_whole(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole, parts = (
        drawn(tmp_path / "whole", (0, 20_000)),
        drawn(tmp_path / "parts", (0, 7_000), (7_000, 20_000)),
    )
    query = "SELECT count(*), count(DISTINCT sequence), bit_xor(hash(record)) FROM record"
    assert whole.execute(query).fetchall() == parts.execute(query).fetchall()
    assert whole.execute("SELECT count(DISTINCT sequence) FROM record").fetchall() == [(20_000,)]


def test_records_are_believable(tmp_path: Path) -> None:
    con = drawn(tmp_path, (0, 20_000))
    [(first, last)] = con.execute(
        "SELECT min(CAST(timezone('Asia/Shanghai', started_at) AS DATE)), "
        "max(CAST(timezone('Asia/Shanghai', started_at) AS DATE)) FROM record"
    ).fetchall()
    assert (first, last) == (date(2026, 3, 1), date(2026, 3, 31))
    [(calls, without, own)] = con.execute(
        "SELECT count(*) FILTER (other_number IS NOT NULL), "
        "count(*) FILTER (other_number IS NULL AND kind NOT IN ('data', 'vas')), "
        "count(*) FILTER (other_operator = 'own') FROM record"
    ).fetchall()
    assert without == 0
    assert 0.5 < own / calls < 0.9
    [(pairs, mutual)] = con.execute(
        "WITH p AS (SELECT DISTINCT number, other_number FROM record WHERE other_operator = 'own') "
        "SELECT count(*), count(*) FILTER ((other_number, number) IN (SELECT (number, other_number) FROM p)) FROM p"
    ).fetchall()
    assert mutual / pairs > 0.4
