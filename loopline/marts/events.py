"""What happens to brought tables."""

from dataclasses import dataclass
from typing import ClassVar

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class MartBrought(Happened):
    """A file became rows of a table in the warehouse."""

    name: ClassVar[str] = "marts.brought"
    title: str
    way: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MartRemoved(Happened):
    """A brought table was removed, or (`back`) put back."""

    name: ClassVar[str] = "marts.removed"
    title: str
    back: bool
