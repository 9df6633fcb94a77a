"""One customer and what is his."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from loopline.customers.models import Account, Consent, ContactMedium, Customer, ServiceStop
from loopline.customers.rules import documents
from loopline.identity import api as identity
from loopline.kernel import clock, formats, scope, sealing
from loopline.kernel.errors import Invalid, NotFound, Refusal
from loopline.kernel.models import CustomerRow, current_tenant
from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.compiled import Compiled, Given

_FILES = """
WITH RECURSIVE files (file, whose) AS (
  SELECT own, own FROM unnest(%s::bigint[]) AS own
  UNION ALL
  SELECT merged.id, files.whose FROM customers_customer merged JOIN files ON merged.survivor_id = files.file)
SELECT file, whose FROM files
"""


@dataclass(frozen=True, slots=True)
class Card:
    """All that is shown of a customer of another branch: nothing that names or reaches him."""

    id: int
    number: str
    kind: str
    masked: str
    branch: str


def with_branch() -> "QuerySet[Customer]":
    """Customers with their branch; `has_merged` tells whether another file was merged into theirs."""
    merged = Customer.objects.filter(survivor_id=OuterRef("pk"))
    return Customer.objects.select_related("branch").annotate(has_merged=Exists(merged))


_BY_PUBLIC_ID = Compiled(lambda: with_branch().filter(public_id=Given("public_id")))


def visible(public_id: UUID | str) -> Customer:
    """A customer within the open door's scope. Raises NotFound."""
    found = _BY_PUBLIC_ID(public_id=_uuid(public_id))
    if not found:
        raise NotFound
    return found[0]


class Merged(Refusal):
    """The file was merged into another; `facts["survivor"]` is the public id of the one that holds."""

    code = "merged"
    status = 410
    sentence = _("This file was merged into %(number)s.")

    def __init__(self, survivor: Customer) -> None:
        self.survivor = survivor
        super().__init__(number=survivor.number)

    @property
    def facts(self) -> dict[str, object]:
        """Where it went."""
        return {"survivor": str(self.survivor.public_id), "number": self.survivor.number}


def by_public_id(actor: Actor, public_id: UUID | str) -> Customer:
    """The customer with this public id. Raises NotFound for one not there or not visible, Merged for one merged."""
    require(actor, "customers.view")
    customer = visible(public_id)
    if customer.survivor_id:
        raise Merged(_last_survivor(customer))
    return customer


def by_number(actor: Actor, number: str) -> Customer:
    """The customer whom a row of a file names in `customer_number`. Raises Invalid, Merged."""
    require(actor, "customers.view")
    customer = Customer.objects.filter(number=number).first()
    if customer is None:
        reason = _("There is no customer with this number within what you may see.")
        raise Invalid(field="customer_number", reason=reason)
    if customer.survivor_id:
        raise Merged(_last_survivor(customer))
    return customer


def standing(actor: Actor, public_id: UUID | str) -> Customer:
    """As `by_public_id`; for a file that was merged, the one that holds. Raises NotFound."""
    try:
        return by_public_id(actor, public_id)
    except Merged as went:
        return went.survivor


def locked(customer: Customer) -> Customer:
    """The customer's row, locked for the transaction: one change at a time, in the order of keys. Raises Merged.

    Of a file that was opened behind this very door nobody else knows yet.
    """
    if customer.__dict__.get("opened_behind") is scope.door():
        return customer
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.survivor_id:
        raise Merged(_last_survivor(row))
    return row


def together(customer: Customer | int) -> list[int]:
    """The customer and all files that were merged into his, which still hold what hangs on them."""
    return list(files_of([customer if isinstance(customer, int) else customer.pk]))


def files_of(customer_ids: Iterable[int]) -> dict[int, int]:
    """File → the customer whose it is, for customers' own files and all that were merged into them; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FILES, [list(customer_ids)])
        return dict(cursor.fetchall())


def survivors(customer_ids: Iterable[int]) -> dict[int, int]:
    """Merged file → the one that holds, for those among the given that were merged."""
    found: dict[int, int] = {}
    asked = list(customer_ids)
    while asked:
        rows = Customer.objects.filter(pk__in=asked, survivor__isnull=False)
        step = dict(rows.values_list("pk", "survivor_id"))
        found = {key: step.get(at, at) for key, at in found.items()} | {
            key: at for key, at in step.items() if key not in found and key in asked and at is not None
        }
        asked = list(set(step.values()))
    return found


def stop_of(customer: Customer, ids: Iterable[int] = ()) -> ServiceStop | None:
    """Why the customer is not to be served; None: he is. `ids` are his files, where the caller knows them."""
    rows = ServiceStop.objects.filter(customer_id__in=list(ids) or together(customer), lifted_at=None)
    today = clock.today(formats.zone.get())
    return next((row for row in rows.order_by("id") if row.until is None or row.until >= today), None)


def own[T: CustomerRow](model: type[T], customer: Customer, public_id: str) -> T:
    """A row of this customer, or of a file merged into his, by its public id. Raises NotFound."""
    row = model._default_manager.filter(public_id=_uuid(public_id), customer__in=together(customer)).first()
    if row is None:
        raise NotFound
    return row


def consents_of(customer_ids: Iterable[int], purpose: str = "marketing") -> dict[tuple[int, str], bool]:
    """(customer, channel) → granted, for those who were asked."""
    rows = Consent.objects.filter(customer_id__in=list(customer_ids), purpose=purpose)
    return {(row.customer_id, row.channel): row.granted for row in rows}


def telephones_of(customer: Customer) -> dict[str, UUID]:
    """Telephone number (E.164) → public id of the medium, by which `reveal` shows it; the preferred one first."""
    rows = ContactMedium.objects.filter(customer__in=together(customer), kind="telephone")
    rows = rows.order_by("-preferred", "id")
    return {row.value: row.public_id for row in rows}


def paying_account(customer: Customer) -> int | None:
    """The key of the account that pays for a customer unless another is named: his first."""
    return Account.objects.filter(customer=customer).order_by("id").values_list("pk", flat=True).first()


def find_cards(numbers: list[str], document: str = "") -> list[Card]:
    """Masked cards of customers anywhere in the operator who have exactly this number or document."""
    prints = [
        sealing.fingerprint(current_tenant(), kind, documents.tidy(document))
        for kind in documents.could_be(document)
    ]
    if not numbers and not prints:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_find_cards(%s::text[], %s::bytea[])", [numbers, prints])
        rows = cursor.fetchall()
    units = identity.Unit.objects.in_bulk([branch for *_, branch in rows])
    return [
        Card(key, number, kind, masked, formats.named(units[branch]))
        for key, number, kind, masked, branch in rows
    ]


def working_branch(actor: Actor, wanted: int | None) -> int:
    """As `working_unit`, its key."""
    return working_unit(actor, wanted).pk


def working_unit(actor: Actor, wanted: int | None) -> identity.Unit:
    """The branch in which the actor opens a file: the one he asks for if he sees it, else his own."""
    within = actor.scope.branches
    found = _UNIT(unit=actor.unit_id if wanted is None else wanted)
    if not found or (wanted is not None and within is not None and wanted not in within):
        raise NotFound(field="branch_id")
    (unit,) = found
    return unit.parent if wanted is None and unit.level == "team" and unit.parent else unit


_UNIT = Compiled(lambda: identity.Unit.objects.select_related("parent").filter(pk=Given("unit")))


def _last_survivor(customer: Customer) -> Customer:
    last = Customer.objects.select_related("branch").filter(pk=survivors([customer.pk])[customer.pk]).first()
    if last is None:
        raise NotFound
    return last


def _uuid(text: UUID | str) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as fault:
        raise NotFound from fault
