"""What happens in this module, for history, handlers and the warehouse."""

from dataclasses import dataclass
from typing import ClassVar

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceived(Happened):
    """A file was brought and can be looked at; nothing is imported yet."""

    name: ClassVar[str] = "imports.file_received"
    file_name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrdered(Happened):
    """Somebody decided on the mapping and let the import begin (or be tried)."""

    name: ClassVar[str] = "imports.ordered"
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStopped(Happened):
    """Somebody stopped an import; what was merged stays."""

    name: ClassVar[str] = "imports.stopped"
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinished(Happened):
    """The whole file is in, and its ledger adds up."""

    name: ClassVar[str] = "imports.finished"
    target: str
    read: int
    created: int
    updated: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRefused(Happened):
    """The file could not be imported as a whole; nothing was changed."""

    name: ClassVar[str] = "imports.refused"
    code: str
