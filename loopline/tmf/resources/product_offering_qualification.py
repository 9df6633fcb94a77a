"""TMF679: whether somebody may buy. POST evaluates the rules of the catalogue at once and keeps the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Buyer, Category, Offering
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.tmf.engine import Attribute, customer_of, keep, kept, moment_of
from loopline.tmf.translate import catalogue as words
from loopline.tmf.translate.buyer import buyer_of

API = "productOfferingQualification"
QUALIFIED, UNQUALIFIED = "qualified", "unqualified"
USUALLY = {
    "instantSyncQualification": True,
    "provideAlternative": False,
    "provideOnlyAvailable": False,
    "provideUnavailabilityReason": True,
}
"""How it is answered where a client does not say."""
PROPOSED = 3
LISTED = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, what he has, and how much he wants to know."""

    buyer: Buyer
    held: list[Offering]
    on: date
    tell_why: bool
    propose: bool


def qualify(items_name: str) -> Callable[[Actor, dict[str, Any]], dict[str, Any]]:
    """What POST does: each item asked for is judged; without items everything on sale is."""

    def complete(actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
        asked = _asked(actor, body)
        items = body.get(items_name) or []
        judged = _judge(items, asked) if items else _everything(body, asked)
        if body.get("provideOnlyAvailable"):
            judged = [item for item in judged if item.get("qualificationItemResult") == QUALIFIED]
        now = moment_of(clock.now(), actor.zone)
        return (
            USUALLY
            | body
            | {
                items_name: judged,
                "state": "done",
                "qualificationResult": _overall(judged),
                "productOfferingQualificationDate": now,
                "expectedPOQCompletionDate": now,
                "effectiveQualificationDate": now,
            }
        )

    return complete


def _asked(actor: Actor, body: dict[str, Any]) -> Asked:
    channel = body.get("channel") or {}
    buyer = buyer_of(actor, customer_of(body), str(channel.get("id") or channel.get("name") or ""))
    held = {row.code: row for row in Offering.objects.filter(code__in=buyer.held or ()).order_by("revision")}
    return Asked(
        buyer,
        list(held.values()),
        clock.today(actor.zone),
        tell_why=body.get("provideUnavailabilityReason") is not False,
        propose=bool(body.get("provideAlternative")),
    )


def _judge(items: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    refs = [
        words.thing(item.get("productOffering"))
        or words.thing(words.thing(item.get("product")).get("productOffering"))
        for item in items
    ]
    rows = words.known(Offering, refs)
    wanted = list(rows.values())
    sold = list(Offering.objects.filter(is_sold=True).order_by("monthly_fee", "pk")) if asked.propose else []
    judged = []
    for number, (item, ref) in enumerate(zip(items, refs, strict=True), 1):
        row = rows.get(str(ref.get("id")))
        answer = {"id": str(number)} | item
        if row is None:
            error = {"code": "60", "value": _("This does not exist.")}
            found = {"state": "terminatedWithError", "qualificationItemResult": UNQUALIFIED}
            judged.append(answer | found | {"terminationError": [error]})
        else:
            judged.append(answer | _answer(row, wanted, asked, sold))
    return judged


def _answer(row: Offering, wanted: list[Offering], asked: Asked, sold: list[Offering]) -> dict[str, Any]:
    reasons = _reasons(row, wanted, asked)
    found: dict[str, Any] = {
        "state": "done",
        "qualificationItemResult": UNQUALIFIED if reasons else QUALIFIED,
    }
    if reasons and asked.tell_why:
        found["eligibilityUnavailabilityReason"] = reasons
    if reasons and asked.propose:
        others = [other for other in sold if other.kind == row.kind and other.code != row.code]
        fitting = (other for other in others if not _reasons(other, [other], asked))
        found["alternateProductOfferingProposal"] = [
            {
                "id": str(place),
                "alternateProductOffering": {
                    "id": str(other.public_id),
                    "name": other.name,
                    "@referredType": "ProductOffering",
                },
            }
            for place, other in zip(range(1, PROPOSED + 1), fitting, strict=False)
        ]
    return found


def _reasons(row: Offering, wanted: list[Offering], asked: Asked) -> list[dict[str, str]]:
    """Why not: who he is, then what he has or wants besides. Where nothing of him is known, only what is certain."""
    reasons = [
        {"code": reason.code, "label": catalogue.reason_text(reason)}
        for reason in catalogue.qualify(asked.buyer, row, asked.on)
        if not (reason.unknown and asked.buyer.held is None)
    ]
    held = [] if asked.buyer.held is None else asked.held
    return reasons + [
        {"code": conflict.kind, "label": catalogue.conflict_text(conflict)}
        for conflict in catalogue.check_compatibility(held, wanted)
        if conflict.blocking and row.code in (conflict.offering, *conflict.others)
    ]


def _everything(body: dict[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """Everything on sale, in the category that was asked for."""
    rows = Offering.objects.filter(is_sold=True).order_by("name", "pk")
    if body.get("category"):
        rows = rows.filter(category__in=words.known(Category, [body["category"]]).values())
    return [
        {
            "id": str(number),
            "productOffering": {
                "id": str(row.public_id),
                "name": row.name,
                "@referredType": "ProductOffering",
            },
        }
        | _answer(row, [row], asked, [])
        for number, row in enumerate(rows[:LISTED], 1)
    ]


def _overall(judged: list[dict[str, Any]]) -> str:
    results = {item.get("qualificationItemResult") for item in judged}
    if results == {QUALIFIED}:
        return QUALIFIED
    if any(item.get("alternateProductOfferingProposal") for item in judged):
        return "alternate"
    return UNQUALIFIED


for _name, _items, _about in (
    (
        "productOfferingQualification",
        "productOfferingQualificationItem",
        "Whether somebody may buy these offerings.",
    ),
    (
        "checkProductOfferingQualification",
        "checkProductOfferingQualificationItem",
        "Whether somebody may buy these.",
    ),
    ("queryProductOfferingQualification", "qualifiedProductOfferingItem", "What somebody may buy."),
):
    keep(
        API,
        _name,
        Attribute(name=_items, kind="object[]"),
        *kept("string", "description"),
        *kept("string", "state qualificationResult", settable=False),
        *kept(
            "date-time",
            "productOfferingQualificationDate effectiveQualificationDate expectedPOQCompletionDate",
            settable=False,
            changeable=False,
        ),
        *kept("date-time", "expirationDate requestedPOQCompletionDate"),
        *kept(
            "boolean",
            "instantSyncQualification provideAlternative provideOnlyAvailable provideUnavailabilityReason",
        ),
        *kept("reference", "category channel"),
        *kept("reference[]", "relatedParty"),
        *kept("object[]", "note place"),
        see="catalogue.view",
        edit="catalogue.view",
        about=_about,
        complete=qualify(_items),
    )
