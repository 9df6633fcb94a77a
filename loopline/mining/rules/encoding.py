"""From tidy columns to the numbers a candidate computes with; everything estimated comes from the training
rows alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from loopline.mining.rules.columns import Column, Kind
from loopline.mining.rules.figures import Floats

RARE = 10
MOST_LEVELS = 100
# A customer a thousand deviations out is a typing error or a bill of another kind: it must not outvote
# all else.
FURTHEST = 10.0


@dataclass(frozen=True)
class Encoder:
    """Design of the matrix: numbers, then flags "is missing", then one column for each level of each
    category.

    `sources` names for each design column the table column it comes from.
    """

    numbers: tuple[str, ...]
    flags: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    medians: Floats
    means: Floats
    scales: Floats

    @property
    def sources(self) -> list[str]:
        """The table column behind each design column."""
        return [*self.numbers, *self.flags, *(name for name, found in self.levels.items() for _ in found)]

    def design(self, table: pd.DataFrame) -> Floats:
        """The matrix of rows × design columns; missing numbers stay NaN."""
        numbers = table[list(self.numbers)].to_numpy(np.float64)
        flags = table[list(self.flags)].isna().to_numpy(np.float64)
        marks = [_one_hot(table[name], found) for name, found in self.levels.items()]
        return np.hstack([numbers, flags, *marks])

    def scale(self, design: Floats) -> Floats:
        """The design with missing numbers at the median, each column at mean 0 and deviation 1 of the
        training rows.
        """
        filled = design.copy()
        part = filled[:, : len(self.numbers)]
        part[:] = np.where(np.isnan(part), self.medians, part)
        return np.clip((filled - self.means) / self.scales, -FURTHEST, FURTHEST)


def fit_encoder(table: pd.DataFrame, kinds: Mapping[str, Kind]) -> Encoder:
    """Read medians, levels, means and deviations from training rows.

    Levels seen fewer than 10 times and beyond the 100 commonest get no column of their own.
    """
    numbers = tuple(name for name, kind in kinds.items() if kind != "category")
    flags = tuple(name for name in numbers if table[name].isna().any())
    levels = {name: _levels(table[name]) for name, kind in kinds.items() if kind == "category"}
    medians = np.nan_to_num(table[list(numbers)].median().to_numpy(np.float64))
    bare = Encoder(numbers, flags, levels, medians, np.zeros(1), np.ones(1))
    filled = bare.design(table)
    filled[:, : len(numbers)] = np.where(
        np.isnan(filled[:, : len(numbers)]), medians, filled[:, : len(numbers)]
    )
    deviations = filled.std(axis=0)
    scales = np.where(deviations > 0, deviations, 1.0)
    return Encoder(numbers, flags, levels, medians, filled.mean(axis=0), scales)


def _levels(column: Column) -> tuple[str, ...]:
    counts = column.value_counts()
    common = counts[counts >= min(RARE, max(1, len(column) // 50))].head(MOST_LEVELS)
    return tuple(sorted(common.index))


def _one_hot(column: Column, levels: tuple[str, ...]) -> Floats:
    codes = pd.Index(levels, dtype=object).get_indexer(pd.Index(column, dtype=object))
    marks = np.zeros((len(column), len(levels)))
    known = codes >= 0
    marks[np.flatnonzero(known), codes[known]] = 1.0
    return marks
