"""What the pages of the warehouse have in common."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the warehouse's pages."""

    label: str
    url: str
    active: bool


def tabs(active: str) -> list[Tab]:
    """The parts, the one shown marked."""
    labels = {"loads": _("Loads and check"), "quality": _("Quality"), "dictionary": _("Data dictionary")}
    return [Tab(label, reverse(f"warehouse:{name}"), name == active) for name, label in labels.items()]


def short(text: str) -> str:
    """The name at the head of a description: up to the first colon, comma or bracket."""
    for mark in (":", "：", "，", "（", ",", "."):
        text = text.split(mark, maxsplit=1)[0]
    return text
