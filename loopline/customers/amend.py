"""Customers changed by the thousand, and what a bulk writer asks about those who are there already.

For imports and migrations: they run in the scope of the whole operator and answer for what they change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from psycopg import sql

from loopline.customers import matchkeys
from loopline.customers.bulk import write_number_tokens
from loopline.customers.models import (
    Account,
    ContactMedium,
    Customer,
    IdentityDocument,
    PersonKey,
    SearchToken,
)
from loopline.customers.rules import masks
from loopline.customers.rules.documents import KINDS, tidy
from loopline.customers.rules.tokens import name_tokens, number_tokens
from loopline.kernel import copying, sealing
from loopline.kernel.models import current_tenant


@dataclass(frozen=True, slots=True)
class Amendment:
    """What becomes of a customer. None (or "") leaves what is there; a telephone takes the place of `replaces`."""

    name: str | None = None
    sex: str | None = None
    birth_date: date | None = None
    left_on: date | None = None
    life_cycle: str | None = None
    telephone: str = ""
    replaces: str = ""
    document_kind: str = ""
    document: str = ""


def amend_customers(changes: Mapping[int, Amendment], *, country: str = "86") -> None:
    """Change customers, by key, and keep what finds them in step."""
    rows = {row.pk: row for row in Customer.objects.select_for_update().filter(pk__in=changes).order_by("pk")}
    _retoken_names(rows, changes)
    columns = ["id", "name", "sex", "birth_date", "left_on", "life_cycle", "born_key"]
    told = (
        (
            key,
            one.name or None,
            one.sex or None,
            one.birth_date,
            one.left_on,
            one.life_cycle,
            _born_key(rows.get(key), one),
        )
        for key, one in changes.items()
    )
    with copying.staged(Customer, columns, told) as stage, connection.cursor() as cursor:
        cursor.execute(_UPDATE.format(stage))
    _replace_telephones(rows, changes, country)
    _add_documents(rows, changes)


_UPDATE = sql.SQL(
    "UPDATE customers_customer c SET name = coalesce(s.name, c.name), sex = coalesce(s.sex, c.sex), "
    "birth_date = coalesce(s.birth_date, c.birth_date), born_key = coalesce(s.born_key, c.born_key), "
    "life_cycle = coalesce(s.life_cycle, c.life_cycle), "
    "left_on = CASE WHEN s.life_cycle = 'active' THEN NULL ELSE coalesce(s.left_on, c.left_on) END, "
    "version = c.version + 1 FROM {} s WHERE c.id = s.id"
)


def _born_key(row: Customer | None, one: Amendment) -> bytes | None:
    if row is None or not (one.name or one.birth_date):
        return None
    return matchkeys.born_key(row.tenant_id, one.name or row.name, one.birth_date or row.birth_date)


def branches_of(customers: Sequence[int]) -> dict[int, int]:
    """Customer → the unit he belongs to."""
    return dict(Customer.objects.filter(pk__in=list(customers)).values_list("pk", "branch_id"))


def masked_cards(customers: Sequence[int]) -> dict[int, str]:
    """Customer → all that may be told of him to somebody who may not see him: "张** · C00000012"."""
    rows = Customer.objects.filter(pk__in=list(customers)).values_list("pk", "kind", "name", "number")
    return {key: f"{masks.name(kind, name)} · {number}" for key, kind, name, number in rows}


def document_prints(document: str) -> list[bytes]:
    """The fingerprints under which a document may be known: one of 18 signs is of one kind only."""
    number = tidy(document)
    kinds = list(KINDS)
    if len(number) == 18:
        kinds = ["identity_card"] if number[:17].isdigit() else ["credit_code"]
    tenant = current_tenant()
    return [sealing.fingerprint(tenant, kind, number) for kind in kinds]


def document_holders(prints: Sequence[bytes]) -> dict[bytes, int]:
    """Fingerprint of a document → the customer who has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fingerprint, customer_id FROM customers_identitydocument WHERE fingerprint = ANY (%s)",
            [list(prints)],
        )
        return {bytes(found): customer for found, customer in cursor.fetchall()}


def _retoken_names(rows: Mapping[int, Customer], changes: Mapping[int, Amendment]) -> None:
    gone: list[tuple[str, int, int]] = []
    come: list[tuple[str, int, int]] = []
    for key, row in rows.items():
        name = changes[key].name
        if name and name != row.name:
            old, new = name_tokens(row.name), name_tokens(name)
            gone += [(token, key, row.branch_id) for token in old - new]
            come += [(token, key, row.branch_id) for token in new - old]
    _drop_tokens(gone)
    copying.copy_rows(SearchToken, ["token", "customer_id", "branch_id"], come, skip_existing=True)


def _drop_tokens(gone: list[tuple[str, int, int]]) -> None:
    if not gone:
        return
    with (
        copying.staged(SearchToken, ["token", "customer_id", "branch_id"], gone) as stage,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            sql.SQL(
                "DELETE FROM customers_searchtoken t USING {} s "
                "WHERE t.tenant_id = %s AND t.token = s.token AND t.customer_id = s.customer_id"
            ).format(stage),
            [current_tenant()],
        )


def _replace_telephones(rows: Mapping[int, Customer], changes: Mapping[int, Amendment], country: str) -> None:
    new = {key: one for key, one in changes.items() if one.telephone and one.telephone != one.replaces}
    old = [(one.replaces, key) for key, one in new.items() if one.replaces]
    for number, key in old:
        ContactMedium.objects.filter(customer_id=key, kind="telephone", value=number).delete()
    _drop_tokens(
        [(token, key, rows[key].branch_id) for number, key in old for token in number_tokens(number, country)]
    )
    media = (("telephone", one.telephone, key, rows[key].branch_id) for key, one in new.items())
    columns = ["kind", "value", "customer_id", "branch_id"]
    copying.copy_rows(ContactMedium, columns, media, skip_existing=True)
    # What other numbers of the customer share with the old one is put back.
    kept = ContactMedium.objects.filter(customer_id__in=new, kind="telephone")
    write_number_tokens(kept.values_list("value", "customer_id", "branch_id"), country)
    numbers = [(row.number, key, row.branch_id) for key, row in rows.items() if key in new]
    write_number_tokens(numbers, country)


def _add_documents(rows: Mapping[int, Customer], changes: Mapping[int, Amendment]) -> None:
    told = {key: one for key, one in changes.items() if one.document}
    keys = dict(PersonKey.objects.filter(customer_id__in=told).values_list("customer_id", "wrapped"))
    tenant = current_tenant()
    papers = (
        (
            one.document_kind,
            sealing.seal(bytes(keys[key]), one.document),
            sealing.fingerprint(tenant, one.document_kind, one.document),
            masks.document(one.document),
            key,
            rows[key].branch_id,
        )
        for key, one in told.items()
        if key in keys
    )
    columns = ["kind", "sealed", "fingerprint", "masked", "customer_id", "branch_id"]
    copying.copy_rows(IdentityDocument, columns, papers, skip_existing=True)


def amend_accounts(methods: Mapping[int, str]) -> None:
    """Change how accounts are paid: account → payment method."""
    columns = ["id", "payment_method"]
    with copying.staged(Account, columns, methods.items()) as stage, connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "UPDATE customers_account a SET payment_method = s.payment_method FROM {} s "
                "WHERE a.id = s.id AND a.payment_method <> s.payment_method"
            ).format(stage)
        )
