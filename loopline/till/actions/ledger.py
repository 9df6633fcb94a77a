"""Writing the ledger: a movement with its entries, which add up to nothing by their very form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel import formats, series
from loopline.kernel.errors import Refusal
from loopline.kernel.models import current_tenant
from loopline.kernel.permission import Actor
from loopline.till import queries
from loopline.till.models import Entry, Movement, MovementKind, Session
from loopline.till.rules import money
from loopline.till.rules.money import Posting


@dataclass(frozen=True, slots=True)
class Moved:
    """What moves. A posting's `about` is a place in `refs`: (order key or None, billing account key or None)."""

    kind: str
    postings: Sequence[Posting]
    refs: Sequence[tuple[int | None, int | None]] = ()
    customer: customers.Customer | None = None
    request_key: str = ""
    reason: str = ""
    cash_given: Decimal | None = None
    corrects: Movement | None = None


class NotEnoughCash(Refusal):
    """No more cash is given away than lies in the till."""

    code = "not_enough_cash"
    sentence = _("There is only %(amount)s in cash in the till.")


def known(request_key: str) -> Movement | None:
    """The movement made of this request before; two that come at once wait for each other here."""
    if not request_key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
            [f"till:{request_key}", current_tenant()],
        )
    return Movement.objects.filter(request_key=request_key).first()


def write(*, actor: Actor, session: Session | None, moved: Moved, now: datetime) -> Movement:
    """Write a movement. The caller holds the session's row and has checked that it is open."""
    received = money.balances((each.debit, each.credit, each.amount) for each in moved.postings)
    customer = moved.customer
    if (
        session is not None
        and received.get(money.CASH, money.NOTHING) < 0
        and moved.kind != MovementKind.CLOSE
    ):
        _check_cash(session, -received[money.CASH])
    movement = Movement.objects.create(
        session=session,
        kind=moved.kind,
        branch_id=_branch(session, customer),
        unit_id=session.branch_id if session else None,
        customer=customer,
        number=_number(session),
        request_key=moved.request_key,
        amount=sum((received.get(method, money.NOTHING) for method in money.METHODS), money.NOTHING),
        cash_given=moved.cash_given,
        corrects=moved.corrects,
        reason=moved.reason,
        by_id=actor.staff_id,
        by_name=actor.name,
        at=now,
    )
    refs = [moved.refs[each.about] if each.about is not None else (None, None) for each in moved.postings]
    Entry.objects.bulk_create(
        Entry(
            movement=movement,
            debit=each.debit,
            credit=each.credit,
            amount=each.amount,
            order_id=order,
            account_id=account,
        )
        for each, (order, account) in zip(moved.postings, refs, strict=True)
    )
    return movement


def _branch(session: Session | None, customer: customers.Customer | None) -> int:
    if customer is not None:
        return customer.branch_id
    if session is None:
        raise ValueError("a movement belongs to a customer or to a till")
    return session.branch_id


def _check_cash(session: Session, wanted: Decimal) -> None:
    held = queries.expected(session).get(money.CASH, money.NOTHING)
    if wanted > held:
        raise NotEnoughCash(field="method", amount=formats.money(held))


def _number(session: Session | None) -> str:
    code = session.till.code if session else "S"
    (running,) = series.take(f"till:{code}", prefix=code)
    return f"{code}-{running:06d}"
