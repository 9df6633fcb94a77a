"""The background work of an operator as people see it: what waits, runs and has failed, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from loopline.kernel import clock
from loopline.kernel.errors import Conflict
from loopline.kernel.events import Happened, handlers, record
from loopline.kernel.jobs import recurring
from loopline.kernel.models import HandlerCursor, JobFailure
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import current

BEHIND_TO = 1000
WAITING, RUNNING, FAILED, DONE, GIVEN_UP = "todo", "doing", "failed", "succeeded", "cancelled"


class NotFailed(Conflict):
    """Only work that has failed for good can be tried again or given up."""

    code = "job_not_failed"
    sentence = _("This work has not failed for good, or somebody has seen to it already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSentBack(Happened):
    """Somebody had failed work tried again."""

    name = "jobs.sent_back"
    job: int
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGivenUp(Happened):
    """Somebody decided that failed work shall not be done."""

    name = "jobs.given_up"
    job: int
    task: str


@dataclass(frozen=True, slots=True)
class Work:
    """A job: its task, arguments without the tenant, tries so far, when it was last touched, why it last failed."""

    id: int
    task: str
    about: dict[str, Any]
    status: str
    attempts: int
    due: datetime | None
    touched: datetime | None
    error: str
    trace: str


@dataclass(frozen=True, slots=True)
class Listener:
    """An event handler: whether it stands still, and why. `behind` counts the events it has yet to see, to a cap."""

    name: str
    events: list[str]
    failures: int
    error: str
    retry_at: datetime | None
    behind: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Work that is asked for by the clock."""

    task: str
    minutes: int
    next_at: datetime


def counts(actor: Actor) -> dict[str, int]:
    """How many jobs there are by status."""
    require(actor, "administration.jobs")
    rows = ProcrastinateJob.objects.values_list("status").annotate(jobs=Count("id")).order_by("status")
    return dict(rows)


def work(actor: Actor, status: str, limit: int = 50, before: int = 0) -> list[Work]:
    """Jobs of one status, newest first; the row policy shows those of the open door's tenant."""
    require(actor, "administration.jobs")
    rows = ProcrastinateJob.objects.filter(status=status)
    jobs = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[:limit])
    keys = [job.pk for job in jobs]
    failures = {
        failure.job_id: failure
        for failure in JobFailure.objects.filter(
            tenant_id=current().tenant, job_id__in=keys).order_by("job_id", "id")
    }  # fmt: skip
    touched = dict(
        ProcrastinateEvent.objects.filter(job_id__in=keys)
        .order_by("job_id", "id")
        .values_list("job_id", "at")
    )
    return [_work(job, failures.get(job.pk), touched.get(job.pk)) for job in jobs]


def _work(job: Any, failure: JobFailure | None, touched: datetime | None) -> Work:
    return Work(
        job.pk,
        job.task_name,
        {name: value for name, value in job.args.items() if name != "tenant"},
        job.status,
        # The queue counts sending back as a try; what failed is counted here.
        failure.attempt + (job.status == DONE) if failure else job.attempts,
        job.scheduled_at,
        touched,
        failure.error if failure else "",
        failure.trace if failure else "",
    )


def listeners(actor: Actor) -> list[Listener]:
    """Every event handler with its cursor, those in trouble first."""
    require(actor, "administration.jobs")
    cursors = {cursor.handler: cursor for cursor in HandlerCursor.objects.all()}
    found = [_listener(name, cursors.get(name)) for name in handlers.names()]
    return sorted(found, key=lambda listener: (-listener.failures, listener.name))


def _listener(name: str, cursor: HandlerCursor | None) -> Listener:
    events = sorted(handlers[name][0])
    if cursor is None:
        return Listener(name, events, 0, "", None, 0)
    with connection.cursor() as query:
        query.execute(
            "SELECT count(*) FROM (SELECT FROM kernel_event WHERE tenant_id = %s AND (xid, id) > (%s, %s) LIMIT %s) e",
            [current().tenant, cursor.xid, cursor.event_id, BEHIND_TO],
        )
        (behind,) = query.fetchone()
    return Listener(name, events, cursor.failures, cursor.last_error, cursor.retry_at, behind)


def rhythms(actor: Actor) -> list[Rhythm]:
    """What is asked for by the clock, and when next."""
    require(actor, "administration.jobs")
    now = clock.now()
    return [
        Rhythm(
            entry.task.name,
            entry.seconds // 60,
            now + timedelta(seconds=entry.seconds - now.timestamp() % entry.seconds),
        )
        for entry in recurring
    ]


def try_again(*, actor: Actor, job: int) -> None:
    """Put failed work back into the queue, to be run at once."""
    found = _failed(actor, job)
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_retry_job_v2(%s, %s, NULL, NULL, NULL)", [job, clock.now()])
    record(JobSentBack(job=job, task=found.task_name), about=found, by=actor)


def give_up(*, actor: Actor, job: int) -> None:
    """Leave failed work undone; it stays in the books as given up."""
    found = _failed(actor, job)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s", [job])
    record(JobGivenUp(job=job, task=found.task_name), about=found, by=actor)


def _failed(actor: Actor, job: int) -> Any:
    require(actor, "administration.jobs")
    rows = ProcrastinateJob.objects.raw(
        "SELECT * FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE", [job]
    )
    found = next(iter(rows), None)
    if found is None:
        raise NotFailed
    return found
