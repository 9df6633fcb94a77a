"""Mining: honest evaluation and a fitted model, beside scikit-learn's gradient boosting on the same split."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from loopline.cli.bench import Result

DATA = "wa_telco_churn.csv (7,043 customers)"
RUNS = 5
FOLDS = 5


def run() -> list[Result]:
    """AUC out of fold, and seconds to fit and to explain, the median of five paired runs."""
    os.environ.setdefault("LOOPLINE_DATA", tempfile.mkdtemp(prefix="loopline-bench-"))
    from loopline.cli.django import with_django

    with_django()
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return _measure(*_table())


def _table() -> tuple[pd.DataFrame, np.ndarray]:
    shared = Path(os.environ.get("LOOPLINE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    frame = pd.read_csv(shared / "data" / "wa_telco_churn.csv")
    return frame.drop(columns=["customerID", "Churn"]), (frame["Churn"] == "Yes").to_numpy(np.int8)


def _measure(columns: pd.DataFrame, labels: np.ndarray) -> list[Result]:
    from loopline.mining.rules.figures import auc
    from loopline.mining.rules.fitting import fit_churn_model, out_of_fold
    from loopline.mining.rules.reasons import explain

    plain = columns.assign(TotalCharges=pd.to_numeric(columns["TotalCharges"], errors="coerce"))
    plain = plain.astype({name: "category" for name in plain.columns if plain[name].dtype.kind not in "biuf"})

    def reference() -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    theirs = np.zeros(len(labels))
    for train, test in folds.split(plain, labels):
        theirs[test] = reference().fit(plain.iloc[train], labels[train]).predict_proba(plain.iloc[test])[:, 1]
    ours = out_of_fold(columns, labels, folds=FOLDS, seed=0)
    fit, fit_reference = _paired(
        lambda: fit_churn_model(columns, labels, seed=0), lambda: reference().fit(plain, labels)
    )
    model = fit_churn_model(columns, labels, seed=0)
    boosted = reference().fit(plain, labels)
    explained, predicted = _paired(lambda: explain(model, columns), lambda: boosted.predict_proba(plain))
    return [
        Result("AUC out of fold", auc(labels, ours), "", auc(labels, theirs)),
        Result("fit: four candidates, chosen and calibrated", fit, "s", fit_reference),
        Result("reasons of all customers (reference: prediction)", explained, "s", predicted),
    ]


def _paired(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    pairs = [(_seconds(first), _seconds(second)) for _ in range(RUNS)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
