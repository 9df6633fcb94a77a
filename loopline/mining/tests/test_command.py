"""`loopline mine evaluate` on public tables: the figures that must hold, the warnings, and bad input in words."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from loopline.cli import build


def told(*words: str) -> dict[str, Any]:
    answer = CliRunner().invoke(build(), ["mine", "evaluate", "--json", *words])
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_wa_telco(shared: Path) -> None:
    found = told("--file", str(shared / "wa_telco_churn.csv"), "--target", "Churn")
    assert found["auc"] >= 0.84
    assert found["lift10"] >= 2.8
    assert (found["rows"], found["counts"]["read"], found["honest_auc"]) == (7043, 7043, found["auc"])


def test_iranian_without_its_duplicates(shared: Path) -> None:
    found = told("--file", str(shared / "iranian_churn.csv"), "--target", "Churn")
    assert found["auc"] >= 0.98
    assert found["counts"]["duplicates_removed"] == 300
    assert [one["code"] for one in found["warnings"]] == ["duplicates_removed"]


def test_bank_in_file_order_is_honest_and_warns_of_duration(shared: Path) -> None:
    found = told("--file", str(shared / "bankmarketing.csv.gz"), "--target", "y", "--time", "file order")
    assert 0.57 <= found["honest_auc"] <= 0.70 < found["auc"]
    assert found["without_suspects"]["columns"] == ["duration"]
    warned = {one["column"]: one["sentence"] for one in found["warnings"] if one["column"]}
    assert set(warned) == {"duration"}
    without = told(
        "--file",
        str(shared / "bankmarketing.csv.gz"),
        "--target",
        "y",
        "--time",
        "file order",
        "--drop",
        "duration",
    )
    assert 0.57 <= without["auc"] <= 0.70


def test_a_table_for_people(shared: Path) -> None:
    answer = CliRunner().invoke(
        build(), ["mine", "evaluate", "--file", str(shared / "iranian_churn.csv"), "--target", "Churn"]
    )
    assert answer.exit_code == 0
    for said in ("AUC", "Lift 10 %", "Brier", "300 rows repeat"):
        assert said in answer.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--file", "nothing.csv", "--target", "x"], "nothing.csv"),
        (["--file", "{csv}", "--target", "Nowhere"], "The table has no column “Nowhere”"),
        (["--file", "{csv}", "--target", "plan"], "It must have exactly two"),
        (["--file", "{csv}", "--target", "Churn", "--time", "plan"], "cannot be read as a date or a number"),
    ],
)
def test_bad_input_ends_in_words_with_code_2(tmp_path: Path, words: list[str], said: str) -> None:
    from loopline.mining.tests.planted import customers

    csv = tmp_path / "base.csv"
    customers(200).to_csv(csv, index=False)
    answer = CliRunner().invoke(build(), ["mine", "evaluate", *(word.format(csv=csv) for word in words)])
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr.replace("\n", " ")
