"""A number from stock to customer and back. Its row is locked first, so two clerks never sell one number."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import formats, numbers
from loopline.kernel.errors import Conflict, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.stock.events import (
    NumberAssigned,
    NumberBlocked,
    NumberHeld,
    NumberReleased,
    NumberReserved,
    NumberRetired,
)
from loopline.stock.models import Number, NumberState
from loopline.stock.rules import states

HOLD_MINUTES = 15
COOLING_DAYS = 90
MOST_HELD = 5


class NumberTaken(Conflict):
    """The number cannot be had: somebody holds it, it is reserved, in use or cooling off."""

    code = "number_taken"
    sentence = gettext_lazy("%(number)s cannot be had: %(why)s.")


class TooManyHeld(Refusal):
    """Whoever holds many numbers keeps others from selling them."""

    code = "too_many_held"
    sentence = gettext_lazy("You hold %(count)s numbers already. Release one of them first.")


def hold_number(*, actor: Actor, number: str, now: datetime, minutes: int = HOLD_MINUTES) -> Number:
    """Keep a number for the customer at the counter for some minutes. Holding it again prolongs."""
    require(actor, "orders.accept")
    row = _locked(number)
    if not _is_own_hold(row, actor, now):
        _check(row, "hold", now)
        held = Number.objects.filter(state=NumberState.HELD, held_by_id=actor.staff_id, held_until__gt=now)
        if held.count() >= MOST_HELD:
            raise TooManyHeld(field="number", count=MOST_HELD)
    row.state, row.held_by_id, row.held_until = (
        NumberState.HELD,
        actor.staff_id or None,
        now + timedelta(minutes=minutes),
    )
    _save(row, "state", "held_by", "held_until")
    record(NumberHeld(until=row.held_until.isoformat()), about=row, by=actor)
    return row


def release_hold(*, actor: Actor, number: str, now: datetime) -> None:
    """Give back a number that one holds; one that is no longer held is left as it is."""
    require(actor, "orders.accept")
    row = _locked(number)
    if _is_own_hold(row, actor, now):
        _free(actor, row, NumberState.AVAILABLE)


def reserve_number(*, actor: Actor, number: str, holder: str, now: datetime) -> Number:
    """Keep a number for an order. One that the actor holds is his to reserve; the same holder may ask twice."""
    require(actor, "orders.accept")
    row = _locked(number)
    if row.state == NumberState.RESERVED and row.holder == holder:
        return row
    if not _is_own_hold(row, actor, now):
        _check(row, "reserve", now)
    row.state, row.holder = NumberState.RESERVED, holder
    row.held_by, row.held_until = None, None
    _save(row, "state", "holder", "held_by", "held_until")
    record(NumberReserved(holder=holder), about=row, by=actor)
    return row


def adopt_number(*, actor: Actor, number: str, service: str, holder: str, now: datetime) -> Number:
    """Keep a number of another operator for an order that ports it in."""
    require(actor, "orders.accept")
    national = numbers.national(number, actor.country).replace(" ", "")
    Number.objects.bulk_create(
        [
            Number(
                number=number,
                service=service,
                segment=national[:7],
                reversed=national[::-1],
                state=NumberState.AWAY,
                ported_in=True,
            )
        ],
        ignore_conflicts=True,
    )
    row = _locked(number)
    if row.state == NumberState.RESERVED and row.holder == holder:
        return row
    _check(row, "adopt", now)
    row.state, row.holder, row.subscription = NumberState.RESERVED, holder, None
    _save(row, "state", "holder", "subscription")
    record(NumberReserved(holder=holder), about=row, by=actor)
    return row


def release_number(*, actor: Actor, number: str, holder: str) -> None:
    """The order does not need it: free again, or back with its operator. Another holder's is left as it is."""
    row = _locked(number)
    if row.state == NumberState.RESERVED and row.holder == holder:
        _free(actor, row, NumberState.AWAY if row.ported_in else NumberState.AVAILABLE)


def assign_number(*, actor: Actor, number: str, holder: str, subscription: int) -> Number:
    """The number reserved for this holder is in use by a subscription from now on."""
    row = _locked(number)
    if row.state == NumberState.IN_USE and row.subscription_id == subscription:
        return row
    if row.state != NumberState.RESERVED or row.holder != holder:
        raise _taken(row, None)
    row.state, row.holder, row.subscription_id = NumberState.IN_USE, "", subscription
    _save(row, "state", "holder", "subscription")
    record(NumberAssigned(subscription=subscription), about=row, by=actor)
    return row


def retire_number(*, actor: Actor, number: str, now: datetime, days: int = COOLING_DAYS) -> None:
    """The number is used no more and cools off; one that was ported in goes back to its operator."""
    row = _row_of_number_in_use(actor, number)
    if row.state != NumberState.IN_USE:
        return
    row.state = NumberState.AWAY if row.ported_in else NumberState.COOLING
    row.cooling_until = None if row.ported_in else now + timedelta(days=days)
    row.subscription = None
    _save(row, "state", "cooling_until", "subscription")
    record(NumberRetired(state=row.state), about=row, by=actor)


def return_number(*, actor: Actor, number: str) -> None:
    """The number has gone to another operator with its customer."""
    row = _row_of_number_in_use(actor, number)
    if row.state != NumberState.IN_USE:
        return
    row.state, row.subscription = NumberState.AWAY, None
    _save(row, "state", "subscription")
    record(NumberRetired(state=row.state), about=row, by=actor)


def block_number(*, actor: Actor, number: str, now: datetime) -> None:
    """Take a free number out of sale."""
    require(actor, "stock.manage")
    row = _locked(number)
    _check(row, "block", now)
    _block(actor, row, NumberState.BLOCKED)


def unblock_number(*, actor: Actor, number: str, now: datetime) -> None:
    """Give a blocked number back to sale."""
    require(actor, "stock.manage")
    row = _locked(number)
    _check(row, "unblock", now)
    _block(actor, row, NumberState.AVAILABLE)


def recycle(*, actor: Actor, now: datetime, most: int = 5000) -> int:
    """Free the numbers whose hold has run out or that have cooled off. Returns how many are free again."""
    rows = Number.objects.select_for_update(skip_locked=True)
    over = list(rows.filter(state=NumberState.HELD, held_until__lte=now).order_by("number")[:most])
    over += list(rows.filter(state=NumberState.COOLING, cooling_until__lte=now).order_by("number")[:most])
    for row in over:
        _free(actor, row, NumberState.AVAILABLE)
    return len(over)


def _locked(number: str) -> Number:
    row = (
        Number.objects.select_for_update(of=("self",)).select_related("held_by").filter(number=number).first()
    )
    if row is None:
        raise NotFound(field="number")
    return row


def _row_of_number_in_use(actor: Actor, number: str) -> Number:
    """The row of a number in use; numbers that were there before there was stock get theirs now."""
    national = numbers.national(number, actor.country).replace(" ", "")
    new = Number(number=number, segment=national[:7], reversed=national[::-1], state=NumberState.IN_USE)
    Number.objects.bulk_create([new], ignore_conflicts=True)
    return _locked(number)


def _is_own_hold(row: Number, actor: Actor, now: datetime) -> bool:
    return (
        row.state == NumberState.HELD
        and row.held_by_id == (actor.staff_id or None)
        and row.held_until is not None
        and row.held_until > now
    )


def _check(row: Number, done: str, now: datetime) -> None:
    """Refuse what cannot be done in the number's state. A hold that has run out holds nobody back."""
    over = row.state == NumberState.HELD and row.held_until is not None and row.held_until <= now
    state = NumberState.AVAILABLE.value if over else row.state
    if state == NumberState.HELD or states.follows(states.NUMBER, state, done) is None:
        raise _taken(row, now)


def _taken(row: Number, now: datetime | None) -> NumberTaken:
    if row.state == NumberState.HELD and now is not None:
        who = row.held_by.name if row.held_by else "–"
        why = _("%(who)s holds it until %(until)s") % {"who": who, "until": formats.moment(row.held_until)}
    else:
        why = {
            NumberState.RESERVED: _("it is reserved for another order"),
            NumberState.IN_USE: _("it is in use"),
            NumberState.COOLING: _("it is cooling off"),
            NumberState.BLOCKED: _("it is out of sale"),
            NumberState.AWAY: _("it is with another operator"),
        }.get(NumberState(row.state), _("it belongs to our own stock"))
    return NumberTaken(field="number", number=numbers.national(row.number), why=why)


def _free(actor: Actor, row: Number, state: NumberState) -> None:
    row.state, row.holder = state, ""
    row.held_by, row.held_until, row.cooling_until = None, None, None
    _save(row, "state", "holder", "held_by", "held_until", "cooling_until")
    record(NumberReleased(state=state), about=row, by=actor)


def _block(actor: Actor, row: Number, state: NumberState) -> None:
    row.state = state
    _save(row, "state")
    record(NumberBlocked(blocked=state == NumberState.BLOCKED), about=row, by=actor)


def _save(row: Number, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])
