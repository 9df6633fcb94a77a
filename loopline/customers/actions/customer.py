"""Opening a customer's file, changing it, and what he agreed to."""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.actions.personal import add_document
from loopline.customers.events import (
    AccountOpened,
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    CustomerChanged,
    CustomerCreated,
)
from loopline.customers.models import (
    Account,
    Address,
    Consent,
    ContactMedium,
    Customer,
    Kind,
    LifeCycle,
    PersonKey,
    SearchToken,
)
from loopline.customers.rules import masks
from loopline.customers.rules.tokens import name_tokens, number_tokens
from loopline.kernel import clock, sealing, series
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

TIERS = ("diamond", "gold", "silver", "standard")
CHANNELS = ("call", "sms", "email", "wechat")
_CHANGEABLE = ("name", "sex", "birth_date", "life_cycle", "tier")
_PERSONAL = {"name", "birth_date"}


class PossibleDuplicate(Refusal):
    """Somebody with this document or number is on file; `values["cards"]` holds the masked candidates."""

    code = "possible_duplicate"
    status = 409
    sentence = _("There may be a file of this customer already: %(who)s. Save again to open a second one.")


class StaleVersion(Refusal):
    """The file was changed since it was loaded."""

    code = "stale_version"
    status = 409
    sentence = _(
        "Somebody else has changed this customer meanwhile. Load the page again and repeat your change."
    )


def create_customer(
    *,
    actor: Actor,
    name: str,
    kind: str = Kind.PERSON,
    branch_id: int | None = None,
    sex: str = "",
    birth_date: date | None = None,
    tier: str = "",
    telephone: str = "",
    email: str = "",
    street: str = "",
    document_kind: str = "",
    document: str = "",
    sure: bool = False,
) -> Customer:
    """Open a customer's file with a key of his own and his first account.

    Unless `sure`, raises PossibleDuplicate when the document or telephone number is on file anywhere in the
    operator. `branch_id` defaults to the branch of whoever acts.
    """
    require(actor, "customers.edit")
    inputs.choice("kind", kind, Kind.values)
    plain = inputs.text("name", name, required=True)
    number = inputs.medium("telephone", telephone, actor.country) if telephone.strip() else ""
    branch = queries.working_branch(actor, branch_id)
    if not sure:
        _refuse_duplicates(number, document)
    (running,) = series.take("customer", prefix="C")
    customer = Customer.objects.create(
        branch_id=branch,
        number=f"C{running:08d}",
        kind=kind,
        name=plain,
        sex=sex,
        birth_date=birth_date,
        tier=inputs.choice("tier", tier, ["", *TIERS]),
        joined_on=clock.today(actor.zone),
    )
    PersonKey.objects.create(customer=customer, branch_id=branch, wrapped=sealing.new_wrapped_key())
    record(CustomerCreated(number=customer.number, kind=kind), about=customer, by=actor)
    _add_tokens(customer, name_tokens(plain) | number_tokens(customer.number, actor.country))
    open_account(actor=actor, customer=customer)
    for medium, value in (("telephone", number), ("email", email.strip())):
        if value:
            add_contact(actor=actor, customer=customer, kind=medium, value=value)
    if street.strip():
        Address.objects.create(customer=customer, branch_id=branch, street=inputs.text("street", street))
    if document.strip():
        add_document(actor=actor, customer=customer, kind=document_kind, number=document)
    return customer


def change_customer(
    *, actor: Actor, customer: Customer, version: int, changes: Mapping[str, object]
) -> Customer:
    """Change name, sex, birth date, life cycle or tier. Raises StaleVersion, MaskIsNoInput."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    if row.version != version:
        raise StaleVersion
    if unknown := set(changes) - set(_CHANGEABLE):
        raise NotFound(field=min(unknown))
    told: dict[str, list[object]] = {}
    for field, value in changes.items():
        wanted = _checked(field, value)
        before = getattr(row, field)
        if before == wanted:
            continue
        told[field] = [_told(row.kind, field, before), _told(row.kind, field, wanted)]
        if field == "name":
            _replace_tokens(row, name_tokens(before), name_tokens(str(wanted)))
        setattr(row, field, wanted)
    if told:
        row.version += 1
        row.save(update_fields=[*told, "version"])
        record(CustomerChanged(changes=told), about=row, by=actor)
    return row


def add_contact(*, actor: Actor, customer: Customer, kind: str, value: str) -> ContactMedium:
    """Add a telephone number, e-mail address or WeChat id; one that is there already is left as it is."""
    require(actor, "customers.edit")
    inputs.choice("kind", kind, ["telephone", "email", "wechat"])
    plain = inputs.medium(kind, value, actor.country)
    row = queries.locked(customer)
    medium, created = ContactMedium.objects.get_or_create(
        customer=row, kind=kind, value=plain, defaults={"branch_id": row.branch_id}
    )
    if created:
        if kind == "telephone":
            _add_tokens(row, number_tokens(plain, actor.country))
        masked = masks.medium(kind, plain, actor.country)
        record(ContactAdded(kind=kind, masked=masked), about=row, by=actor)
    return medium


def give_consent(*, actor: Actor, customer: Customer, channel: str, purpose: str = "marketing") -> None:
    """Note that the customer agrees to be contacted on a channel."""
    _decide_consent(actor, customer, purpose, channel, granted=True)


def withdraw_consent(*, actor: Actor, customer: Customer, channel: str, purpose: str = "marketing") -> None:
    """Note that the customer does not want to be contacted on a channel."""
    _decide_consent(actor, customer, purpose, channel, granted=False)


def open_account(*, actor: Actor, customer: Customer, payment_method: str = "", bill_day: int = 1) -> Account:
    """Open an account that pays."""
    require(actor, "customers.edit")
    (running,) = series.take("account", prefix="A")
    account = Account.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        number=f"A{running:08d}",
        payment_method=inputs.text("payment_method", payment_method),
        bill_day=bill_day,
    )
    record(AccountOpened(number=account.number), about=customer, by=actor)
    return account


def _decide_consent(actor: Actor, customer: Customer, purpose: str, channel: str, *, granted: bool) -> None:
    # Whoever works for the customer may note his wish: an agent on the telephone as well as the campaign's people.
    require(actor, "tasks.work")
    inputs.choice("channel", channel, list(CHANNELS))
    row = queries.locked(customer)
    consent, created = Consent.objects.get_or_create(
        customer=row,
        purpose=purpose,
        channel=channel,
        defaults={"branch_id": row.branch_id, "granted": granted, "at": clock.now()},
    )
    if not created and consent.granted == granted:
        return
    if not created:
        consent.granted, consent.at = granted, clock.now()
        consent.save(update_fields=["granted", "at"])
    event = ConsentGiven if granted else ConsentWithdrawn
    record(event(purpose=purpose, channel=channel), about=row, by=actor)


def _refuse_duplicates(number: str, document: str) -> None:
    cards = queries.find_cards([number] if number else [], document)
    if cards:
        who = ", ".join(f"{card.number} {card.masked} ({card.branch})" for card in cards)
        raise PossibleDuplicate(who=who, cards=cards)


def _checked(field: str, value: object) -> object:
    if field == "name":
        return inputs.text("name", str(value), required=True)
    if field == "life_cycle":
        return inputs.choice(field, str(value), LifeCycle.values)
    if field == "tier":
        return inputs.choice(field, str(value), ["", *TIERS])
    if field == "sex":
        return inputs.choice(field, str(value), ["", "F", "M"])
    return value


def _told(kind: str, field: str, value: object) -> object:
    if field not in _PERSONAL:
        return value
    if field == "name":
        return masks.name(kind, str(value))
    return f"{value.year}-**-**" if isinstance(value, date) else None


def _replace_tokens(customer: Customer, old: set[str], new: set[str]) -> None:
    SearchToken.objects.filter(customer=customer, token__in=old - new).delete()
    _add_tokens(customer, new - old)


def _add_tokens(customer: Customer, tokens: set[str]) -> None:
    rows = [
        SearchToken(customer=customer, branch_id=customer.branch_id, token=token) for token in sorted(tokens)
    ]
    SearchToken.objects.bulk_create(rows, ignore_conflicts=True)
