"""What happens to notices."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePublished(Happened):
    """A notice went out to a unit and all below it."""

    name = "messaging.notice_published"
    title: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWithdrawn(Happened):
    """A notice stands no longer."""

    name = "messaging.notice_withdrawn"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersReminded(Happened):
    """Whoever had not read a notice was written to."""

    name = "messaging.readers_reminded"
    title: str
    people: int
