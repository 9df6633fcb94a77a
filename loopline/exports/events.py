"""What happens to files on their way out."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearExportAsked(Happened):
    """Somebody asked to take a list out in clear."""

    name = "exports.clear_asked"
    target: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearExportDecided(Happened):
    """A second person approved or refused a clear export."""

    name = "exports.clear_decided"
    target: str
    approved: bool
