"""Any process is killed at any moment: after the restart the work completes, nothing lost, nothing twice.

`SOAK_ROUNDS` sets how many times (default 12), `SOAK_SEED` repeats a run.
"""

import csv
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import House, served

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "12"))
SEED = int(os.environ.get("SOAK_SEED", "39"))
FILE_ROWS = 30_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with served(tmp_path_factory.mktemp("soak"), demo="small") as running:
        running.sign_in("liqun.chen")
        running.call("POST", "/warehouse/refresh")
        _wait(lambda: running.call("GET", "/warehouse/loads")[:1], "the first load", _is_finished)
        yield running


def _is_finished(rows: list[dict[str, object]]) -> bool:
    return bool(rows) and rows[0]["status"] == "done"


def _wait(ask: Callable[[], object], what: str, done: Callable[..., bool], seconds: float = 300) -> object:
    deadline = time.monotonic() + seconds
    answer = None
    while time.monotonic() < deadline:
        answer = ask()
        if done(answer):
            return answer
        time.sleep(0.5)
    raise AssertionError(f"{what} did not complete: {answer}")


def _table(path: Path, mark: int) -> Path:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["customer_id", "name", "monthly_fee", "tenure", "note"])
        for row in range(FILE_ROWS):
            writer.writerow([f"S{mark:03}-{row:06}", f"客户{row}", f"{row % 300}.50", row % 120, "x" * 20])
    return path


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_an_import_survives_the_death_of_any_process(house: House, tmp_path: Path, turn: int) -> None:
    rng = random.Random(SEED * 1000 + turn)
    run = house.upload("/imports/runs", _table(tmp_path / f"soak{turn}.csv", turn))
    address = f"/imports/runs/{run['id']}"
    house.call("POST", f"{address}/start", {})
    time.sleep(rng.uniform(0.1, 6.0))
    what = house.kill_one(rng)
    house.mend()
    ended = _wait(lambda: house.call("GET", address), f"import after {what}", _has_ended)
    assert ended["status"] == "finished", (what, ended)
    ledger = ended["ledger"]
    assert ledger == {
        "read": FILE_ROWS,
        "created": FILE_ROWS,
        "updated": 0,
        "duplicates": 0,
        "rejected": 0,
    }, what


def _has_ended(run: dict[str, object]) -> bool:
    return run["status"] in {"finished", "failed", "refused", "stopped"}


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_refresh_survives_the_death_of_any_process(house: House, turn: int) -> None:
    rng = random.Random(SEED * 2000 + turn)
    before = house.call("GET", "/warehouse/loads")[0]
    house.run("demo", "tick", "--days", "1")
    house.call("POST", "/warehouse/refresh")
    time.sleep(rng.uniform(0.05, 3.0))
    what = house.kill_one(rng)
    house.mend()

    def newer(rows: list[dict[str, object]]) -> bool:
        return _is_finished(rows) and rows[0]["id"] != before["id"]

    _wait(lambda: house.call("GET", "/warehouse/loads"), f"refresh after {what}", newer)
    house.run("warehouse", "check")  # its exit code is the verdict


@pytest.mark.parametrize("turn", range(max(1, ROUNDS // 3)))
def test_training_and_scoring_survive_the_death_of_any_process(house: House, turn: int) -> None:
    rng = random.Random(SEED * 3000 + turn)
    run = house.call("POST", "/mining/runs", {"population": "history", "then_score": True})
    time.sleep(rng.uniform(0.5, 20.0))
    what = house.kill_one(rng)
    house.mend()
    address = f"/mining/runs/{run['id']}"
    ended = _wait(
        lambda: house.call("GET", address),
        f"training after {what}",
        lambda found: found["status"] in {"scored", "failed"},
        600,
    )
    assert ended["status"] == "scored", (what, ended)
    assert ended["scored"] > 1000


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_campaign_start_survives_the_death_of_any_process(house: House, turn: int) -> None:
    rng = random.Random(SEED * 4000 + turn)
    rules = {"frequency_days": 1, "frequency_max": 100}
    plan = {
        "name": f"soak {turn}",
        "audience": {"value": "", "risk": ""},
        "rules": rules,
        "control_share": "0.2",
    }
    campaign = house.call("POST", "/campaigns", plan)
    address = f"/campaigns/{campaign['id']}"
    house.call("POST", f"{address}/start")
    time.sleep(rng.uniform(0.05, 4.0))
    what = house.kill_one(rng)
    house.mend()
    _wait(
        lambda: house.call("GET", address),
        f"campaign after {what}",
        lambda found: found["status"] == "running",
    )
    funnel = house.call("GET", f"{address}/funnel")
    drawn = funnel["treatment"] + funnel["control"]
    assert drawn + sum(funnel["excluded"].values()) == funnel["audience"], what
    assert drawn > 500
    assert _tasks_of(house, f"soak {turn}") == funnel["treatment"], what
    house.call("POST", f"{address}/cancel", {"reason": "the soak test is over"})


def _tasks_of(house: House, campaign: str) -> int:
    count, after = 0, ""
    while True:
        page = house.call("GET", f"/worklist/tasks?after={after}")
        count += sum(
            1 for task in page["items"] if campaign in task["title"] or campaign == task["source_name"]
        )
        after = page["next"] or ""
        if not after:
            return count
