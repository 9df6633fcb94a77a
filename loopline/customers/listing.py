"""What other modules add to the list of customers: columns, filters and orders. They register, we do not ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from loopline.customers.models import Customer
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry

type Text = str | Promise


@dataclass(frozen=True, slots=True)
class Cell:
    """A finished text; with `percent` it is shown as a meter, with `tone` as a badge."""

    text: str
    tone: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `cells` gets the customers of one page and answers with one query."""

    label: Text
    cells: Callable[[Sequence[int]], Mapping[int, Cell]]
    numeric: bool = False
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of one choice: `narrow` keeps the customers of whom the chosen option holds.

    `parts` are conditions that together mean the same, each with an index in the orders of the list.
    """

    label: Text
    options: Callable[[Actor], Sequence[tuple[str, Text]]]
    narrow: Callable[["QuerySet[Customer]", str], "QuerySet[Customer]"]
    parts: Callable[[str], Sequence[Q]] | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """An order by one indexed column of the rows that `rows` makes of the narrowed customers.

    `owner` is the column of those rows that holds the customer's id.
    """

    label: Text
    rows: Callable[["QuerySet[Customer]"], "QuerySet[Any]"]
    column: str
    owner: str = "customer_id"
    descending: bool = False


columns: Registry[Column] = Registry("list column")
filters: Registry[Filter] = Registry("list filter")
sorts: Registry[Sort] = Registry("list order")
