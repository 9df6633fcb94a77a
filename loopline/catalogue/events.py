"""What happens in the catalogue."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingDesigned(Happened):
    """An offering was begun."""

    name = "catalogue.offering_designed"
    code: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingChanged(Happened):
    """A draft was changed: `changes` maps a field to its value before and after."""

    name = "catalogue.offering_changed"
    changes: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingVersioned(Happened):
    """A new version was begun from an earlier one."""

    name = "catalogue.offering_versioned"
    code: str
    revision: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingStateChanged(Happened):
    """An offering took a step of its life."""

    name = "catalogue.offering_state_changed"
    before: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingRemoved(Happened):
    """A draft that nobody needs was thrown away."""

    name = "catalogue.offering_removed"
    code: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAdded(Happened):
    """A catalogue, category, specification or price of its own was added."""

    name = "catalogue.entry_added"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanged(Happened):
    """Such an entry was changed: `changes` maps a field to its value before and after."""

    name = "catalogue.entry_changed"
    changes: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRemoved(Happened):
    """Such an entry was removed."""

    name = "catalogue.entry_removed"
    title: str
