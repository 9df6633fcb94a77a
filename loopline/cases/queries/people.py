"""Who is there to work on a ticket, and how much each has."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Count, Max, Q

from loopline.cases.models import Category, Skill, Ticket
from loopline.cases.queries.standards import line_of
from loopline.cases.rules import states
from loopline.cases.rules.routing import Candidate
from loopline.identity import api as identity
from loopline.kernel.scope import Scope, change, current

WORKS = "cases.work"
SUPERVISES = "cases.supervise"


@contextmanager
def whole_operator() -> Iterator[None]:
    """Look and write over the whole operator for a moment, for what has been authorised before.

    A ticket may pass to a unit that its giver does not see, whose people's load he does not see either.
    """
    own = current()
    change(Scope(own.tenant, staff=own.staff))
    try:
        yield
    finally:
        with suppress(DatabaseError):  # a transaction that is broken ends without the scope being told
            change(own)


def candidates(unit: int, category: Category | None) -> list[Candidate]:
    """The members of staff of a unit who work on tickets. In a door that sees the whole operator."""
    people = identity.Staff.objects.filter(unit_id=unit, is_active=True).prefetch_related("roles")
    able = [person.pk for person in people if _may(person, WORKS)]
    skilled = set(
        Skill.objects.filter(staff_id__in=able, category_id__in=line_of(category)).values_list(
            "staff_id", flat=True
        )
    )
    counted = (
        Ticket.objects.filter(assignee_id__in=able)
        .values_list("assignee_id")
        .annotate(
            load=Count("id", filter=Q(is_open=True) & ~Q(state=states.RESOLVED)), last=Max("assigned_at")
        )
    )
    loads: dict[int | None, tuple[int, datetime | None]] = {key: (load, last) for key, load, last in counted}
    return [Candidate(key, key in skilled, *loads.get(key, (0, None))) for key in able]


def supervisors(unit: int) -> list[identity.Staff]:
    """Who leads a unit's work on tickets."""
    people = identity.Staff.objects.filter(unit_id=unit, is_active=True).prefetch_related("roles")
    return [person for person in people if _may(person, SUPERVISES)]


def receivers() -> list[tuple[identity.Unit, list[identity.Staff]]]:
    """Every unit with the people in it who work on tickets, in the order of the tree."""
    people: dict[int, list[identity.Staff]] = {}
    for person in identity.Staff.objects.filter(is_active=True).prefetch_related("roles").order_by("name"):
        if _may(person, WORKS):
            people.setdefault(person.unit_id, []).append(person)
    units = identity.Unit.objects.filter(is_active=True).order_by("path")
    return [(unit, people.get(unit.pk, [])) for unit in units]


def _may(person: identity.Staff, permission: str) -> bool:
    return any(permission in role.permissions for role in person.roles.all())
