"""Reading the journal: which rows changed since a place in the stream, as far as a snapshot shows it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loopline.kernel.scope import Scope, enter
from loopline.warehouse.merge import Standing
from loopline.warehouse.models import Change, Load

KEPT_DAYS = 3
"""The journal can be replayed from any moment of so many days."""

MANY = 200_000
"""More changed keys of a relation than this are not looked up one by one: the relation is compared whole."""


@dataclass(slots=True)
class Found:
    """Changed keys by relation (None: any of its rows), and the place up to which all of them are visible."""

    position: int
    keys: dict[str, set[int] | None] = field(default_factory=dict)
    oldest: datetime | None = None

    def add(self, relation: str, keys: list[int] | None) -> None:
        """Note changed keys of a relation."""
        known = self.keys.setdefault(relation, set())
        if keys is None or known is None or len(known) + len(keys) > MANY:
            self.keys[relation] = None
        else:
            known.update(keys)


def since(tenant: int, epoch: int, position: int, collected: int, at: Standing | None = None) -> Found:
    """What has changed after a place, up to the newest change collected; with `at` only what that snapshot shows.

    Commits become visible in another order than they stand in the log: the place reached lies before the first that
    is not visible yet. What is visible behind it is found again next time, and is equal then.
    """
    found = Found(max(position, collected))
    with enter(Scope(tenant)):
        rows = Change.objects.filter(epoch=epoch, position__gt=position).order_by("position", "id")
        for row in rows.iterator(5000):
            if found.oldest is None:
                found.oldest = row.committed_at
            if at is None or at.sees(row.transaction):
                found.add(row.relation, row.keys)
            else:
                found.position = min(found.position, row.position - 1)
    return found


def place_before(tenant: int, moment: datetime) -> int | None:
    """The place before the first change committed at `moment` or later; None when the journal knows none."""
    with enter(Scope(tenant)):
        first = Change.objects.filter(committed_at__gte=moment).order_by("position").first()
    return None if first is None else first.position - 1


def purge(tenant: int, epoch: int, now: datetime) -> int:
    """Forget changes that are in the lake and older than the journal is kept. Returns rows deleted."""
    with enter(Scope(tenant)):
        newest = Load.objects.filter(status="done").order_by("-pk").first()
        stale, _ = Change.objects.exclude(epoch=epoch).delete()
        passed = Change.objects.filter(committed_at__lt=now - timedelta(days=KEPT_DAYS))
        if newest is not None:
            passed = passed.filter(position__lte=newest.position)
        return stale + passed.delete()[0]
