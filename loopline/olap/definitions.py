"""What a cube is: levels to group by, parts to add up, measures made of them.

A cube's `rows` is an Ibis expression over the star with one row for each thing that counts: `month` (and `day`, in a
cube with that level), `branch_id`, `customer_id`, the codes of its levels and the numbers that are added up. From it
come the cube's table (the numbers added by month and levels), the customers behind any figure, and exact distinct
counts; nothing is said twice.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import ibis.expr.types as ir

from loopline.kernel.registry import Registry
from loopline.olap.details import Common, Detail

TIME = ("year", "quarter", "month", "day")
UNITS = ("company", "province", "city", "district", "branch", "team")
"""Levels of the organisation that a cube knows, from the top; the values are codes of units."""


class Over(StrEnum):
    """How a part adds up over the months."""

    SUM = "sum"
    """Added over everything."""
    LAST = "last"
    """A stock at the end: added over everything but time, of the last month of a period."""
    FIRST = "first"
    """A stock at the beginning: of the first month of a period."""
    DISTINCT = "distinct"
    """Different customers, each counted once in whatever cell he falls; never added."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level to group by. `column` is that of the cube's table; `above` the next level up its hierarchy.

    `labels` finds words for members: "" shows the code itself; "unit", "plan", "vas", "campaign" and "channel" look it
    up in the lake, "staff" and "group" in operations; anything else is a mapping of codes to words.
    """

    name: str
    label: Any
    group: Any
    column: str = ""
    above: str = ""
    labels: str | Mapping[str, Any] = ""

    @property
    def is_time(self) -> bool:
        """Whether it is a period."""
        return self.name in TIME


@dataclass(frozen=True, slots=True)
class Part:
    """A number of the cube's table. A `DISTINCT` part counts the customers who have a row where it is not 0."""

    name: str
    over: Over = Over.SUM
    type: str = "BIGINT"
    apart: bool = False
    """It is known of all customers, not of what the cube's own levels (`Cube.own`) divide: lines beside contacts."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: a part, or a ratio of sums of parts, times `scale`.

    `above` and `below` are signed parts: `(("at_end", 1), ("at_start", -1))`. Without `below` it is no ratio.
    `better` says whether more is better (1), worse (-1) or neither (0).
    """

    name: str
    label: Any
    above: tuple[tuple[str, int], ...]
    below: tuple[tuple[str, int], ...] = ()
    scale: Decimal = Decimal(1)
    unit: Any = ""
    decimals: int = 0
    about: Any = ""
    better: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts it is made of."""
        return tuple(name for name, _sign in (*self.above, *self.below))

    @property
    def is_ratio(self) -> bool:
        """Whether it divides."""
        return bool(self.below)


@dataclass(frozen=True, slots=True)
class Cube:
    """One theme of analysis. `facts` and `dimensions` are the tables it follows (see warehouse.derived)."""

    name: str
    label: Any
    about: Any
    icon: str
    levels: Mapping[str, Level]
    parts: tuple[Part, ...]
    measures: Mapping[str, Measure]
    rows: Callable[[], ir.Table] = field(repr=False)
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    back: int = 0
    """Of so many months before it a month tells as well: a late change of one moves those after it."""
    running: bool = False
    """Whether a month tells of all months before it, so that a late change moves all later ones."""
    details: tuple[Detail | Common, ...] = ()
    """The tables that it is added up from and that are made for it."""
    of_customers: bool = True
    """Whether each of its rows depends on what is known of its own customer alone (and on dimensions of everybody)."""
    whole: tuple[str, ...] = ()
    """Tables of which a row also looks at what is known of other customers."""
    watched: Callable[[], ir.Table] | None = None
    """Where its rows are not customers' own: what they take from customers, so that it stays while that does."""
    own: tuple[str, ...] = ()
    """Levels that parts kept `apart` know nothing of. In their rows the column of the first of these is null."""
    as_of: datetime | None = None
    """The moment it tells of; where none is said, that of the newest load."""

    @property
    def table(self) -> str:
        """Its table in the lake."""
        return f"cube_{self.name}"

    @property
    def is_daily(self) -> bool:
        """Whether it knows days: its table then has `day` beside `month`."""
        return "day" in self.levels

    @property
    def codes(self) -> tuple[str, ...]:
        """The columns of its levels in the table, without time and organisation."""
        return tuple(
            level.column
            for level in self.levels.values()
            if level.column and not level.is_time and level.name not in UNITS
        )

    @property
    def added(self) -> tuple[Part, ...]:
        """The parts that the table holds as numbers."""
        return tuple(part for part in self.parts if part.over is not Over.DISTINCT)

    @property
    def counted(self) -> tuple[Part, ...]:
        """The parts that count customers; the table holds who they are, as crowds."""
        return tuple(part for part in self.parts if part.over is Over.DISTINCT)

    def part(self, name: str) -> Part:
        """A part by its name."""
        return next(part for part in self.parts if part.name == name)


cubes: Registry[Cube] = Registry("cube")

type Own = Callable[[int], Iterable[Cube]]
own_cubes: Registry[Own] = Registry("cubes of one operator's own")
"""What gives a tenant's own cubes, beside those that every operator has."""
