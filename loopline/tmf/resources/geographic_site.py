"""TMF674: where a customer has his service: the addresses of installation in his file."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel.errors import Conflict
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    DELETED,
    Attribute,
    Resource,
    View,
    customer_of,
    kept,
    register,
    usually,
)
from loopline.tmf.translate import parties as words
from loopline.tmf.translate import places
from loopline.tmf.translate.strangers import file_of

INSTALLATION = "installation"
OPEN = ("id", "href", "name", "role", "country", "stateOrProvince", "city")
"""The parts of a place that do not tell where in a town it is."""


class SiteOfSomebodyElse(Conflict):
    """A site stays with its customer; where he moves, the other one gets a site of his own."""

    code = "site_has_owner"
    sentence = _("This site belongs to another customer. Open a site of his own for him.")


def _create(actor: Actor, body: dict[str, Any]) -> customers.Address:
    named = body.get("relatedParty") or [{"name": body.get("name") or _first(body).get("name")}]
    owner = customer_of(body) or file_of(actor, named)
    region, street, postcode = _written(body)
    return customers.add_address(
        actor=actor, customer=owner, kind=INSTALLATION, region=region, street=street, postcode=postcode
    )


def _patch(actor: Actor, row: customers.Address, changes: dict[str, Any]) -> None:
    other = customer_of(changes)
    if other is not None and other.pk != row.customer_id:
        raise SiteOfSomebodyElse(field="relatedParty")
    told = {"name": row.street, **changes}
    region, street, postcode = _written(told) if changes.get("place") else ("", "", "")
    customers.change_address(
        actor=actor,
        customer=row.customer,
        address=str(row.public_id),
        kind=INSTALLATION,
        region=region,
        street=street,
        postcode=postcode,
    )


def _delete(actor: Actor, row: customers.Address) -> None:
    customers.end_address(actor=actor, customer=row.customer, address=str(row.public_id))


def _first(body: dict[str, Any]) -> dict[str, Any]:
    found = body.get("place") or [{}]
    return found[0] if isinstance(found[0], dict) else {}


def _written(body: dict[str, Any]) -> tuple[str, str, str]:
    """Region, street and postal code: of an address that we know, in parts, or in words."""
    place = _first(body)
    known = customers.address_by_key(str(place.get("id") or ""))
    if known is not None:
        return known.region, known.street, known.postcode
    region, street, postcode = places.write(place)
    words = (place.get("name"), body.get("name"), place.get("id"), body.get("code"), body.get("description"))
    return region, street or next((str(word) for word in words if word), ""), postcode


def _places(row: customers.Address, view: View) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.public_id),
            "href": view.href("geographicAddressManagement", "geographicAddress", row.public_id),
            "name": f"{row.region}{row.street}",
            "@referredType": "GeographicAddress",
        }
    ]


def _masked(value: list[dict[str, Any]], view: View) -> list[dict[str, Any]]:
    """Places as they may be shown to everybody who sees the customer."""
    return [
        {
            name: customers.masks.street(part) if name == "name" else part
            for name, part in each.items()
            if name in OPEN or name.startswith("@")
        }
        for each in value
    ]


def _kind(event: Event) -> str | None:
    if event.payload.get("kind") != INSTALLATION:
        return None
    if event.name.endswith("_added"):
        return CREATED
    return DELETED if event.payload["changes"].get("valid_to", [None, None])[1] else CHANGED


register(
    Resource(
        api="geographicSiteManagement",
        name="geographicSite",
        about="A place where a customer has his service installed.",
        model=customers.Address,
        rows=lambda actor: customers.addresses(actor).filter(kind=INSTALLATION),
        see="customers.view",
        create=_create,
        patch=_patch,
        delete=_delete,
        is_personal=True,
        heard=lambda event: {"public_id": event.payload.get("id")},
        events={
            "customers.address_added": _kind,
            "customers.address_changed": _kind,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(
                name="name",
                kept=True,
                column="street",
                read=lambda row, view: row.street,
                mask=lambda value, view: customers.masks.street(value),
            ),
            *kept("string", "code description"),
            usually("status", "active"),
            Attribute(
                name="place",
                kind="reference[]",
                kept=True,
                read=_places,
                paths={"id": "public_id"},
                mask=_masked,
            ),
            Attribute(
                name="relatedParty",
                kind="reference[]",
                kept=True,
                read=lambda row, view: [words.party_of(row.customer, view, "owner")],
                paths={"id": "customer__public_id"},
            ),
            *kept("object[]", "calendar siteRelationship"),
        ),
    )
)
