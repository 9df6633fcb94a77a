"""Accounts that pay: opened, changed, closed and opened again."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.actions.customer import StaleVersion
from loopline.customers.events import AccountChanged, AccountOpened
from loopline.customers.models import Account, Customer
from loopline.kernel import series
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

KINDS = ("billing", "settlement")
STATUSES = ("active", "suspended", "closed")
LAST_BILL_DAY = 28


def open_account(
    *,
    actor: Actor,
    customer: Customer,
    payment_method: str = "",
    bill_day: int = 1,
    kind: str = "billing",
    name: str = "",
    number: str = "",
) -> Account:
    """Open an account that pays. `number` is that of an account that comes from elsewhere."""
    require(actor, "customers.edit")
    account = Account.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        number=_number(inputs.text("number", number, longest=40)),
        kind=inputs.choice("account_kind", kind, list(KINDS)),
        name=inputs.text("account_name", name),
        payment_method=inputs.text("payment_method", payment_method),
        bill_day=_day(bill_day),
    )
    record(AccountOpened(number=account.number), about=customer, by=actor)
    return account


def _number(given: str) -> str:
    if not given:
        (running,) = series.take("account", prefix="A")
        return f"A{running:08d}"
    series.go_past("account", [given], prefix="A")
    return given


def change_account(
    *, actor: Actor, customer: Customer, account: str, version: int, changes: Mapping[str, object]
) -> Account:
    """Change kind, name, status, payment method or bill day. Raises StaleVersion, Invalid."""
    require(actor, "customers.edit")
    owner = queries.locked(customer)
    row = queries.own(Account, owner, account)
    if row.version != version:
        raise StaleVersion
    told: dict[str, list[object]] = {}
    for field, value in changes.items():
        wanted = _checked(field, value)
        if getattr(row, field) != wanted:
            told[field] = [getattr(row, field), wanted]
            setattr(row, field, wanted)
    if told:
        row.version += 1
        row.save(update_fields=[*told, "version"])
        record(AccountChanged(number=row.number, changes=told), about=owner, by=actor)
    return row


def _checked(field: str, value: object) -> object:
    if field == "kind":
        return inputs.choice("account_kind", str(value), list(KINDS))
    if field == "status":
        return inputs.choice(field, str(value), list(STATUSES))
    if field == "bill_day":
        return _day(value)
    if field in ("name", "payment_method"):
        return inputs.text(field, str(value))
    raise NotFound(field=field)


def _day(value: object) -> int:
    if not str(value).isdecimal() or not 1 <= int(str(value)) <= LAST_BILL_DAY:
        raise Invalid(field="bill_day", reason=_("A day of the month from 1 to 28."))
    return int(str(value))
