"""Every planted leak is warned of by its name, and a clean table is not."""

import numpy as np
import pandas as pd
import pytest

from loopline.mining.rules.columns import read_kinds, tidy
from loopline.mining.rules.warnings import SENTENCES, Diagnosis, Warned, diagnose
from loopline.mining.tests.planted import customers


def diagnosed(frame: pd.DataFrame, by_time: bool = False) -> Diagnosis:
    kinds, left_out = read_kinds(frame, {"Churn": "target"})
    labels = (frame["Churn"] == "Yes").to_numpy(np.int8)
    return diagnose(tidy(frame, kinds), labels, kinds, left_out, by_time=by_time, seed=0, threads=1)


def codes(frame: pd.DataFrame) -> list[tuple[str, str | None]]:
    return [(one.code, one.column) for one in diagnosed(frame).warnings]


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    return customers().drop(columns="chance")


@pytest.fixture
def left(clean: pd.DataFrame) -> np.ndarray:
    return (clean["Churn"] == "Yes").to_numpy()


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(2)


def test_a_clean_table_is_not_warned_of(clean: pd.DataFrame) -> None:
    assert codes(clean) == []
    assert codes(customers(seed=12).drop(columns="chance")) == []


def test_the_target_in_another_form(clean: pd.DataFrame, left: np.ndarray) -> None:
    assert codes(clean.assign(state=np.where(left, "销户", "在用"))) == [("copies_target", "state")]
    assert codes(clean.assign(state=np.where(left, 2, 5))) == [("copies_target", "state")]


def test_a_column_that_alone_predicts_almost_perfectly(
    clean: pd.DataFrame, left: np.ndarray, chance: np.random.Generator
) -> None:
    frame = clean.assign(last_bill=np.where(left, 0.0, 60.0) + chance.normal(0, 13, len(left)))
    found = diagnosed(frame).warnings
    assert [(one.code, one.column) for one in found] == [("predicts_alone", "last_bill")]
    assert found[0].evidence["with_it"] > 0.98
    assert found[0].evidence["without_it"] < 0.85


def test_a_column_known_only_afterwards_and_its_copy_do_not_cover_for_each_other(
    clean: pd.DataFrame, left: np.ndarray, chance: np.random.Generator
) -> None:
    seconds = np.where(left, 400.0, 150.0) + chance.normal(0, 160, len(left))
    frame = clean.assign(talk_seconds=seconds, talk_minutes=(seconds / 60).round(2))
    assert codes(frame) == [
        ("outweighs_the_rest", "talk_seconds"),
        ("outweighs_the_rest", "talk_minutes"),
        ("same_information", "talk_seconds"),
    ] or sorted(codes(frame)) == [
        ("outweighs_the_rest", "talk_minutes"),
        ("outweighs_the_rest", "talk_seconds"),
        ("same_information", "talk_seconds"),
    ]


def test_a_name_that_speaks_of_afterwards(
    clean: pd.DataFrame, left: np.ndarray, chance: np.random.Generator
) -> None:
    called = left & (chance.random(len(left)) < 0.4)
    assert codes(clean.assign(winback_called=called)) == [("named_like_afterwards", "winback_called")]
    assert codes(clean.assign(newsletter=called)) == []


def test_a_column_whose_gaps_predict(
    clean: pd.DataFrame, left: np.ndarray, chance: np.random.Generator
) -> None:
    score = chance.normal(7, 1, len(left)).round(1)
    gap = np.where(left, chance.random(len(left)) < 0.5, chance.random(len(left)) < 0.15)
    found = diagnosed(clean.assign(survey=np.where(gap, np.nan, score))).warnings
    assert [(one.code, one.column) for one in found] == [("missing_predicts", "survey")]
    assert found[0].evidence["rows_missing"] == int(gap.sum())
    assert found[0].evidence["rate_missing"] == pytest.approx(left[gap].mean())
    fair = np.where(chance.random(len(left)) < 0.3, np.nan, score)
    assert codes(clean.assign(survey=fair)) == []


def test_identifiers_dates_and_equal_columns(clean: pd.DataFrame, chance: np.random.Generator) -> None:
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 200, len(clean)), unit="D")
    frame = clean.assign(
        customer_id=[f"C{i}" for i in range(len(clean))],
        activated=days.strftime("%Y-%m-%d"),
        fee_with_tax=clean["fee"] * 1.06,
    )
    assert codes(frame) == [
        ("identifier", "customer_id"),
        ("same_information", "fee"),
        ("date_under_random_split", "activated"),
    ]
    assert "date_under_random_split" not in [one.code for one in diagnosed(frame, by_time=True).warnings]


def test_every_warning_has_a_sentence_that_takes_its_figures() -> None:
    everything = {
        **dict.fromkeys(("alone", "with_it", "without_it", "random", "in_time", "correlation"), 0.5),
        **dict.fromkeys(("rate_missing", "rate_known"), 0.25),
        **dict.fromkeys(("rows", "rows_missing"), 1234),
        **dict.fromkeys(("positive", "negative", "other", "since"), "word"),
    }
    for code in SENTENCES:
        sentence = Warned(code, "tenure", everything).sentence
        assert "%(" not in sentence and sentence
    assert "1,234" in Warned("target_missing", "Churn", {"rows": 1234}).sentence
