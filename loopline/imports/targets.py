"""What files can be imported into. Modules above bring a target in their `imports.py`, found by looking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from loopline.imports.cells import RejectedRow
from loopline.imports.kinds import ValueType
from loopline.imports.values import Field
from loopline.kernel.errors import Invalid
from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows on their way into a target, column by column, all columns equally long.

    `keys` identify the rows at their source; `fields` holds parsed values by name of the field, `characteristics`
    typed values by name; only those that some column fills.
    """

    numbers: list[int]
    keys: list[str]
    fields: dict[str, Sequence[Any]]
    characteristics: dict[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.numbers)

    def field(self, name: str) -> Sequence[Any]:
        """The values of a field; None for each row where no column fills it."""
        return self.fields.get(name) or [None] * len(self.numbers)

    def chosen(self, places: Sequence[int]) -> "Rows":
        """Only the rows at these places."""
        return Rows(
            [self.numbers[place] for place in places],
            [self.keys[place] for place in places],
            {name: [values[place] for place in places] for name, values in self.fields.items()},
            {name: [values[place] for place in places] for name, values in self.characteristics.items()},
        )


@dataclass(frozen=True, slots=True)
class Order:
    """Whose import it is and what holds for all its rows.

    `branch` is the unit that rows without one get; `allowed` are the units he may write to (None: all).
    `columns` gives for each filled field the header of its column, `types` the type of each characteristic.
    """

    run: int
    actor: Actor
    branch: int
    allowed: frozenset[int] | None
    as_of: date
    columns: dict[str, str]
    types: dict[str, ValueType]
    trial: bool = False
    """All of it will be rolled back."""
    again: bool = False
    """The import was cut off before, perhaps in the middle of a batch."""


@dataclass(frozen=True, slots=True)
class Written:
    """Keys in the order of the rows, None where the target refused a row, with the reasons.

    A target may know rows that the imports do not: `unchanged` are the places of those that say what is there already,
    which the ledger counts as duplicates, and `updated`, in answer to `create`, of those that it brought up to date.
    """

    ids: list[int | None]
    rejected: list[RejectedRow] = field(default_factory=list)
    unchanged: frozenset[int] = frozenset()
    updated: frozenset[int] = frozenset()


class Writer(Protocol):
    """Writes the rows of one run, within the open door, which sees the whole tenant."""

    def create(self, rows: Rows) -> Written:
        """Make what the rows describe; no key repeats, and none is known to the imports."""

    def update(self, rows: Rows, ids: Sequence[int]) -> Written:
        """Bring what was made from these keys before to the rows' content."""


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of table that can be imported.

    `identity` names the fields that tell a row from others, the narrowest first; a row that has none of them is
    known by its whole content.
    """

    name: str
    label: str | Promise
    permission: str
    fields: Callable[[str], list[Field]]
    """Fields for an operator whose numbers begin with this calling code, labelled in the reader's language."""
    writer: Callable[[Order], Writer]
    identity: tuple[str, ...] = ()


_targets: Registry[Target] = Registry("import target")


def register(target: Target) -> Target:
    """Bring a target."""
    return _targets.add(target.name, target)


def target_named(name: str) -> Target:
    """The target. Raises KeyError."""
    brought("imports")
    return _targets[name]


def targets_for(actor: Actor) -> list[Target]:
    """The targets that one may bring files for."""
    brought("imports")
    return [target for target in _targets if actor.may(target.permission)]


def named_or_refused(name: str) -> Target:
    """The target that somebody names. Raises Invalid."""
    brought("imports")
    if name not in _targets:
        raise Invalid(field="target", reason=_("Files of this kind cannot be imported."))
    return _targets[name]
