"""What the model card shows: figures with their intervals, plots as data, and what the model looks at most."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from loopline.mining.rules.figures import (
    Floats,
    Labels,
    calibration_table,
    figures,
    lift_table,
    wilson_interval,
)
from loopline.mining.rules.fitting import FittedModel
from loopline.mining.rules.plots import calibration_series, lift_series
from loopline.mining.rules.reasons import explain
from loopline.mining.rules.warnings import Warned

LOOKED_AT = 4_000
MOST_COLUMNS = 12


def figures_of(labels: Labels, probability: Floats) -> dict[str, Any]:
    """All figures; the interval of the lift is Wilson's interval of the rate in the tenth, over the base rate."""
    found = figures(labels, probability)
    top = lift_table(labels, probability)[0]
    low, high = wilson_interval(round(top.positives), max(1, round(top.rows)))
    return asdict(found) | {
        "lift10_low": low / found.base_rate,
        "lift10_high": high / found.base_rate,
        "rate10": top.rate,
        "captured10": top.captured,
    }


def plots_of(labels: Labels, probability: Floats) -> dict[str, Any]:
    """Lift and calibration as series for charts and as tables for reading."""
    lift, calibration = lift_table(labels, probability), calibration_table(labels, probability)
    return {
        "lift": lift_series(lift),
        "lift_table": [asdict(row) for row in lift],
        "calibration": calibration_series(calibration),
        "calibration_table": [asdict(row) for row in calibration],
    }


def importance_of(
    model: FittedModel, rows: pd.DataFrame, topics: Mapping[str, str] | None
) -> dict[str, list[list[Any]]]:
    """What moves the scores: the mean size of each topic's and column's push, as shares of all, largest first."""
    pushes = explain(model, rows.iloc[:: max(1, len(rows) // LOOKED_AT)]).pushes
    columns = pushes.abs().mean()
    named = [topics.get(str(name), "") for name in pushes.columns] if topics else list(pushes.columns)
    together = pushes.T.groupby(named).sum().T.abs().mean()
    together = together.drop("", errors="ignore")
    return {"topics": _shares(together), "columns": _shares(columns)[:MOST_COLUMNS]}


def _shares(sizes: "pd.Series[float]") -> list[list[Any]]:
    total = float(sizes.sum()) or 1.0
    ordered = sizes.sort_values(ascending=False)
    return [[str(name), float(size) / total] for name, size in ordered.items()]


def kept_warnings(warned: Sequence[Warned]) -> list[dict[str, Any]]:
    """Warnings as the run keeps them; `Warned(**kept).sentence` says them in the reader's language."""
    return [
        {"code": one.code, "column": one.column, "evidence": dict(one.evidence), "severity": one.severity}
        for one in warned
    ]
