"""A question to a cube and its answer, in plain values that pages, programs, reports and indicators share."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

type Member = str | int | bool | date | None
"""One value of a level: a code, a key, a day. None is what has no such value."""
type Value = Decimal | int | float | None
"""A figure; None where there is nothing to tell, as a ratio to nothing."""

OTHERS = "…others"
"""The member that stands for all that a top-N left out."""


class Way(StrEnum):
    """How a measure is looked at."""

    PLAIN = "plain"
    YEAR_AGO = "year_ago"
    """Its value in the same period a year before 去年同期."""
    YEAR_ON_YEAR = "year_on_year"
    """Its change against that, as a share 同比."""
    PERIOD_AGO = "period_ago"
    """Its value in the period before 上期."""
    PERIOD_ON_PERIOD = "period_on_period"
    """Its change against that, as a share 环比."""
    MONTH_AGO = "month_ago"
    """Its value in the month before 上月同期."""
    SAME_DAY_LAST_MONTH = "same_day_last_month"
    """Its value on the same days of the month before, up to the last day known 上月同日 (cubes that know days)."""
    SAME_DAY_CHANGE = "same_day_change"
    """Its change against that, as a share 较上月同日."""
    CUMULATIVE = "cumulative"
    """Added up from the beginning of the year of each period 累计."""
    SHARE = "share"
    """Its share of the grand total 占比."""
    SHARE_OF_PARENT = "share_of_parent"
    """Its share of the row above 占上级."""


CHANGES = frozenset({Way.YEAR_ON_YEAR, Way.PERIOD_ON_PERIOD, Way.SAME_DAY_CHANGE})
"""The ways that tell a change."""
BY_DAYS = frozenset({Way.SAME_DAY_LAST_MONTH, Way.SAME_DAY_CHANGE})
"""The ways that only a cube with days can tell."""


class Op(StrEnum):
    """How a filter compares."""

    IN = "in"
    NOT_IN = "not_in"
    FROM = "from"
    """At least."""
    TO = "to"
    """At most."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure and the way it is looked at; written `revenue` or `revenue:year_on_year`."""

    measure: str
    way: Way = Way.PLAIN

    def __str__(self) -> str:
        return self.measure if self.way is Way.PLAIN else f"{self.measure}:{self.way}"


@dataclass(frozen=True, slots=True)
class Filter:
    """Members of a level that count; written `tier=gold|silver`, `month>=2026-01`, `plan!=P59`."""

    level: str
    op: Op
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Top:
    """Only the `count` largest members of a level by a measure; the rest is one row, `OTHERS`."""

    level: str
    count: int
    by: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a cube: levels down the side and across the top, measures, filters.

    `sort` is the index of a measure (from 1; negative: descending), 0 sorts by the members. Subtotals are of each
    shorter run of levels from the left; `totals` off leaves the finest cells alone.
    """

    cube: str
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    measures: tuple[Measured, ...] = ()
    filters: tuple[Filter, ...] = ()
    top: Top | None = None
    sort: int = 0
    totals: bool = True

    def narrowed(self, *filters: Filter) -> "Question":
        """The same question about fewer."""
        return replace(self, filters=(*self.filters, *filters))


@dataclass(frozen=True, slots=True)
class Head:
    """What a column of figures is, in the reader's language. `unit` is "", "%", a currency or a word for the thing."""

    measured: Measured
    label: str
    unit: str
    decimals: int
    about: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The members along one side, in their order: tuples as long as the levels, shorter ones are subtotals.

    `()` is the total of all. `labels` has a text for each member of a tuple.
    """

    levels: tuple[str, ...]
    keys: tuple[tuple[Member, ...], ...]
    labels: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures: `values[row, column]` has one for each of `heads`. `as_of` is the moment they tell of.

    `cut` says that there are more rows than an answer holds; `note` says what cannot be told so.
    """

    question: Question
    heads: tuple[Head, ...]
    rows: Axis
    columns: Axis
    values: dict[tuple[int, int], tuple[Value, ...]] = field(repr=False)
    as_of: datetime | None
    snapshot: int
    cut: bool = False
    note: str = ""

    def figure(
        self, row: tuple[Member, ...] = (), column: tuple[Member, ...] = (), measure: int = 0
    ) -> Value:
        """One figure by its members; the grand total when none are named. None where there is no such cell."""
        try:
            place = self.rows.keys.index(row), self.columns.keys.index(column)
        except ValueError:
            return None
        found = self.values.get(place)
        return None if found is None else found[measure]
