"""What can be taken out. Modules above bring their lists in their `outgoing.py`, found by looking.

The rows come from a cursor of the server, so a million of them hold no more memory than one block.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from loopline.kernel.errors import NotFound
from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry
from loopline.kernel.sheets import Block

BLOCK = 2000
COUNTED_TO = 10_000


class Table(Protocol):
    """Rows on their way out, for what the query string of their list asks for."""

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many there are, to one more than COUNTED_TO. Refuses what the list refuses."""

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[Block]:
        """The heads, then the rows, within an open door. Each block takes a constant number of queries."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The plainest `Table`: `writer` is made once for a file and turns each row into as many texts as there are heads.

    `heads` are read in the language of whoever takes it.
    """

    heads: Sequence[str | Promise]
    rows: Callable[[Actor, QueryDict], QuerySet[Any]]
    writer: Callable[[Actor], Callable[[Any], list[str]]]

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many there are, to one more than COUNTED_TO."""
        return self.rows(actor, asked).order_by()[: COUNTED_TO + 1].count()

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[Block]:
        """The heads, then the rows."""
        yield [[str(head) for head in self.heads]]
        write = self.writer(actor)
        for rows in batched(self.rows(actor, asked).iterator(chunk_size=BLOCK), BLOCK):
            yield [write(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A list that can be taken out by whoever holds `permission`.

    `shown` is what the list shows, masked. `clear` is for the imports: nothing masked, the names of their fields as
    heads; where there is personal data in it, a second person must approve. `page` names the list's own page.
    """

    name: str
    label: str | Promise
    permission: str
    shown: Table
    clear: Table | None = None
    personal: bool = True
    page: str = ""

    def in_clear(self) -> Table:
        """The table in clear. Raises NotFound where there is none."""
        if self.clear is None:
            raise NotFound
        return self.clear


_lists: Registry[Outgoing] = Registry("outgoing list")


def bring(outgoing: Outgoing) -> Outgoing:
    """Register a list."""
    return _lists.add(outgoing.name, outgoing)


def outgoing_lists() -> list[Outgoing]:
    """Every list that can be taken out."""
    brought("outgoing")
    return list(_lists)


def list_named(name: str) -> Outgoing:
    """The list. Raises NotFound."""
    brought("outgoing")
    if name not in _lists:
        raise NotFound
    return _lists[name]


def moment(value: datetime | None, actor: Actor) -> str:
    """A moment in the operator's zone as spreadsheets read it; blank for none."""
    return value.astimezone(actor.zone).strftime("%Y-%m-%d %H:%M") if value else ""


def day(value: date | None) -> str:
    """A day as spreadsheets read it."""
    return value.isoformat() if value else ""
