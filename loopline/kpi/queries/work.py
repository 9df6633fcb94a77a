"""What people have done, by what is recorded: orders, tickets, tasks, contacts, campaigns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.campaigns import api as campaigns
from loopline.cases import api as cases
from loopline.identity.api import Staff, subtree
from loopline.interactions import api as interactions
from loopline.kernel.permission import Actor, require
from loopline.kpi.models import WorkWeight
from loopline.kpi.queries.counts import Look
from loopline.kpi.queries.tree import Tree
from loopline.kpi.rules import work
from loopline.kpi.rules.work import BEHAVIOUR, RESULTS, Result, Weight
from loopline.orders import api as orders
from loopline.worklist import api as worklist

SUPERVISES = "cases.supervise"
"""Whoever leads a unit sees the work of its people; everybody sees his own."""

type Tally = dict[int, int]


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of recorded work. With `of` it is the share of the first in the second, in per cent."""

    label: str | Promise
    part: str
    tally: Callable[[Look], Tally]
    of: Callable[[Look], Tally] | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """A member of staff and his work."""

    person: Staff
    role: str
    values: dict[str, Decimal | None]
    result: Result


def _by(rows: QuerySet[Any], who: str) -> Tally:
    found = rows.order_by().filter(**{f"{who}__gt": 0}).values_list(who).annotate(number=Count("pk"))
    return {key: number for key, number in found if key}


def _tickets(seen: Look, *, in_time: bool = False) -> Tally:
    rows = cases.Ticket.objects.filter(solved_at__gte=seen.start, solved_at__lt=seen.end)
    return _by(rows.filter(solved_at__lte=F("solution_due_at")) if in_time else rows, "assignee_id")


def _tasks(seen: Look, *, in_time: bool = False) -> Tally:
    rows = worklist.Task.objects.filter(
        status=worklist.TaskStatus.DONE, closed_at__gte=seen.start, closed_at__lt=seen.end
    )
    return _by(
        rows.filter(Q(due_at=None) | Q(closed_at__lte=F("due_at"))) if in_time else rows, "closed_by_id"
    )


def _contacts(seen: Look, *, noted: bool = False) -> Tally:
    rows = interactions.Interaction.objects.filter(at__gte=seen.start, at__lt=seen.end)
    return _by(rows.exclude(summary="") if noted else rows, "staff_id")


def _orders(seen: Look) -> Tally:
    rows = orders.Order.objects.filter(completed_at__gte=seen.start, completed_at__lt=seen.end)
    return _by(rows, "staff_id")


def _acceptances(seen: Look) -> Tally:
    rows = campaigns.Member.objects.filter(
        answered_on__gte=seen.first, answered_on__lte=seen.last, answer="accepted"
    )
    return _by(rows, "answered_by_id")


MEASURES: dict[str, Measure] = {
    "orders_completed": Measure(_("Orders completed"), RESULTS, _orders),
    "tickets_solved": Measure(_("Tickets solved"), RESULTS, _tickets),
    "tasks_done": Measure(_("Tasks done"), RESULTS, _tasks),
    "contacts": Measure(_("Contacts with customers"), RESULTS, _contacts),
    "acceptances": Measure(_("Campaign offers accepted"), RESULTS, _acceptances),
    "tickets_in_time": Measure(
        _("Tickets solved within their promised time"),
        BEHAVIOUR,
        lambda seen: _tickets(seen, in_time=True),
        _tickets,
    ),
    "tasks_in_time": Measure(
        _("Tasks done in time"), BEHAVIOUR, lambda seen: _tasks(seen, in_time=True), _tasks
    ),
    "notes_kept": Measure(
        _("Contacts with a note"), BEHAVIOUR, lambda seen: _contacts(seen, noted=True), _contacts
    ),
}
SHARES = frozenset(name for name, measure in MEASURES.items() if measure.of is not None)


def worked(actor: Actor, tree: Tree, unit: int, seen: Look) -> list[Worked]:
    """The people of a unit and all below it with their work: for a supervisor his own, for others themselves."""
    require(actor, "kpi.view")
    people = Staff.objects.filter(unit__in=subtree(tree.units[unit]), is_active=True)
    if not (actor.may(SUPERVISES) or actor.may("kpi.manage")):
        people = Staff.objects.filter(pk=actor.staff_id)
    return _results(
        list(people.select_related("unit").prefetch_related("roles").order_by("unit__path", "pk")), seen
    )


def worked_by(actor: Actor, person: Staff, seen: Look) -> Worked:
    """One person's work."""
    require(actor, "kpi.view")
    return _results([person], seen)[0]


def may_see(actor: Actor, person: Staff) -> bool:
    """Whether somebody may see a person's work: his own, or that of the people of the units that he leads."""
    if person.pk == actor.staff_id:
        return True
    within = actor.scope.branches is None or person.unit_id in actor.scope.branches
    return within and (actor.may(SUPERVISES) or actor.may("kpi.manage"))


def _results(people: list[Staff], seen: Look) -> list[Worked]:
    tallies = {name: measure.tally(seen) for name, measure in MEASURES.items()}
    wholes = {name: measure.of(seen) for name, measure in MEASURES.items() if measure.of is not None}
    decided = weights()
    months = Decimal(round((seen.last - seen.first).days / 30) or 1)
    found = []
    for person in people:
        role = next(iter(sorted(each.code for each in person.roles.all())), "")
        values = {name: _value(tallies[name], wholes.get(name), person.pk) for name in MEASURES}
        chosen = decided.get(role) or work.usual(role)
        found.append(Worked(person, role, values, work.judge(values, chosen, SHARES, months)))
    return found


def _value(tally: Tally, whole: Tally | None, key: int) -> Decimal | None:
    if whole is None:
        return Decimal(tally.get(key, 0))
    return Decimal(100 * tally.get(key, 0)) / whole[key] if whole.get(key) else None


def weights() -> dict[str, dict[str, Weight]]:
    """What the operator has decided, by role."""
    found: dict[str, dict[str, Weight]] = {}
    for row in WorkWeight.objects.order_by("pk"):
        found.setdefault(row.role, {})[row.measure] = Weight(row.weight, row.full_marks)
    return found


def mean_score(results: Iterable[Result]) -> Decimal | None:
    """The mean of the scores of a team's people who have one."""
    scores = [each.score for each in results if each.score is not None]
    return sum(scores, Decimal(0)) / len(scores) if scores else None
