"""Choosing, calibrating and keeping a churn model.

The choice among candidates and the calibration are made on inner folds of the training rows, never on the
rows that are scored afterwards.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from loopline.mining.rules.candidates import CANDIDATES, Scorer, fit_candidates, scorer_from
from loopline.mining.rules.columns import Kind, read_kinds, tidy
from loopline.mining.rules.encoding import Encoder, fit_encoder
from loopline.mining.rules.figures import Floats, Labels, auc
from loopline.mining.rules.folds import LEAST_OF_EACH, Groups, Split, enough, last_quarter, stratified, twins
from loopline.mining.rules.refusals import ModelNotReadable, NothingToLearnFrom, TooFewRows

FORMAT = "loopline churn model"
VERSION = 1
INNER_FOLDS = 3
# Above this a single inner fold of a quarter holds enough leavers to choose and calibrate by, at half the
# time.
MANY_ROWS = 20_000


@dataclass(frozen=True)
class FittedModel:
    """A calibrated model that turns a table of customers into probabilities of leaving.

    `candidate` is the one of CANDIDATES that was chosen; the calibration is Platt's (1999): the final
    log-odds are `slope` × log-odds + `shift`. `typical` holds the middle value of each column for
    comparison in reasons.
    """

    candidate: str
    kinds: Mapping[str, Kind]
    encoder: Encoder
    scorer: Scorer
    slope: float
    shift: float
    typical: Mapping[str, float | str]

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Probability of leaving for each row; columns that the frame lacks count as missing."""
        return self.predict_tidy(tidy(frame, self.kinds))

    def predict_tidy(self, table: pd.DataFrame) -> Floats:
        """As `predict`, for a table that `columns.tidy` made already."""
        raw = self.scorer.log_odds(self.encoder, self.encoder.design(table))
        return _sigmoid(self.slope * raw + self.shift)

    def to_bytes(self) -> bytes:
        """The model as UTF-8 JSON: coefficients as numbers, trees as LightGBM's text, nothing executable."""
        encoder = self.encoder
        written = {
            "format": FORMAT,
            "version": VERSION,
            "candidate": self.candidate,
            "kinds": dict(self.kinds),
            "encoder": {
                "numbers": encoder.numbers,
                "flags": encoder.flags,
                "levels": dict(encoder.levels),
                "medians": encoder.medians.tolist(),
                "means": encoder.means.tolist(),
                "scales": encoder.scales.tolist(),
            },
            "scorer": self.scorer.as_dict(),
            "slope": self.slope,
            "shift": self.shift,
            "typical": dict(self.typical),
        }
        return json.dumps(written, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, written: bytes, threads: int = 1) -> "FittedModel":
        """The model that `to_bytes` wrote; raises ModelNotReadable on anything else. Nothing is unpickled."""
        try:
            content = json.loads(written)
            if (content["format"], content["version"]) != (FORMAT, VERSION):
                raise ModelNotReadable
            return cls(
                candidate=content["candidate"],
                kinds=content["kinds"],
                encoder=_encoder_from(content["encoder"]),
                scorer=scorer_from(content["scorer"], threads),
                slope=float(content["slope"]),
                shift=float(content["shift"]),
                typical=content["typical"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelNotReadable from error


def _encoder_from(written: dict[str, Any]) -> Encoder:
    return Encoder(
        numbers=tuple(written["numbers"]),
        flags=tuple(written["flags"]),
        levels={name: tuple(found) for name, found in written["levels"].items()},
        medians=np.asarray(written["medians"], np.float64),
        means=np.asarray(written["means"], np.float64),
        scales=np.asarray(written["scales"], np.float64),
    )


@dataclass(frozen=True)
class Choice:
    """All candidates fitted on the same rows, the one chosen inside them, and the inner AUC of each."""

    chosen: str
    inner_auc: Mapping[str, float]
    models: Mapping[str, FittedModel]

    @property
    def model(self) -> FittedModel:
        """The chosen one."""
        return self.models[self.chosen]


def choose(
    table: pd.DataFrame,
    labels: Labels,
    kinds: Mapping[str, Kind],
    *,
    groups: Groups,
    moments: Floats | None,
    seed: int,
    threads: int,
) -> Choice:
    """Fit every candidate on tidy training rows, calibrate each and choose the best by AUC on inner folds.

    With `moments` (rows sorted by it) the inner fold is the last quarter in time, so that the choice, like
    the test, looks forward; else three stratified inner folds that respect `groups`, or one of a quarter
    above 20,000 rows.
    """
    scores: dict[str, list[Floats]] = {name: [] for name in CANDIDATES}
    places = []
    for train, test in _inner_splits(labels, groups, moments, seed):
        encoder, fitted = _fit(table.iloc[train], labels[train], kinds, seed, threads)
        design = encoder.design(table.iloc[test])
        places.append(test)
        for name, scorer in fitted.items():
            scores[name].append(scorer.log_odds(encoder, design))
    inner = labels[np.concatenate(places)]
    joined = {name: np.concatenate(found) for name, found in scores.items()}
    inner_auc = {name: auc(inner, found) for name, found in joined.items()}
    encoder, fitted = _fit(table, labels, kinds, seed, threads)
    typical = _typical(table, kinds)
    models = {
        name: FittedModel(name, dict(kinds), encoder, scorer, *_platt(joined[name], inner), typical)
        for name, scorer in fitted.items()
    }
    return Choice(max(CANDIDATES, key=lambda name: inner_auc[name]), inner_auc, models)


def _inner_splits(labels: Labels, groups: Groups, moments: Floats | None, seed: int) -> list[Split]:
    if moments is not None and (split := last_quarter(labels, moments)):
        return split
    if len(labels) > MANY_ROWS:
        return [next(stratified(labels, groups, 4, seed))]
    return list(stratified(labels, groups, INNER_FOLDS, seed))


def _fit(
    table: pd.DataFrame, labels: Labels, kinds: Mapping[str, Kind], seed: int, threads: int
) -> tuple[Encoder, dict[str, Scorer]]:
    encoder = fit_encoder(table, kinds)
    return encoder, fit_candidates(encoder, encoder.design(table), labels, seed, threads)


def _platt(log_odds: Floats, labels: Labels) -> tuple[float, float]:
    """Slope and shift of Platt's calibration.

    Where the inner rows show no order at all, or the reverse, all probabilities are drawn to the base rate:
    turning the order round would be a guess.
    """
    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(log_odds[:, None], labels)
    slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        rate = float(labels.mean())
        return 1e-3, float(np.log(rate / (1 - rate)))
    return slope, shift


def _typical(table: pd.DataFrame, kinds: Mapping[str, Kind]) -> dict[str, float | str]:
    return {
        name: str(table[name].mode().iloc[0])
        if kind == "category"
        else float(np.nan_to_num(table[name].median()))
        for name, kind in kinds.items()
    }


def _sigmoid(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))


def fit_churn_model(
    frame: pd.DataFrame,
    labels: Labels,
    *,
    seed: int,
    threads: int = 1,
    groups: Groups | None = None,
    time: Floats | None = None,
) -> FittedModel:
    """The best candidate, calibrated, for a table of features (any dtypes) and labels of 0 and 1.

    `groups` numbers rows that must not be parted (several months of one customer); without it only equal
    rows are kept together. `time` gives each row's moment and makes the inner choice look forward. Raises
    NothingToLearnFrom, TooFewRows.
    """
    table, kinds, labels, kin = _prepare(frame, labels, groups)
    order = np.arange(len(labels)) if time is None else np.argsort(time, kind="stable")
    with threadpool_limits(threads):
        choice = choose(
            table.iloc[order],
            labels[order],
            kinds,
            groups=kin[order],
            moments=None if time is None else np.asarray(time, np.float64)[order],
            seed=seed,
            threads=threads,
        )
    return choice.model


def out_of_fold(
    frame: pd.DataFrame,
    labels: Labels,
    *,
    folds: int = 5,
    seed: int,
    threads: int = 1,
    groups: Groups | None = None,
) -> Floats:
    """Honest probabilities for rows that are in the training: each from a model that saw neither the row
    nor its group.
    """
    table, kinds, labels, kin = _prepare(frame, labels, groups)
    probability = np.zeros(len(labels))
    with threadpool_limits(threads):
        for train, test in stratified(labels, kin, folds, seed):
            choice = choose(
                table.iloc[train],
                labels[train],
                kinds,
                groups=kin[train],
                moments=None,
                seed=seed,
                threads=threads,
            )
            probability[test] = choice.model.predict_tidy(table.iloc[test])
    return probability


def _prepare(
    frame: pd.DataFrame, labels: Labels, groups: Groups | None
) -> tuple[pd.DataFrame, dict[str, Kind], Labels, Groups]:
    kinds, _left_out = read_kinds(frame, {})
    if not kinds:
        raise NothingToLearnFrom
    labels = np.asarray(labels, np.int8)
    if not enough(labels):
        left = int(labels.sum())
        raise TooFewRows(positives=left, negatives=len(labels) - left, positive="1", needed=LEAST_OF_EACH)
    table = tidy(frame, kinds)
    kin = twins(table) if groups is None else np.unique(groups, return_inverse=True)[1].astype(np.int64)
    return table, kinds, labels, kin
