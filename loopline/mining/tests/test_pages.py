"""The pages and endpoints of mining, from an imported table to its model card, and judging a table."""

import json
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loopline.kernel.scope import Scope, enter
from loopline.mining import api as mining
from loopline.mining import jobs
from loopline.mining.models import Run
from loopline.mining.tests.ground import Past, brought
from loopline.mining.tests.planted import customers
from loopline.testing import Operator, found_operator


@pytest.fixture(scope="module")
def house(database: object) -> Operator:
    """One operator for all pages."""
    return found_operator(f"pages{time.time_ns()}")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small table with a label, as an operator would bring it."""
    path = tmp_path_factory.mktemp("tables") / "base.csv"
    made = customers(600).drop(columns="chance").rename(columns={"plan": "Contract", "fee": "MonthlyCharges"})
    made.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def scored(house: Operator, table: Path) -> Run:
    """The import's model, trained and scored as the buttons do it."""
    population = brought(house, table)
    page = house.client("analyst").get("/mining").content.decode()
    assert "base.csv" in page and f'value="{population}"' in page
    answer = house.client("analyst").post("/mining/train", {"population": population})
    assert answer.status_code == 302
    waiting = house.client("analyst").get(answer["Location"]).content.decode()
    assert "waiting for its turn" in waiting
    past = Past(house.tenant)
    with enter(Scope(house.tenant)):
        run = Run.objects.get()
    mining.train_now(house.tenant, run.pk)
    assert past.run(run.pk).status == "scoring", past.run(run.pk).error
    mining.score_now(house.tenant, run.pk)
    return past.run(run.pk)


def text(client: Client, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def test_the_model_card_says_what_it_is_worth(house: Operator, scored: Run) -> None:
    page = text(house.client("analyst"), f"/mining/{scored.public_id}")
    for said in ("Model card", "Lift of the riskiest tenth", "Limits", "snapshot", "base.csv", "five folds"):
        assert said in page
    assert f"{scored.figures['auc']:.3f}" in page
    chinese = text(house.client("analyst"), f"/mining/{scored.public_id}", "zh-hans")
    for said in ("离网预测", "模型卡", "提升度", "校准", "适用范围"):
        assert said in chinese


def test_only_those_who_stayed_are_scored(house: Operator, scored: Run) -> None:
    scores = Past(house.tenant).scores()
    assert (
        len(scores)
        == scored.scored
        == scored.parameters["learnt"]["rows"] - scored.parameters["learnt"]["left"]
    )
    assert all(row.subscription.characteristics["Churn"] is False for row in scores.values())
    reasons = [reason["text"] for row in scores.values() for reason in row.reasons]
    assert any(words["en"].startswith("Contract = ") for words in reasons)


def test_who_may_see_and_who_may_run(house: Operator, scored: Run) -> None:
    assert house.client("clerk1").get("/mining").status_code == 403
    marketer = house.client("marketer")
    assert "Train and score" not in text(marketer, "/mining")
    assert "Score everybody" not in text(marketer, f"/mining/{scored.public_id}")
    assert marketer.post("/mining/train", {"population": "history"}).status_code == 403
    assert marketer.post(f"/mining/{scored.public_id}/score").status_code == 403
    assert marketer.get("/mining/evaluate").status_code == 403
    assert Past(house.tenant).run(scored.pk).status == "scored"
    other = found_operator(f"others{time.time_ns()}").client("analyst")
    assert other.get(f"/mining/{scored.public_id}").status_code == 404


def test_a_table_is_judged_and_removed(house: Operator, table: Path) -> None:
    client = house.client("analyst")
    upload = SimpleUploadedFile("C:\\data\\base.csv", table.read_bytes())
    answer = client.post("/mining/evaluate", {"file": upload})
    address = answer["Location"]
    assert "Choose a column" in text(client, address)
    refused = client.post(address, {"target": "Nowhere"})
    assert refused.status_code == 422 and "The table has no column" in refused.content.decode()
    assert (
        client.post(address, {"target": "Churn", "drop": ["MonthlyCharges"], "time": ""}).status_code == 302
    )
    with enter(Scope(house.tenant)):
        run = Run.objects.get(subject="evaluation", status="queued")
    assert "waiting for its turn" in text(client, f"/mining/{run.public_id}/progress?table=1")
    jobs.evaluate_table(tenant=house.tenant, run=run.pk)
    judged = Past(house.tenant).run(run.pk)
    assert judged.status == "trained" and judged.figures["auc"] > 0.6, judged.error
    page = text(client, address)
    for said in ("Models that were tried", "Columns left out", "Judged", "base.csv"):
        assert said in page
    assert client.get(f"/mining/{run.public_id}/progress?table=1")["HX-Refresh"] == "true"
    assert client.post(f"{address}/forget").status_code == 302
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(("name", "content"), [("empty.csv", b""), ("bomb.png", b"\x89PNG\r\n\x1a\n" * 9)])
def test_what_is_no_table_is_refused_in_words(house: Operator, name: str, content: bytes) -> None:
    answer = house.client("analyst").post("/mining/evaluate", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.content.decode()


def test_programs_do_the_same(house: Operator, scored: Run, table: Path) -> None:
    client = Client(headers={"authorization": f"Bearer {house.token('analyst')}"})
    found = client.get("/api/v1/mining/runs").json()
    assert [one["id"] for one in found] == [str(scored.public_id)]
    assert (
        client.get(f"/api/v1/mining/runs/{scored.public_id}").json()["figures"]["auc"]
        == scored.figures["auc"]
    )
    (population,) = client.get("/api/v1/mining/populations").json()
    assert (population["label"], population["rows"]) == ("Churn", 600)
    unknown = client.post(
        "/api/v1/mining/runs", json.dumps({"population": "import:999999"}), content_type="application/json"
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_such_population")
    asked = client.post(
        "/api/v1/mining/evaluations",
        {"file": SimpleUploadedFile("t.csv", table.read_bytes()), "target": "Churn"},
    )
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    again = client.post(f"/api/v1/mining/runs/{scored.public_id}/score")
    assert (again.status_code, again.json()["status"]) == (202, "scoring")
    twice = client.post(f"/api/v1/mining/runs/{scored.public_id}/score")
    assert (twice.status_code, twice.json()["code"]) == (409, "run_at_work")


def test_too_little_history_is_said_in_both_languages(house: Operator) -> None:
    past = Past(house.tenant)
    run = past.asked()
    mining.train_now(house.tenant, run)
    failed = past.run(run)
    assert failed.status == "failed"
    assert json.loads(failed.error)["en"].startswith("The warehouse holds 0 closed months.")
    page = text(house.client("analyst"), f"/mining/{failed.public_id}", "zh-hans")
    assert "数据仓库只有 0 个已出账月份" in page
