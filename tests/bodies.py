"""What is sent to the addresses that read their input before they ask who may: enough of it to reach the question.

`@module.model` stands for the public id of a row of that model; bytes are a file.
"""

from typing import Any

TABLE = b"name,answer\nZhang,1\nLi,0\n"

SIGNED = {
    "starts_on": "2026-05-01",
    "ends_on": "2027-04-30",
    "value": "100",
    "name": "Line",
    "number": "HT-9",
}
VERSION = {"version": "1"}
AT = {"at": "2026-05-01T10:00", "version": "1"}

BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/cases/tickets/{ticket}/files": {"file": b"2 Mbit/s"},
    "POST /api/v1/customers/{public_id}/merges": {"merged": "@customers.customer"},
    "POST /api/v1/imports/runs": {"file": TABLE},
    "POST /api/v1/keyaccounts/groups": {"customer": "@customers.customer"},
    "POST /api/v1/keyaccounts/visits": {
        "customer": "@customers.customer",
        "at": "2026-05-01T10:00:00Z",
        "purpose": "Contract",
    },
    "POST /api/v1/marts/bring": {"file": TABLE, "title": "Visits"},
    "POST /api/v1/mining/evaluations": {"file": TABLE, "target": "answer"},
    "POST /api/v1/orders/porting-codes": {
        "customer": "@customers.customer",
        "subscription": "@subscriptions.subscription",
    },
    "POST /api/v1/reports/mails/{mail}/settled": {"sent": True},
    "POST /api/v1/stock/numbers/hold": {"number": "13900139000"},
    "POST /api/v1/stock/numbers/release": {"number": "13900139000"},
    "POST /groups/<uuid:public_id>/change": VERSION | {"grade": "C"},
    "POST /groups/<uuid:public_id>/contracts": SIGNED,
    "POST /groups/<uuid:public_id>/members": {"members": "+8613800138000", "since": "2026-05-01"},
    "POST /groups/<uuid:public_id>/products": {
        "name": "Line",
        "quantity": "1",
        "monthly_fee": "100",
        "since": "2026-05-01",
    },
    "POST /groups/contracts/<uuid:public_id>/attach": {"file": b"Signed"},
    "POST /groups/make": {"customer": "@customers.customer", "grade": "C"},
    "POST /key-accounts/assign/now": {"customer": "@customers.customer", "post": "@keyaccounts.post"},
    "POST /key-accounts/chain/<uuid:public_id>/change": VERSION | {"load_limit": "9"},
    "POST /key-accounts/chain/<uuid:public_id>/hand-over": {"to": "@keyaccounts.post"},
    "POST /key-accounts/chain/appoint": {
        "staff": "@identity.staff",
        "unit": "@identity.unit",
        "level": "director",
        "load_limit": "9",
    },
    "POST /key-accounts/customers/<uuid:public_id>/step": {
        "title": "Call",
        "way": "call",
        "due_on": "2026-05-01",
    },
    "POST /key-accounts/customers/<uuid:public_id>/visit": AT | {"purpose": "Contract"},
    "POST /key-accounts/rules/add": {"post": "@keyaccounts.post", "name": "Gold"},
    "POST /key-accounts/rules/reminders": {"birthday_days": "3", "contract_days": "30", "fall_percent": "20"},
    "POST /key-accounts/visits/<uuid:public_id>/cancel": VERSION | {"reason": "Away"},
    "POST /key-accounts/visits/<uuid:public_id>/complete": AT | {"met": "Mr He", "result": "Signed"},
    "POST /key-accounts/visits/<uuid:public_id>/move": AT,
    "POST /orders/<uuid:public_id>/scan": {"file": b"%PDF-1.7 signed"},
    "POST /orders/items/<uuid:item>/visit": {"slot": "@orders.visitslot"},
    "POST /orders/porting-code": {
        "customer": "@customers.customer",
        "subscription": "@subscriptions.subscription",
    },
    "POST /orders/visits/<uuid:visit>/move": {"slot": "@orders.visitslot"},
    "POST /tickets/<uuid:public_id>/attach": {"file": b"2 Mbit/s"},
}

OWN = {
    "/api/v1/desk/appointments": "one's own calendar",
    "/api/v1/desk/search": "finds what one may see",
    "/api/v1/messaging/messages": "one's own letters",
    "/api/v1/messaging/notices/{notice}/read": "that one has read it oneself",
    "/api/v1/messaging/threads": "one's own letters",
    "/calendar": "one's own calendar",
    "/language": "the language one reads",
    "/me": "one's own account, tokens, second step and stand-ins",
    "/messages": "one's own letters",
    "/notices/<uuid:public_id>/read": "that one has read it oneself",
    "/search": "finds what one may see",
    "/sign-out": "one's own session",
    "/tmf-api/*/v4/hub": "one's own listeners, who are told what one may see",
}
"""Writes that need no permission, by how their addresses begin, and why."""

LOOKS = {
    "/analysis/views": "views that somebody keeps for himself",
    "/analysis/views/<uuid:public_id>/share": "",
    "/api/v1/catalogue/offers/{offer}/price": "a price is told, nothing is kept",
    "/api/v1/reports/{report}/runs": "a report is made of what one may see anyway, and kept",
    "/reports/<uuid:public_id>/run": "a report is made of what one may see anyway, and kept",
    "/reports/runs/<uuid:public_id>/again": "a report is made again of what one may see anyway",
    "/tmf-api/*/v4/geographicAddress": "listeners, who are told what one may see",
    "/tmf-api/*/v4/geographicAddressValidation": "an address is looked for, and the answer kept for who asked",
    "/tmf-api/*/v4/checkProductOfferingQualification": "a question about the catalogue and its answer",
    "/tmf-api/*/v4/productOfferingQualification": "a question about the catalogue and its answer",
    "/tmf-api/*/v4/queryProductOfferingQualification": "a question about the catalogue and its answer",
}
"""Writes that whoever may look may do, by how their addresses begin, and why."""


def whose(path: str) -> str:
    """Why a write at this address needs no permission; "" where it needs one."""
    return _reason(OWN, path)


def looks(path: str) -> str:
    """Why who may look may do this; "" where it needs more."""
    return _reason(LOOKS, path)


def _reason(reasons: dict[str, str], path: str) -> str:
    plain = path.split("/")
    if plain[1] == "tmf-api":
        plain[2] = "*"
    start = "/".join(plain)
    fitting = [each for each in reasons if start == each or start.startswith(f"{each}/")]
    return reasons[max(fitting, key=len)] if fitting else ""
