"""Stock leaves as a file and comes in again: what it says already stays, what it says otherwise is refused."""

import pytest

from loopline.exports.tests.exchange import brought, faults, ledger, rows_of, written
from loopline.orders.tests.shop import found_shop
from loopline.testing import Operator, found_operator


def taken_out(operator: Operator, name: str) -> list[dict[str, str]]:
    answer = operator.client("admin").get(f"/export/{name}")
    return rows_of(b"".join(answer.streaming_content))


@pytest.mark.parametrize(("name", "count"), [("numbers", 100), ("sims", 120)])
def test_what_left_comes_in_again_as_duplicates_only(operator, tmp_path, name, count):
    found_shop(operator)
    path = written(tmp_path / f"{name}.csv", taken_out(operator, name))
    assert ledger(brought(operator, path, name)) == {"duplicates": count}
    assert ledger(brought(operator, path, name)) == {"duplicates": count}
    other = found_operator()
    assert ledger(brought(other, path, name)) == {"created": count}
    assert ledger(brought(other, path, name)) == {"duplicates": count}
    assert len(taken_out(other, name)) == count


def test_what_a_file_says_otherwise_is_refused(operator, tmp_path):
    found_shop(operator)
    rows = taken_out(operator, "numbers")[:2]
    assert ledger(brought(operator, written(tmp_path / "as_it_is.csv", rows), "numbers")) == {"duplicates": 2}
    rows[1] |= {"home": "南城"}
    rows.append(rows[0] | {"number": "138 **** 0000"})
    run = brought(operator, written(tmp_path / "otherwise.csv", rows), "numbers")
    assert ledger(run) == {"duplicates": 1, "rejected": 2}
    assert faults(operator, run) == [(3, "number", "in_stock_already"), (4, "number", "masked")]
    assert {row["home"] for row in taken_out(operator, "numbers")} == {"北城"}
