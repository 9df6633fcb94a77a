"""Features and circles equal what plain SQL says of the records themselves."""

from datetime import date

from loopline.mining.usage.building import usage_table
from loopline.mining.usage.features import FEATURES
from loopline.mining.usage.tests.conftest import MARCH
from loopline.testing import Operator
from loopline.warehouse import api as warehouse

PLAIN = """
WITH r AS (SELECT * FROM fact_usage_record WHERE month = DATE '2026-03-01'),
p AS (SELECT DISTINCT subscription_id, other_key FROM fact_usage_record
      WHERE month = DATE '2026-02-01' AND other_key IS NOT NULL),
c AS (SELECT subscription_id, other_key, count(*) AS n FROM r WHERE other_key IS NOT NULL GROUP BY ALL)
SELECT subscription_id, count(*), count(*) FILTER (kind = 'voice_out'),
       coalesce(sum(seconds) FILTER (kind = 'voice_out'), 0) / 60.0, sum(bytes_up + bytes_down) / 1048576.0,
       sum(charge), count(DISTINCT on_day), count(DISTINCT on_day) FILTER (roaming <> 'home'),
       count(*) FILTER (hour >= 22 OR hour < 6) / count(*), count(*) FILTER (isodow(on_day) > 5) / count(*),
       count(DISTINCT other_key), count(DISTINCT cell), count(DISTINCT device_key),
       (SELECT count(*) FROM c WHERE c.subscription_id = r.subscription_id
          AND (subscription_id, other_key) NOT IN (SELECT (subscription_id, other_key) FROM p)),
       (SELECT max(n) / sum(n) FROM c WHERE c.subscription_id = r.subscription_id)
FROM r GROUP BY ALL ORDER BY 1
"""
NAMES = (
    "events", "calls_out", "minutes_out", "data_mb", "charge", "active_days", "roaming_days", "night_share",
    "weekend_share", "contacts", "cells", "devices", "new_contacts", "top_contact_share",
)  # fmt: skip


def test_forty_features_equal_plain_counts(used: Operator) -> None:
    found = usage_table(used.tenant, MARCH, engine="duckdb")
    assert len(FEATURES) == 40
    assert found.column_names == ["subscription_id", *(feature.name for feature in FEATURES)]
    rows = found.sort_by("subscription_id").select(["subscription_id", *NAMES])
    ours = [tuple(row.values()) for row in rows.to_pylist()]
    with warehouse.reader(used.tenant) as con:
        plain = con.execute(PLAIN).fetchall()
    assert len(ours) == len(plain) == 600
    for mine, theirs in zip(ours, plain, strict=True):
        assert [round(float(v), 9) if v is not None else None for v in mine] == [
            round(float(v), 9) if v is not None else None for v in theirs
        ]


def test_circles_see_who_has_left_and_who_resembles_them(used: Operator) -> None:
    edges = usage_table(used.tenant, MARCH, "circle_edge", engine="duckdb").to_pylist()
    circles = {
        row["subscription_id"]: row
        for row in usage_table(used.tenant, MARCH, "circle", engine="duckdb").to_pylist()
    }
    lost = {1_000_000 + place for place in range(600) if place % 20 == 7}
    assert {edge["contact_id"] for edge in edges if edge["has_left"]} <= lost
    assert all(edge["weight"] >= 2 and 0 <= edge["reciprocity"] <= 1 for edge in edges)
    for key, circle in circles.items():
        own = [edge for edge in edges if edge["subscription_id"] == key]
        assert circle["circle_size"] == len(own)
        assert circle["lost_contacts"] == sum(edge["has_left"] for edge in own)
        assert circle["weight"] == sum(edge["weight"] for edge in own)
        assert (circle["resembles"] in lost) == (circle["shared_contacts"] > 0)
    assert sum(circle["lost_contacts"] > 0 for circle in circles.values()) > 50


def test_a_month_without_records_has_no_features(used: Operator) -> None:
    assert usage_table(used.tenant, date(2026, 5, 1), engine="duckdb").num_rows == 0
