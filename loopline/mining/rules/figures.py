"""Figures of a two-class forecast, each by its published definition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Labels = npt.NDArray[np.int8]

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Figures:
    """The figures of one set of scored rows; `auc_low` and `auc_high` bound the 95 % interval of the AUC."""

    rows: int
    positives: int
    base_rate: float
    auc: float
    auc_low: float
    auc_high: float
    pr_auc: float
    brier: float
    log_loss: float
    lift10: float


@dataclass(frozen=True)
class LiftRow:
    """One tenth of the customers, those with the highest scores first."""

    tenth: int
    rows: float
    positives: float
    rate: float
    lift: float
    cumulative_lift: float
    captured: float


@dataclass(frozen=True)
class CalibrationRow:
    """Customers with like probabilities: forecast, what came, and the 95 % interval of that."""

    rows: int
    forecast: float
    observed: float
    low: float
    high: float


def figures(labels: Labels, probability: Floats) -> Figures:
    """All figures of probabilities against labels (0 or 1, both present)."""
    low, high = auc_interval(labels, probability)
    return Figures(
        rows=len(labels),
        positives=int(labels.sum()),
        base_rate=float(labels.mean()),
        auc=auc(labels, probability),
        auc_low=low,
        auc_high=high,
        pr_auc=average_precision(labels, probability),
        brier=float(np.mean((probability - labels) ** 2)),
        log_loss=log_loss(labels, probability),
        lift10=lift(labels, probability, 0.1),
    )


def auc(labels: Labels, score: Floats) -> float:
    """Area under the ROC curve: the chance that a leaver scores above a stayer, ties counting half
    (Mann-Whitney).
    """
    positive, _negative = _placements(labels, score)
    return float(positive.mean())


def auc_interval(labels: Labels, score: Floats) -> tuple[float, float]:
    """95 % interval of the AUC after DeLong, DeLong & Clarke-Pearson (1988), on the logit scale so that it
    stays in 0–1.

    It covers the chance of which customers were drawn, not that of a model trained on other customers.
    """
    positive, negative = _placements(labels, score)
    area = float(positive.mean())
    if not 0 < area < 1:
        return area, area
    variance = _mean_variance(positive) + _mean_variance(negative)
    middle, width = np.log(area / (1 - area)), Z95 * np.sqrt(variance) / (area * (1 - area))
    return float(1 / (1 + np.exp(width - middle))), float(1 / (1 + np.exp(-width - middle)))


def _mean_variance(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def _placements(labels: Labels, score: Floats) -> tuple[Floats, Floats]:
    """Share of stayers below each leaver and of leavers above each stayer, by midranks (Sun & Xu 2014)."""
    positive, negative = score[labels == 1], score[labels == 0]
    below_positive = _mean_rank(np.sort(negative), positive) / len(negative)
    above_negative = 1 - _mean_rank(np.sort(positive), negative) / len(positive)
    return below_positive, above_negative


def _mean_rank(ordered: Floats, values: Floats) -> Floats:
    left = np.searchsorted(ordered, values, side="left")
    right = np.searchsorted(ordered, values, side="right")
    return (left + right) / 2.0


def average_precision(labels: Labels, score: Floats) -> float:
    """Area under the precision-recall curve as average precision (no interpolation), equal scores taken
    together.
    """
    rows, positives = _gains(labels, score)
    precision = positives[1:] / rows[1:]
    return float(np.sum(precision * np.diff(positives)) / positives[-1])


def log_loss(labels: Labels, probability: Floats) -> float:
    """Mean negative log-likelihood in nats; probabilities are kept 1e-15 away from 0 and 1."""
    clipped = np.clip(probability, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(labels == 1, np.log(clipped), np.log1p(-clipped))))


def lift(labels: Labels, score: Floats, share: float) -> float:
    """Rate among the `share` of rows with the highest scores ÷ rate among all.

    Rows with equal scores at the border count by the part of them that fits in, so the order of rows does
    not matter.
    """
    rows, positives = _gains(labels, score)
    taken = share * len(labels)
    return float(np.interp(taken, rows, positives) / taken / labels.mean())


def _gains(labels: Labels, score: Floats) -> tuple[Floats, Floats]:
    """Cumulative rows and leavers down the scores, one point for each different score, from (0, 0)."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    positives = np.cumsum(labels[order], dtype=np.float64)[last]
    return np.append(0.0, last + 1.0), np.append(0.0, positives)


def lift_table(labels: Labels, score: Floats) -> tuple[LiftRow, ...]:
    """Ten tenths of the rows by falling score."""
    rows, positives = _gains(labels, score)
    borders = np.linspace(0, len(labels), 11)
    found = np.interp(borders, rows, positives)
    base, total = float(labels.mean()), float(labels.sum())
    return tuple(
        LiftRow(
            tenth=i,
            rows=float(borders[i] - borders[i - 1]),
            positives=float(found[i] - found[i - 1]),
            rate=float((found[i] - found[i - 1]) / (borders[i] - borders[i - 1])),
            lift=float((found[i] - found[i - 1]) / (borders[i] - borders[i - 1]) / base),
            cumulative_lift=float(found[i] / borders[i] / base),
            captured=float(found[i] / total),
        )
        for i in range(1, 11)
    )


def calibration_table(labels: Labels, probability: Floats, bins: int = 10) -> tuple[CalibrationRow, ...]:
    """Rows in bins of about equal size by probability, equal probabilities kept together; intervals after
    Wilson (1927).
    """
    borders = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(borders, probability, side="left")
    table = []
    for bin_ in np.unique(place):
        inside = place == bin_
        count, left = int(inside.sum()), int(labels[inside].sum())
        low, high = wilson_interval(left, count)
        table.append(CalibrationRow(count, float(probability[inside].mean()), left / count, low, high))
    return tuple(table)


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share after Wilson (1927)."""
    share, weight = successes / trials, Z95**2 / trials
    middle = (share + weight / 2) / (1 + weight)
    half = Z95 / (1 + weight) * float(np.sqrt(share * (1 - share) / trials + weight / trials / 4))
    return max(0.0, middle - half), min(1.0, middle + half)
