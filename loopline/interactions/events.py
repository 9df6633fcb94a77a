"""What happens to the history of touches."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionRecorded(Happened):
    """There was a touch with a customer."""

    name = "interactions.recorded"
    kind: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionWithdrawn(Happened):
    """A touch that had been recorded by mistake was taken out at once."""

    name = "interactions.withdrawn"
    kind: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionCorrected(Happened):
    """What had been noted of a touch was put right; only the fields are named."""

    name = "interactions.corrected"
    fields: list[str]
