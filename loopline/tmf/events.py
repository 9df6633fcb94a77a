"""What happens to entities that only the Open APIs know."""

from dataclasses import dataclass, field

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityKept(Happened):
    """A client created an entity that the house keeps for it."""

    name = "tmf.kept"
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributesChanged(Happened):
    """Attributes beside the fields of an object changed; only their names are told."""

    name = "tmf.attributes_changed"
    resource: str
    attributes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDropped(Happened):
    """A client deleted an entity that was kept for it; `id` is the public one."""

    name = "tmf.dropped"
    resource: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReported(Happened):
    """Another system reported an event to a topic; what it said is kept beside the row."""

    name = "tmf.reported"
    id: str
    type: str
