"""What else an order brings along: modules above orders add lines to its price and are told what becomes of it.

A binding works in the transaction of the order itself, so that money and order never tell different stories.
"""

from typing import Protocol

from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry
from loopline.orders.actions.checking import Checked
from loopline.orders.actions.work import Work
from loopline.orders.rules.prices import Line


class Binding(Protocol):
    """Something that is bound to an order's items, such as a deposit or a device."""

    def lines(self, actor: Actor, checked: Checked) -> list[Line]:
        """Lines to add to the price. Raises Invalid or NotPossible where the item cannot be accepted so."""

    def accepted(self, work: Work) -> None:
        """The item is part of an order now."""

    def done(self, work: Work) -> None:
        """The item is completed."""

    def void(self, work: Work) -> None:
        """The item failed, or was cancelled or rejected; all of it has been taken back."""


bindings: Registry[Binding] = Registry("binding of orders")
