"""What can be done with tasks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from loopline.identity.api import Staff
from loopline.kernel.copying import copy_rows
from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope, change, current
from loopline.worklist.events import (
    TaskCancelled,
    TaskClosed,
    TaskCreated,
    TaskGiven,
    TaskPostponed,
    TaskReopened,
)
from loopline.worklist.models import Task, TaskStatus


class NoLongerOpen(Conflict):
    """Somebody has done the task meanwhile, or it was cancelled."""

    code = "task_no_longer_open"
    sentence = _("This task is no longer open: %(who)s has closed it already.")


class TakenByAnother(Conflict):
    """The task is somebody else's by name."""

    code = "task_taken"
    sentence = _("%(who)s has taken this task. Ask to have it handed over.")


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be made; see `models.Task` for the meaning of its parts. Without `created_at` it is made now."""

    kind: str
    title: str
    branch: int
    customer: int | None = None
    subject: str = ""
    source: str = ""
    source_name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 50
    not_before: datetime | None = None
    due_at: datetime | None = None
    assignee: int | None = None
    created_at: datetime | None = None


def create_task(*, actor: Actor, task: NewTask) -> Task:
    """Make one task, with its history row."""
    require(actor, "tasks.work")
    made = Task.objects.create(
        kind=task.kind,
        title=task.title,
        branch_id=task.branch,
        customer_id=task.customer,
        subject=task.subject,
        source=task.source,
        source_name=task.source_name,
        detail=dict(task.detail),
        priority=task.priority,
        not_before=task.not_before,
        due_at=task.due_at,
        assignee_id=task.assignee,
    )
    record(TaskCreated(kind=task.kind), about=made, by=actor)
    return made


COLUMNS = [
    "kind",
    "title",
    "branch_id",
    "customer_id",
    "subject",
    "source",
    "source_name",
    "detail",
    "priority",
    "not_before",
    "due_at",
    "assignee_id",
]


def create_tasks(tasks: Iterable[NewTask]) -> int:
    """Make many tasks at once and return how many are new: a subject that has its task gets no second one.

    For jobs, within whose own event the making of the tasks is told.
    """
    rows = (
        (
            task.kind,
            task.title,
            task.branch,
            task.customer,
            task.subject,
            task.source,
            task.source_name,
            Jsonb(dict(task.detail)),
            task.priority,
            task.not_before,
            task.due_at,
            task.assignee,
        )
        for task in tasks
    )
    return copy_rows(Task, COLUMNS, rows, skip_existing=True)


def keep_task(*, actor: Actor, task: NewTask) -> None:
    """Have the one task of a subject be as given: made, brought up to date, or opened again.

    Told by its source's event. For sources whose matter passes from unit to unit: the caller sees both, and has
    checked what the actor may.
    """
    require(actor, "tasks.work")
    kept = {
        "kind": task.kind,
        "title": task.title,
        "branch_id": task.branch,
        "customer_id": task.customer,
        "source": task.source,
        "source_name": task.source_name,
        "detail": dict(task.detail),
        "priority": task.priority,
        "not_before": task.not_before,
        "due_at": task.due_at,
        "assignee_id": task.assignee,
        "status": TaskStatus.OPEN,
        "result": "",
        "closed_at": None,
        "closed_by_id": None,
        "closed_by_name": "",
    }
    made = {"created_at": task.created_at} if task.created_at else {}
    Task.objects.update_or_create(subject=task.subject, defaults=kept, create_defaults=kept | made)
    announce("worklist", branches={task.branch})


def settle_task(*, actor: Actor, subject: str, result: str, now: datetime) -> None:
    """The open task of a subject is done, whoever had it; without one nothing happens. Told by its source's event."""
    Task.objects.filter(subject=subject, status=TaskStatus.OPEN).update(
        status=TaskStatus.DONE,
        result=result,
        closed_at=now,
        closed_by_id=actor.staff_id,
        closed_by_name=actor.name,
    )
    announce("worklist")


def lock_task(*, actor: Actor, task: UUID | None = None, subject: str = "") -> Task:
    """The task, locked to the end of the transaction, found by its public id or its subject."""
    require(actor, "tasks.work")
    wanted: dict[str, Any] = {"public_id": task} if task is not None else {"subject": subject}
    found = Task.objects.select_for_update(of=("self",)).filter(**wanted).first()
    if found is None:
        raise NotFound
    return found


def lock_open_task(*, actor: Actor, task: UUID | None = None, subject: str = "") -> Task:
    """As `lock_task`; refuses when it is done (NoLongerOpen) or another person's (TakenByAnother)."""
    found = lock_task(actor=actor, task=task, subject=subject)
    if found.status != TaskStatus.OPEN:
        who = found.closed_by_name or str(TaskStatus(found.status).label)
        raise NoLongerOpen(who=who, result=found.result or TaskStatus(found.status).label)
    if found.assignee_id not in (None, actor.staff_id) and not actor.is_system:
        raise TakenByAnother(who=found.assignee.name if found.assignee else "")
    return found


def take_task(*, actor: Actor, task: UUID) -> Task:
    """Make an open task of the unit one's own."""
    found = lock_open_task(actor=actor, task=task)
    if found.assignee_id != actor.staff_id:
        _give(actor, found, Staff.objects.get(pk=actor.staff_id))
    return found


def hand_over(*, actor: Actor, task: UUID, to: UUID | None) -> Task:
    """Give a task to another member of staff of a unit one sees, or back to the unit (`to` None)."""
    found = lock_task(actor=actor, task=task)
    if found.status != TaskStatus.OPEN:
        raise NoLongerOpen(who=found.closed_by_name, result=found.result)
    person = None
    if to is not None:
        person = Staff.objects.filter(public_id=to, is_active=True).first()
        if person is None:
            raise Invalid(field="to", reason=_("There is no such member of staff."))
    _give(actor, found, person)
    return found


def close_task(*, actor: Actor, task: Task, result: str, now: datetime) -> None:
    """The task (locked by the caller) is done."""
    task.status, task.result, task.closed_at = TaskStatus.DONE, result, now
    task.closed_by_id, task.closed_by_name = actor.staff_id, actor.name
    task.save(update_fields=["status", "result", "closed_at", "closed_by_id", "closed_by_name"])
    record(TaskClosed(result=result), about=task, by=actor)


def reopen_task(*, actor: Actor, task: Task) -> None:
    """The task (locked by the caller) is to be done again."""
    before = task.result
    task.status, task.result, task.closed_at = TaskStatus.OPEN, "", None
    task.closed_by_id, task.closed_by_name = None, ""
    task.save(update_fields=["status", "result", "closed_at", "closed_by_id", "closed_by_name"])
    record(TaskReopened(result=before), about=task, by=actor)


def postpone_task(*, actor: Actor, task: Task, not_before: datetime | None, due_at: datetime | None) -> None:
    """The task (locked by the caller) is to be done in another span of time."""
    task.not_before, task.due_at = not_before, due_at
    task.save(update_fields=["not_before", "due_at"])
    record(TaskPostponed(until=not_before.isoformat() if not_before else ""), about=task, by=actor)


def cancel_task(*, actor: Actor, task: UUID, reason: str, now: datetime) -> Task:
    """An open task need not be done any more."""
    found = lock_open_task(actor=actor, task=task)
    found.status, found.result, found.closed_at = TaskStatus.CANCELLED, reason, now
    found.closed_by_id, found.closed_by_name = actor.staff_id, actor.name
    found.save(update_fields=["status", "result", "closed_at", "closed_by_id", "closed_by_name"])
    record(TaskCancelled(reason=reason), about=found, by=actor)
    return found


def cancel_tasks(*, actor: Actor, source: str, reason: str, now: datetime) -> int:
    """Cancel what is still open of a source; told by the source's own event. Returns how many."""
    return Task.objects.filter(source=source, status=TaskStatus.OPEN).update(
        status=TaskStatus.CANCELLED,
        result=reason,
        closed_at=now,
        closed_by_id=actor.staff_id,
        closed_by_name=actor.name,
    )


def pass_tasks(
    *, of: int, to: int, customers: Sequence[int] | None = None, tasks: Sequence[int] | None = None
) -> list[int]:
    """Open tasks that somebody has by name, about these customers or these tasks alone, go to somebody else.

    For a source that moves whole customers from hand to hand, told by its own event. Returns which have moved.
    """
    rows = Task.objects.filter(assignee_id=of, status=TaskStatus.OPEN)
    if customers is not None:
        rows = rows.filter(customer_id__in=list(customers))
    if tasks is not None:
        rows = rows.filter(pk__in=list(tasks))
    keys = list(rows.order_by("id").values_list("pk", flat=True))
    Task.objects.filter(pk__in=keys).update(assignee_id=to)
    for person in (of, to):
        announce("worklist", staff=person)
    return keys


def _give(actor: Actor, task: Task, to: Staff | None) -> None:
    before = task.assignee.name if task.assignee else ""
    task.assignee = to
    own = current()
    # Who held a task of another branch by name loses sight of it as he gives it away, which row security
    # would refuse: this one change, authorised above, is written in the scope of the whole operator.
    change(Scope(own.tenant))
    task.save(update_fields=["assignee"])
    record(TaskGiven(before=before, to=to.name if to else ""), about=task, by=actor)
    change(own)
