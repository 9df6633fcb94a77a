"""A star as a small picture: the facts in the middle, its dimensions around."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

DIMENSIONS: dict[str, Any] = {
    "dim_customer": _("Customer"),
    "dim_subscription": _("Subscription"),
    "dim_offering": _("Offering"),
    "dim_unit": _("Organisation"),
    "dim_staff": _("Staff"),
    "dim_campaign": _("Campaign"),
    "dim_channel": _("Channel"),
    "dim_handset": _("Handset"),
    "dim_calendar": _("Month"),
}
KEYS = {
    "branch": "dim_unit",
    "customer": "dim_customer",
    "line": "dim_subscription",
    "offering": "dim_offering",
    "channel": "dim_channel",
    "handset": "dim_handset",
}
WIDTH, ROW = 320, 30
_MIDDLE, _NODE = WIDTH // 2, 92


@dataclass(frozen=True, slots=True)
class Node:
    """A dimension: its dot, the side on which its word stands, and the word."""

    x: int
    y: int
    text_x: int
    anchor: str
    label: str


@dataclass(frozen=True, slots=True)
class Star:
    """Everything to draw, in a box `width` by `height`."""

    width: int
    height: int
    x: int
    y: int
    label: str
    nodes: list[Node]
    summary: str


def star_of(label: str, dimensions: Sequence[str]) -> Star:
    """The picture of a fact with its dimensions (names of tables), the months among them."""
    names = list(dict.fromkeys(["dim_calendar", *(name for name in dimensions if name in DIMENSIONS)]))
    words = [str(DIMENSIONS[name]) for name in names]
    left, right = words[::2], words[1::2]
    height = ROW * max(len(left), 2) + 6
    nodes = [*_side(left, height, _NODE, "end"), *_side(right, height, WIDTH - _NODE, "start")]
    return Star(WIDTH, height, _MIDDLE, height // 2, label, nodes, f"{label}: {', '.join(words)}")


def _side(words: Sequence[str], height: int, x: int, anchor: str) -> list[Node]:
    first = (height - ROW * (len(words) - 1)) // 2
    return [
        Node(x, first + ROW * place, x - 10 if anchor == "end" else x + 10, anchor, word)
        for place, word in enumerate(words)
    ]
