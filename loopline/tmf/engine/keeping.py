"""Entities that the house has no noun for: kept whole, each a row of one table."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine.query import uuid_of
from loopline.tmf.engine.resource import CHANGED, CREATED, DELETED, Attribute, Resource, register
from loopline.tmf.events import AttributesChanged, EntityDropped, EntityKept
from loopline.tmf.models import Kept

PARTIES = ("engagedParty", "relatedParty", "customer", "user")
NAME = Attribute(name="name", column="name")
REQUIRED_NAME = Attribute(name="name", column="name", required=True)
"""Kept entities have their name in a column, which is looked for by index."""


def keep(
    api: str,
    name: str,
    *attributes: Attribute,
    see: str,
    edit: str,
    about: str,
    create: bool = True,
    change: bool = True,
    delete: bool = True,
    complete: Callable[[Actor, dict[str, Any]], dict[str, Any]] | None = None,
) -> Resource:
    """Declare and mount a resource that is kept whole.

    `complete` may add to what a client sent, on creation. Who may `see` reads it, who may `edit` writes it; one that
    names a customer of ours is seen with him alone.
    """
    path = f"{api}/{name}"

    def rows(actor: Actor) -> QuerySet[Kept]:
        return Kept.objects.filter(resource=path)

    def make(actor: Actor, body: dict[str, Any]) -> Kept:
        require(actor, edit)
        return make_kept(actor, path, complete(actor, body) if complete else body)

    def alter(actor: Actor, row: Kept, changes: dict[str, Any]) -> Kept:
        require(actor, edit)
        return _change(actor, row, changes)

    def drop(actor: Actor, row: Kept) -> None:
        require(actor, edit)
        record(EntityDropped(resource=path, id=str(row.public_id)), about=row, by=actor)
        row.delete()

    return register(
        Resource(
            api=api,
            name=name,
            model=Kept,
            rows=rows,
            attributes=attributes,
            see=see,
            create=make if create else None,
            patch=alter if change else None,
            delete=drop if delete else None,
            is_whole=True,
            about=about,
            events={
                EntityKept.name: CREATED,
                AttributesChanged.name: _kind_of_change,
                EntityDropped.name: DELETED,
            },
        )
    )


def make_kept(actor: Actor, path: str, body: dict[str, Any]) -> Kept:
    """Keep an entity."""
    owner = customer_of(body)
    row = Kept.objects.create(
        resource=path,
        name=body.get("name", ""),
        body={name: value for name, value in body.items() if name != "name"},
        customer=owner,
        branch_id=owner.branch_id if owner else None,
    )
    record(EntityKept(resource=path), about=row, by=actor)
    return row


def customer_of(body: dict[str, Any]) -> customers.Customer | None:
    """The customer of ours whom an entity's parties name, if one does."""
    found = [body.get(name) for name in PARTIES]
    parties = [party for each in found for party in (each if isinstance(each, list) else [each])]
    keys: list[UUID] = []
    for party in parties:
        key = uuid_of(str(party.get("id"))) if isinstance(party, dict) else None
        if key is not None:
            keys.append(key)
    return customers.Customer.objects.filter(public_id__in=keys).order_by("pk").first() if keys else None


def _change(actor: Actor, row: Kept, changes: dict[str, Any]) -> Kept:
    for name, value in changes.items():
        if name == "name":
            row.name = value or ""
        elif value is None:
            row.body.pop(name, None)
        else:
            row.body[name] = value
    row.changed_at = clock.now()
    row.save(update_fields=["name", "body", "changed_at"])
    event = AttributesChanged(resource=row.resource, attributes=sorted(changes))
    record(event, about=row, by=actor)
    return row


def _kind_of_change(event: Any) -> str:
    states = {"state", "status"} & set(event.payload.get("attributes", ()))
    return "StateChange" if states else CHANGED
