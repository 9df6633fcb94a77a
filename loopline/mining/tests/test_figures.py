"""The figures against their definitions, against scikit-learn, and by what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from loopline.mining.rules import figures as f

# Scores in steps of a tenth give many ties; both kinds are always there.
SCORED = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), min_size=1, max_size=60).map(
    lambda rows: (
        [*(label for label, _score in rows), 0, 1],
        [*(score / 10 for _label, score in rows), 0.3, 0.4],
    )
)


def arrays(rows: tuple[list[int], list[float]]) -> tuple[f.Labels, f.Floats]:
    return np.array(rows[0], np.int8), np.array(rows[1], np.float64)


@given(SCORED)
def test_figures_equal_those_of_scikit_learn(rows: tuple[list[int], list[float]]) -> None:
    labels, score = arrays(rows)
    assert f.auc(labels, score) == pytest.approx(roc_auc_score(labels, score))
    assert f.average_precision(labels, score) == pytest.approx(average_precision_score(labels, score))
    assert f.log_loss(labels, score) == pytest.approx(log_loss(labels, np.clip(score, 1e-15, 1 - 1e-15)))
    assert f.figures(labels, score).brier == pytest.approx(brier_score_loss(labels, score))


@given(SCORED, st.randoms(use_true_random=False))
def test_lift_is_bounded_and_does_not_depend_on_the_order_of_rows(rows, random) -> None:  # type: ignore[no-untyped-def]
    labels, score = arrays(rows)
    order = list(range(len(labels)))
    random.shuffle(order)
    found = f.lift(labels, score, 0.1)
    assert 0 <= found <= 1 / labels.mean() + 1e-9
    assert f.lift(labels[order], score[order], 0.1) == pytest.approx(found)
    assert f.lift(labels, score, 1.0) == pytest.approx(1.0)


@given(SCORED)
def test_the_tables_add_up(rows: tuple[list[int], list[float]]) -> None:
    labels, score = arrays(rows)
    tenths = f.lift_table(labels, score)
    assert sum(row.positives for row in tenths) == pytest.approx(labels.sum())
    assert tenths[-1].captured == pytest.approx(1.0)
    assert tenths[-1].cumulative_lift == pytest.approx(1.0)
    bins = f.calibration_table(labels, score)
    assert sum(row.rows for row in bins) == len(labels)
    assert sum(row.rows * row.observed for row in bins) == pytest.approx(labels.sum())
    assert all(row.low <= row.observed <= row.high for row in bins)


def test_lift_counts_ties_at_the_border_by_their_share() -> None:
    labels = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0] * 2, np.int8)
    assert f.lift(labels, np.full(20, 0.5), 0.1) == pytest.approx(1.0)
    assert f.lift(labels, labels.astype(np.float64), 0.1) == pytest.approx(5.0)


def test_the_interval_is_delongs() -> None:
    """By hand: leavers .9 .8 .4 lie above 1, 1, ½ of the stayers .6 .2; these below ⅔ and all of the leavers."""
    labels = np.array([1, 1, 1, 0, 0], np.int8)
    score = np.array([0.9, 0.8, 0.4, 0.6, 0.2])
    assert f.auc(labels, score) == pytest.approx(5 / 6)
    half = 1.959964 * np.sqrt(1 / 36 + 1 / 36) / (5 / 36)
    low, high = 1 / (1 + np.exp(half - np.log(5))), 1 / (1 + np.exp(-half - np.log(5)))
    assert f.auc_interval(labels, score) == pytest.approx((low, high), rel=1e-5)


def test_the_interval_covers_the_truth_about_nineteen_times_in_twenty() -> None:
    truth = 0.7602499389065233  # of two normals one deviation apart: Φ(1 ÷ √2)
    chance = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        labels = np.repeat(np.array([0, 1], np.int8), [150, 50])
        low, high = f.auc_interval(labels, chance.normal(labels.astype(np.float64), 1.0))
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_wilson_interval_has_its_published_values() -> None:
    assert f.wilson_interval(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-5)
    assert f.wilson_interval(81, 263) == pytest.approx((0.25527, 0.36622), abs=1e-4)
