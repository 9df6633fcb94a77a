"""The door of this module: what the modules above it bring to the desk."""

from collections.abc import Callable
from dataclasses import dataclass

from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Banner:
    """Long work that concerns everybody, shown on the desk while it runs: finished texts, `percent` 0 to 100."""

    label: str
    percent: int
    detail: str


banners: Registry[Callable[[Actor], Banner | None]] = Registry("banner on the desk")

__all__ = ["Banner", "banners"]
