"""What is to be done next with the steps of an item, forwards or taking them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WAITING, SENT, DONE, FAILED, SKIPPED = "waiting", "sent", "done", "failed", "skipped"
UNDOING, UNDONE = "undoing", "undone"
MOST_TRIES = 3
WAITS = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""How long an answer is waited for after each try."""
PATIENT_WAITS = (timedelta(days=1), timedelta(days=3), timedelta(days=10))
"""How long a customer is waited for who has something to do himself, such as to scan a code."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a step stands."""

    state: str
    outside: bool
    undo: bool
    tries: int = 0
    due_at: datetime | None = None


def next_forward(stands: Sequence[Stand]) -> int | None:
    """The place of the step to work on, or None when all are done."""
    return next((place for place, stand in enumerate(stands) if stand.state in (WAITING, SENT)), None)


def next_back(stands: Sequence[Stand]) -> int | None:
    """The place of the last step that must be taken back, or None when there is none left.

    A step that was sent and not answered may have been done: it is taken back like one that was.
    """
    for place in range(len(stands) - 1, -1, -1):
        stand = stands[place]
        if stand.state == UNDOING:
            return place
        if stand.undo and (
            stand.state in (SENT, DONE) or (stand.state == FAILED and stand.tries >= MOST_TRIES)
        ):
            return place
    return None


def wait_after(tries: int, *, patient: bool = False) -> timedelta:
    """How long to wait for the answer to a try (the first is 1)."""
    waits = PATIENT_WAITS if patient else WAITS
    return waits[min(tries, len(waits)) - 1]


def is_late(stand: Stand, now: datetime) -> bool:
    """Whether the answer to a sent step is overdue."""
    return stand.state in (SENT, UNDOING) and stand.due_at is not None and stand.due_at <= now


def is_given_up(stand: Stand, now: datetime) -> bool:
    """Whether a forward step has been tried often enough without an answer."""
    return stand.state == SENT and stand.tries >= MOST_TRIES and is_late(stand, now)
