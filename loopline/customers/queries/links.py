"""Who may belong to a customer's household or group, and who does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loopline.customers import facts
from loopline.customers.models import Address, Customer, DeclinedLink, HouseholdMember
from loopline.customers.rules import masks, matching

MOST = 10
SAME_PLACE, SAME_FAMILY = "same_place", "same_family"


@dataclass(frozen=True, slots=True)
class Link:
    """A visible customer who may belong to another; `kind`: household or group; masked."""

    id: int
    public_id: str
    number: str
    name: str
    kind: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a customer's household, masked."""

    public_id: str
    number: str
    name: str
    role: str
    since: date
    household: str
    kind: str


def links_of(customer: Customer, together: Sequence[int]) -> list[Link]:
    """Proposed links: who lives at the same place, and whom other modules name (one pays for the other)."""
    whys: dict[int, list[str]] = {}
    places = [
        key
        for key in Address.objects.filter(customer__in=together).values_list("place_key", flat=True)
        if key
    ]
    if places:
        at = Address.objects.filter(place_key__in=places).exclude(customer__in=together)
        for key in at.values_list("customer", flat=True)[: 5 * MOST]:
            whys.setdefault(key, []).append(SAME_PLACE)
    for relation in facts.relations:
        for key, why in relation(together).items():
            whys.setdefault(key, []).append(why)
    for key in [*together, *_settled(customer)]:
        whys.pop(key, None)
    rows = Customer.objects.filter(pk__in=whys, survivor=None).order_by("pk")[: 2 * MOST] if whys else []
    found = [_link(customer, row, list(dict.fromkeys(whys[row.pk]))) for row in rows]
    return sorted(found, key=lambda link: -len(link.why))[:MOST]


def members_of(together: Sequence[int]) -> list[Member]:
    """The household or group of a customer with all visible members, himself too."""
    homes = HouseholdMember.objects.filter(customer__in=together).values("household")
    rows = HouseholdMember.objects.filter(household__in=homes).select_related("customer", "household")
    return [
        Member(
            str(row.customer.public_id),
            row.customer.number,
            masks.name(row.customer.kind, row.customer.name),
            row.role,
            row.since,
            row.household.number,
            row.household.kind,
        )
        for row in rows.order_by("household", "id")[:50]
    ]


def _settled(customer: Customer) -> set[int]:
    declined = DeclinedLink.objects.filter(customer=customer).exclude(kind="double")
    homes = HouseholdMember.objects.filter(customer=customer).values("household")
    members = HouseholdMember.objects.filter(household__in=homes)
    return {*declined.values_list("other", flat=True), *members.values_list("customer", flat=True)}


def _link(customer: Customer, other: Customer, why: list[str]) -> Link:
    family = matching.surname(customer.kind, customer.name)
    if family and family == matching.surname(other.kind, other.name) and SAME_PLACE in why:
        why = [SAME_FAMILY, *(reason for reason in why if reason != SAME_PLACE)]
    kind = "group" if "organisation" in (customer.kind, other.kind) else "household"
    name = masks.name(other.kind, other.name)
    return Link(other.pk, str(other.public_id), other.number, name, kind, why)
