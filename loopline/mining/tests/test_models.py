"""The model that scores customers: kept, read again, explained."""

import time

import numpy as np
import pandas as pd
import pytest

from loopline.mining.rules.candidates import CANDIDATES
from loopline.mining.rules.columns import read_kinds, tidy
from loopline.mining.rules.figures import auc, calibration_table, lift_table
from loopline.mining.rules.fitting import FittedModel, choose, fit_churn_model, out_of_fold
from loopline.mining.rules.folds import twins
from loopline.mining.rules.plots import calibration_png, calibration_series, lift_png, lift_series
from loopline.mining.rules.reasons import Contributions, explain, top_reasons
from loopline.mining.rules.refusals import ModelNotReadable, TooFewRows
from loopline.mining.tests.planted import customers

TOPICS = {"tenure": "loyalty", "plan": "contract", "complaints": "service", "fee": "price"}


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    return customers(2000)


@pytest.fixture(scope="module")
def labels(history: pd.DataFrame) -> np.ndarray:
    return (history["Churn"] == "Yes").to_numpy(np.int8)


@pytest.fixture(scope="module")
def features(history: pd.DataFrame) -> pd.DataFrame:
    return history[["tenure", "plan", "complaints", "fee"]]


@pytest.fixture(scope="module")
def model(features: pd.DataFrame, labels: np.ndarray) -> FittedModel:
    return fit_churn_model(features, labels, seed=0)


def test_a_model_read_from_its_bytes_scores_the_same(model: FittedModel, features: pd.DataFrame) -> None:
    again = FittedModel.from_bytes(model.to_bytes())
    assert np.array_equal(again.predict(features), model.predict(features))
    assert again.candidate == model.candidate


@pytest.mark.parametrize(
    "written", [b"", b"\x80\x04junk", b"{}", b"[1]", b'{"format": "loopline churn model"}']
)
def test_other_bytes_are_refused(written: bytes) -> None:
    with pytest.raises(ModelNotReadable):
        FittedModel.from_bytes(written)


def test_the_same_seed_gives_the_same_model(
    model: FittedModel, features: pd.DataFrame, labels: np.ndarray
) -> None:
    assert fit_churn_model(features, labels, seed=0).to_bytes() == model.to_bytes()


def test_strange_customers_are_scored_all_the_same(model: FittedModel) -> None:
    strange = pd.DataFrame({"tenure": [1e300, None, "12"], "plan": ["satellite", None, "yearly"]})
    scores = model.predict(strange)
    assert ((scores > 0) & (scores < 1)).all()
    assert model.predict(strange.head(0)).shape == (0,)


def test_honest_scores_of_the_trained_on_are_lower_than_flattering_ones(
    model: FittedModel, features: pd.DataFrame, labels: np.ndarray, history: pd.DataFrame
) -> None:
    honest = out_of_fold(features, labels, seed=0, folds=3)
    truth = auc(labels, history["chance"].to_numpy())
    assert truth - 0.02 < auc(labels, honest) < truth + 0.005
    assert abs(honest.mean() - labels.mean()) < 0.01


def test_groups_are_kept_together(labels: np.ndarray) -> None:
    """Two rows for each of 300 people, told apart by a code of their own: with groups it cannot be learnt by heart."""
    people = np.repeat(np.arange(300), 2)
    fate = (np.random.default_rng(8).random(300) < 0.4).astype(np.int8)[people]
    trait = np.random.default_rng(9).normal(0, 1, 300)[people] + np.tile([0.0, 1e-6], 300)
    frame = pd.DataFrame({"trait": trait})
    assert auc(fate, out_of_fold(frame, fate, seed=0, folds=3, groups=people)) < 0.62


def test_contributions_add_up_to_the_score_for_every_candidate(
    features: pd.DataFrame, labels: np.ndarray
) -> None:
    kinds, _left_out = read_kinds(features, {})
    table = tidy(features, kinds)
    choice = choose(table, labels, kinds, groups=twins(table), moments=None, seed=0, threads=1)
    assert tuple(choice.models) == CANDIDATES
    for fitted in choice.models.values():
        found = explain(fitted, features)
        rebuilt = 1 / (1 + np.exp(-(found.start + found.pushes.sum(axis=1).to_numpy())))
        assert rebuilt == pytest.approx(fitted.predict(features), abs=1e-9)


def test_the_planted_causes_are_the_reasons(model: FittedModel) -> None:
    asked = pd.DataFrame(
        {"tenure": [2, 70], "plan": ["monthly", "yearly"], "complaints": [4, 0], "fee": [60.0, 60.0]},
        index=["leaver", "stayer"],
    )
    said = top_reasons(explain(model, asked), TOPICS)
    leaver = said[said["row"] == "leaver"]
    assert set(leaver["topic"]) == {"service", "loyalty", "contract"}
    assert leaver["rank"].tolist() == [1, 2, 3]
    assert (leaver["push"].diff().dropna() <= 0).all()
    by_topic = leaver.set_index("topic")
    assert by_topic.loc["service", ["column", "value", "direction"]].tolist() == ["complaints", 4.0, "higher"]
    assert by_topic.loc["loyalty", ["column", "value", "direction"]].tolist() == ["tenure", 2.0, "lower"]
    assert by_topic.loc["contract", ["column", "value", "direction"]].tolist() == ["plan", "monthly", "is"]
    assert not {"service", "loyalty", "contract"} & set(said[said["row"] == "stayer"]["topic"])


def test_topics_gather_their_columns() -> None:
    contributions = Contributions(
        pushes=pd.DataFrame({"a": [0.3, -1.0], "b": [0.3, 0.2], "c": [0.5, -0.1], "d": [9.0, 9.0]}),
        start=-1.0,
        values=pd.DataFrame({"a": [5.0, 1.0], "b": [np.nan, 2.0], "c": ["x", ""], "d": [0.0, 0.0]}),
        typical={"a": 2.0, "b": 2.0, "c": "x", "d": 0.0},
    )
    said = top_reasons(contributions, {"a": "use", "b": "use", "c": "plan"}, n=2)
    assert said.to_dict("records") == [
        {
            "row": 0,
            "rank": 1,
            "topic": "use",
            "push": 0.6,
            "column": "a",
            "value": 5.0,
            "direction": "higher",
        },
        {"row": 0, "rank": 2, "topic": "plan", "push": 0.5, "column": "c", "value": "x", "direction": "is"},
    ]
    assert top_reasons(contributions, {}).empty


def test_twenty_thousand_customers_are_explained_in_seconds(model: FittedModel) -> None:
    many = customers(20_000, seed=3)[list(TOPICS)]
    started = time.process_time()
    said = top_reasons(explain(model, many), TOPICS)
    assert time.process_time() - started < 20
    assert said["row"].nunique() > 15_000


def test_one_kind_alone_is_refused(features: pd.DataFrame) -> None:
    with pytest.raises(TooFewRows):
        fit_churn_model(features, np.zeros(len(features), np.int8), seed=0)


def test_plots_are_data_and_pictures(labels: np.ndarray, history: pd.DataFrame) -> None:
    chance = history["chance"].to_numpy()
    tenths, bins = lift_table(labels, chance), calibration_table(labels, chance)
    assert lift_series(tenths)["captured"][0] == [0.0, 0.0]
    assert lift_series(tenths)["captured"][-1] == [1.0, pytest.approx(1.0)]
    assert len(calibration_series(bins)["interval"]) == 10
    for picture in (lift_png(tenths, "客户", "离网客户"), calibration_png(bins, "预测", "实际")):
        assert picture.startswith(b"\x89PNG")
