"""How fresh the lake is: the moment it equals, and what has been committed since."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loopline.kernel import clock
from loopline.warehouse import stream
from loopline.warehouse.models import Change, Load, Stream

QUIET = timedelta(seconds=30)
"""A stream that nobody has read for so long does not vouch for the lake."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """The lake of an operator beside operations.

    `as_of` is the moment it equals (None before the first load) and `seconds` how old the oldest change is that it
    lacks, 0 when it lacks none. `waiting` is the number of transactions' entries that wait. `is_followed` says that
    the stream is being read now; `trouble` says in the reader's language why there is no stream.
    """

    as_of: datetime | None
    seconds: float
    waiting: int
    is_followed: bool
    trouble: str = ""


def lag() -> Freshness:
    """How far the lake of the open door's tenant is behind."""
    now = clock.now()
    state = next(iter(stream.states()), None) or Stream()
    load = Load.objects.filter(status="done").order_by("-pk").first()
    trouble = str(stream.TROUBLES.get(state.trouble, ""))
    followed = state.collected_at is not None and now - state.collected_at < QUIET and not state.trouble
    if load is None or load.as_of is None:
        return Freshness(None, 0.0, 0, followed, trouble)
    waiting = Change.objects.filter(epoch=load.epoch, position__gt=load.position).order_by("position")
    first = None if state.epoch != load.epoch else waiting.first()
    if first is not None:
        oldest = max(load.as_of, first.committed_at)
        return Freshness(oldest, (now - first.committed_at).total_seconds(), waiting.count(), followed, "")
    if followed and state.epoch == load.epoch and state.collected_at is not None:
        return Freshness(max(load.as_of, state.collected_at), 0.0, 0, followed, "")
    return Freshness(load.as_of, (now - load.as_of).total_seconds(), 0, followed, trouble)
