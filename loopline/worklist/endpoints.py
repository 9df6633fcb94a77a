"""Tasks for programs."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from loopline.kernel import clock
from loopline.kernel.permission import caller
from loopline.worklist import actions, queries
from loopline.worklist.models import Task

router = Router()
PAGE = 50


class TaskOut(Schema):
    """A task. `subject` and `source` name what it is about and where it came from."""

    id: UUID
    kind: str
    title: str
    status: str
    priority: int
    source: str
    source_name: str
    subject: str
    customer: UUID | None
    branch: str
    assignee: str | None
    not_before: datetime | None
    due_at: datetime | None
    result: str


class TaskPage(Schema):
    """Tasks in the order of their urgency; `next` is the `after` of the following page."""

    items: list[TaskOut]
    next: str | None


class TaskQuery(Schema):
    """Which tasks: `whose` is all, mine or unit; `due` is empty, overdue, today or week."""

    whose: str = "all"
    kind: str = ""
    source: str = ""
    due: str = ""
    after: str = ""


class Reason(Schema):
    """Why."""

    reason: str = ""


class TaskReceiver(Schema):
    """The public id of a member of staff; none gives the task back to the unit."""

    to: UUID | None = None


def _out(task: Task) -> TaskOut:
    return TaskOut(
        id=task.public_id,
        kind=task.kind,
        title=task.title,
        status=task.status,
        priority=task.priority,
        source=task.source,
        source_name=task.source_name,
        subject=task.subject,
        customer=task.customer.public_id if task.customer else None,
        branch=task.branch.code,
        assignee=task.assignee.user_name if task.assignee else None,
        not_before=task.not_before,
        due_at=task.due_at,
        result=task.result,
    )


@router.get("/tasks", response=TaskPage)
def list_tasks(request: HttpRequest, wanted: Query[TaskQuery]) -> TaskPage:
    """The open tasks that I may do, the most urgent first."""
    priority, _dot, key = wanted.after.partition(".")
    place = (
        (int(priority), int(key))
        if priority.isascii() and priority.isdigit() and key.isascii() and key.isdigit()
        and len(priority) < 9 and len(key) < 18 else None
    )  # fmt: skip
    chosen = queries.Filter(wanted.whose, wanted.kind, wanted.source, wanted.due, after=place)
    rows = list(queries.worklist(caller(request), chosen)[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return TaskPage(
        items=[_out(row) for row in rows[:PAGE]], next=f"{last.priority}.{last.pk}" if last else None
    )


@router.get("/tasks/{task}", response=TaskOut)
def get_task(request: HttpRequest, task: UUID) -> TaskOut:
    """One task."""
    return _out(queries.get_task(caller(request), task))


@router.post("/tasks/{task}/take", response=TaskOut)
def take(request: HttpRequest, task: UUID) -> TaskOut:
    """Make an open task of my unit my own."""
    actions.take_task(actor=caller(request), task=task)
    return _out(queries.get_task(caller(request), task))


@router.post("/tasks/{task}/hand-over", response=TaskOut)
def hand_over(request: HttpRequest, task: UUID, receiver: TaskReceiver) -> TaskOut:
    """Give a task to another member of staff or back to its unit."""
    return _out(actions.hand_over(actor=caller(request), task=task, to=receiver.to))


@router.post("/tasks/{task}/cancel", response=TaskOut)
def cancel(request: HttpRequest, task: UUID, why: Reason) -> TaskOut:
    """A task need not be done any more."""
    actions.cancel_task(actor=caller(request), task=task, reason=why.reason, now=clock.now())
    return _out(queries.get_task(caller(request), task))
