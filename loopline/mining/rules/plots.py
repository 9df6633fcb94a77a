"""Lift and calibration as data for the screen's charts, and as PNG for files."""

import io
from collections.abc import Sequence

from matplotlib.figure import Figure

from loopline.mining.rules.figures import CalibrationRow, LiftRow

# Okabe & Ito (2008): told apart by colour-blind eyes and in print.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#7F7F7F"


def lift_series(table: Sequence[LiftRow]) -> dict[str, list[list[float]]]:
    """Points for a chart: `captured` (share of customers → share of leavers found), `chance`, `lift` (share
    → lift).
    """
    shares = [row.tenth / 10 for row in table]
    return {
        "captured": [[0.0, 0.0], *([share, row.captured] for share, row in zip(shares, table, strict=True))],
        "chance": [[0.0, 0.0], [1.0, 1.0]],
        "lift": [[share, row.cumulative_lift] for share, row in zip(shares, table, strict=True)],
    }


def calibration_series(table: Sequence[CalibrationRow]) -> dict[str, list[list[float]]]:
    """Points for a chart: `observed` (forecast → came), `interval` (forecast, low, high), `perfect`."""
    return {
        "observed": [[row.forecast, row.observed] for row in table],
        "interval": [[row.forecast, row.low, row.high] for row in table],
        "perfect": [[0.0, 0.0], [1.0, 1.0]],
    }


def lift_png(table: Sequence[LiftRow], across: str, upward: str) -> bytes:
    """The gains curve as PNG; the captions come in the reader's language."""
    series = lift_series(table)
    figure = _figure(across, upward)
    axes = figure.axes[0]
    axes.plot(*zip(*series["chance"], strict=True), color=GREY, linestyle="--", linewidth=1)
    axes.plot(*zip(*series["captured"], strict=True), color=BLUE, marker="o", linewidth=2)
    return _png(figure)


def calibration_png(table: Sequence[CalibrationRow], across: str, upward: str) -> bytes:
    """Forecast against what came, with 95 % intervals, as PNG; the captions come in the reader's language."""
    figure = _figure(across, upward)
    axes = figure.axes[0]
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    below = [max(0.0, row.observed - row.low) for row in table]
    above = [max(0.0, row.high - row.observed) for row in table]
    forecast = [row.forecast for row in table]
    observed = [row.observed for row in table]
    axes.errorbar(forecast, observed, yerr=[below, above], color=ORANGE, marker="o", capsize=3)
    return _png(figure)


def _figure(across: str, upward: str) -> Figure:
    """A square of 0–1 by 0–1. Drawn without pyplot, whose global state is not safe in a serving process."""
    figure = Figure(figsize=(5, 5), dpi=120, layout="constrained")
    axes = figure.subplots()
    fonts = ["Noto Sans CJK SC", "Noto Sans SC", "DejaVu Sans"]
    axes.set_xlabel(across, fontfamily=fonts)
    axes.set_ylabel(upward, fontfamily=fonts)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(color=GREY, alpha=0.25)
    return figure


def _png(figure: Figure) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()
