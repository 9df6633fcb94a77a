"""Customers as a file: the list with its search, filters and order, masked; and in clear as their import reads them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.customers import api, belongings, exporting, panels, parties, wording
from loopline.customers.models import Account, Address
from loopline.customers.pages.listing import wanted_from
from loopline.customers.rules import masks
from loopline.exports.api import Outgoing, Rows, bring
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.kernel.sheets import Block

ACCOUNT_HEADS = (
    _("Account number"), _("Customer number"), _("Customer"), _("Kind"), _("Account status"), _("Payment method"),
    _("Bill day"), _("Branch"),
)  # fmt: skip
ADDRESS_HEADS = (
    _("Customer number"), _("Customer"), _("Kind of address"), _("Region"), _("Street and number"), _("Postcode"),
    _("Branch"),
)  # fmt: skip
ACCOUNT_FILTERS = {
    "kind": "kind",
    "status": "status",
    "customer": "customer__number",
    "branch": "branch__code",
}
ADDRESS_FILTERS = {
    "kind": "kind",
    "region": "region",
    "customer": "customer__number",
    "branch": "branch__code",
}


@dataclass(frozen=True, slots=True)
class Customers:
    """The customers of a list, by its own keyset."""

    written: Callable[[Actor, api.Wanted], Iterator[Block]]

    def count(self, actor: Actor, asked: QueryDict) -> int:
        """How many the list counts, one more where there are more."""
        panels.load()
        wanted = wanted_from(asked)
        found = api.list_page(actor, api.Wanted(wanted.text, wanted.chosen, wanted.sort, size=1))
        return found.count + found.more

    def blocks(self, actor: Actor, asked: QueryDict) -> Iterator[Block]:
        """The heads, then the rows."""
        panels.load()
        return self.written(actor, wanted_from(asked))


def _accounts(actor: Actor, asked: QueryDict) -> QuerySet[Account]:
    rows = parties.accounts(actor).filter(customer__survivor=None).select_related("customer", "branch")
    told = {column: asked[name] for name, column in ACCOUNT_FILTERS.items() if asked.get(name)}
    return rows.filter(**told).order_by("id")


def _addresses(actor: Actor, asked: QueryDict) -> QuerySet[Address]:
    rows = parties.addresses(actor).select_related("customer", "branch")
    told = {column: asked[name] for name, column in ADDRESS_FILTERS.items() if asked.get(name)}
    return rows.filter(**told).order_by("id")


def _account_cells(actor: Actor) -> Callable[[Account], list[str]]:
    return lambda row: [
        row.number,
        row.customer.number,
        masks.name(row.customer.kind, row.customer.name),
        wording.word(wording.ACCOUNT_KINDS, row.kind),
        wording.word(wording.ACCOUNT_STATUSES, row.status),
        wording.word(wording.PAYMENT_METHODS, row.payment_method),
        str(row.bill_day),
        formats.named(row.branch),
    ]


def _address_cells(actor: Actor) -> Callable[[Address], list[str]]:
    return lambda row: [
        row.customer.number,
        masks.name(row.customer.kind, row.customer.name),
        wording.word(wording.PLACES, row.kind),
        row.region,
        masks.street(row.street),
        row.postcode,
        formats.named(row.branch),
    ]


def _account_told(actor: Actor) -> Callable[[Account], list[str]]:
    def cells(row: Account) -> list[str]:
        told = belongings.account_told(row)
        return [told.get(name, "") for name in belongings.ACCOUNT]

    return cells


def _address_told(actor: Actor) -> Callable[[Address], list[str]]:
    def cells(row: Address) -> list[str]:
        told = belongings.address_told(row)
        return [told.get(name, "") for name in belongings.ADDRESS]

    return cells


bring(
    Outgoing(
        "customers",
        _("Customers"),
        "customers.view",
        Customers(exporting.listed_blocks),
        clear=Customers(exporting.clear_blocks),
        page="customers:list",
    )
)
bring(
    Outgoing(
        "accounts",
        _("Accounts"),
        "customers.view",
        Rows(ACCOUNT_HEADS, _accounts, _account_cells),
        clear=Rows(belongings.ACCOUNT, _accounts, _account_told),
    )
)
bring(
    Outgoing(
        "addresses",
        _("Addresses"),
        "customers.view",
        Rows(ADDRESS_HEADS, _addresses, _address_cells),
        clear=Rows(belongings.ADDRESS, _addresses, _address_told),
    )
)
