"""The target: which of its two values means "left"."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loopline.mining.rules.columns import Column, without_blanks
from loopline.mining.rules.refusals import TargetNotTheSame, TargetNotTwoValued

# Words for "left" and for "stayed" as they are found in operators' files.
LEFT = frozenset(
    ["yes", "y", "true", "t", "1", "positive", "churn", "churned", "left", "leaver", "lost", "exited"]
).union(["attrited", "cancelled", "canceled", "是", "有", "会", "流失", "已流失", "离网", "已离网", "销户"])
STAYED = frozenset(
    ["no", "n", "false", "f", "0", "-1", "negative", "stay", "stayed", "retained", "active", "current"]
).union(["existing", "否", "无", "不会", "在网", "未流失", "未离网", "留存", "正常"])

type Labels = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Target:
    """The target column read: `labels` is 1 for `positive`, 0 for `negative`, -1 where the value is
    missing.
    """

    column: str
    positive: str
    negative: str
    guessed: bool
    labels: Labels


def read_target(column: Column) -> Target:
    """Read a two-valued target (Yes/No, 1/0, 是/否, Churned/Stayed …).

    Two values that are no known words are taken with the rarer one as positive, and `guessed` says so.
    Raises TargetNotTwoValued otherwise.
    """
    words = _words(column)
    counts = words.dropna().value_counts()
    if len(counts) != 2:
        shown = ", ".join(str(word) for word in counts.index[:6]) + (", …" if len(counts) > 6 else "")
        raise TargetNotTwoValued(column=str(column.name), count=len(counts), values=shown)
    first, second = sorted(counts.index)
    known = _recognised(first, second)
    positive = known or min((first, second), key=lambda word: (counts[word], word))
    negative = second if positive == first else first
    return Target(str(column.name), positive, negative, known is None, _labels(words, positive))


def read_same_target(column: Column, like: Target) -> Target:
    """Read the target of a test table by the values of the training table; raises TargetNotTheSame on
    others.
    """
    words = _words(column)
    strange = sorted(set(words.dropna()) - {like.positive, like.negative})
    if strange:
        raise TargetNotTheSame(column=like.column, values=", ".join(strange[:6]))
    return Target(like.column, like.positive, like.negative, like.guessed, _labels(words, like.positive))


def _recognised(first: str, second: str) -> str | None:
    lowered = {word.casefold(): word for word in (first, second)}
    left = [word for lower, word in lowered.items() if lower in LEFT]
    stayed = [word for lower, word in lowered.items() if lower in STAYED]
    if len(left) == 1 and len(stayed) == 1:
        return left[0]
    # One known word is enough, but codes such as 1/2 mean yes/no in one file and no/yes in the next.
    if first.lstrip("-").isdigit() and second.lstrip("-").isdigit():
        return None
    if len(left) == 1:
        return left[0]
    return next(word for word in (first, second) if word not in stayed) if len(stayed) == 1 else None


def _words(column: Column) -> Column:
    def word(value: object) -> str:
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
        return f"{value:g}" if number else str(value).strip().removesuffix(".0")

    return without_blanks(column).map(word, na_action="ignore").astype("object")


def _labels(words: Column, positive: str) -> Labels:
    return np.where(words.isna(), -1, words == positive).astype(np.int8)
