"""What happens to the views that people keep."""

from dataclasses import dataclass
from typing import ClassVar

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSaved(Happened):
    """Somebody kept a look at a cube under a name, or kept it anew."""

    name: ClassVar[str] = "olap.view_saved"
    cube: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewShared(Happened):
    """A view is shown to others, or to nobody else any more."""

    name: ClassVar[str] = "olap.view_shared"
    cube: str
    title: str
    shared: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRemoved(Happened):
    """A view was removed, or (`back`) put back."""

    name: ClassVar[str] = "olap.view_removed"
    cube: str
    title: str
    back: bool
