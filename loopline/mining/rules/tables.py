"""A brought table made ready for the protocol: rows counted, repetitions and identifiers out, order of time
found.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from loopline.mining.rules import columns as shapes
from loopline.mining.rules.columns import Absence, Column, Kind, LeftOut
from loopline.mining.rules.evaluation import RowCounts
from loopline.mining.rules.figures import Floats, Labels
from loopline.mining.rules.folds import LEAST_OF_EACH, MOST_REPEATED, Groups, Split, enough, same_rows, twins
from loopline.mining.rules.refusals import ColumnMissing, NothingToLearnFrom, TimeNotReadable, TooFewRows
from loopline.mining.rules.target import Target, read_same_target, read_target

FILE_ORDER = "file order"


@dataclass(frozen=True)
class ReadyTable:
    """Tidy columns, labels of 0 and 1, twins numbered; sorted by `moments` where there is an order of time.

    `rows` are the rows with a target as they were brought, in the same order.
    """

    columns: pd.DataFrame
    labels: Labels
    groups: Groups
    moments: Floats | None
    kinds: dict[str, Kind]
    left_out: tuple[LeftOut, ...]
    target: Target
    counts: RowCounts
    rows: pd.DataFrame


def make_ready(
    frame: pd.DataFrame, target: str, drop: tuple[str, ...], order: str | None, drop_duplicates: bool
) -> ReadyTable:
    """Read target, order and columns of a brought table; the refusals are those of `protocol.evaluate`."""
    frame = _plain(frame)
    timed = order is not None and order != FILE_ORDER
    check_columns(frame, [target, *drop, *([order] if timed and order else [])])
    read = read_target(frame[target])
    rows, labels, counts = _without_repetitions(frame, read.labels, drop_duplicates)
    check_enough(labels, read)
    absent: dict[str, Absence] = {**dict.fromkeys(drop, "asked"), target: "target"}
    moments = None
    if order is not None:
        moments = _moments(rows[order]) if timed else np.arange(len(labels), dtype=np.float64)
        sort = np.argsort(moments, kind="stable")
        rows, labels, moments = rows.iloc[sort].reset_index(drop=True), labels[sort], moments[sort]
        absent |= {order: "order"} if timed else {}
    kinds, left_out = shapes.read_kinds(rows, absent)
    if not kinds:
        raise NothingToLearnFrom
    columns = shapes.tidy(rows, kinds)
    return ReadyTable(columns, labels, twins(columns), moments, kinds, tuple(left_out), read, counts, rows)


def with_test_file(table: ReadyTable, test: pd.DataFrame) -> tuple[ReadyTable, Split, int]:
    """Training and test rows as one table with their split, and how many training rows stand in the test
    file too.

    Those rows are taken out of the training: the test is what is to be believed.
    """
    test = _plain(test)
    check_columns(test, [table.target.column, *table.kinds])
    labels = read_same_target(test[table.target.column], table.target).labels
    test, labels = test[labels >= 0], labels[labels >= 0]
    check_enough(labels, table.target)
    shared = [name for name in table.rows.columns if name in test.columns]
    same = same_rows(pd.concat([table.rows[shared], test[shared]], ignore_index=True).astype(str))
    size = len(table.labels)
    both = np.isin(same[:size], same[size:])
    train = np.flatnonzero(~both)
    check_enough(table.labels[train], table.target)
    columns = pd.concat([table.columns, shapes.tidy(test, table.kinds)], ignore_index=True)
    joined = ReadyTable(
        columns,
        np.concatenate([table.labels, labels]),
        twins(columns),
        None,
        table.kinds,
        table.left_out,
        table.target,
        table.counts,
        table.rows,
    )
    return joined, (train, np.arange(size, len(columns))), int(both.sum())


def check_columns(frame: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise ColumnMissing for the first name that the frame does not have."""
    for name in names:
        if name not in frame.columns:
            raise ColumnMissing(column=name, columns=", ".join(map(str, frame.columns)))


def check_enough(labels: Labels, target: Target) -> None:
    """Raise TooFewRows where either kind is too rare to learn or to measure."""
    if not enough(labels):
        left = int(labels.sum())
        raise TooFewRows(
            positives=left, negatives=len(labels) - left, positive=target.positive, needed=LEAST_OF_EACH
        )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Column names as text, and lists and the like (from Parquet) as text, so that rows can be compared."""
    frame = frame.rename(columns=str)
    nested = [
        name
        for name in frame.columns
        if frame[name].dtype == object
        and frame[name].map(lambda value: isinstance(value, list | dict | set | np.ndarray)).any()
    ]
    return frame.assign(**{name: frame[name].map(str, na_action="ignore") for name in nested})


def _without_repetitions(
    frame: pd.DataFrame, labels: Labels, drop_duplicates: bool
) -> tuple[pd.DataFrame, Labels, RowCounts]:
    known = labels >= 0
    rows, left = frame[known].reset_index(drop=True), labels[known]
    again: npt.NDArray[np.bool_] = rows.duplicated().to_numpy(np.bool_)
    copies = int(again.sum())
    removed = copies if drop_duplicates and copies <= MOST_REPEATED * len(left) else 0
    if removed:
        rows, left = rows[~again].reset_index(drop=True), left[~again]
    counts = RowCounts(
        read=len(frame),
        without_target=int((~known).sum()),
        duplicates_found=copies,
        duplicates_removed=removed,
        used=len(left),
    )
    return rows, left, counts


def _moments(column: Column) -> Floats:
    bare = shapes.without_blanks(column)
    dated = shapes.kind_of(bare) == "date"
    moments: Floats = (shapes.as_days(bare) if dated else shapes.as_number(bare)).to_numpy(np.float64)
    if np.isnan(moments).any():
        raise TimeNotReadable(column=str(column.name))
    return moments
