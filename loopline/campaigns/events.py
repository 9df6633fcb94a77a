"""What happens to campaigns and their members."""

from dataclasses import dataclass
from decimal import Decimal

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlanned(Happened):
    """A draft was made."""

    name = "campaigns.planned"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChanged(Happened):
    """A draft was changed: field → [before, after]."""

    name = "campaigns.changed"
    changes: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStartAsked(Happened):
    """Somebody let the campaign start; the draw and the tasks follow."""

    name = "campaigns.start_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStarted(Happened):
    """Every member is drawn and every task is in a worklist."""

    name = "campaigns.started"
    treated: int
    control: int
    excluded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCancelled(Happened):
    """The campaign was ended before its time; its open tasks are cancelled."""

    name = "campaigns.cancelled"
    reason: str
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFinished(Happened):
    """Nobody is contacted any more; the effect ripens as the windows end."""

    name = "campaigns.finished"
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonNoted(Happened):
    """What was learnt from the campaign."""

    name = "campaigns.lesson_noted"
    lesson: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecorded(Happened):
    """A contacted customer answered. The former offer and consents are what an undo brings back."""

    name = "campaigns.answer_recorded"
    campaign: int
    answer: str
    note: str
    before: str
    offering_before: int | None
    offering_since_before: str
    offer_value: Decimal
    consents_before: dict[str, bool | None]
    interaction: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUndone(Happened):
    """A recorded answer was taken back at once, by whoever had recorded it."""

    name = "campaigns.answer_undone"
    answer: str
