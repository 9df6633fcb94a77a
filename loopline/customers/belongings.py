"""Accounts and addresses as files in clear, and those files as imports: each row belongs to a customer on file."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from loopline.customers import actions, queries
from loopline.customers.models import Account, Address
from loopline.imports import api as imports
from loopline.kernel.errors import Invalid

ACCOUNT = ("number", "customer_number", "kind", "name", "status", "payment_method", "bill_day")
ADDRESS = ("key", "customer_number", "kind", "region", "street", "postcode")


ACCOUNT_VALUES = ("number", "customer__number", "kind", "name", "status", "payment_method", "bill_day")
ADDRESS_VALUES = ("public_id", "customer__number", "kind", "region", "street", "postcode")


def cells_of(values: Sequence[Any]) -> list[str]:
    """The cells of a row from ACCOUNT_VALUES or ADDRESS_VALUES."""
    return [imports.text_of(value) for value in values]


class AccountFiles(imports.Files):
    """Opens and changes accounts as the customer's page does."""

    columns, key = ACCOUNT, "number"

    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """Accounts by number."""
        return dict(Account.objects.filter(number__in=keys).values_list("number", "pk"))

    def on_file(self, ids: Sequence[int]) -> dict[int, imports.Told]:
        """What the export says."""
        rows = Account.objects.filter(pk__in=ids).values_list("pk", *ACCOUNT_VALUES)
        return {key: imports.said(dict(zip(ACCOUNT, cells_of(values), strict=True))) for key, *values in rows}

    def make(self, row: imports.Told) -> int:
        """Open an account; one that is suspended or closed becomes so at once."""
        customer = queries.by_number(self.actor, row.get("customer_number", ""))
        made = actions.open_account(
            actor=self.actor,
            customer=customer,
            number=row.get("number", ""),
            kind=row.get("kind", "billing"),
            name=row.get("name", ""),
            payment_method=row.get("payment_method", ""),
            bill_day=int(row.get("bill_day", "1")),
        )
        if "status" in row:
            self._change(made, {"status": row["status"]})
        return made.pk

    def alter(self, key: int, changes: imports.Told, on_file: imports.Told) -> None:
        """Change everything but whose it is."""
        _same_owner(changes)
        self._change(Account.objects.select_related("customer").get(pk=key), changes)

    def _change(self, row: Account, changes: imports.Told) -> None:
        actions.change_account(
            actor=self.actor,
            customer=row.customer,
            account=str(row.public_id),
            version=row.version,
            changes=changes,
        )


class AddressFiles(imports.Files):
    """Adds and corrects addresses as the customer's page does."""

    columns, key = ADDRESS, "key"

    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """Addresses by their public keys."""
        ours = {key: uuid for key in keys if (uuid := _uuid(key)) is not None}
        rows = dict(Address.objects.filter(public_id__in=list(ours.values())).values_list("public_id", "pk"))
        return {key: rows[uuid] for key, uuid in ours.items() if uuid in rows}

    def on_file(self, ids: Sequence[int]) -> dict[int, imports.Told]:
        """What the export says."""
        rows = Address.objects.filter(pk__in=ids).values_list("pk", *ADDRESS_VALUES)
        return {key: imports.said(dict(zip(ADDRESS, cells_of(values), strict=True))) for key, *values in rows}

    def make(self, row: imports.Told) -> int:
        """Add an address that the customer has not."""
        customer = queries.by_number(self.actor, row.get("customer_number", ""))
        given = {name: row.get(name, "") for name in ("region", "street", "postcode")}
        kind = row.get("kind", "home")
        if Address.objects.filter(customer=customer, kind=kind, valid_to=None, **given).exists():
            raise Invalid(field="street", reason=_("The customer has this address already."))
        return actions.add_address(actor=self.actor, customer=customer, kind=kind, **given).pk

    def alter(self, key: int, changes: imports.Told, on_file: imports.Told) -> None:
        """Correct an address."""
        _same_owner(changes)
        row = Address.objects.select_related("customer").get(pk=key)
        told = {
            name: {**on_file, **changes}.get(name, "") for name in ("kind", "region", "street", "postcode")
        }
        actions.change_address(actor=self.actor, customer=row.customer, address=str(row.public_id), **told)


def _same_owner(changes: imports.Told) -> None:
    if "customer_number" in changes:
        raise Invalid(field="customer_number", reason=_("It belongs to another customer."))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
