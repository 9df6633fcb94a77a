"""Files that may be of the same customer, over the whole operator, told by masked cards only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection

from loopline.customers import matchkeys
from loopline.customers.models import Address, ContactMedium, Customer, DeclinedLink, IdentityDocument
from loopline.customers.rules import documents, matching
from loopline.identity import api as identity
from loopline.kernel import formats, sealing
from loopline.kernel.models import current_tenant


@dataclass(frozen=True, slots=True)
class Match:
    """A file that may be of the same customer, and why; `stopped`: he is not to be served."""

    id: int
    public_id: UUID
    number: str
    kind: str
    masked: str
    branch: str
    why: list[str]
    stopped: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer, to be compared with all others. Numbers in E.164, documents as fingerprints."""

    name: str = ""
    birth_date: date | None = None
    numbers: Sequence[str] = ()
    emails: Sequence[str] = ()
    prints: Sequence[bytes] = ()
    places: Sequence[tuple[str, str]] = field(default=())


def prints_of(document: str) -> list[bytes]:
    """The fingerprints under which a document may be on file."""
    plain = documents.tidy(document)
    return [sealing.fingerprint(current_tenant(), kind, plain) for kind in documents.could_be(plain)]


def known_of(customer: Customer) -> Known:
    """What a file knows of its customer, in three queries."""
    media = list(ContactMedium.objects.filter(customer=customer).values_list("kind", "value"))
    return Known(
        customer.name,
        customer.birth_date,
        [value for kind, value in media if kind == "telephone"],
        [value for kind, value in media if kind == "email"],
        [
            bytes(mark)
            for mark in IdentityDocument.objects.filter(customer=customer).values_list(
                "fingerprint", flat=True
            )
        ],
        list(Address.objects.filter(customer=customer).values_list("region", "street")),
    )


def find_matches(known: Known, *, besides: Sequence[int] = ()) -> list[Match]:
    """At most five files that share a key with what is known, the surest first; `besides` are left out."""
    tenant = current_tenant()
    born = matchkeys.born_key(tenant, known.name, known.birth_date)
    places = [key for at in known.places if (key := matchkeys.place_key(tenant, *at))]
    # Imports keep an address as it was written.
    wanted = [
        *known.numbers,
        *dict.fromkeys(text for mail in known.emails for text in (mail, mail.casefold())),
    ]
    if not (wanted or known.prints or born or places):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM customers_find_matches("
            "%s::text[], %s::bytea[], %s::bytea, %s::bytea[], %s::text, %s::bigint[])",
            [wanted, list(known.prints), born, places, known.name.strip(), list(besides)],
        )
        rows = cursor.fetchall()
    units = identity.Unit.objects.in_bulk([row[5] for row in rows]) if rows else {}
    return [
        Match(key, public_id, number, kind, masked, formats.named(units[at]), matching.in_order(why), stopped)
        for key, public_id, number, kind, masked, at, why, stopped in rows
    ]


def doubles_of(customer: Customer, together: Sequence[int]) -> list[Match]:
    """Files that may be of this customer too, without those that somebody has told apart from it."""
    told_apart = DeclinedLink.objects.filter(customer=customer, kind="double").values_list("other", flat=True)
    return find_matches(known_of(customer), besides=[*together, *told_apart])
