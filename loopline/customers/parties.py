"""What programs ask about customers as parties: everybody there is, and what hangs on a page of them."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from loopline.customers.models import Account, Address, ContactMedium, Customer, IdentityDocument
from loopline.kernel.models import current_tenant
from loopline.kernel.permission import Actor, require

ERASED = "—"


def parties(actor: Actor) -> QuerySet[Customer]:
    """Every person and organisation on file, without those whose data was erased and files merged into others."""
    require(actor, "customers.view")
    return Customer.objects.filter(survivor=None).exclude(name=ERASED).select_related("branch")


def contacts_of(customer_ids: Iterable[int]) -> dict[int, list[ContactMedium]]:
    """The ways to reach each of them, the preferred first."""
    found: dict[int, list[ContactMedium]] = defaultdict(list)
    for row in ContactMedium.objects.filter(customer_id__in=list(customer_ids)).order_by("-preferred", "id"):
        found[row.customer_id].append(row)
    return found


def documents_of(customer_ids: Iterable[int]) -> dict[int, list[IdentityDocument]]:
    """The identity documents of each of them; their numbers are sealed, `masked` can be shown."""
    found: dict[int, list[IdentityDocument]] = defaultdict(list)
    for row in IdentityDocument.objects.filter(customer_id__in=list(customer_ids)).order_by("id"):
        found[row.customer_id].append(row)
    return found


def addresses(actor: Actor) -> QuerySet[Address]:
    """Every address that holds, with the customer whose it is."""
    require(actor, "customers.view")
    return Address.objects.filter(valid_to=None, customer__survivor=None).select_related("customer")


def regions() -> list[str]:
    """Every region in which an address lies, each found by one step in the index."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE each(region) AS (
                (SELECT region FROM customers_address WHERE tenant_id = %(tenant)s ORDER BY region LIMIT 1)
                UNION ALL
                SELECT (SELECT a.region FROM customers_address a
                        WHERE a.tenant_id = %(tenant)s AND a.region > each.region ORDER BY a.region LIMIT 1)
                FROM each WHERE each.region IS NOT NULL)
            SELECT region FROM each WHERE region IS NOT NULL
            """,
            {"tenant": current_tenant()},
        )
        return [region for (region,) in cursor.fetchall()]


def address_by_key(public_id: str) -> Address | None:
    """An address that one may see, by its public key."""
    try:
        key = UUID(public_id)
    except ValueError:
        return None
    return Address.objects.filter(public_id=key).first()


def accounts(actor: Actor) -> QuerySet[Account]:
    """Every account, with the customer who owns it."""
    require(actor, "customers.view")
    return Account.objects.select_related("customer")


def accounts_of(customer_ids: Iterable[int]) -> dict[int, list[Account]]:
    """The accounts of each customer."""
    found: dict[int, list[Account]] = defaultdict(list)
    for row in Account.objects.filter(customer_id__in=list(customer_ids)).order_by("id"):
        found[row.customer_id].append(row)
    return found
