"""Customers as a file: the list with its search, filters and order, masked; and in clear as their import reads them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.customers import api, belongings, exporting, panels, parties, wording
from loopline.customers.models import Account, Address
from loopline.customers.pages.listing import wanted_from
from loopline.customers.rules import masks
from loopline.exports.api import Outgoing, Rows, bring
from loopline.identity import api as identity
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
ACCOUNT_SHOWN = (
    "number", "customer__number", "customer__kind", "customer__name", "kind", "status", "payment_method", "bill_day",
    "branch_id",
)  # fmt: skip
ADDRESS_SHOWN = (
    "customer__number", "customer__kind", "customer__name", "kind", "region", "street", "postcode", "branch_id",
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
    told = {column: asked[name] for name, column in ACCOUNT_FILTERS.items() if asked.get(name)}
    return parties.accounts(actor).filter(customer__survivor=None, **told).order_by("id")


def _addresses(actor: Actor, asked: QueryDict) -> QuerySet[Address]:
    told = {column: asked[name] for name, column in ADDRESS_FILTERS.items() if asked.get(name)}
    return parties.addresses(actor).filter(**told).order_by("id")


def _values[R: (Account, Address)](
    rows: Callable[[Actor, QueryDict], QuerySet[R]], *names: str
) -> Callable[[Actor, QueryDict], QuerySet[R, tuple[Any, ...]]]:
    """Only these columns of the rows: a model for each row of a million would cost more than all the rest."""
    return lambda actor, asked: rows(actor, asked).values_list(*names)


def _account_cells(actor: Actor) -> Callable[[tuple[Any, ...]], list[str]]:
    kinds, statuses, methods, units = (
        _spoken(wording.ACCOUNT_KINDS),
        _spoken(wording.ACCOUNT_STATUSES),
        _spoken(wording.PAYMENT_METHODS),
        _units(),
    )

    def cells(values: tuple[Any, ...]) -> list[str]:
        number, who, kind_of, name, kind, status, method, bill_day, branch = values
        return [
            number,
            who,
            masks.name(kind_of, name),
            kinds.get(kind, kind),
            statuses.get(status, status),
            methods.get(method, method),
            str(bill_day),
            units[branch],
        ]

    return cells


def _address_cells(actor: Actor) -> Callable[[tuple[Any, ...]], list[str]]:
    kinds, units = _spoken(wording.PLACES), _units()

    def cells(values: tuple[Any, ...]) -> list[str]:
        who, kind_of, name, kind, region, street, postcode, branch = values
        return [
            who,
            masks.name(kind_of, name),
            kinds.get(kind, kind),
            region,
            masks.street(street),
            postcode,
            units[branch],
        ]

    return cells


def _spoken(words: wording.Words) -> dict[str, str]:
    """The words in the language of whoever takes the file."""
    return {code: str(label) for code, label in words.items()}


def _units() -> dict[int, str]:
    return {unit.pk: formats.named(unit) for unit in identity.Unit.objects.all()}


def _clear_cells(actor: Actor) -> Callable[[tuple[Any, ...]], list[str]]:
    return belongings.cells_of


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
        Rows(ACCOUNT_HEADS, _values(_accounts, *ACCOUNT_SHOWN), _account_cells),
        clear=Rows(belongings.ACCOUNT, _values(_accounts, *belongings.ACCOUNT_VALUES), _clear_cells),
    )
)
bring(
    Outgoing(
        "addresses",
        _("Addresses"),
        "customers.view",
        Rows(ADDRESS_HEADS, _values(_addresses, *ADDRESS_SHOWN), _address_cells),
        clear=Rows(belongings.ADDRESS, _values(_addresses, *belongings.ADDRESS_VALUES), _clear_cells),
    )
)
