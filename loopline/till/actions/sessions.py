"""A till from its opening to the close of its day. Its row is locked by whatever moves money through it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.money import cents
from loopline.kernel.permission import Actor, require
from loopline.till import queries
from loopline.till.actions import ledger
from loopline.till.actions.authority import tidy
from loopline.till.events import CountRejected, TillClosed, TillCounted, TillOpened, TillSetUp
from loopline.till.models import MovementKind, Session, SessionState, Till
from loopline.till.rules import money
from loopline.till.rules.money import Posting


class NotOpen(Conflict):
    """The till takes and gives no money now."""

    code = "till_not_open"
    sentence = gettext_lazy("The till %(code)s is not open: %(state)s.")


class TillInUse(Conflict):
    """A till is opened once until its day is closed."""

    code = "till_in_use"
    sentence = gettext_lazy("The till %(code)s is in use by %(who)s since %(day)s; close that day first.")


class SecondPerson(Refusal):
    """Who counted cannot confirm his own difference."""

    code = "second_person"
    status = 403
    sentence = gettext_lazy("Somebody else than the person who counted confirms a difference.")


def set_up_till(*, actor: Actor, code: str, name: str, unit: int | None = None) -> Till:
    """Give a branch another till; its code is 1 to 12 letters and digits. Raises Invalid, Conflict."""
    require(actor, "till.supervise")
    code = code.strip().upper()
    if not (code.isascii() and code.isalnum() and len(code) <= 12) or code == "S":
        raise Invalid(field="code", reason=_("Please give one to twelve letters and digits."))
    if not identity.Unit.objects.filter(pk=unit or actor.unit_id).exists():
        raise NotFound(field="unit")
    try:
        with transaction.atomic():
            made = Till.objects.create(branch_id=unit or actor.unit_id, code=code, name=tidy(name)[:60])
    except IntegrityError:
        raise Invalid(field="code", reason=_("There is a till with this code already.")) from None
    record(TillSetUp(code=code), about=made, by=actor)
    return made


def open_till(*, actor: Actor, till: UUID, change: Decimal, now: datetime) -> Session:
    """Open a till with so much change from the safe. Raises Invalid, TillInUse."""
    require(actor, "till.work")
    row = Till.objects.select_for_update().filter(public_id=till).first()
    if row is None:
        raise NotFound
    if change and not money.is_amount(change):
        raise Invalid(field="change", reason=_("Please give an amount in yuan and fen."))
    used = Session.objects.filter(till=row).exclude(state=SessionState.CLOSED).first()
    if used is not None:
        raise TillInUse(code=row.code, who=used.opened_by, day=used.day.isoformat())
    session = Session.objects.create(
        till=row,
        branch_id=row.branch_id,
        day=clock.local_day(now, actor.zone),
        change=change,
        opened_at=now,
        opened_by_id=actor.staff_id,
        opened_by=actor.name,
    )
    if change:
        put_in = ledger.Moved(MovementKind.CHANGE, [Posting(money.CASH, money.SAFE, change)])
        ledger.write(actor=actor, session=session, moved=put_in, now=now)
    record(TillOpened(till=row.code, change=str(change)), about=session, by=actor)
    return session


def count_till(
    *, actor: Actor, session: UUID, counted: Mapping[str, Decimal], reason: str, now: datetime
) -> Session:
    """Count what is in the till. What tallies closes the day; a difference needs a reason and waits for a supervisor.

    `counted` holds an amount for each means of payment; one that is left out counts as nothing.
    """
    require(actor, "till.work")
    row = locked(session)
    for method, amount in counted.items():
        if method not in money.METHODS or (amount and not money.is_amount(amount)):
            raise Invalid(field=method, reason=_("Please give an amount in yuan and fen."))
    expected = queries.expected(row)
    missing = money.differences(expected, counted)
    if missing and not tidy(reason):
        raise Invalid(field="reason", reason=_("What was counted is not what is expected: please say why."))
    row.state, row.reason = SessionState.COUNTED, tidy(reason)
    row.counted = {name: str(counted.get(name, money.NOTHING)) for name in money.METHODS}
    row.expected = {name: str(expected.get(name, money.NOTHING)) for name in money.METHODS}
    row.difference = cents(sum(missing.values(), money.NOTHING))
    row.counted_at, row.counted_by_id, row.counted_by = now, actor.staff_id, actor.name
    _save(row)
    record(TillCounted(difference=str(row.difference), reason=row.reason), about=row, by=actor)
    if not missing:
        _close(actor, row, now)
    return row


def confirm_count(*, actor: Actor, session: UUID, now: datetime) -> Session:
    """Confirm a difference and close the day for good. Raises SecondPerson, NotOpen."""
    require(actor, "till.supervise")
    row = _counted(session)
    if row.counted_by_id == actor.staff_id:
        raise SecondPerson
    _close(actor, row, now)
    return row


def reject_count(*, actor: Actor, session: UUID, reason: str) -> Session:
    """Have the till counted again; it takes money until then."""
    require(actor, "till.supervise")
    row = _counted(session)
    row.state = SessionState.OPEN
    _save(row)
    record(CountRejected(reason=tidy(reason)), about=row, by=actor)
    return row


def locked(session: UUID) -> Session:
    """An open session, locked to the end of the transaction. Raises NotFound, NotOpen."""
    row = _row(session)
    if row.state != SessionState.OPEN:
        raise NotOpen(code=row.till.code, state=SessionState(row.state).label)
    return row


def _counted(session: UUID) -> Session:
    row = _row(session)
    if row.state != SessionState.COUNTED:
        raise NotOpen(code=row.till.code, state=SessionState(row.state).label)
    return row


def _row(session: UUID) -> Session:
    rows = Session.objects.select_for_update(of=("self",)).select_related("till")
    row = rows.filter(public_id=session).first()
    if row is None:
        raise NotFound
    return row


def _close(actor: Actor, row: Session, now: datetime) -> None:
    """What was counted goes to the safe, what does not tally to the differences; every account of the till is empty."""
    postings = []
    for method in money.METHODS:
        counted, expected = Decimal(row.counted[method]), Decimal(row.expected[method])
        postings.append(Posting(money.SAFE, method, counted))
        if counted > expected:
            postings.append(Posting(method, money.DIFFERENCE, counted - expected))
        elif counted < expected:
            postings.append(Posting(money.DIFFERENCE, method, expected - counted))
    moved = ledger.Moved(MovementKind.CLOSE, [each for each in postings if each.amount], reason=row.reason)
    if moved.postings:
        ledger.write(actor=actor, session=row, moved=moved, now=now)
    row.state, row.closed_at, row.closed_by = SessionState.CLOSED, now, actor.name
    _save(row)
    record(TillClosed(difference=str(row.difference)), about=row, by=actor)


def _save(row: Session) -> None:
    row.version += 1
    row.save()
