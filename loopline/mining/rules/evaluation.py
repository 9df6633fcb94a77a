"""What an evaluation answers: the figures, where they come from, and what to beware of."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from loopline.mining.rules.columns import Kind, LeftOut
from loopline.mining.rules.figures import CalibrationRow, Figures, Floats, Labels, LiftRow
from loopline.mining.rules.warnings import Warned

type SplitName = Literal["random", "time", "test file"]


@dataclass(frozen=True)
class Part:
    """One test part: the figures there, and the candidate chosen on the rows it was not in."""

    part: int
    trained_on: int
    chosen: str
    figures: Figures


@dataclass(frozen=True)
class WithoutSuspects:
    """The same protocol without the columns that were warned of as known too late."""

    columns: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True)
class RowCounts:
    """Rows read = without target + duplicates removed + used; `duplicates_found` counts kept ones too."""

    read: int
    without_target: int
    duplicates_found: int
    duplicates_removed: int
    used: int


@dataclass(frozen=True)
class Evaluation:
    """What is known of a table after the protocol.

    `split` is "random" (figures over all rows, each scored out of its fold), "time" (figures over the last
    part, learnt from all before it; `parts` holds the earlier ones too) or "test file". `labels` and
    `probability` are the scored rows behind `figures`; `chosen` is the candidate most often chosen inside
    the training parts. `without_suspects` holds the figures without the columns warned of as known too
    late: the ones to believe, where there are such columns.
    """

    target: str
    positive: str
    negative: str
    split: SplitName
    order: str | None
    seed: int
    rows: RowCounts
    columns: Mapping[str, Kind]
    left_out: tuple[LeftOut, ...]
    chosen: str
    figures: Figures
    parts: tuple[Part, ...]
    candidates: Mapping[str, Figures]
    without_suspects: WithoutSuspects | None
    lift_table: tuple[LiftRow, ...]
    calibration: tuple[CalibrationRow, ...]
    warnings: tuple[Warned, ...]
    seconds: float
    labels: Labels
    probability: Floats

    @property
    def honest_auc(self) -> float:
        """The AUC to believe: without the suspect columns where there are any, else the headline."""
        return (self.without_suspects or self).figures.auc

    def as_dict(self) -> dict[str, object]:
        """Everything but the scored rows, as plain JSON; the headline figures (auc, lift10 …) stand at the
        top.
        """
        return {
            "target": self.target,
            "positive": self.positive,
            "negative": self.negative,
            "split": self.split,
            "order": self.order,
            "seed": self.seed,
            "chosen": self.chosen,
            **asdict(self.figures),
            "honest_auc": self.honest_auc,
            "counts": asdict(self.rows),
            "columns": dict(self.columns),
            "left_out": [
                {"column": one.column, "why": one.why, "reason": one.reason} for one in self.left_out
            ],
            "parts": [_flat(part) for part in self.parts],
            "candidates": {name: asdict(found) for name, found in self.candidates.items()},
            "without_suspects": _flat(self.without_suspects) if self.without_suspects else None,
            "lift_table": [asdict(row) for row in self.lift_table],
            "calibration": [asdict(row) for row in self.calibration],
            "warnings": [warned.as_dict() for warned in self.warnings],
            "seconds": round(self.seconds, 2),
        }


def _flat(one: Part | WithoutSuspects) -> dict[str, object]:
    """The fields with the figures beside them instead of below them."""
    fields: dict[str, object] = asdict(one)
    del fields["figures"]
    return fields | asdict(one.figures)
