"""Where the planted truth is kept: Parquet files in the folder of the saved world, for tests to read."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from loopline.demo.facts import TRUTH, Facts, arrow


def write_truth(folder: Path, facts: Facts, day: int, part: int = 0) -> None:
    """Write the truth tables of `facts` as `<table>-<day>-<part>.parquet`.

    `day` is the world's day before the facts were lived (0 for the history, whose cohorts are the parts): a tick that
    is repeated writes the same files again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in TRUTH:
        path = folder / f"{name}-{day:06d}-{part:03d}.parquet"
        partial = path.with_suffix(".partial")
        pq.write_table(arrow(facts[name]), partial)
        partial.replace(path)


def read_truth(folder: Path, name: str) -> pa.Table:
    """One truth table (a name of `facts.TRUTH`), all parts. Raises FileNotFoundError when none was written."""
    if name not in TRUTH:
        raise KeyError(name)
    paths = sorted(folder.glob(f"{name}-*.parquet"))
    if not paths:
        raise FileNotFoundError(f"no {name} in {folder}")
    return pa.concat_tables([pq.read_table(path) for path in paths])
