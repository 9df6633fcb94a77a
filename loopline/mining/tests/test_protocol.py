"""The protocol on tables whose truth is known."""

import json

import numpy as np
import pandas as pd
import pytest

from loopline.mining.rules import folds
from loopline.mining.rules.figures import auc
from loopline.mining.rules.protocol import evaluate
from loopline.mining.rules.refusals import (
    ColumnMissing,
    NothingToLearnFrom,
    TargetNotTheSame,
    TimeNotReadable,
    TimeTooCoarse,
    TooFewRows,
)
from loopline.mining.tests.planted import customers


@pytest.fixture(scope="module")
def known() -> pd.DataFrame:
    return customers()


@pytest.fixture(scope="module")
def brought(known: pd.DataFrame) -> pd.DataFrame:
    return known.drop(columns="chance").assign(number=[f"N{i}" for i in range(len(known))])


def test_what_is_found_is_close_to_what_the_truth_allows(known: pd.DataFrame, brought: pd.DataFrame) -> None:
    found = evaluate(brought, "Churn")
    truth = auc((known["Churn"] == "Yes").to_numpy(np.int8), known["chance"].to_numpy())
    assert truth - 0.02 < found.figures.auc < truth + 0.005
    assert found.figures.auc_low < truth < found.figures.auc_high
    assert found.split == "random"
    assert [part.figures.rows for part in found.parts] == [300] * 5
    assert (found.positive, found.rows.used, found.figures.rows) == ("Yes", 1500, 1500)
    assert [one.code for one in found.warnings] == ["identifier"]
    # Calibrated: in ten bins hardly one interval misses what was forecast.
    assert sum(row.low <= row.forecast <= row.high for row in found.calibration) >= 8
    assert abs(found.probability.mean() - found.figures.base_rate) < 0.01


def test_the_answer_is_plain_json_and_the_same_every_time(brought: pd.DataFrame) -> None:
    frame = brought.head(500)
    first, second = evaluate(frame, "Churn", folds=3), evaluate(frame, "Churn", folds=3)
    written = json.loads(json.dumps(first.as_dict()))
    assert written["auc"] == second.figures.auc == written["honest_auc"]
    assert np.array_equal(first.probability, second.probability)
    assert set(written["candidates"]) == {"logistic", "lightgbm_shallow", "lightgbm_deep", "average"}
    assert written["left_out"][-1]["column"] == "number"


def test_exact_repetitions_are_taken_out_and_counted(brought: pd.DataFrame) -> None:
    frame = pd.concat([brought.head(600), brought.head(200)])
    found = evaluate(frame, "Churn", folds=3)
    assert (found.rows.read, found.rows.duplicates_removed, found.rows.used) == (800, 200, 600)
    assert ("duplicates_removed", {"rows": 200}) in [(one.code, one.evidence) for one in found.warnings]
    kept = evaluate(frame, "Churn", folds=3, drop_duplicates=False)
    assert (kept.rows.duplicates_found, kept.rows.duplicates_removed, kept.rows.used) == (200, 0, 800)
    assert "duplicates_kept" in [one.code for one in kept.warnings]


def test_a_table_of_few_columns_keeps_its_repetitions(brought: pd.DataFrame) -> None:
    found = evaluate(brought[["plan", "complaints", "Churn"]], "Churn", folds=3)
    assert found.rows.used == 1500
    assert [one.code for one in found.warnings] == ["rows_hardly_differ"]


def test_rows_without_target_are_left_out_and_counted(brought: pd.DataFrame) -> None:
    frame = brought.head(600).copy()
    frame.loc[frame.index[:7], "Churn"] = " "
    found = evaluate(frame, "Churn", folds=3)
    assert (found.rows.without_target, found.rows.used) == (7, 593)


def test_a_suspect_column_is_shown_with_and_without(brought: pd.DataFrame) -> None:
    frame = brought.assign(state=np.where(brought["Churn"] == "Yes", "closed", "open"))
    found = evaluate(frame, "Churn", folds=3)
    assert found.figures.auc > 0.999
    assert found.without_suspects is not None
    assert found.without_suspects.columns == ("state",)
    dropped = evaluate(frame, "Churn", folds=3, drop=["state"])
    assert found.honest_auc == pytest.approx(dropped.figures.auc)


def test_by_time_a_relation_that_turns_round_collapses(brought: pd.DataFrame) -> None:
    chance = np.random.default_rng(3)
    left = (brought["Churn"] == "Yes").to_numpy()
    late = np.arange(len(left)) >= 1250
    signal = np.where(late, ~left, left) * 2.0 + chance.normal(0, 1, len(left))
    frame = pd.DataFrame(
        {"signal": signal, "noise": chance.normal(0, 1, len(left)), "Churn": brought["Churn"]}
    )
    shuffled = evaluate(frame, "Churn", folds=3)
    in_time = evaluate(frame, "Churn", time=True)
    assert shuffled.figures.auc > 0.75
    assert in_time.figures.auc < 0.2
    assert (in_time.split, in_time.order, len(in_time.parts)) == ("time", "file order", 5)
    assert in_time.figures == in_time.parts[-1].figures
    assert "random_split_flatters" in [one.code for one in in_time.warnings]


def test_the_order_of_a_column_is_the_order_of_time(brought: pd.DataFrame) -> None:
    dated = brought.head(900).assign(month=[f"2024-{1 + i // 100:02d}" for i in range(900)])
    mixed = dated.sample(frac=1, random_state=4)
    found = evaluate(mixed, "Churn", time="month", folds=2)
    assert [(part.trained_on, part.figures.rows) for part in found.parts] == [(300, 300), (600, 300)]
    assert ("month", "order") in [(one.column, one.why) for one in found.left_out]
    with pytest.raises(TimeNotReadable):
        evaluate(mixed, "Churn", time="plan")
    with pytest.raises(TimeTooCoarse):
        evaluate(mixed.assign(month="2024-01"), "Churn", time="month")


def test_a_test_file_is_scored_and_never_learnt_from(brought: pd.DataFrame) -> None:
    train, test = brought.head(1000), brought.tail(600)
    found = evaluate(train, "Churn", test_frame=test)
    assert (found.split, found.figures.rows) == ("test file", 600)
    assert found.parts[0].trained_on == 900
    assert ("test_rows_in_training", {"rows": 100}) in [(one.code, one.evidence) for one in found.warnings]
    with pytest.raises(ColumnMissing):
        evaluate(train, "Churn", test_frame=test.drop(columns="plan"))
    with pytest.raises(TargetNotTheSame):
        evaluate(train, "Churn", test_frame=test.assign(Churn="perhaps"))


def test_what_cannot_be_answered_is_refused_in_words(brought: pd.DataFrame) -> None:
    with pytest.raises(ColumnMissing, match="churned"):
        evaluate(brought, "churned")
    with pytest.raises(ColumnMissing, match="colour"):
        evaluate(brought, "Churn", drop=["colour"])
    with pytest.raises(TooFewRows):
        evaluate(brought.head(20), "Churn")
    with pytest.raises(NothingToLearnFrom):
        evaluate(brought[["number", "Churn"]], "Churn")


def test_twins_are_never_on_both_sides() -> None:
    chance = np.random.default_rng(6)
    groups = chance.integers(0, 80, 400)
    labels = (chance.random(400) < 0.3).astype(np.int8)
    seen = np.zeros(400, int)
    for train, test in folds.stratified(labels, groups, 5, 0):
        assert not set(groups[train]) & set(groups[test])
        seen[test] += 1
    assert (seen == 1).all()


def test_forward_chaining_never_learns_from_the_future() -> None:
    moments = np.repeat(np.arange(12.0), 30)
    labels = np.tile(np.array([0, 0, 1], np.int8), 120)
    splits = list(folds.forward(labels, moments, 5))
    assert [(len(train), len(test)) for train, test in splits] == [
        (60, 60),
        (120, 60),
        (180, 60),
        (240, 60),
        (300, 60),
    ]
    assert all(moments[train].max() < moments[test].min() for train, test in splits)
