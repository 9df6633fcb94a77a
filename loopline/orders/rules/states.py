"""The states of orders and items, as TMF622 names them, and which follows which."""

from collections.abc import Mapping, Sequence

ACKNOWLEDGED, PENDING, HELD, IN_PROGRESS = "acknowledged", "pending", "held", "inProgress"
ASSESSING, LEAVING = "assessingCancellation", "pendingCancellation"
COMPLETED, FAILED, CANCELLED, REJECTED, PARTIAL = "completed", "failed", "cancelled", "rejected", "partial"

FINAL = (COMPLETED, FAILED, CANCELLED, REJECTED)
OPEN = (ACKNOWLEDGED, PENDING, HELD, IN_PROGRESS, ASSESSING, LEAVING)
ORDER_FINAL = (*FINAL, PARTIAL)

ITEM: Mapping[str, tuple[str, ...]] = {
    ACKNOWLEDGED: (PENDING, HELD, IN_PROGRESS, REJECTED, ASSESSING, CANCELLED),
    PENDING: (HELD, IN_PROGRESS, ASSESSING, CANCELLED),
    HELD: (PENDING, IN_PROGRESS, REJECTED, ASSESSING, CANCELLED),
    IN_PROGRESS: (HELD, COMPLETED, FAILED, ASSESSING),
    ASSESSING: (LEAVING, IN_PROGRESS, CANCELLED),
    LEAVING: (CANCELLED,),
    COMPLETED: (),
    FAILED: (),
    CANCELLED: (),
    REJECTED: (),
}
"""The states that may follow each state of an item."""


def may_follow(before: str, after: str) -> bool:
    """Whether an item may go from one state to another (or stay)."""
    return before == after or after in ITEM[before]


def order_state(items: Sequence[str]) -> str:
    """The state of an order from those of its items."""
    states = set(items)
    if states <= set(FINAL):
        return _final(states)
    for state in (ASSESSING, LEAVING, IN_PROGRESS, HELD, PENDING):
        if state in states:
            return state
    return IN_PROGRESS if states & set(FINAL) else ACKNOWLEDGED


def _final(states: set[str]) -> str:
    if len(states) == 1:
        return next(iter(states))
    if COMPLETED in states:
        return PARTIAL
    return FAILED if FAILED in states else CANCELLED
