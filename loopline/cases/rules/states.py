"""The states of a ticket, in the words of TMF621, and which step may follow which."""

from collections.abc import Mapping

ACKNOWLEDGED, IN_PROGRESS, PENDING, HELD = "acknowledged", "inProgress", "pending", "held"
RESOLVED, CLOSED, REOPENED = "resolved", "closed", "reopened"
CANCELLED, REJECTED = "cancelled", "rejected"

STEPS: Mapping[str, frozenset[str]] = {
    ACKNOWLEDGED: frozenset({IN_PROGRESS, PENDING, HELD, RESOLVED, CANCELLED, REJECTED}),
    IN_PROGRESS: frozenset({PENDING, HELD, RESOLVED, CANCELLED}),
    PENDING: frozenset({IN_PROGRESS, HELD, RESOLVED, CANCELLED}),
    HELD: frozenset({IN_PROGRESS, PENDING, RESOLVED, CANCELLED}),
    RESOLVED: frozenset({CLOSED, REOPENED}),
    CLOSED: frozenset({REOPENED}),
    REOPENED: frozenset({IN_PROGRESS, PENDING, HELD, RESOLVED, CANCELLED}),
    CANCELLED: frozenset(),
    REJECTED: frozenset(),
}
"""State → states that may follow it."""

OVER = frozenset({CLOSED, CANCELLED, REJECTED})
"""Nobody has anything left to do."""

WORKED = frozenset({ACKNOWLEDGED, IN_PROGRESS, PENDING, HELD, REOPENED})
"""The clock of the solution runs (or pauses): it is not solved yet."""

NEEDS_REASON = frozenset({PENDING, HELD, RESOLVED, REOPENED, CANCELLED, REJECTED})
"""Steps that somebody must give a reason for; that of `resolved` is the solution."""

WAITS_FOR_CUSTOMER = "customer"
"""The pending reason during which the clock stands still."""


def may_follow(before: str, after: str) -> bool:
    """Whether the step is legal."""
    return after in STEPS.get(before, frozenset())


def pauses(state: str, pending_for: str, *, regulator: bool) -> bool:
    """Whether the clock of the solution stands still: only while the customer owes us an answer.

    The regulator's statutory clock never does.
    """
    return state == PENDING and pending_for == WAITS_FOR_CUSTOMER and not regulator
