"""Persons, organisations and how they are reached, as the Open APIs write them."""

import re
from typing import Any

from django.db.models import Case, F, Func, TextField, Value, When

from loopline.customers import api as customers
from loopline.kernel import numbers
from loopline.kernel.errors import Invalid
from loopline.kernel.permission import Actor
from loopline.tmf.engine import View

PARTY, CUSTOMER = "partyManagement", "customerManagement"
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_DOUBLE_TOLD = "欧阳 司马 上官 诸葛 司徒 夏侯 东方 皇甫 尉迟 公孙 令狐 慕容 宇文 长孙"
_DOUBLE = tuple(_DOUBLE_TOLD.split())
MEDIA = {"telephone": "phone", "email": "email", "wechat": "wechat"}
_VALUE = {"telephone": "phoneNumber", "email": "emailAddress", "wechat": "socialNetworkId"}
_KINDS = {
    "phone": "telephone",
    "telephone": "telephone",
    "telephonenumber": "telephone",
    "mobile": "telephone",
    "email": "email",
    "emailaddress": "email",
    "wechat": "wechat",
}


def split_name(name: str) -> tuple[str, str]:
    """The family name and the given name in a full one."""
    if _CHINESE.match(name):
        size = 2 if name[:2] in _DOUBLE and len(name) > 2 else 1
        return name[:size], name[size:].strip()
    given, _blank, family = name.rpartition(" ")
    return family, given


def join_name(family: str, given: str) -> str:
    """The full name as it is written."""
    if _CHINESE.match(family):
        return f"{family.strip()}{given.strip()}"
    return f"{given.strip()} {family.strip()}".strip()


def family_column() -> Any:
    """The family name out of the column of the full one, for filters and sorting."""
    double = Func(F("name"), Value(2), function="left", output_field=TextField())
    return _by_script(
        Case(
            When(name__regex=f"^({'|'.join(_DOUBLE)}).", then=double),
            default=Func(F("name"), Value(1), function="left", output_field=TextField()),
            output_field=TextField(),
        ),
        _part(r"([^ ]*)$"),
    )


def given_column() -> Any:
    """The given name out of the column of the full one."""
    rest = Func(F("name"), Value(f"^({'|'.join(_DOUBLE)})(?=.)|^."), Value(""), function="regexp_replace")
    return _by_script(rest, _part(r"^(.*) [^ ]*$"))


def _by_script(chinese: Any, other: Any) -> Any:
    return Case(When(name__regex="^[㐀-鿿]", then=chinese), default=other, output_field=TextField())


def _part(pattern: str) -> Any:
    return Func(F("name"), Value(pattern), function="substring", output_field=TextField())


def party_of(customer: customers.Customer, view: View, role: str = "") -> dict[str, Any]:
    """A reference to the person or organisation that a customer is."""
    kind = "individual" if customer.kind == "person" else "organization"
    made = {
        "id": str(customer.public_id),
        "href": view.href(PARTY, kind, customer.public_id),
        "name": shown_name(customer, view),
        "@referredType": kind.capitalize(),
    }
    return made | ({"role": role} if role else {})


def customer_ref(customer: customers.Customer, view: View) -> dict[str, Any]:
    """A reference to a customer."""
    return {
        "id": str(customer.public_id),
        "href": view.href(CUSTOMER, "customer", customer.public_id),
        "name": shown_name(customer, view),
        "role": "customer",
        "@referredType": "Customer",
    }


def shown_name(customer: customers.Customer, view: View) -> str:
    """The name, masked for who may not see it."""
    return customer.name if view.clear else customers.masks.name(customer.kind, customer.name)


def shown_number(number: str, view: View) -> str:
    """A telephone number, masked for who may not see it."""
    return number if view.clear else customers.masks.medium("telephone", number, view.actor.country)


def media_of(customer: customers.Customer, view: View, found: list[Any]) -> list[dict[str, Any]] | None:
    """Contact media; None where there are none."""
    made = [
        {
            "mediumType": MEDIA.get(row.kind, row.kind),
            "preferred": row.preferred,
            "characteristic": {
                "contactType": row.kind,
                _VALUE.get(row.kind, "value"): row.value
                if view.clear
                else customers.masks.medium(row.kind, row.value, view.actor.country),
            },
        }
        for row in found
    ]
    return made or None


def add_media(actor: Actor, customer: customers.Customer, sent: list[dict[str, Any]]) -> None:
    """Add the telephone numbers, addresses and the like that a client sent and that are not there yet."""
    for kind, value, _whole in read_media(sent):
        if kind and value and not numbers.looks_masked(value):
            customers.add_contact(actor=actor, customer=customer, kind=kind, value=value)


def first_media(body: dict[str, Any]) -> dict[str, str]:
    """The first telephone number and e-mail address sent, by which files of the same customer are looked for."""
    media = read_media(body.get("contactMedium") or [])
    return {
        kind: next((value for found, value, _whole in media if found == kind), "")
        for kind in ("telephone", "email")
    }


def other_media(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The contact media of kinds that a customer's file does not have, such as postal addresses."""
    return [whole for kind, value, whole in read_media(sent) if not (kind and value)]


def read_media(sent: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, Any]]]:
    """Our kind, the value and the whole of each contact medium; no kind where it is none of ours."""
    found = []
    for each in sent:
        details = each.get("characteristic") or {}
        if not isinstance(details, dict):
            raise Invalid(field="contactMedium", reason="characteristic is an object")
        word = str(each.get("mediumType") or details.get("contactType") or "").replace(" ", "").lower()
        kind = _KINDS.get(word, "")
        found.append((kind, str(details.get(_VALUE.get(kind, ""), "") or ""), each))
    return found
