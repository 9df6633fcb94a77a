"""Background work is a row in PostgreSQL, written in the transaction that asks for it (procrastinate).

A job's arguments are its tenant and ids. The worker opens the door; a long job opens its own doors, batch by
batch, so that a killed worker loses at most one batch. A job must be safe to run again from its start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from loopline.kernel.events import announce
from loopline.kernel.models import JobFailure
from loopline.kernel.registry import Registry
from loopline.kernel.scope import NOBODY, Scope, current, enter

RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)

type Job = Any


def job(
    *, name: str, long: bool = False, queue: str = "default", one_at_a_time: bool = False
) -> Callable[[Callable[..., None]], Job]:
    """Make a function a job. `long`: it receives `tenant` and opens its own doors.

    `one_at_a_time`: jobs of this name run one after the other within a tenant.
    """

    def wrap(work: Callable[..., None]) -> Job:
        def run(context: JobContext | None = None, /, *, tenant: int, **ids: Any) -> None:
            try:
                if long:
                    work(tenant=tenant, **ids)
                else:
                    with enter(Scope(tenant)):
                        work(**ids)
            except Exception as error:
                if context is not None:
                    _keep_failure(tenant, context.job, error)
                raise

        run.__name__ = work.__name__
        run.__doc__ = work.__doc__
        task = app.task(name=name, queue=queue, retry=RETRY, pass_context=True)(run)
        task.loopline_one_at_a_time = one_at_a_time  # type: ignore[attr-defined]
        return task

    return wrap


def _keep_failure(tenant: int, job: Any, error: Exception) -> None:
    """The queue itself keeps no reason; what the work had written is rolled back by now."""
    ours = [frame for frame in extract_tb(error.__traceback__) if "loopline" in frame.filename][-6:]
    trace = "\n".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in ours)
    with enter(Scope(tenant)):
        JobFailure.objects.create(
            job_id=job.id,
            attempt=JobFailure.objects.filter(job_id=job.id).count() + 1,
            error=f"{type(error).__name__}: {error}"[:2000],
            trace=trace,
        )
        announce("jobs")


def ask_for(task: Job, **ids: Any) -> int:
    """Write the job's row in the open transaction; it runs once that has committed. Returns the job's id."""
    tenant = current().tenant
    lock = f"{task.name}:{tenant}" if task.loopline_one_at_a_time else None
    announce("jobs")
    return int(task.configure(lock=lock).defer(tenant=tenant, **ids))


def ask_later(task: Job, seconds: int, **ids: Any) -> int:
    """As `ask_for`, but the job runs only after so many seconds."""
    return int(task.configure(schedule_in={"seconds": seconds}).defer(tenant=current().tenant, **ids))


def is_waiting(task: Job) -> bool:
    """Whether such a job of the open door's tenant waits to be run."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    waiting = ProcrastinateJob.objects.filter(task_name=task.name, status="todo")
    return waiting.filter(args__tenant=current().tenant).exists()


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job that is asked for at each full `seconds` since the epoch, for each tenant that `tenants` lists."""

    task: Job
    seconds: int
    tenants: Callable[[], list[int]]


recurring: Registry[Recurring] = Registry("recurring job")


def every(*, minutes: float, task: Job, tenants: Callable[[], list[int]]) -> None:
    """Have a job asked for by the clock. `tenants` is called in a door that sees no tenant's data."""
    recurring.add(task.name, Recurring(task, round(minutes * 60), tenants))


def ask_by_the_clock(since: datetime, now: datetime) -> int:
    """Ask for the recurring jobs whose time came after `since`, up to `now`. Returns how many were asked for.

    While such a job of a tenant waits, none is added, so several workers and late ones do no harm.
    """
    asked = 0
    for entry in recurring:
        if int(since.timestamp()) // entry.seconds == int(now.timestamp()) // entry.seconds:
            continue
        with enter(NOBODY):
            tenants = entry.tenants()
        for tenant in tenants:
            with enter(Scope(tenant)):
                if not is_waiting(entry.task):
                    ask_for(entry.task)
                    asked += 1
    return asked
