"""By when an order ought to be done, and holds against fraud."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from loopline.orders.rules.decomposition import MOVE, OPEN, PORT_IN, PORT_OUT, SIM_SWAP

FRAUD_HOLD = timedelta(hours=24)
WARNING = 0.8
"""The share of the time that may pass before an order is in jeopardy."""

PORT_CODE_DAYS = 15
_HOURS = {PORT_IN: 48, PORT_OUT: 24}


def due_after(kind: str, service: str) -> timedelta:
    """How long an item may take. Lines that somebody must lay take days, records in the network minutes."""
    if kind in _HOURS:
        return timedelta(hours=_HOURS[kind])
    if kind in (OPEN, MOVE) and service not in ("mobile",):
        return timedelta(days=3)
    return timedelta(hours=1)


def due_at(begin: datetime, items: Sequence[tuple[str, str]]) -> datetime:
    """When an order of these items (kind and service) ought to be done."""
    return begin + max((due_after(kind, service) for kind, service in items), default=timedelta(hours=1))


def warned_at(begin: datetime, due: datetime) -> datetime:
    """From when on an order that is not done is in jeopardy."""
    return begin + (due - begin) * WARNING


def fraud_hold(kind: str, channel: str, *, seen_in_person: bool) -> timedelta:
    """How long a change of SIM waits, so that its owner can object; none when his document was seen at the counter."""
    if kind != SIM_SWAP or (channel == "counter" and seen_in_person):
        return timedelta(0)
    return FRAUD_HOLD
