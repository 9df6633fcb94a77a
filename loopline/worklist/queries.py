"""Which tasks are whose. Row security shows a person the tasks of his units and his own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Value

from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.compiled import Compiled, Given
from loopline.worklist.models import Task, TaskStatus

COUNTED_TO = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tasks: `whose` is all, mine or unit; `due` is "", overdue, today or week; `after` pages on."""

    whose: str = "all"
    kind: str = ""
    source: str = ""
    due: str = ""
    status: str = TaskStatus.OPEN
    after: tuple[int, int] | None = None


def worklist(actor: Actor, wanted: Filter, now: datetime | None = None) -> QuerySet[Task]:
    """The tasks a person may do, the most urgent first: priority downwards, then the older one.

    Tasks given to somebody else by name are left out, and those whose time has not come.
    """
    require(actor, "tasks.work")
    now = now or clock.now()
    rows = _of(actor.staff_id, now, wanted)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.source:
        rows = rows.filter(source=wanted.source)
    rows = _due(rows, wanted.due, now, actor)
    if wanted.after:
        priority, key = wanted.after
        rows = rows.filter(Q(priority__lt=priority) | Q(priority=priority, id__gt=key))
    return rows.select_related("customer", "branch", "assignee").order_by(F("priority").desc(), "id")


def _of(staff: Any, now: Any, wanted: Filter) -> QuerySet[Task]:
    rows = Task.objects.filter(status=wanted.status)
    if wanted.status == TaskStatus.OPEN:
        rows = rows.filter(Q(not_before=None) | Q(not_before__lte=now))
    mine, nobodys = Q(assignee_id=staff), Q(assignee=None)
    return rows.filter({"mine": mine, "unit": nobodys}.get(wanted.whose, mine | nobodys))


def _due(rows: QuerySet[Task], due: str, now: datetime, actor: Actor) -> QuerySet[Task]:
    tomorrow = (now.astimezone(actor.zone) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if due == "overdue":
        return rows.filter(due_at__lt=now)
    if due == "today":
        return rows.filter(due_at__lt=tomorrow)
    if due == "week":
        return rows.filter(due_at__lt=tomorrow + timedelta(days=6))
    return rows


def open_count(actor: Actor) -> int:
    """How many tasks wait for a person, capped at COUNTED_TO."""
    if not actor.may("tasks.work"):
        return 0
    return sum(_open(staff=actor.staff_id, now=clock.now()))


@Compiled
def _open() -> QuerySet[Task, int]:
    waiting = _of(Given("staff"), Given("now"), Filter()).values("pk")[:COUNTED_TO]
    return (
        Task.objects.filter(pk__in=waiting)
        .values(all=Value(1))
        .annotate(open=Count("id"))
        .values_list("open", flat=True)
    )


def get_task(actor: Actor, public_id: UUID) -> Task:
    """One task within what the person may see."""
    require(actor, "tasks.work")
    found = Task.objects.select_related("customer", "branch", "assignee").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def next_task(actor: Actor, wanted: Filter, done: Task) -> Task | None:
    """The task after `done` in a list, or the list's first."""
    rows = worklist(actor, wanted).exclude(pk=done.pk)
    following = rows.filter(Q(priority__lt=done.priority) | Q(priority=done.priority, id__gt=done.pk))
    return following.first() or rows.first()


def sources(actor: Actor) -> list[tuple[str, str, int]]:
    """What the open tasks came from: source, its name, how many; the largest first."""
    rows = worklist(actor, Filter()).exclude(source="").order_by()
    counted = rows.values_list("source", "source_name").annotate(open=Count("id")).order_by("-open")[:20]
    return [(source, name, count) for source, name, count in counted]


def kind_counts(actor: Actor) -> list[tuple[str, int]]:
    """The kinds of the open tasks and how many there are."""
    rows = worklist(actor, Filter()).order_by().values_list("kind").annotate(open=Count("id"))
    return [(kind, count) for kind, count in rows.order_by("kind")]


def open_of_customer(files: Sequence[int]) -> QuerySet[Task]:
    """What is still to be done for a customer."""
    rows = Task.objects.filter(customer_id__in=files, status=TaskStatus.OPEN)
    return rows.select_related("branch", "assignee").order_by(F("priority").desc(), "id")


def by_status(source: str) -> dict[str, int]:
    """How many tasks of a source are open, done and cancelled."""
    rows = Task.objects.filter(source=source).values_list("status").annotate(count=Count("id"))
    return dict(rows.order_by("status"))
