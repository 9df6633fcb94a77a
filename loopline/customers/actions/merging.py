"""Two files of one customer become one, and two again when that was a mistake.

The file merged away keeps all that hangs on it and only points to its survivor, who shows what is held by both.
What the survivor held before is sealed under his own key, so that it can be put back and dies with him.
"""

import json
from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.actions.customer import StaleVersion, changes_since, write_fields
from loopline.customers.actions.personal import Erased
from loopline.customers.events import CustomersMerged, MergedAway, MergeUndone
from loopline.customers.models import Customer, Merge, PersonKey
from loopline.kernel import clock, sealing
from loopline.kernel.errors import Conflict, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

FIELDS = ("name", "sex", "birth_date", "tier", "life_cycle", "joined_on")
"""What the survivor may take from the other; all else is held by both."""
_BESIDE = {"life_cycle": ("life_cycle_reason", "life_cycle_since")}
_DAYS = {"birth_date", "joined_on", "life_cycle_since"}


class NotMergeable(Refusal):
    """Two files that cannot be one."""

    code = "not_mergeable"
    sentence = _("Only two files of the same kind and branch can be merged. Move the customer first.")


class MergedMeanwhile(Conflict):
    """The merge was undone already, or a later one stands on it."""

    code = "merge_not_undoable"
    sentence = _("This merge was undone already, or a later one stands on it. Undo that one first.")


def merge_customers(
    *,
    actor: Actor,
    survivor: Customer,
    merged: Customer,
    take: Collection[str] = (),
    versions: tuple[int, int] | None = None,
    reason: str = "",
) -> Merge:
    """Merge a file into another, which takes the fields in `take` (FIELDS) from it. Nothing is re-pointed.

    `versions` are those of survivor and merged as they were compared. Raises StaleVersion, NotMergeable, Erased,
    Merged.
    """
    require(actor, "customers.merge")
    kept, gone = _both(survivor, merged)
    if versions is not None:
        for row, version in ((kept, versions[0]), (gone, versions[1])):
            if row.version != version:
                raise StaleVersion(row.version, changes_since(row, version))
    if kept.pk == gone.pk or (kept.kind, kept.branch_id) != (gone.kind, gone.branch_id):
        raise NotMergeable
    if unknown := set(take) - set(FIELDS):
        raise NotFound(field=min(unknown))
    told = inputs.text("reason", reason)
    wanted = {name: getattr(gone, name) for name in FIELDS if name in take}
    before = {name: getattr(kept, name) for field in wanted for name in (field, *_BESIDE.get(field, ()))}
    sealed = sealing.seal(_key(kept), json.dumps(before, default=date.isoformat))
    changed = write_fields(kept, wanted, by=actor)
    gone.survivor, gone.version = kept, gone.version + 1
    gone.save(update_fields=["survivor", "version"])
    merge = Merge.objects.create(
        customer=kept,
        branch_id=kept.branch_id,
        merged=gone,
        taken=list(changed),
        kept=sealed,
        reason=told,
        by=actor.name,
        at=clock.now(),
    )
    event = CustomersMerged(merged=gone.number, taken=list(changed), reason=told)
    record(event, about=kept, by=actor)
    record(MergedAway(survivor=kept.number), about=gone, by=actor)
    return merge


def undo_merge(*, actor: Actor, customer: Customer, merge: str) -> Customer:
    """Let the merged file stand alone again and give the survivor his own values back. Returns the file set free.

    A value that somebody has changed since stays as it is. Raises MergedMeanwhile.
    """
    require(actor, "customers.merge")
    found = queries.own(Merge, customer, merge)
    kept, gone = _locked(found.customer_id, found.merged_id)
    row = Merge.objects.select_for_update().get(pk=found.pk)
    if row.undone_at or kept.survivor_id or gone.survivor_id != kept.pk or _stood_on(row):
        raise MergedMeanwhile
    before = json.loads(sealing.unseal(_key(kept), bytes(row.kept)))
    wanted = {
        name: _value(name, before[name]) for name in row.taken if getattr(kept, name) == getattr(gone, name)
    }
    write_fields(kept, wanted, by=actor)
    beside = [name for field in wanted for name in _BESIDE.get(field, ())]
    for name in beside:
        setattr(kept, name, _value(name, before[name]))
    if beside:
        kept.save(update_fields=beside)
    gone.survivor, gone.version = None, gone.version + 1
    gone.save(update_fields=["survivor", "version"])
    row.undone_at, row.kept = clock.now(), b""
    row.save(update_fields=["undone_at", "kept"])
    record(MergeUndone(other=gone.number), about=kept, by=actor)
    record(MergeUndone(other=kept.number), about=gone, by=actor)
    return gone


def _both(survivor: Customer, merged: Customer) -> tuple[Customer, Customer]:
    kept, gone = _locked(survivor.pk, merged.pk)
    for row in (kept, gone):
        if row.survivor_id:
            raise queries.Merged(queries.locked(row))
    return kept, gone


def _locked(*keys: int) -> tuple[Customer, Customer]:
    """Both rows, locked in the order of their keys."""
    rows = Customer.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    found = {row.pk: row for row in rows}
    if set(keys) - set(found):
        raise NotFound
    return found[keys[0]], found[keys[1]]


def _stood_on(merge: Merge) -> bool:
    """Whether a later merge that stands has taken the same field."""
    later = Merge.objects.filter(customer=merge.customer_id, undone_at=None, pk__gt=merge.pk)
    return any(set(row.taken) & set(merge.taken) for row in later)


def _key(customer: Customer) -> bytes:
    key = PersonKey.objects.filter(customer=customer).first()
    if key is None:
        raise Erased
    return bytes(key.wrapped)


def _value(name: str, value: str | None) -> object:
    return date.fromisoformat(value) if value and name in _DAYS else value
