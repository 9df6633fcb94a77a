"""What is due at a time, over all modules: each brings what stands in a calendar beside the appointments.

Sources are in `loopline/<module>/agenda.py`. A source asks one query that an index answers, within what the actor sees.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry

MOST = 200
"""So many things of one source a calendar shows; whoever has more has a list for them."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment up to another, for oneself or (`team`) for the people of one's unit."""

    start: datetime
    end: datetime
    team: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due; `who` has to do it."""

    at: datetime
    title: str
    detail: str
    who: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Source:
    """`find` gives at most MOST things, the earliest first. Asked only of whoever holds the permission."""

    label: Any
    permission: str
    find: Callable[[Actor, Span], list[Due]]


sources: Registry[Source] = Registry("source of due things")


def due(actor: Actor, span: Span) -> list[Due]:
    """Everything that is due in a span, unordered."""
    brought("agenda")
    asked = [source for source in sources if not source.permission or actor.may(source.permission)]
    return [found for source in asked for found in source.find(actor, span)]
