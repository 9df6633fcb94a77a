"""Money taken and given back over the counter. A receipt is never changed: it is taken back by a counter-entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.billing import api as billing
from loopline.customers import api as customers
from loopline.kernel import clock, formats
from loopline.kernel.errors import Conflict, Invalid, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require
from loopline.orders import api as orders
from loopline.till import queries
from loopline.till.actions import holding, ledger
from loopline.till.actions.authority import may_give, tidy
from loopline.till.actions.sessions import locked
from loopline.till.events import MoneyReturned, PaymentTaken, ReceiptCorrected, ReceiptPrinted
from loopline.till.models import Movement, MovementKind, Session
from loopline.till.rules import money
from loopline.till.rules.money import Posting


class NothingOwed(Conflict):
    """The order is paid, or another amount is open than the form said."""

    code = "nothing_owed"
    sentence = gettext_lazy("%(amount)s is open on order %(number)s now. Load it again.")


class OverPaid(Refusal):
    """No more is given back than was paid."""

    code = "over_paid"
    sentence = gettext_lazy("At most %(amount)s can be given back.")


class NotCorrectable(Conflict):
    """A movement is corrected once, and only payments and refunds are."""

    code = "not_correctable"
    sentence = gettext_lazy("Receipt %(number)s cannot be corrected.")


@dataclass(frozen=True, slots=True)
class Charge:
    """What is paid for: a billing account's bills (any amount, also ahead), or an order (all that is open on it)."""

    amount: Decimal
    order: UUID | None = None
    account: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tender:
    """How it is paid: one of `money.METHODS` and the amount."""

    method: str
    amount: Decimal


def pay(
    *,
    actor: Actor,
    session: UUID,
    customer: UUID,
    charges: Sequence[Charge],
    tenders: Sequence[Tender],
    now: datetime,
    request_key: str = "",
    cash_given: Decimal | None = None,
) -> Movement:
    """Take money. The same `request_key` takes it once. Raises Invalid, NotOpen, NothingOwed."""
    require(actor, "till.work")
    before = ledger.known(request_key)
    if before is not None:
        return before
    row = locked(session)
    who = customers.by_public_id(actor, customer)
    files = customers.together(who)
    _check(charges, tenders, cash_given)
    refs: list[tuple[int | None, int | None]] = []
    owed: list[tuple[str, int | None, Decimal]] = []
    inside: list[Posting] = []
    whose: list[int] = []
    for place, charge in enumerate(charges):
        if charge.order is not None:
            order = _owing(actor, files, charge)
            whose.append(order.customer_id or who.pk)
            refs.append((order.pk, None))
            security = holding.take(actor=actor, order=order, now=now)
            part = min(security, charge.amount)
            owed += [(money.DEPOSIT, place, part), (money.ORDER, place, charge.amount - part)]
            if security > part:  # what the order gives back pays for the rest of the deposit
                inside.append(Posting(money.ORDER, money.DEPOSIT, security - part, place))
        else:
            account = _account(files, charge.account)
            whose.append(account.customer_id)
            refs.append((None, account.pk))
            owed.append((money.BILL, place, charge.amount))
    postings = money.share_out([(tender.method, tender.amount) for tender in tenders], owed) + inside
    payer = _file(who, whose)
    moved = ledger.Moved(MovementKind.PAYMENT, postings, refs, payer, request_key, cash_given=cash_given)
    made = ledger.write(actor=actor, session=row, moved=moved, now=now)
    _tell_billing(actor, made, postings, refs, now)
    record(PaymentTaken(number=made.number, amount=str(made.amount)), about=made, by=actor)
    return made


def refund_order(
    *,
    actor: Actor,
    session: UUID,
    order: UUID,
    method: str,
    reason: str,
    now: datetime,
    request_key: str = "",
) -> Movement:
    """Give back all that was paid on an order beyond what it costs, deposits of items that failed among it."""
    require(actor, "till.work")
    before = ledger.known(request_key)
    if before is not None:
        return before
    row = locked(session)
    found = queries.locked_order(actor, order)
    over = -queries.open_on(found)
    if over <= 0 or found.customer is None:
        raise OverPaid(amount=formats.money(max(over, money.NOTHING)))
    may_give(actor, over, method, reason)
    security = min(holding.give_back_void(actor=actor, order=found, now=now), over)
    postings = [
        Posting(money.DEPOSIT, method, security, 0),
        Posting(money.ORDER, method, over - security, 0),
    ]
    moved = ledger.Moved(
        MovementKind.REFUND,
        [each for each in postings if each.amount],
        [(found.pk, None)],
        found.customer,
        request_key,
        reason=tidy(reason),
    )
    return _give(actor=actor, row=row, moved=moved, now=now)


def refund_bill(
    *,
    actor: Actor,
    session: UUID,
    customer: UUID,
    account: UUID,
    amount: Decimal,
    method: str,
    reason: str,
    now: datetime,
    request_key: str = "",
) -> Movement:
    """Give back what was paid at tills for an account's bills, at most that. Raises OverPaid, NeedsAuthority."""
    require(actor, "till.work")
    before = ledger.known(request_key)
    if before is not None:
        return before
    row = locked(session)
    who = customers.by_public_id(actor, customer)
    found = _account(customers.together(who), account)
    key = found.pk
    if not money.is_amount(amount):
        raise Invalid(field="amount", reason=_("Please give an amount in yuan and fen."))
    most = queries.paid_on_account(key)
    if amount > most:
        raise OverPaid(field="amount", amount=formats.money(most))
    may_give(actor, amount, method, reason)
    postings = [Posting(money.BILL, method, amount, 0)]
    refs: list[tuple[int | None, int | None]] = [(None, key)]
    owner = _file(who, [found.customer_id])
    moved = ledger.Moved(MovementKind.REFUND, postings, refs, owner, request_key, reason=tidy(reason))
    made = _give(actor=actor, row=row, moved=moved, now=now)
    _tell_billing(actor, made, postings, refs, now)
    return made


def correct(*, actor: Actor, session: UUID, movement: UUID, reason: str, now: datetime) -> Movement:
    """Take a receipt back by a counter-entry in an open till; a clerk his own of the day, a supervisor any.

    Raises NotCorrectable, NeedsAuthority, NotOpen.
    """
    require(actor, "till.work")
    row = locked(session)
    found = Movement.objects.select_related("customer", "session").filter(public_id=movement).first()
    if found is None:
        raise NotFound
    if found.kind not in (MovementKind.PAYMENT, MovementKind.REFUND):
        raise NotCorrectable(number=found.number)
    if Movement.objects.filter(corrects=found).exists():
        raise NotCorrectable(number=found.number)
    if not (found.by_id == actor.staff_id and found.session_id == row.pk):
        require(actor, "till.supervise")
    if not tidy(reason):
        raise Invalid(field="reason", reason=_("Please say why."))
    entries = list(found.entries.order_by("id"))
    holding.take_back(actor=actor, entries=entries, now=now)
    refs = [(entry.order_id, entry.account_id) for entry in entries]
    postings = [Posting(each.credit, each.debit, each.amount, place) for place, each in enumerate(entries)]
    moved = ledger.Moved(
        MovementKind.CORRECTION, postings, refs, found.customer, reason=tidy(reason), corrects=found
    )
    made = ledger.write(actor=actor, session=row, moved=moved, now=now)
    _tell_billing(actor, made, postings, refs, now)
    told = ReceiptCorrected(number=made.number, corrects=found.number, reason=moved.reason)
    record(told, about=made, by=actor)
    return made


def note_print(*, actor: Actor, movement: Movement) -> int:
    """Write down that a receipt is printed. Returns which copy it is; from the second on it says so."""
    require(actor, "till.work")
    before = Event.objects.filter(
        about_kind="till.movement", about_id=movement.pk, name=ReceiptPrinted.name
    ).count()
    record(ReceiptPrinted(number=movement.number, copy=before + 1), about=movement, by=actor)
    return before + 1


def _check(charges: Sequence[Charge], tenders: Sequence[Tender], cash_given: Decimal | None) -> None:
    amounts = [charge.amount for charge in charges] + [tender.amount for tender in tenders]
    if not charges or not tenders or not all(money.is_amount(amount) for amount in amounts):
        raise Invalid(field="amount", reason=_("Please give an amount in yuan and fen."))
    if any(tender.method not in money.METHODS for tender in tenders):
        raise Invalid(field="method", reason=_("Please choose how it is paid."))
    orders_named = [charge.order for charge in charges if charge.order is not None]
    if len(set(orders_named)) != len(orders_named):
        raise Invalid(field="order", reason=_("An order is paid once."))
    owed = sum((charge.amount for charge in charges), money.NOTHING)
    paid = sum((tender.amount for tender in tenders), money.NOTHING)
    if owed != paid:
        raise Invalid(field="amount", reason=_("What is paid must be what is charged."))
    cash = sum((tender.amount for tender in tenders if tender.method == money.CASH), money.NOTHING)
    if cash_given is not None and not (cash and cash <= cash_given <= money.MOST):
        raise Invalid(field="cash_given", reason=_("The customer must give at least what he pays in cash."))


def _file(who: customers.Customer, whose: Sequence[int]) -> customers.Customer:
    """In whose file the receipt stands: what was paid for one merged file in that, so that it goes along with what it
    paid should the merge be undone."""
    files = set(whose)
    if len(files) > 1 or files == {who.pk}:
        return who
    return customers.Customer.objects.get(pk=files.pop())


def _owing(actor: Actor, files: Sequence[int], charge: Charge) -> orders.Order:
    """The order, locked, on which exactly this is open."""
    order = queries.locked_order(actor, charge.order)
    if order.customer_id not in files:
        raise NotFound
    open_amount = queries.open_on(order)
    if open_amount != charge.amount:
        raise NothingOwed(field="order", amount=formats.money(open_amount), number=order.number)
    return order


def _account(files: Sequence[int], account: UUID | None) -> customers.Account:
    rows = customers.Account.objects.filter(customer__in=files)
    found = rows.filter(public_id=account).first() if account else None
    if found is None:
        raise Invalid(field="account", reason=_("Please choose one of the customer's accounts."))
    return found


def _give(*, actor: Actor, row: Session, moved: ledger.Moved, now: datetime) -> Movement:
    made = ledger.write(actor=actor, session=row, moved=moved, now=now)
    told = MoneyReturned(number=made.number, amount=str(-made.amount), reason=moved.reason)
    record(told, about=made, by=actor)
    return made


def _tell_billing(
    actor: Actor,
    made: Movement,
    postings: Sequence[Posting],
    refs: Sequence[tuple[int | None, int | None]],
    now: datetime,
) -> None:
    """Billing learns what was paid on bills (given back: negative), so that arrears fall at once."""
    told = [each for each in postings if money.BILL in (each.debit, each.credit)]
    if not told or made.customer is None:
        return
    count = len(told)
    accounts = [refs[each.about or 0][1] or 0 for each in told]
    owners = dict(customers.Account.objects.filter(pk__in=accounts).values_list("pk", "customer_id"))
    billing.write_payments(
        {
            "customer_id": [owners.get(account, made.customer.pk) for account in accounts],
            "branch_id": [made.customer.branch_id] * count,
            "account_id": accounts,
            "reference": [f"{made.number}/{place}" for place in range(1, count + 1)],
            "paid_on": [clock.local_day(now, actor.zone)] * count,
            "amount": [each.amount if each.credit == money.BILL else -each.amount for each in told],
            "method": [each.debit if each.credit == money.BILL else each.credit for each in told],
        }
    )
