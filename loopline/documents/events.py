"""What happens to files."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRemoved(Happened):
    """A file was taken out; its bytes are gone."""

    name = "documents.removed"
    file: str
    about: str
