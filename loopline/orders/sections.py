"""What other modules show on an order's page. They register; nobody imports another module's pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loopline.customers.panels import load
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry
from loopline.orders.models import Order


@dataclass(frozen=True, slots=True)
class Section:
    """A card on the order's page: `gather` makes finished strings (None: nothing to show), `template` places them."""

    template: str
    gather: Callable[[Actor, Order], Any]
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A section's template with its finished content."""

    template: str
    body: Any


sections: Registry[Section] = Registry("section of an order")


def gather(actor: Actor, order: Order) -> list[Placed]:
    """The sections that the actor may see, in their order."""
    load()
    found = []
    for section in sections:
        if section.permission and not actor.may(section.permission):
            continue
        body = section.gather(actor, order)
        if body is not None:
            found.append(Placed(section.template, body))
    return found
