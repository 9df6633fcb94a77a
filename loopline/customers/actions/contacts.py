"""How a customer is reached: contact media and addresses. Nothing is thrown away: what no longer holds has an end."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from loopline.customers import matchkeys, queries
from loopline.customers.actions import inputs
from loopline.customers.events import AddressAdded, AddressChanged, ContactAdded, ContactChanged
from loopline.customers.models import Address, ContactMedium, Customer, SearchToken
from loopline.customers.rules import masks
from loopline.customers.rules.tokens import number_tokens
from loopline.kernel import clock
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

MEDIA = ("telephone", "email", "wechat")
PLACES = ("home", "work", "billing", "installation")


def add_contact(
    *,
    actor: Actor,
    customer: Customer,
    kind: str,
    value: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> ContactMedium:
    """Add a telephone number, e-mail address or WeChat id; one that is there already is left as it is."""
    require(actor, "customers.edit")
    inputs.choice("kind", kind, list(MEDIA))
    plain = inputs.medium(kind, value, actor.country)
    check_period(valid_from, valid_to)
    row = queries.locked(customer)
    known = {medium.value: medium for medium in ContactMedium.objects.filter(customer=row, kind=kind)}
    if plain in known:
        return known[plain]
    medium = ContactMedium.objects.create(
        customer=row,
        branch_id=row.branch_id,
        kind=kind,
        value=plain,
        preferred=not known,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if kind == "telephone":
        add_tokens(row, number_tokens(plain, actor.country))
    masked = masks.medium(kind, plain, actor.country)
    record(ContactAdded(kind=kind, masked=masked), about=row, by=actor)
    return medium


def prefer_contact(*, actor: Actor, customer: Customer, contact: str) -> ContactMedium:
    """Reach the customer on this medium first, of its kind."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    medium = queries.own(ContactMedium, row, contact)
    others = ContactMedium.objects.filter(customer=row, kind=medium.kind).exclude(pk=medium.pk)
    others.filter(preferred=True).update(preferred=False)
    _save_contact(actor, row, medium, {"preferred": True})
    return medium


def end_contact(*, actor: Actor, customer: Customer, contact: str) -> ContactMedium:
    """The customer is no longer reached on this medium: yesterday was its last day."""
    return date_contact(actor=actor, customer=customer, contact=contact, valid_to=_yesterday(actor))


def resume_contact(*, actor: Actor, customer: Customer, contact: str) -> ContactMedium:
    """The medium holds again; takes back `end_contact`."""
    return date_contact(actor=actor, customer=customer, contact=contact, valid_to=None)


def date_contact(
    *, actor: Actor, customer: Customer, contact: str, valid_to: date | None, valid_from: date | None = None
) -> ContactMedium:
    """Say until when a medium holds (None: for good), and from when if that is told."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    medium = queries.own(ContactMedium, row, contact)
    begin = valid_from or medium.valid_from
    check_period(begin if begin and valid_to and begin <= valid_to else None, valid_to)
    _save_contact(actor, row, medium, {"valid_to": valid_to, "valid_from": begin})
    return medium


def add_address(
    *,
    actor: Actor,
    customer: Customer,
    kind: str = "home",
    region: str = "",
    street: str,
    postcode: str = "",
) -> Address:
    """Add an address."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    given = _place(row, kind, region, street, postcode)
    address = Address.objects.create(customer=row, branch_id=row.branch_id, **given)
    event = AddressAdded(id=str(address.public_id), kind=kind, masked=masked_place(address))
    record(event, about=row, by=actor)
    return address


def change_address(
    *,
    actor: Actor,
    customer: Customer,
    address: str,
    kind: str,
    region: str = "",
    street: str = "",
    postcode: str = "",
) -> Address:
    """Correct an address; an empty street stays as it is, since it is shown masked."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    found = queries.own(Address, row, address)
    before = [found.kind, masked_place(found)]
    given = _place(row, kind, region or found.region, street or found.street, postcode or found.postcode)
    changed = {name: value for name, value in given.items() if getattr(found, name) != value}
    for name, value in changed.items():
        setattr(found, name, value)
    if changed:
        found.save(update_fields=list(changed))
        told: dict[str, list[object]] = {"address": [before[1], masked_place(found)]}
        if before[0] != kind:
            told["address_kind"] = [before[0], kind]
        record(AddressChanged(id=address, kind=kind, changes=told), about=row, by=actor)
    return found


def end_address(*, actor: Actor, customer: Customer, address: str) -> Address:
    """The customer is no longer at this address."""
    return _date_address(actor, customer, address, _yesterday(actor))


def resume_address(*, actor: Actor, customer: Customer, address: str) -> Address:
    """The address holds again; takes back `end_address`."""
    return _date_address(actor, customer, address, None)


def add_tokens(customer: Customer, tokens: set[str]) -> None:
    """Have the customer found by these tokens too."""
    rows = [
        SearchToken(customer=customer, branch_id=customer.branch_id, token=token) for token in sorted(tokens)
    ]
    SearchToken.objects.bulk_create(rows, ignore_conflicts=True)


def masked_place(address: Address) -> str:
    """An address as history and screens may show it."""
    return f"{address.region}{masks.street(address.street)}"


def check_period(begin: date | None, end: date | None) -> None:
    """A period ends after it has begun. Raises Invalid."""
    if begin and end and end < begin:
        raise Invalid(field="valid_to", reason=_("The end lies before the beginning."))


def _save_contact(actor: Actor, customer: Customer, medium: ContactMedium, wanted: dict[str, object]) -> None:
    told: dict[str, list[object]] = {}
    for name, value in wanted.items():
        if getattr(medium, name) != value:
            told[name] = [_iso(getattr(medium, name)), _iso(value)]
            setattr(medium, name, value)
    if told:
        medium.save(update_fields=list(told))
        masked = masks.medium(medium.kind, medium.value, actor.country)
        record(ContactChanged(kind=medium.kind, masked=masked, changes=told), about=customer, by=actor)


def _date_address(actor: Actor, customer: Customer, address: str, end: date | None) -> Address:
    require(actor, "customers.edit")
    row = queries.locked(customer)
    found = queries.own(Address, row, address)
    if found.valid_to != end:
        told: dict[str, list[object]] = {"valid_to": [_iso(found.valid_to), _iso(end)]}
        found.valid_to = end
        found.save(update_fields=["valid_to"])
        record(AddressChanged(id=address, kind=found.kind, changes=told), about=row, by=actor)
    return found


def _place(customer: Customer, kind: str, region: str, street: str, postcode: str) -> dict[str, object]:
    inputs.choice("kind", kind, list(PLACES))
    at = inputs.text("region", region)
    line = inputs.text("street", street, required=True)
    return {
        "kind": kind,
        "region": at,
        "street": line,
        "postcode": inputs.text("postcode", postcode, longest=12),
        "place_key": matchkeys.place_key(customer.tenant_id, at, line),
    }


def _yesterday(actor: Actor) -> date:
    return clock.today(actor.zone) - timedelta(days=1)


def _iso(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
