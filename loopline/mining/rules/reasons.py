"""Why a customer scores as he does: the contribution of each column, gathered into topics people can act
on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from loopline.mining.rules.columns import tidy
from loopline.mining.rules.figures import Floats
from loopline.mining.rules.fitting import FittedModel

# TreeSHAP of some thousand rows at a time keeps the memory small.
ROWS_AT_A_TIME = 5_000


@dataclass(frozen=True)
class Contributions:
    """What each column adds to a customer's log-odds of leaving, after calibration.

    `pushes`: rows × columns; `start`: the log-odds before any column speaks, so that sigmoid(start + sum of
    a row's pushes) is the probability. `values`: the tidy values behind them (numbers, dates as days since
    1970, categories as text, NaN or "" = missing). `typical`: median or commonest value of the training.
    """

    pushes: pd.DataFrame
    start: float
    values: pd.DataFrame
    typical: Mapping[str, float | str]


def explain(model: FittedModel, frame: pd.DataFrame) -> Contributions:
    """Split each row's score into its columns: TreeSHAP for trees, coefficient × centred value for the
    regression.
    """
    table = tidy(frame, model.kinds)
    sources = model.encoder.sources
    names = list(model.kinds)
    # One matrix product adds up the levels and flags that belong to one column.
    gather = (np.array(sources)[:, None] == np.array(names)[None, :]).astype(np.float64)
    pushes: list[Floats] = []
    start = 0.0
    for first in range(0, max(1, len(table)), ROWS_AT_A_TIME):
        design = model.encoder.design(table.iloc[first : first + ROWS_AT_A_TIME])
        if not len(design):
            break
        found = model.scorer.contributions(model.encoder, design) * model.slope
        pushes.append(found[:, :-1] @ gather)
        start = float(found[0, -1])
    stacked = np.vstack(pushes) if pushes else np.zeros((0, len(names)))
    return Contributions(
        pd.DataFrame(stacked, index=frame.index, columns=names), start + model.shift, table, model.typical
    )


def top_reasons(contributions: Contributions, topics: Mapping[str, str], n: int = 3) -> pd.DataFrame:
    """The up to `n` topics that push each row's risk up most.

    `topics` maps columns to topics; a column without one is no reason (region, age …). One line for each
    row and reason: `row` (label of the row's index), `rank` (1 = strongest), `topic`, `push` (log-odds of
    the whole topic), and of the column that speaks loudest in it: `column`, `value`, `direction` ("higher"
    or "lower" than typical, "is" for categories and for the typical value, "missing").
    """
    columns = [name for name in contributions.pushes.columns if name in topics]
    names = sorted({topics[name] for name in columns})
    rows = len(contributions.pushes)
    if not columns or not rows:
        return pd.DataFrame(columns=["row", "rank", "topic", "push", "column", "value", "direction"])
    pushes = contributions.pushes[columns].to_numpy(np.float64)
    member = np.array([[topics[column] == topic for topic in names] for column in columns])
    by_topic = pushes @ member.astype(np.float64)
    order = np.argsort(-by_topic, axis=1, kind="stable")[:, :n]
    strongest = np.take_along_axis(by_topic, order, axis=1)
    row, rank = np.nonzero(strongest > 0)
    topic = order[row, rank]
    loudest = np.where(member.T[topic], pushes[row], -np.inf).argmax(axis=1)
    said = pd.DataFrame(
        {
            "row": contributions.pushes.index[row],
            "rank": rank + 1,
            "topic": np.array(names, dtype=object)[topic],
            "push": strongest[row, rank],
            "column": np.array(columns, dtype=object)[loudest],
        }
    )
    return _with_values(said, contributions, row)


def _with_values(said: pd.DataFrame, contributions: Contributions, row: np.ndarray) -> pd.DataFrame:
    """Add the value of the column named on each line, and how it stands to the typical one."""
    values = np.empty(len(said), dtype=object)
    directions = np.empty(len(said), dtype=object)
    named = said["column"].to_numpy()
    for column in pd.unique(said["column"]):
        here = np.flatnonzero(named == column)
        found = contributions.values[column].to_numpy()[row[here]]
        values[here] = found
        directions[here] = _directions(found, contributions.typical[column])
    return said.assign(value=values, direction=directions)


def _directions(values: np.ndarray, typical: float | str) -> np.ndarray:
    if isinstance(typical, str):
        return np.where(values == "", "missing", "is")
    numbers = values.astype(np.float64)
    than = np.where(numbers > typical, "higher", np.where(numbers < typical, "lower", "is"))
    return np.where(np.isnan(numbers), "missing", than)
