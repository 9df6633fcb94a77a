"""Who answers for a unit, and who stands above him."""

from collections.abc import Collection
from dataclasses import dataclass

from loopline.identity.api import Staff, Unit
from loopline.kpi.models import Indicator
from loopline.kpi.queries.tree import Tree

LEADS = "supervisor"
"""The role of whoever leads a unit."""


@dataclass(frozen=True, slots=True)
class Charged:
    """Who is to answer, and in which unit; nobody by name where the unit has no leader."""

    unit: Unit
    person: Staff | None


def leader_of(unit: int) -> Staff | None:
    """Who leads a unit: the longest there of its active supervisors."""
    people = Staff.objects.filter(unit_id=unit, is_active=True, roles__code=LEADS)
    return people.order_by("pk").first()


def responsible(tree: Tree, unit: int, owner: int) -> Charged:
    """Who answers for an indicator of a unit: the owner of its target, else the unit's leader."""
    named = Staff.objects.filter(pk=owner, is_active=True).first() if owner else None
    return Charged(tree.units[unit], named or leader_of(unit))


def superior(tree: Tree, indicator: Indicator, unit: int, told: Collection[int]) -> Charged | None:
    """Who stands above: the leader of the nearest unit above who was not told yet, at last the indicator's owner."""
    for key in reversed(tree.line(unit)[:-1]):
        leader = leader_of(key)
        if leader is not None and leader.pk not in told:
            return Charged(tree.units[key], leader)
    owner = indicator.owner
    if owner is not None and owner.is_active and owner.pk not in told:
        return Charged(tree.root, owner)
    return None
