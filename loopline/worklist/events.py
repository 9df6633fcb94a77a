"""What happens to tasks."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(Happened):
    """Somebody has something to do."""

    name = "worklist.task_created"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGiven(Happened):
    """A task is one person's now (who took it himself or got it), or the unit's again."""

    name = "worklist.task_given"
    before: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPostponed(Happened):
    """A task is to be done later."""

    name = "worklist.task_postponed"
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClosed(Happened):
    """A task is done, with its result."""

    name = "worklist.task_closed"
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened(Happened):
    """What was closed is to be done again."""

    name = "worklist.task_reopened"
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled(Happened):
    """A task need not be done any more."""

    name = "worklist.task_cancelled"
    reason: str
