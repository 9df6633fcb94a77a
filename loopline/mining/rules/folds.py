"""How rows are split into those to learn from and those to test on."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from loopline.mining.rules.figures import Floats, Labels

type Rows = npt.NDArray[np.intp]
type Groups = npt.NDArray[np.int64]
type Split = tuple[Rows, Rows]

LEAST_OF_EACH = 10
# Above this share of repeated rows the table has too few columns to tell customers apart; they are no copies.
MOST_REPEATED = 1 / 3


def same_rows(table: pd.DataFrame) -> Groups:
    """One number for each different row of the table: rows equal in every column share theirs."""
    hashes = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return np.unique(hashes, return_inverse=True)[1].astype(np.int64)


def twins(table: pd.DataFrame) -> Groups:
    """As `same_rows`, for splitting: where more than a third of the rows repeat another, the columns are too few
    to tell customers apart, equal rows are no twins, and each stands for itself."""
    groups = same_rows(table)
    few = int(groups.max(initial=-1)) + 1 < len(groups) * (1 - MOST_REPEATED)
    return np.arange(len(groups), dtype=np.int64) if few else groups


def stratified(labels: Labels, groups: Groups, folds: int, seed: int) -> Iterator[Split]:
    """Folds with like rates of leavers in which a group is never on both sides.

    Groups, not rows, are dealt out, each stratified by whether it holds a leaver.
    """
    names, place = np.unique(groups, return_inverse=True)
    group_labels = np.zeros(len(names), np.int8)
    np.maximum.at(group_labels, place, labels)
    dealer = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for _train, test in dealer.split(group_labels[:, None], group_labels):
        inside = np.isin(place, test)
        yield np.flatnonzero(~inside), np.flatnonzero(inside)


def forward(labels: Labels, moments: Floats, parts: int) -> Iterator[Split]:
    """Test on each later part after learning from all before it: parts + 1 stretches of rows sorted by
    `moments`.

    Rows of one moment are never on both sides. Parts with too few rows of either kind on either side are
    passed over.
    """
    count = len(labels)
    borders = [count * part // (parts + 1) for part in range(1, parts + 1)]
    starts = sorted({int(np.searchsorted(moments, moments[border])) for border in borders} - {0})
    for start, end in pairwise([*starts, count]):
        train, test = np.arange(start), np.arange(start, end)
        if enough(labels[train]) and enough(labels[test]):
            yield train, test


def last_quarter(labels: Labels, moments: Floats) -> list[Split]:
    """One split by time: learn from the first three quarters, test on the last; empty when that is not
    possible.
    """
    start = int(np.searchsorted(moments, moments[len(moments) * 3 // 4]))
    train, test = np.arange(start), np.arange(start, len(moments))
    return [(train, test)] if enough(labels[train]) and enough(labels[test]) else []


def enough(labels: Labels) -> bool:
    """Whether both kinds are there often enough to learn or to measure."""
    left = int(labels.sum())
    return min(left, len(labels) - left) >= LEAST_OF_EACH
