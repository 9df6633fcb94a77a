"""Rows as our own export in clear writes them: known objects are brought to what a row says, others are made.

Each row is one call of the actions that the screens use, by whoever ordered the import and within what he may see, and
is kept or undone as a whole. A row that says what is on file changes nothing; a blank cell takes nothing away.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import ClassVar

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from loopline.imports.cells import RejectedRow
from loopline.imports.refusals import Reason, add_reasons
from loopline.imports.targets import Order, Rows, Written
from loopline.kernel import formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, change, current

type Told = dict[str, str]
"""What a row or an object says: field → text, as the export in clear writes it; no entry where it says nothing."""

MASKS = ("**", "＊＊", "••")
add_reasons({"refused": _("not taken: %(why)s")})


class Files(ABC):
    """A `Writer` of one kind of object; `columns` are the fields of its export, `key` the one that names an object."""

    columns: ClassVar[Sequence[str]]
    key: ClassVar[str]
    names: ClassVar[Mapping[str, str]] = {}
    """Fields at fault, as the actions name them (`uses` of `uses.3.code`), under the names of their columns."""

    def __init__(self, order: Order) -> None:
        self.order, self.actor = order, order.actor

    @abstractmethod
    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """The objects of these keys over the whole operator: key → id."""

    @abstractmethod
    def on_file(self, ids: Sequence[int]) -> dict[int, Told]:
        """What the export would say of objects, of those that the actor may see."""

    @abstractmethod
    def make(self, row: Told) -> int:
        """Make an object. Raises a Refusal that names the field at fault."""

    @abstractmethod
    def alter(self, key: int, changes: Told, on_file: Told) -> None:
        """Bring an object to what a row says otherwise. Raises a Refusal that names the field at fault."""

    def make_all(self, rows: Sequence[Told]) -> list[int | Refusal]:
        """Make objects: the key of each, or why not. One by one, unless a kind can do it better."""
        return [_whole(self.make, row) for row in rows]

    def create(self, rows: Rows) -> Written:
        """Make objects of new keys; bring the others to what the rows say."""
        told = [str(value or "") for value in rows.field(self.key)]
        known = self.known([key for key in told if key])
        return self._written(rows, [known.get(key) for key in told])

    def update(self, rows: Rows, ids: Sequence[int]) -> Written:
        """Bring objects to what the rows say."""
        return self._written(rows, ids)

    def _written(self, rows: Rows, ids: Sequence[int | None]) -> Written:
        told = [self._told(rows, place) for place in range(len(rows))]
        bad = {
            place: fault for place in range(len(rows)) if (fault := self._masked(rows, place, told[place]))
        }
        fresh = [place for place, key in enumerate(ids) if key is None and place not in bad]
        there = {place: key for place, key in enumerate(ids) if key is not None and place not in bad}
        done: dict[int, int] = {}
        with _as(self.actor):
            outcomes = dict(zip(fresh, self.make_all([told[place] for place in fresh]), strict=True))
            on_file = self.on_file(list(there.values()))
            same = {
                place for place, key in there.items()
                if key in on_file and told[place].items() <= on_file[key].items()
            }  # fmt: skip
            for place in there.keys() - same:
                outcomes[place] = self._altered(there[place], told[place], on_file.get(there[place]))
        for place, outcome in outcomes.items():
            if isinstance(outcome, Refusal):
                why = Reason("refused", {"why": outcome.message})
                bad[place] = self._fault(rows, place, outcome.field or self.key, why)
            else:
                done[place] = outcome
        done |= {place: there[place] for place in same}
        return Written(
            [done.get(place) for place in range(len(rows))],
            [bad[place] for place in sorted(bad)],
            frozenset(same),
            frozenset(there.keys() & done.keys() - same),
        )

    def _altered(self, key: int, row: Told, before: Told | None) -> int | Refusal:
        def alter(row: Told) -> int:
            if before is None:
                raise NotFound(field=self.key)
            self.alter(key, {name: row[name] for name in row if before.get(name) != row[name]}, before)
            return key

        return _whole(alter, row)

    def _masked(self, rows: Rows, place: int, row: Told) -> RejectedRow | None:
        for name, text in row.items():
            if any(mask in text for mask in MASKS):
                return self._fault(rows, place, name, Reason("masked", {}))
        return None

    def _told(self, rows: Rows, place: int) -> Told:
        told = {}
        for name in self.columns:
            text = text_of(rows.field(name)[place])
            if text:
                told[name] = text
        return told

    def _fault(self, rows: Rows, place: int, name: str, reason: Reason) -> RejectedRow:
        name = name.partition(".")[0]
        name = self.names.get(name, name)
        column = self.order.columns.get(name) or self.order.columns.get(self.key, "")
        value = text_of(rows.fields[name][place]) if name in rows.fields else ""
        return RejectedRow(rows.numbers[place], column, value, reason)


def _whole(work: Callable[[Told], int], row: Told) -> int | Refusal:
    """Do it wholly or not at all."""
    try:
        with transaction.atomic():
            return work(row)
    except Refusal as refusal:
        return refusal


@contextmanager
def _as(actor: Actor) -> Iterator[None]:
    """See what somebody sees, and count days as his operator does."""
    zone = formats.zone.set(actor.zone)
    try:
        with within(actor.scope):
            yield
    finally:
        formats.zone.reset(zone)


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """See for a while only what somebody sees, within a door that sees the whole operator."""
    whole = current()
    change(scope)
    try:
        yield
    finally:
        with suppress(DatabaseError):  # a transaction that is broken ends without the scope being told
            change(whole)


def text_of(value: object) -> str:
    """A value as an export in clear writes it; a telephone number with 00 for +, which is no formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
        return _plain(text) if text[:1] in ("+", "'") else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _plain(text: str) -> str:
    if text[0] == "+":
        return f"00{text[1:]}" if text[1:].isdigit() else text
    return text[1:] if text[1:2] in ("=", "+", "-", "@") else text


def said(told: Mapping[str, object]) -> Told:
    """What an object says, as texts; nothing where it says nothing."""
    return {name: text for name, value in told.items() if (text := text_of(value))}
