"""What smells of a leak, or makes a figure less than it seems: each warning with its column and the evidence.

The diagnoses look at the whole table on random folds of their own and never touch the reported figures.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from django.utils.translation import gettext_lazy as _
from sklearn.tree import DecisionTreeClassifier

from loopline.mining.rules.candidates import SHALLOW
from loopline.mining.rules.columns import Column, Kind, LeftOut
from loopline.mining.rules.encoding import fit_encoder
from loopline.mining.rules.figures import Floats, Labels, auc
from loopline.mining.rules.folds import Split, stratified, twins

type Severity = Literal["warning", "note"]
type Evidence = Mapping[str, float | str]

SENTENCES = {
    "copies_target": _(
        "“%(column)s” alone tells the target on every row (AUC %(alone)s). It is the target in another form: "
        "leave it out."
    ),
    "predicts_alone": _(
        "“%(column)s” alone predicts almost perfectly (AUC %(alone)s). Is it known before the customer "
        "leaves? With it the AUC is %(with_it)s, without it %(without_it)s."
    ),
    "outweighs_the_rest": _(
        "“%(column)s” tells a great part of all that the table knows (AUC %(alone)s alone; %(with_it)s "
        "with it, "
        "%(without_it)s without). Check that it is known at the moment of the forecast and not only "
        "afterwards."
    ),
    "named_like_afterwards": _(
        "The name “%(column)s” sounds like something written down after the customer left, and it predicts "
        "(AUC %(alone)s alone; %(with_it)s with it, %(without_it)s without)."
    ),
    "missing_predicts": _(
        "Whether “%(column)s” is filled in predicts the target: the rate is %(rate_missing)s where it is "
        "missing (%(rows_missing)s rows) and %(rate_known)s where it is known. Was it filled in after the "
        "outcome?"
    ),
    "duplicates_removed": _(
        "%(rows)s rows repeat another row exactly and were left out; otherwise twins would stand in both "
        "training and test and the figures would flatter."
    ),
    "duplicates_kept": _(
        "%(rows)s rows repeat another row exactly. They were kept as asked; twins stand on the same side of "
        "every split."
    ),
    "rows_hardly_differ": _(
        "%(rows)s rows repeat another row exactly, more than a third of the table: its columns are too few "
        "to tell customers apart, so the repetitions were kept."
    ),
    "test_rows_in_training": _(
        "%(rows)s rows of the test file also stand in the training file and were taken out of the training."
    ),
    "identifier": _("“%(column)s” identifies rows and was left out."),
    "date_under_random_split": _(
        "“%(column)s” is a date, but the split is random: the model may know the future. Give an order of "
        "time."
    ),
    "random_split_flatters": _(
        "A random split of the same rows would show an AUC of %(random)s; in the order of time it is "
        "%(in_time)s. Things changed over time, and only the latter is to be expected of the next customers."
    ),
    "few_of_a_class": _(
        "Only %(rows)s rows are of the rarer kind: the figures are uncertain, see the interval of the AUC."
    ),
    "target_guessed": _(
        "“%(positive)s” was taken as leaving because it is the rarer value; “%(negative)s” as staying."
    ),
    "target_missing": _("%(rows)s rows have no target and were left out."),
    "contracts_of_later": _(
        "The warehouse follows contracts since %(since)s. For cut-offs before that the contract of that day is used, "
        "within three months of its end only: a renewal signed earlier than three months ahead would show through."
    ),
    "same_information": _(
        "“%(column)s” and “%(other)s” rise and fall together (correlation %(correlation)s)."
    ),
}

# One column that alone reaches this is too good for a customer's free decision.
ALMOST_PERFECT = 0.95
STRONG_ALONE = 0.75
NAMED_ALONE = 0.62
# The share of what the whole table knows above chance that would be lost with the column.
GREAT_SHARE = 0.2
AFTERWARDS_NAME = re.compile(
    r"reason|cancel|churn|terminat|deactiv|disconnect|clos(?:e|ed|ing|ure)|refund|exit|win.?back|retention|outcome"
    r"|left|end.?date|离网|流失|销户|拆机|注销|原因|挽留|携出",
    re.IGNORECASE,
)
SUSPECT = frozenset({"copies_target", "predicts_alone", "outweighs_the_rest", "named_like_afterwards"})
FEW = 100
MOST_DIAGNOSED = 20_000
MISSING_ROWS = 30


@dataclass(frozen=True)
class Warned:
    """A warning or note: a stable code, the column it is about (or none), and the figures it rests on."""

    code: str
    column: str | None = None
    evidence: Evidence = field(default_factory=dict)
    severity: Severity = "warning"

    @property
    def sentence(self) -> str:
        """The warning in words, in the reader's language."""
        shown = {name: _in_words(name, value) for name, value in self.evidence.items()}
        return str(SENTENCES[self.code]) % (shown | {"column": self.column})

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "code": self.code,
            "column": self.column,
            "severity": self.severity,
            "sentence": self.sentence,
            "evidence": dict(self.evidence),
        }


def _in_words(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1%}" if name.startswith("rate") else f"{value:.3f}"


@dataclass(frozen=True)
class Diagnosis:
    """The warnings of a table, and the AUC that a quick model reaches on random folds (None unless it was
    needed).
    """

    warnings: tuple[Warned, ...]
    random_auc: float | None


def diagnose(
    table: pd.DataFrame,
    labels: Labels,
    kinds: Mapping[str, Kind],
    left_out: Iterable[LeftOut],
    *,
    by_time: bool,
    seed: int,
    threads: int,
) -> Diagnosis:
    """Look at every column of a tidy table for signs of a leak; at most 20,000 rows drawn by `seed` are
    looked at.
    """
    if len(labels) > MOST_DIAGNOSED:
        drawn = np.sort(np.random.default_rng(seed).choice(len(labels), MOST_DIAGNOSED, replace=False))
        table, labels = table.iloc[drawn], labels[drawn]
    quick = _Quick(table, labels, kinds, list(stratified(labels, twins(table), 3, seed)), seed, threads)
    found = [*_identifiers(left_out), *_leaks(quick), *_missing(table, labels), *_correlated(table, kinds)]
    if not by_time:
        dates = [name for name, kind in kinds.items() if kind == "date"]
        found += [Warned("date_under_random_split", name) for name in dates]
    return Diagnosis(tuple(found), quick.auc_of(tuple(kinds)) if by_time else None)


def _identifiers(left_out: Iterable[LeftOut]) -> Iterator[Warned]:
    for one in left_out:
        if one.why == "identifier":
            yield Warned("identifier", one.column, severity="note")


@dataclass(frozen=True)
class _Quick:
    """A table with three random folds on which columns are tried alone and together."""

    table: pd.DataFrame
    labels: Labels
    kinds: Mapping[str, Kind]
    folds: list[Split]
    seed: int
    threads: int

    def alone(self, name: str) -> float:
        """AUC of one column: a small tree for numbers, the smoothed rate of each level for categories; mean
        of the folds.
        """
        values = self.table[name]
        score = self._levels(values) if self.kinds[name] == "category" else self._tree(values)
        return float(np.mean([auc(self.labels[test], score[test]) for _train, test in self.folds]))

    def _tree(self, values: Column) -> Floats:
        column = values.to_numpy(np.float64)[:, None]
        score = np.zeros(len(column))
        least = max(5, len(column) // 500)
        for train, test in self.folds:
            tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=least, random_state=self.seed)
            score[test] = tree.fit(column[train], self.labels[train]).predict_proba(column[test])[:, 1]
        return score

    def _levels(self, values: Column) -> Floats:
        codes = pd.factorize(values)[0]
        score = np.zeros(len(codes))
        for train, test in self.folds:
            rows = np.bincount(codes[train], minlength=codes.max() + 1)
            left = np.bincount(codes[train], self.labels[train], minlength=codes.max() + 1)
            score[test] = ((left + 10 * self.labels[train].mean()) / (rows + 10))[codes[test]]
        return score

    def auc_of(self, names: tuple[str, ...]) -> float:
        """AUC of shallow LightGBM on these columns together; mean of the folds; .5 without columns."""
        if not names:
            return 0.5
        kinds = {name: self.kinds[name] for name in names}
        settings = SHALLOW | {
            "objective": "binary",
            "num_threads": self.threads,
            "verbosity": -1,
            "seed": self.seed,
        }
        found = []
        for train, test in self.folds:
            encoder = fit_encoder(self.table.iloc[train], kinds)
            learn = lightgbm.Dataset(encoder.design(self.table.iloc[train]), self.labels[train])
            booster = lightgbm.train(settings | {"deterministic": True, "force_col_wise": True}, learn, 100)
            score = booster.predict(encoder.design(self.table.iloc[test]), num_threads=self.threads)
            found.append(auc(self.labels[test], np.asarray(score, np.float64)))
        return float(np.mean(found))


def _leaks(quick: _Quick) -> Iterator[Warned]:
    """Columns that know too much.

    A column is suspect when it is strong alone, or moderately strong with a telling name. It is warned of
    when it is almost perfect, or when what the table knows above chance (AUC − ½) shrinks by a fifth
    without it and its like. "Its like" are the other columns nearly as strong or closely correlated: two
    leaks must not cover for each other.
    """
    alone = {name: quick.alone(name) for name in quick.kinds}
    everything = tuple(quick.kinds)
    suspects = [
        name
        for name, value in sorted(alone.items(), key=lambda item: -item[1])
        if value >= STRONG_ALONE or (value >= NAMED_ALONE and AFTERWARDS_NAME.search(name))
    ]
    if not suspects:
        return
    with_all = quick.auc_of(everything)
    for name in suspects:
        like = {other for other in everything if _alike(quick.table, quick.kinds, name, other)}
        perfect = {other for other in everything if alone[other] >= ALMOST_PERFECT}
        rest = tuple(other for other in everything if other not in like | perfect | {name})
        without = quick.auc_of(rest)
        evidence = {"alone": alone[name], "with_it": with_all, "without_it": without}
        if code := _verdict(name, alone[name], with_all, without):
            yield Warned(code, name, evidence)


def _verdict(name: str, alone: float, with_all: float, without: float) -> str | None:
    if alone >= 0.9995:
        return "copies_target"
    if alone >= ALMOST_PERFECT:
        return "predicts_alone"
    if alone >= STRONG_ALONE and with_all - without >= GREAT_SHARE * (with_all - 0.5):
        return "outweighs_the_rest"
    return "named_like_afterwards" if AFTERWARDS_NAME.search(name) else None


def _alike(table: pd.DataFrame, kinds: Mapping[str, Kind], first: str, second: str) -> bool:
    if first == second or "category" in (kinds[first], kinds[second]):
        return False
    return abs(_correlation(table[first].rank(), table[second].rank())) >= 0.9


def _correlation(first: Column, second: Column) -> float:
    both = first.notna() & second.notna()
    if both.sum() < 3 or first[both].nunique() < 2 or second[both].nunique() < 2:
        return 0.0
    return float(np.corrcoef(first[both], second[both])[0, 1])


def _missing(table: pd.DataFrame, labels: Labels) -> Iterator[Warned]:
    """Columns whose gaps predict: rates that differ by half the base rate or more, beyond four standard
    errors.
    """
    for name in table.columns:
        gap = _gaps(table[name])
        rows = int(gap.sum())
        if not MISSING_ROWS <= rows <= len(gap) - MISSING_ROWS:
            continue
        base, missing, known = float(labels.mean()), float(labels[gap].mean()), float(labels[~gap].mean())
        error = np.sqrt(base * (1 - base) * (1 / rows + 1 / (len(gap) - rows)))
        if abs(missing - known) >= max(0.5 * base, 4 * error):
            evidence = {"rows_missing": rows, "rate_missing": missing, "rate_known": known}
            yield Warned("missing_predicts", name, evidence)


def _gaps(column: Column) -> npt.NDArray[np.bool_]:
    return (column.isna() | (column == "")).to_numpy(np.bool_)


def _correlated(table: pd.DataFrame, kinds: Mapping[str, Kind]) -> Iterator[Warned]:
    """Pairs of numbers that say the same, each column paired once."""
    numbers = [name for name, kind in kinds.items() if kind != "category"]
    filled = table[numbers].fillna(table[numbers].median()).to_numpy(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = np.atleast_2d(np.corrcoef(filled, rowvar=False)) if len(numbers) > 1 else np.zeros((1, 1))
    paired: set[int] = set()
    for one, other in zip(*np.where(np.triu(np.abs(matrix) >= 0.999, 1)), strict=True):
        if one not in paired and other not in paired:
            paired.add(int(other))
            evidence = {"other": numbers[other], "correlation": float(matrix[one, other])}
            yield Warned("same_information", numbers[one], evidence, severity="note")
