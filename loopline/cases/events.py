"""What happens to tickets, and to the rules by which they are worked."""

from dataclasses import dataclass, field

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Happened):
    """Somebody brought a matter to us."""

    name = "cases.opened"
    number: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStateChanged(Happened):
    """A ticket took a step, with the reason given for it."""

    name = "cases.state_changed"
    number: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(Happened):
    """Fields of a ticket changed: field → [before, after]."""

    name = "cases.changed"
    number: str
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHandedOver(Happened):
    """Another unit or person works on it now; `note` says why."""

    name = "cases.handed_over"
    number: str
    before: str
    to: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoted(Happened):
    """A note was added, for us or (public) for the customer too."""

    name = "cases.noted"
    number: str
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReplied(Happened):
    """The customer was answered on a channel."""

    name = "cases.replied"
    number: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLinked(Happened):
    """A ticket is part of a mass fault now (`parent` is its number), or no longer (empty)."""

    name = "cases.linked"
    number: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGiven(Happened):
    """The customers of a mass fault were told something."""

    name = "cases.notice_given"
    number: str
    tickets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAttached(Happened):
    """A file was added to a ticket."""

    name = "cases.file_attached"
    number: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEscalated(Happened):
    """A clock reached a share of its time, and somebody was told."""

    name = "cases.escalated"
    number: str
    clock: str
    percent: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDeleted(Happened):
    """A ticket that was opened by mistake was taken out."""

    name = "cases.deleted"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardsChanged(Happened):
    """The operator's categories, service levels, alarms or calendars changed: what, and how it reads now."""

    name = "cases.standards_changed"
    what: str
    text: str
