"""What modules show of a customer. A panel gathers plain facts once; the page and the API are made of the same facts.

Modules register in their own `panels.py`; nobody imports another module's pages.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from loopline.customers import listing
from loopline.customers.history import Told, Wording, events_of, told, wordings
from loopline.customers.models import Customer
from loopline.customers.queries.customer import together
from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry

__all__ = [
    "GLANCE",
    "HAVE",
    "SAID",
    "USE",
    "Gathered",
    "Panel",
    "Subject",
    "Told",
    "Wording",
    "events_of",
    "gather",
    "listing",
    "load",
    "panels",
    "told",
    "wordings",
]
"""All that other modules register with, or read, to take part in the customers' pages."""

GLANCE, HAVE, USE, SAID = "glance", "have", "use", "said"
"""Places: the strip under the name, and the columns below it (have and owe; use and open matters; said to us)."""


@dataclass(frozen=True)
class Subject:
    """Whose panels are wanted, and who looks. `files` are his own key and those of the files merged into his."""

    customer: Customer
    actor: Actor

    @cached_property
    def files(self) -> list[int]:
        """What hangs on any of these is the customer's."""
        alone = self.customer.__dict__.get("has_merged") is False
        return [self.customer.pk] if alone else together(self.customer)


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the unified view.

    `gather` reads the facts with a constant number of queries (a frozen dataclass of plain values, personal ones
    masked; None: nothing to show). `show` turns them into finished strings, which `template` places as `panel`.
    """

    place: str
    template: str
    gather: Callable[[Subject], Any]
    show: Callable[[Subject, Any], Any]
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A panel's name, itself and its facts."""

    name: str
    panel: Panel
    facts: Any


panels: Registry[Panel] = Registry("customer panel")


def gather(subject: Subject, wanted: Collection[str] = ()) -> list[Gathered]:
    """The facts of every panel (or of those `wanted` alone) that the actor may see, in the panels' order."""
    load()
    found = []
    for name in panels.names():
        panel = panels[name]
        if wanted and name not in wanted:
            continue
        if panel.permission and not subject.actor.may(panel.permission):
            continue
        facts = panel.gather(subject)
        if facts is not None:
            found.append(Gathered(name, panel, facts))
    return found


@cache
def load() -> None:
    """Let every module register what it brings."""
    brought("panels")
    import_module("loopline.customers.standard")
