"""Secondary cards 副卡 and family sharing 亲情共享: lines that use the allowance of a primary one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.subscriptions.changes import locked
from loopline.subscriptions.events import SharingBegan, SharingEnded
from loopline.subscriptions.models import Payer, Sharing, SharingRole, Subscription

USUAL_LIMIT = 4
"""Members of a primary line whose offering says nothing of it."""

LIMIT = "secondary_lines"
"""The characteristic of an offering that says how many members it takes."""


class NotToBeShared(Conflict):
    """One of the two lines takes part in another sharing, or the primary has no room."""

    code = "not_to_be_shared"
    sentence = _("These lines cannot share: one of them shares already, or the plan takes no more lines.")


def limit_of(line: Subscription) -> int:
    """How many members the plan of a primary line takes."""
    for told in line.offering.characteristics if line.offering else ():
        if told.get("code") == LIMIT and str(told.get("default", "")).isdecimal():
            return int(told["default"])
    return USUAL_LIMIT


def members_of(primary: int) -> int:
    """How many members a primary line has."""
    return Sharing.objects.filter(primary_id=primary, ended_on=None).count()


def shares_with(primary: int, member: int) -> bool:
    """Whether a line is a member of this primary one now."""
    return Sharing.objects.filter(primary_id=primary, member_id=member, ended_on=None).exists()


def takes_part(lines: Sequence[int], *, as_primary: bool) -> bool:
    """Whether any of the lines is the primary (or a member) of a sharing now."""
    role = {"primary_id__in": lines} if as_primary else {"member_id__in": lines}
    return Sharing.objects.filter(ended_on=None, **role).exists()


@dataclass(frozen=True, slots=True)
class Shared:
    """Two lines that share; a number is None where its line is of another branch."""

    primary: int
    member: int
    role: str
    payer: str
    primary_number: str | None
    member_number: str | None


def sharings_of(files: Sequence[int]) -> list[Shared]:
    """The sharings in which lines of a customer take part, in one query."""
    own = Subscription.objects.filter(customer__in=files).values("pk")
    rows = Sharing.objects.filter(ended_on=None).filter(Q(primary__in=own) | Q(member__in=own))
    # A line of another branch is not seen: an inner join would lose the row, a subquery answers nothing.
    ends = [
        Subquery(Subscription.objects.filter(pk=OuterRef(end)).values("number"))
        for end in ("primary_id", "member_id")
    ]
    told = rows.order_by("id").values_list("primary_id", "member_id", "role", "payer", *ends)
    return [Shared(*row) for row in told[:100]]


def begin_sharing(*, actor: Actor, primary: int, member: int, payer: str, on: date) -> Sharing:
    """The member uses the primary's allowance; its bills go to whoever pays. Raises NotToBeShared."""
    require(actor, "orders.accept")
    first, second = sorted((primary, member))
    rows = {key: locked(key) for key in (first, second)}
    lead, line = rows[primary], rows[member]
    known = Sharing.objects.filter(primary=lead, member=line, ended_on=None).first()
    if known is not None:
        return known
    taken = takes_part([member], as_primary=True) or takes_part([primary, member], as_primary=False)
    if taken or primary == member or members_of(primary) >= limit_of(lead):
        raise NotToBeShared
    made = Sharing.objects.create(
        customer_id=lead.customer_id,
        branch_id=lead.branch_id,
        primary=lead,
        member=line,
        role=SharingRole.SECONDARY if lead.customer_id == line.customer_id else SharingRole.FAMILY,
        payer=payer,
        former_account_id=line.account_id,
        started_on=on,
    )
    if payer == Payer.PRIMARY:
        _bill_to(line, lead.account_id)
    record(SharingBegan(primary=primary, payer=payer), about=line, by=actor)
    return made


def end_sharing(*, actor: Actor, lines: Sequence[int], on: date, reason: str) -> int:
    """End the sharings in which any of the lines takes part; members pay for themselves again. Returns how many."""
    require(actor, "orders.accept")
    rows = Sharing.objects.select_for_update(of=("self",)).filter(ended_on=None)
    found = list(rows.filter(Q(primary_id__in=lines) | Q(member_id__in=lines)).order_by("member_id"))
    for row in found:
        row.ended_on = on
        row.save(update_fields=["ended_on"])
        member = locked(row.member_id)
        if row.payer == Payer.PRIMARY:
            _bill_to(member, row.former_account_id)
        record(SharingEnded(primary=row.primary_id, reason=reason), about=member, by=actor)
    return len(found)


def _bill_to(line: Subscription, account: int) -> None:
    line.account_id = account
    line.version += 1
    line.save(update_fields=["account", "version"])
