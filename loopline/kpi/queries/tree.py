"""The organisation as a tree, read once."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from loopline.identity.api import Unit
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor


@dataclass(frozen=True, slots=True)
class Tree:
    """Every active unit by its key, the root first."""

    units: dict[int, Unit]

    @property
    def root(self) -> Unit:
        """The operator itself."""
        return next(iter(self.units.values()))

    def line(self, unit: int) -> list[int]:
        """The keys from the root down to a unit."""
        return [int(key) for key in self.units[unit].path.strip("/").split("/")]

    def below(self, unit: int) -> list[Unit]:
        """The units right below."""
        return [each for each in self.units.values() if each.parent_id == unit]

    def rolled_up(self, counted: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
        """What each unit and all below it have together."""
        sums: dict[int, Decimal] = {}
        for unit, amount in counted:
            if unit in self.units:
                for key in self.line(unit):
                    sums[key] = sums.get(key, Decimal(0)) + amount
        return sums


def tree() -> Tree:
    """The tree as it is now."""
    rows = Unit.objects.filter(is_active=True).order_by("path")
    ordered = sorted(rows, key=lambda unit: (unit.path.count("/"), unit.path))
    return Tree({unit.pk: unit for unit in ordered})


def sees(actor: Actor, unit: int) -> bool:
    """Whether a unit is within what somebody may see."""
    return actor.scope.branches is None or unit in actor.scope.branches


def unit_shown(actor: Actor, found: Tree, code: str = "") -> Unit:
    """The unit of this code, or the highest that somebody sees. Raises NotFound for what he does not see."""
    if code:
        unit = next((each for each in found.units.values() if each.code == code), None)
    else:
        unit = next((each for each in found.units.values() if sees(actor, each.pk)), None)
    if unit is None or not sees(actor, unit.pk):
        raise NotFound
    return unit
