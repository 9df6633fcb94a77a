"""TMF683: every touch with a customer, or with somebody who did not say who he is."""

from typing import Any

from django.db.models import Q

from loopline.customers import api as customers
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    DELETED,
    Attribute,
    Resource,
    View,
    customer_of,
    kept,
    moment_of,
    register,
)
from loopline.tmf.engine.values import instant
from loopline.tmf.translate import parties as words

CHANNELS = {"phone": "call", "callcenter": "call", "telephone": "call", "store": "shop", "mail": "email"}
TOPIC_LENGTH = 200


def _create(actor: Actor, body: dict[str, Any]) -> interactions.Interaction:
    require(actor, "tasks.work")
    customer = customer_of(body)
    begun = (body.get("interactionDate") or {}).get("startDateTime")
    at = (instant(begun, actor.zone) if begun else None) or clock.now()
    inbound = body["direction"].lower().startswith("in")
    return interactions.record_interaction(
        actor=actor,
        customer=customer.pk if customer else None,
        branch=customer.branch_id if customer else customers.working_branch(actor, None),
        kind=interactions.InteractionKind.ENQUIRY if inbound else interactions.InteractionKind.NOTE,
        channel=_channel(body["channel"]),
        at=at,
        on=clock.local_day(at, actor.zone),
        inbound=inbound,
        topic=body["reason"][:TOPIC_LENGTH],
        summary=body.get("description", ""),
    )


def _channel(sent: list[dict[str, Any]]) -> str:
    """The first channel named that is one of ours."""
    for each in sent:
        for word in (str(each.get("id", "")).lower(), str(each.get("name", "")).lower()):
            code = CHANNELS.get(word, word)
            if code in interactions.Channel.values:
                return code
    return interactions.Channel.OTHER


def _patch(actor: Actor, row: interactions.Interaction, changes: dict[str, Any]) -> None:
    own = {"reason": "topic", "description": "summary"}
    told = {own[name]: changes[name] or "" for name in own if name in changes}
    interactions.correct_interaction(actor=actor, interaction=row, changes=told)


def _delete(actor: Actor, row: interactions.Interaction) -> None:
    interactions.withdraw_interaction(actor=actor, interaction=row.pk)


def _parties(row: interactions.Interaction, view: View) -> list[dict[str, Any]] | None:
    return [words.party_of(row.customer, view, "customer")] if row.customer else None


def _channels(row: interactions.Interaction, view: View) -> list[dict[str, str]]:
    return [{"id": row.channel, "name": row.channel, "role": "interaction channel"}]


def _status(row: interactions.Interaction, view: View) -> str:
    waits = row.kind in ("complaint", "fault") and row.resolved_on is None
    return "opened" if waits else "completed"


def _by_status(value: str, actor: Actor) -> Q:
    waits = Q(kind__in=("complaint", "fault"), resolved_on=None)
    return {"opened": waits, "completed": ~waits}.get(value, Q(pk__in=[]))


register(
    Resource(
        api="partyInteraction",
        name="partyInteraction",
        about="A touch.",
        model=interactions.Interaction,
        rows=interactions.interactions,
        see="customers.view",
        create=_create,
        patch=_patch,
        delete=_delete,
        is_personal=True,
        events={
            "interactions.recorded": CREATED,
            "interactions.corrected": CHANGED,
            "interactions.withdrawn": DELETED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(
                name="direction",
                column="inbound",
                codes={True: "inbound", False: "outbound"},
                kept=True,
                required=True,
                changeable=False,
            ),
            Attribute(
                name="reason", column="topic", read=lambda row, view: row.topic or row.kind, required=True
            ),
            Attribute(name="description", column="summary"),
            Attribute(
                name="channel",
                kind="reference[]",
                kept=True,
                required=True,
                read=_channels,
                paths={"id": "channel"},
            ),
            Attribute(name="status", kept=True, read=_status, find=_by_status),
            Attribute(
                name="creationDate",
                kind="date-time",
                column="at",
                settable=False,
                changeable=False,
            ),
            Attribute(
                name="interactionDate",
                kind="period",
                kept=True,
                read=lambda row, view: {"startDateTime": moment_of(row.at, view.actor.zone)},
                paths={"startDateTime": "at"},
            ),
            Attribute(
                name="relatedParty",
                kind="reference[]",
                kept=True,
                read=_parties,
                paths={"id": "customer__public_id"},
            ),
            *kept("date-time", "statusChangeDate"),
            *kept("object[]", "attachment interactionItem interactionRelationship"),
            *kept("note[]", "note"),
        ),
    )
)
