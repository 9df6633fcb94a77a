"""The protocol on public tables, held to what is known of them."""

import os
from pathlib import Path

import pandas as pd
import pytest

from loopline.mining.rules.evaluation import Evaluation
from loopline.mining.rules.protocol import evaluate

PROJECT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("LOOPLINE_SHARED", PROJECT.parent / "shared")) / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the public tables are not at {DATA}; set LOOPLINE_SHARED"
)


def table(name: str, separator: str = ",") -> pd.DataFrame:
    return pd.read_csv(DATA / name, sep=separator)


def codes(found: Evaluation) -> list[tuple[str, str | None]]:
    return [(one.code, one.column) for one in found.warnings]


def test_wa_telco_reaches_the_published_figures_without_a_false_alarm() -> None:
    found = evaluate(table("wa_telco_churn.csv"), "Churn")
    assert found.figures.auc >= 0.84
    assert found.figures.lift10 >= 2.8
    assert found.figures.auc <= 0.86  # the honest ceiling: above it something leaks
    assert found.columns["TotalCharges"] == "number"
    assert codes(found) == [("identifier", "customerID")]


def test_iranian_without_duplicates() -> None:
    found = evaluate(table("iranian_churn.csv"), "Churn")
    assert found.rows.duplicates_removed == 300
    assert found.figures.auc >= 0.98
    assert codes(found) == [("duplicates_removed", None)]


def test_mlc_churn_notes_that_charges_follow_minutes() -> None:
    found = evaluate(table("mlc_churn.csv"), "churn")
    assert found.figures.auc >= 0.91
    pairs = [f"total_{part}_minutes" for part in ("day", "eve", "night", "intl")]
    assert codes(found) == [("same_information", pair) for pair in pairs]


def test_bank_in_the_order_of_time_is_honest_and_duration_is_warned_of() -> None:
    """With `duration` the figure flatters; without it, as a random split would not show, little is left."""
    found = evaluate(table("bankmarketing.csv.gz", ";"), "y", time="file order")
    assert ("outweighs_the_rest", "duration") in codes(found)
    assert {column for code, column in codes(found) if code != "random_split_flatters"} == {"duration"}
    assert found.without_suspects is not None
    assert found.without_suspects.columns == ("duration",)
    assert 0.57 <= found.honest_auc <= 0.70 < found.figures.auc
