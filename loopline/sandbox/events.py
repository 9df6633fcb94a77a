"""What happens in the sandbox."""

from dataclasses import dataclass
from typing import ClassVar

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementAsked(Happened):
    """Somebody asked a statement of his own."""

    name: ClassVar[str] = "sandbox.statement_asked"
    tables: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEnded(Happened):
    """It ended: with so many rows after so many seconds, or with a fault."""

    name: ClassVar[str] = "sandbox.statement_ended"
    rows: int
    seconds: float
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTakenOut(Happened):
    """Somebody took a result out as a file."""

    name: ClassVar[str] = "sandbox.result_taken_out"
    rows: int
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementKept(Happened):
    """Somebody keeps a statement under a name."""

    name: ClassVar[str] = "sandbox.statement_kept"
    title: str
    shared: bool
