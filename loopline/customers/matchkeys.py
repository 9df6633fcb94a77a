"""The keys by which two files meet: keyed digests of sixteen bytes in which nobody can read a person.

Documents and numbers have their own indexes; these two cost an entry only where a birthday or street is known.
"""

from datetime import date

from django.db.models import Q

from loopline.customers.models import Address, Customer
from loopline.customers.rules import matching
from loopline.kernel import sealing

LENGTH = 16


def born_key(tenant: int, name: str, day: date | None) -> bytes | None:
    """The key of a name with a birthday."""
    return _key(tenant, "born", matching.born(name, day))


def place_key(tenant: int, region: str, street: str) -> bytes | None:
    """The key of a place."""
    return _key(tenant, "place", matching.place(region, street))


def fill_in(limit: int = 5000) -> int:
    """Give keys to rows that were written before there were any. Returns how many; fewer than `limit`: done."""
    people = list(Customer.objects.filter(born_key=None, birth_date__isnull=False).order_by("id")[:limit])
    for row in people:
        row.born_key = born_key(row.tenant_id, row.name, row.birth_date) or b""
    Customer.objects.bulk_update(people, ["born_key"], batch_size=1000)
    places = list(Address.objects.filter(~Q(street=""), place_key=None).order_by("id")[: limit - len(people)])
    for at in places:
        at.place_key = place_key(at.tenant_id, at.region, at.street) or b""
    Address.objects.bulk_update(places, ["place_key"], batch_size=1000)
    return len(people) + len(places)


def _key(tenant: int, kind: str, text: str) -> bytes | None:
    return sealing.fingerprint(tenant, kind, text)[:LENGTH] if text else None
