"""The candidates: logistic regression, LightGBM shallow and deep, and the average of the first two.

Each gives log-odds for a design matrix and splits them exactly into one contribution for each design column.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import lightgbm
import numpy as np
from django.utils.translation import gettext_lazy as _
from sklearn.linear_model import LogisticRegression

from loopline.mining.rules.encoding import Encoder
from loopline.mining.rules.figures import Floats, Labels


class Scorer(Protocol):
    """What a fitted candidate can do with a design matrix (rows × design columns, NaN = missing)."""

    def log_odds(self, encoder: Encoder, design: Floats) -> Floats:
        """Log-odds of leaving, one for each row."""
        ...

    def contributions(self, encoder: Encoder, design: Floats) -> Floats:
        """Rows × (design columns + 1): what each column adds to the log-odds; the last column is the
        starting value.
        """
        ...

    def as_dict(self) -> dict[str, Any]:
        """The fitted values as plain JSON."""
        ...


@dataclass(frozen=True)
class Logistic:
    """Logistic regression with an L2 penalty on the scaled design."""

    coefficients: Floats
    intercept: float

    def log_odds(self, encoder: Encoder, design: Floats) -> Floats:
        return encoder.scale(design) @ self.coefficients + self.intercept

    def contributions(self, encoder: Encoder, design: Floats) -> Floats:
        start = np.full((len(design), 1), self.intercept)
        return np.hstack([encoder.scale(design) * self.coefficients, start])

    def as_dict(self) -> dict[str, Any]:
        return {"kind": "logistic", "coefficients": self.coefficients.tolist(), "intercept": self.intercept}


@dataclass(frozen=True)
class Trees:
    """Boosted trees, held as LightGBM's own text."""

    text: str
    threads: int = 1

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees ready to compute; read from the text at first use."""
        return lightgbm.Booster(model_str=self.text)

    def log_odds(self, encoder: Encoder, design: Floats) -> Floats:
        raw = self.booster.predict(design, raw_score=True, num_threads=self.threads)
        return np.asarray(raw, np.float64)

    def contributions(self, encoder: Encoder, design: Floats) -> Floats:
        """TreeSHAP (Lundberg et al. 2020) as LightGBM computes it."""
        values = self.booster.predict(design, pred_contrib=True, num_threads=self.threads)
        return np.asarray(values, np.float64)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": "trees", "text": self.text}


@dataclass(frozen=True)
class Average:
    """The mean of two scorers' log-odds."""

    first: Scorer
    second: Scorer

    def log_odds(self, encoder: Encoder, design: Floats) -> Floats:
        return (self.first.log_odds(encoder, design) + self.second.log_odds(encoder, design)) / 2

    def contributions(self, encoder: Encoder, design: Floats) -> Floats:
        return (self.first.contributions(encoder, design) + self.second.contributions(encoder, design)) / 2

    def as_dict(self) -> dict[str, Any]:
        return {"kind": "average", "first": self.first.as_dict(), "second": self.second.as_dict()}


# Shallow trees suit noisy tables of additive effects (WA Telco), deep ones tables of sharp interactions
# (Iranian).
# A depth above 6 gains nothing there and makes TreeSHAP several times slower.
SHALLOW: dict[str, Any] = {"num_leaves": 6, "learning_rate": 0.06, "min_data_in_leaf": 20, "lambda_l2": 5.0}
DEEP: dict[str, Any] = {
    "num_leaves": 20,
    "max_depth": 6,
    "learning_rate": 0.08,
    "min_data_in_leaf": 10,
    "lambda_l2": 1.0,
}
ROUNDS = 200
CANDIDATES = ("logistic", "lightgbm_shallow", "lightgbm_deep", "average")
CANDIDATE_NAMES = {
    "logistic": _("logistic regression"),
    "lightgbm_shallow": _("LightGBM, shallow trees"),
    "lightgbm_deep": _("LightGBM, deep trees"),
    "average": _("average of regression and shallow trees"),
}


def fit_candidates(
    encoder: Encoder, design: Floats, labels: Labels, seed: int, threads: int
) -> dict[str, Scorer]:
    """Fit every candidate on the training rows; the names are those of CANDIDATES, in its order."""
    logistic = _fit_logistic(encoder.scale(design), labels)
    shallow = _fit_trees(design, labels, SHALLOW, seed, threads)
    deep = _fit_trees(design, labels, DEEP, seed, threads)
    return dict(zip(CANDIDATES, (logistic, shallow, deep, Average(logistic, shallow)), strict=True))


def _fit_logistic(scaled: Floats, labels: Labels) -> Logistic:
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(scaled, labels)
    return Logistic(fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0]))


def _fit_trees(design: Floats, labels: Labels, shape: dict[str, Any], seed: int, threads: int) -> Trees:
    settings = shape | {
        "objective": "binary",
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(design, labels), ROUNDS)
    return Trees(booster.model_to_string(), threads)


def scorer_from(written: dict[str, Any], threads: int) -> Scorer:
    """A scorer from what `as_dict` wrote; raises KeyError or ValueError on anything else."""
    match written["kind"]:
        case "logistic":
            return Logistic(np.asarray(written["coefficients"], np.float64), float(written["intercept"]))
        case "trees":
            return Trees(str(written["text"]), threads)
        case "average":
            return Average(scorer_from(written["first"], threads), scorer_from(written["second"], threads))
        case unknown:
            raise ValueError(unknown)
