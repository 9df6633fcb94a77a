"""TMF673: the addresses of customers, and whether an address can be one."""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    Attribute,
    Resource,
    View,
    Within,
    keep,
    kept,
    moment_of,
    register,
)
from loopline.tmf.translate import places

API = "geographicAddressManagement"
FIXED = {"settable": False, "changeable": False}
"""Of attributes that the house's addresses do not have: nobody can give them one here."""


def _rows(actor: Actor) -> QuerySet[customers.Address]:
    """Those that say in which town or district they lie."""
    return customers.addresses(actor).filter(region__regex=places.REGIONS)


def _area(name: str) -> Attribute:
    """A part of the region, looked for among the regions that there are."""

    def find(value: str, actor: Actor) -> Q:
        return Q(region__in=[at for at in customers.regions() if places.read(at, "").get(name) == value])

    return Attribute(
        name=name,
        read=lambda row, view: places.read(row.region, "").get(name),
        find=find,
        settable=False,
        changeable=False,
    )


def _line(name: str, find: Callable[[str, Actor], Q], *, hidden: bool = True) -> Attribute:
    """A part of the street's line; whoever does not see it in clear sees how the street begins."""
    return Attribute(
        name=name,
        read=lambda row, view: places.read("", row.street).get(name),
        find=find,
        mask=_hide if hidden else None,
        settable=False,
        changeable=False,
    )


def _whole(value: str, actor: Actor) -> Q:
    """Addresses that are written like this as a whole."""
    found = Q(pk__in=[])
    for region in customers.regions():
        if region and value.startswith(region):
            found |= Q(region=region, street=value[len(region) :])
    return found


def _street(value: str, actor: Actor) -> Q:
    follows = rf"^{re.escape(value)}\d+([-之]\d+)?号"
    begins = Q(street__gte=value, street__lt=value + "\U0010ffff")
    return begins & (Q(street=value) | Q(street__regex=follows))


def _number(value: str, actor: Actor) -> Q:
    return Q(street__regex=rf"^\D*{re.escape(value)}号")


def _type(value: str, actor: Actor) -> Q:
    return Q(street__regex=rf"^\D*{re.escape(value)}\d+([-之]\d+)?号")


def _hide(value: Any, view: View) -> str | None:
    return customers.masks.street(value) if isinstance(value, str) and len(value) > 2 else None


def _subs(row: customers.Address, view: View) -> list[dict[str, Any]] | None:
    found = places.sub_address(row.street)
    if not found:
        return None
    href = f"{view.href(API, 'geographicAddress', row.public_id)}/geographicSubAddress/{row.public_id}"
    return [{"id": str(row.public_id), "href": href, **found, "@type": "GeographicSubAddress"}]


_SUB_PATTERNS = {
    "name": "号{}$",
    "buildingName": "(^|[^0-9A-Za-z一二三四五六七八九十]){}",
    "levelNumber": r"(^|\D){}(层|楼)",
    "subUnitNumber": r"(^|\D){}室",
}
_SUB_KINDS = {
    "levelType": ("floor", r"\d(层|楼)"),
    "subUnitType": ("room", r"\d室"),
    "subAddressType": ("unit", places.SUBS),
}
"""How the end of a street's line reads when a part of it has a value."""


def _sub(name: str, *, hidden: bool = False) -> Attribute:
    def find(value: str, actor: Actor) -> Q:
        if name in _SUB_PATTERNS:
            return Q(street__regex=_SUB_PATTERNS[name].format(re.escape(value)))
        only, pattern = _SUB_KINDS[name]
        return Q(street__regex=pattern) if value == only else Q(pk__in=[])

    return Attribute(
        name=name,
        read=lambda row, view: places.sub_address(row.street).get(name),
        find=find,
        mask=_hide if hidden else None,
        settable=False,
        changeable=False,
    )


register(
    Resource(
        api=API,
        name="geographicAddress",
        about="Where a customer lives, is billed, or has his service.",
        model=customers.Address,
        rows=_rows,
        see="customers.view",
        heard=lambda event: {"public_id": event.payload.get("id")},
        events={"customers.address_added": CREATED, "customers.address_changed": CHANGED},
        attributes=(
            Attribute(
                name="name",
                read=lambda row, view: f"{row.region}{row.street}",
                find=_whole,
                mask=lambda value, view: f"{value[:2]}{places.HIDDEN}",
                settable=False,
                changeable=False,
            ),
            _area("country"),
            _area("stateOrProvince"),
            _area("city"),
            _area("locality"),
            Attribute(name="postcode", column="postcode", settable=False, changeable=False),
            _line("streetName", _street),
            _line("streetNr", _number),
            _line("streetType", _type, hidden=False),
            Attribute(
                name="geographicSubAddress",
                kind="object[]",
                read=_subs,
                mask=lambda value, view: None,
                settable=False,
                changeable=False,
            ),
            *kept("string", "streetNrLast streetNrLastSuffix streetNrSuffix streetSuffix", **FIXED),
            *kept("object", "geographicLocation", **FIXED),
        ),
    )
)

register(
    Resource(
        api=API,
        name="geographicSubAddress",
        about="Building, floor and door of an address.",
        model=customers.Address,
        rows=lambda actor: _rows(actor).filter(street__regex=places.SUBS),
        see="customers.view",
        within=Within(resource="geographicAddress", rows=lambda above, rows: rows.filter(pk=above.pk)),
        attributes=(
            *(_sub(name) for name in ("levelType", "subAddressType", "subUnitType")),
            *(_sub(name, hidden=True) for name in ("name", "buildingName", "levelNumber", "subUnitNumber")),
            *kept("string", "privateStreetName privateStreetNumber", **FIXED),
        ),
    )
)


def _validate(actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """What POST does: the address is looked at, once and at once."""
    sent = body["submittedGeographicAddress"]
    wrong = places.faults(sent)
    mended = places.mended(sent, wrong)
    is_whole = not places.faults(mended)
    result = "success" if not wrong else "partial" if is_whole else "fail"
    made = body | {
        "state": "done",
        "validationDate": moment_of(clock.now(), actor.zone),
        "validationResult": result,
    }
    if not wrong:
        made["validGeographicAddress"] = sent
    if body.get("provideAlternative"):
        made["alternateGeographicAddress"] = [mended] if wrong and is_whole else []
    return made


keep(
    API,
    "geographicAddressValidation",
    Attribute(name="submittedGeographicAddress", kind="object", required=True),
    Attribute(name="provideAlternative", kind="boolean", required=True),
    *kept("string", "validationResult", settable=False),
    Attribute(
        name="state",
        settable=False,
        among=("accepted", "terminatedWithError", "inProgress", "done"),
    ),
    *kept("date-time", "validationDate", settable=False),
    *kept("object", "validGeographicAddress", settable=False),
    *kept("object[]", "alternateGeographicAddress", settable=False),
    see="customers.view",
    edit="customers.view",
    delete=False,
    complete=_validate,
    about="Whether an address can be one: success, partial (an alternative is near) or fail.",
)
