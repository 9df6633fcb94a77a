"""The honest protocol: how well leaving can be told on any table a person brings.

Everything that is estimated (medians, levels, scales, the models, the choice among them and the calibration)
is estimated inside the training part of each split; identifiers, constants and exact repetitions are taken
out before.
"""

import time as clock
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from loopline.mining.rules.candidates import CANDIDATES
from loopline.mining.rules.evaluation import Evaluation, Part, RowCounts, SplitName, WithoutSuspects
from loopline.mining.rules.figures import Floats, Labels, calibration_table, figures, lift_table
from loopline.mining.rules.fitting import choose
from loopline.mining.rules.folds import MOST_REPEATED, Split, forward, stratified, twins
from loopline.mining.rules.refusals import TimeTooCoarse
from loopline.mining.rules.tables import FILE_ORDER, ReadyTable, make_ready, with_test_file
from loopline.mining.rules.target import Target
from loopline.mining.rules.warnings import FEW, SUSPECT, Diagnosis, Warned, diagnose

FLATTERY = 0.05


@dataclass(frozen=True)
class _Scored:
    """The scores of one test part: its labels, the candidate chosen before, and each candidate's
    probabilities.
    """

    trained_on: int
    chosen: str
    labels: Labels
    probability: Mapping[str, Floats]


def evaluate(
    frame: pd.DataFrame,
    target: str,
    *,
    drop: Iterable[str] = (),
    time: str | bool | None = None,
    test_frame: pd.DataFrame | None = None,
    drop_duplicates: bool = True,
    folds: int = 5,
    seed: int = 0,
    threads: int = 1,
) -> Evaluation:
    """Evaluate how well `target` can be told from the other columns of `frame`.

    Without `time` and `test_frame`: `folds`-fold stratified cross-validation. With `time` (a column, or
    True or "file order" for the rows as they stand): forward chaining over `folds` parts. With
    `test_frame`: learnt on `frame`, tested there. Exact repetitions of rows are taken out unless
    `drop_duplicates` is false. Raises ColumnMissing, TargetNotTwoValued, TargetNotTheSame, TooFewRows,
    NothingToLearnFrom, TimeNotReadable, TimeTooCoarse.
    """
    started = clock.perf_counter()
    order = FILE_ORDER if time is True else (time or None)
    table = make_ready(frame, target, tuple(drop), order, drop_duplicates)
    name: SplitName = "time" if order else "random"
    overlap = 0
    if test_frame is None:
        splits = _splits(table, folds, seed)
    else:
        name = "test file"
        table, split, overlap = with_test_file(table, test_frame)
        splits = [split]
    with threadpool_limits(threads):
        scored = [_score(table, split, seed, threads) for split in splits]
        diagnosis = _diagnose(table, name == "time", seed, threads)
        # By time only the last part has everything before it to learn from: it is what to expect next time.
        last = slice(None) if name == "random" else slice(-1, None)
        honest = _without_suspects(table, splits[last], diagnosis.warnings, seed, threads)
    answer = _evaluation(table, scored, scored[last], name, seed)
    row_warnings = _warn_of_rows(table.target, answer.rows, answer.labels, overlap)
    flattery = _warn_of_flattery(diagnosis.random_auc, answer.figures.auc)
    warned = [*row_warnings, *diagnosis.warnings, *flattery]
    return replace(
        answer,
        order=order,
        without_suspects=honest,
        warnings=tuple(sorted(warned, key=lambda one: one.severity == "note")),
        seconds=clock.perf_counter() - started,
    )


def _splits(table: ReadyTable, folds: int, seed: int) -> list[Split]:
    if table.moments is None:
        return list(stratified(table.labels, table.groups, folds, seed))
    splits = list(forward(table.labels, table.moments, folds))
    if not splits or splits[-1][1][-1] != len(table.labels) - 1:
        raise TimeTooCoarse
    return splits


def _score(table: ReadyTable, split: Split, seed: int, threads: int) -> _Scored:
    train, test = split
    choice = choose(
        table.columns.iloc[train],
        table.labels[train],
        table.kinds,
        groups=table.groups[train],
        moments=None if table.moments is None else table.moments[train],
        seed=seed,
        threads=threads,
    )
    rows = table.columns.iloc[test]
    probability = {name: model.predict_tidy(rows) for name, model in choice.models.items()}
    return _Scored(len(train), choice.chosen, table.labels[test], probability)


def _diagnose(table: ReadyTable, by_time: bool, seed: int, threads: int) -> Diagnosis:
    return diagnose(
        table.columns,
        table.labels,
        table.kinds,
        table.left_out,
        by_time=by_time,
        seed=seed,
        threads=threads,
    )


def _without_suspects(
    table: ReadyTable, splits: Sequence[Split], warned: Iterable[Warned], seed: int, threads: int
) -> WithoutSuspects | None:
    """The headline figures once more without the suspect columns; random folds are dealt anew, for without
    them other rows are twins."""
    suspects = tuple(one.column for one in warned if one.code in SUSPECT and one.column)
    kinds = {name: kind for name, kind in table.kinds.items() if name not in suspects}
    if not suspects or not kinds:
        return None
    lesser = replace(table, kinds=kinds, groups=twins(table.columns[list(kinds)]))
    if table.moments is None and len(splits) > 1:
        splits = _splits(lesser, len(splits), seed)
    scored = [_score(lesser, split, seed, threads) for split in splits]
    return WithoutSuspects(suspects, figures(*_joined(scored)))


def _evaluation(
    table: ReadyTable, scored: Sequence[_Scored], counted: Sequence[_Scored], name: SplitName, seed: int
) -> Evaluation:
    labels, probability = _joined(counted)
    chosen = [one.chosen for one in counted]
    return Evaluation(
        target=table.target.column,
        positive=table.target.positive,
        negative=table.target.negative,
        split=name,
        order=None,
        seed=seed,
        rows=table.counts,
        columns=table.kinds,
        left_out=table.left_out,
        chosen=max(CANDIDATES, key=chosen.count),
        figures=figures(labels, probability),
        parts=tuple(_part(number, one) for number, one in enumerate(scored, 1)),
        candidates={candidate: figures(*_joined(counted, candidate)) for candidate in CANDIDATES},
        without_suspects=None,
        lift_table=lift_table(labels, probability),
        calibration=calibration_table(labels, probability),
        warnings=(),
        seconds=0.0,
        labels=labels,
        probability=probability,
    )


def _joined(scored: Sequence[_Scored], name: str | None = None) -> tuple[Labels, Floats]:
    """Labels and probabilities of the parts in a row; without a name those of each part's own choice."""
    labels: Labels = np.concatenate([one.labels for one in scored])
    return labels, np.concatenate([one.probability[name or one.chosen] for one in scored])


def _part(number: int, one: _Scored) -> Part:
    return Part(number, one.trained_on, one.chosen, figures(one.labels, one.probability[one.chosen]))


def _warn_of_rows(target: Target, rows: RowCounts, labels: Labels, overlap: int) -> Iterator[Warned]:
    if target.guessed:
        evidence = {"positive": target.positive, "negative": target.negative}
        yield Warned("target_guessed", target.column, evidence)
    if rows.without_target:
        yield Warned("target_missing", target.column, {"rows": rows.without_target})
    if rows.duplicates_removed:
        yield Warned("duplicates_removed", None, {"rows": rows.duplicates_removed})
    elif rows.duplicates_found:
        many = rows.duplicates_found > MOST_REPEATED * rows.used
        yield Warned(
            "rows_hardly_differ" if many else "duplicates_kept", None, {"rows": rows.duplicates_found}
        )
    if overlap:
        yield Warned("test_rows_in_training", None, {"rows": overlap})
    rarer = min(int(labels.sum()), len(labels) - int(labels.sum()))
    if rarer < FEW:
        yield Warned("few_of_a_class", target.column, {"rows": rarer})


def _warn_of_flattery(random_auc: float | None, in_time: float) -> Iterator[Warned]:
    if random_auc is not None and random_auc - in_time >= FLATTERY:
        yield Warned("random_split_flatters", None, {"random": random_auc, "in_time": in_time})
