"""TMF681: messages to customers: what was sent, and what a gateway is asked to send.

A message is a touch in the customer's history. The house sends none itself: a gateway hears of it through its hub,
sends it, and tells by PATCH what became of it.
"""

from typing import Any

from django.db.models import QuerySet

from loopline.customers import api as customers
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    MOVED_ON,
    Attribute,
    Resource,
    View,
    customer_of,
    kept,
    register,
    usually,
)
from loopline.tmf.engine.values import instant
from loopline.tmf.translate import parties as words

STATES = ("initial", "inProgress", "completed", "cancelled", "failed")
CHANNELS = {"sms": "sms", "text": "sms", "mms": "sms", "email": "email", "wechat": "wechat", "app": "app"}
"""How a message goes out, as clients name it and as the history has it."""
LONGEST_TOPIC = 200


def _rows(actor: Actor) -> QuerySet[interactions.Interaction]:
    written = interactions.interactions(actor).filter(inbound=False)
    return written.filter(channel__in={*CHANNELS.values(), "other"})


def _create(actor: Actor, body: dict[str, Any]) -> interactions.Interaction:
    require(actor, "tasks.work")
    customer = _customer(body["receiver"])
    sent = body.get("sendTime") or body.get("scheduledSendTime")
    at = (instant(sent, actor.zone) if sent else None) or clock.now()
    return interactions.record_interaction(
        actor=actor,
        customer=customer.pk if customer else None,
        branch=customer.branch_id if customer else customers.working_branch(actor, None),
        kind=interactions.InteractionKind.NOTE,
        channel=CHANNELS.get(body["messageType"].replace("-", "").lower(), interactions.Channel.OTHER),
        at=at,
        on=clock.local_day(at, actor.zone),
        inbound=False,
        topic=str(body.get("subject") or body["content"])[:LONGEST_TOPIC],
        summary=body["content"],
    )


def _customer(receivers: list[dict[str, Any]]) -> customers.Customer | None:
    """The customer of ours to whom a message goes, where a receiver names him."""
    parties = [receiver["party"] for receiver in receivers if isinstance(receiver.get("party"), dict)]
    return customer_of({"relatedParty": [*parties, *receivers]})


def _patch(actor: Actor, row: interactions.Interaction, changes: dict[str, Any]) -> None:
    own = {"subject": "topic", "content": "summary"}
    told = {own[name]: changes[name] or "" for name in own if name in changes}
    interactions.correct_interaction(actor=actor, interaction=row, changes=told)


def _delete(actor: Actor, row: interactions.Interaction) -> None:
    interactions.withdraw_interaction(actor=actor, interaction=row.pk)


def _receiver(row: interactions.Interaction, view: View) -> list[dict[str, Any]]:
    if row.customer is None:
        return [{"id": "unknown", "name": row.channel}]
    party = words.party_of(row.customer, view, "receiver")
    return [{"id": party["id"], "name": party["name"], "party": party}]


def _masked(value: list[dict[str, Any]], view: View) -> list[dict[str, Any]]:
    """Receivers without the ends of their numbers and addresses."""
    hidden = {"phoneNumber": "telephone", "email": "email", "appUserId": "app", "name": "name"}

    def shown(name: str, part: Any) -> Any:
        if name == "party" and isinstance(part, dict) and isinstance(part.get("name"), str):
            return {**part, "name": customers.masks.name("person", part["name"])}
        if name not in hidden or not isinstance(part, str):
            return part
        if name == "name":
            return customers.masks.name("person", part)
        return customers.masks.medium(hidden[name], part, view.actor.country)

    return [{name: shown(name, part) for name, part in each.items() if name != "ip"} for each in value]


def _kind(event: Event) -> str | None:
    if event.name == "interactions.recorded":
        return CREATED
    return MOVED_ON if "state" in event.payload.get("attributes", ()) else CHANGED


register(
    Resource(
        api="communicationManagement",
        name="communicationMessage",
        about="A message to a customer.",
        model=interactions.Interaction,
        rows=_rows,
        see="customers.view",
        create=_create,
        patch=_patch,
        delete=_delete,
        is_personal=True,
        events={
            "interactions.recorded": _kind,
            "interactions.corrected": _kind,
            "tmf.attributes_changed": _kind,
        },
        attributes=(
            Attribute(
                name="content",
                column="summary",
                read=lambda row, view: row.summary or row.topic or row.kind,
                required=True,
            ),
            Attribute(name="subject", column="topic"),
            Attribute(
                name="messageType",
                column="channel",
                kept=True,
                required=True,
                read=lambda row, view: row.channel,
            ),
            Attribute(
                name="receiver", kind="object[]", kept=True, required=True, read=_receiver, mask=_masked
            ),
            Attribute(
                name="sender",
                kind="object",
                kept=True,
                required=True,
                read=lambda row, view: {"id": str(row.staff_id), "name": row.staff_name or "Loopline"},
            ),
            usually("state", "completed", among=STATES, default=lambda view: "initial"),
            Attribute(name="sendTime", kind="date-time", column="at", kept=True),
            usually("logFlag", True, default=lambda view: True),
            usually("tryTimes", 1, default=lambda view: 1),
            usually("priority", "normal"),
            *kept("string", "description"),
            *kept("date-time", "scheduledSendTime sendTimeComplete"),
            *kept("object[]", "attachment characteristic"),
        ),
    )
)
