"""The planted truth is strong enough, and what can be observed tells nearly all of it."""

import lightgbm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from loopline.demo.facts import Facts
from loopline.demo.tests.observed import Observed, Sample
from loopline.demo.truth import CAUSES
from loopline.demo.world import World

CUT_OFF = 9  # the last month with two recorded months after it


@pytest.fixture(scope="module")
def samples(demo: tuple[World, Facts]) -> tuple[Sample, Sample]:
    """Training rows (labels end where the test's features end) and test rows."""
    seen = Observed(demo[1])
    parts = [seen.sample(month) for month in (5, 6, 7)]
    train = Sample(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("customer", "features", "left")
        )
    )
    return train, seen.sample(CUT_OFF)


def true_chances(facts: Facts, sample: Sample, month: int) -> np.ndarray:
    """The planted chance as of a month for the customers of a sample."""
    planted = facts["truth"]
    here = planted["month"] == np.unique(planted["month"])[month]
    chances = np.zeros(int(planted["customer"].max()) + 1)
    chances[planted["customer"][here]] = planted["chance"][here]
    return chances[sample.customer]


def test_truth_separates_leavers_well_but_not_perfectly(demo: tuple[World, Facts]) -> None:
    _, facts = demo
    seen = Observed(facts)
    aucs = []
    for month in range(10):
        sample = seen.sample(month) if month >= 5 else None
        if sample is not None:
            aucs.append(roc_auc_score(sample.left, true_chances(facts, sample, month)))
    assert min(aucs) >= 0.80 and max(aucs) <= 0.86
    assert 0.02 <= facts["truth"]["chance"].mean() <= 0.03


@pytest.mark.parametrize("kind", ["lightgbm", "logistic"])
def test_learner_comes_close_to_truth(
    demo: tuple[World, Facts], samples: tuple[Sample, Sample], kind: str
) -> None:
    train, test = samples
    model = (
        lightgbm.LGBMClassifier(
            n_estimators=150,
            learning_rate=0.04,
            num_leaves=15,
            min_child_samples=80,
            n_jobs=1,
            verbose=-1,
            deterministic=True,
            random_state=1,
        )
        if kind == "lightgbm"
        else make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=400))
    )
    model.fit(train.features, train.left)
    possible = roc_auc_score(test.left, true_chances(demo[1], test, CUT_OFF))
    reached = roc_auc_score(test.left, model.predict_proba(test.features)[:, 1])
    assert possible - reached <= 0.03, (possible, reached)


def test_every_cause_drives_a_fair_part_of_leavers(demo: tuple[World, Facts]) -> None:
    leavers = demo[1]["truth_leavers"]
    own_will = leavers["cause"][leavers["kind"] == "voluntary"]
    shares = {cause: float(np.mean(own_will == cause)) for cause in (*CAUSES, "other")}
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0.08 and max(shares.values()) <= 0.25, shares
    assert set(leavers["cause"][leavers["kind"] == "involuntary"]) == {"arrears"}
    assert 0.02 <= np.mean(leavers["kind"] == "involuntary") <= 0.08
