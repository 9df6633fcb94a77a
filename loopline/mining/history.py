"""The population `history`: which cut-offs a model learns from, on which it is judged, and the rows of each."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from ibis.backends.duckdb import Backend

from loopline.kernel.period import add_months, months_between
from loopline.mining.features import OUTCOME_MONTHS, Cutoff, Part, first_month, labelled, last_month
from loopline.mining.refusals import TooLittleHistory

OBSERVED = 3
"""Months that must be known before the first cut-off."""
MOST_CUTOFFS = 5
MOST_ROWS = 120_000
"""More rows than this make training longer and the model hardly better: a share of the customers is drawn."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Cut-offs by the first day of their month. Every outcome of `learn` was known before `judge` began."""

    learn: tuple[date, ...]
    judge: date
    last: date
    gap: int
    zone: str

    def as_dict(self) -> dict[str, object]:
        """As the run keeps it."""
        learn = [month.isoformat() for month in self.learn]
        return {"learn": learn, "judge": self.judge.isoformat(), "last": self.last.isoformat()}


def plan_cutoffs(lake: Backend, *, gap: int, zone: str) -> Plan:
    """The newest cut-off whose outcome is complete to judge on, and up to five before it to learn from.

    Raises TooLittleHistory.
    """
    first, last = first_month(lake), last_month(lake)
    ahead = OUTCOME_MONTHS + gap
    needed = OBSERVED + 2 * ahead
    months = months_between(first, last) + 1 if first and last else 0
    if not first or not last or months < needed:
        raise TooLittleHistory(months=months, needed=needed)
    judge = add_months(last, -ahead)
    newest = add_months(judge, -ahead)
    earliest = add_months(first, OBSERVED - 1)
    learn = [add_months(newest, -back) for back in range(MOST_CUTOFFS)]
    return Plan(tuple(sorted(month for month in learn if month >= earliest)), judge, last, gap, zone)


def rows_at(lake: Backend, month: date, plan: Plan, most: int) -> pd.DataFrame:
    """Features and `left` at one cut-off; above `most` rows those of an even share of the customers."""
    table = labelled(lake, Cutoff(month, plan.zone), plan.gap, _share(lake, most))
    frame: pd.DataFrame = lake.to_pandas(table).sort_values("subscription_id", ignore_index=True)
    # Sums of floats come in any order from several threads; rounded they are the same each time.
    return frame.round(6).assign(cutoff=month.isoformat())


def _share(lake: Backend, most: int) -> Part:
    lines = lake.table("dim_subscription")
    count = int(lake.execute(lines.filter(lines.is_current, lines.ended_on.isnull()).count()))
    return Part(0, max(1, min(1000, 1000 * most // max(count, 1))))
