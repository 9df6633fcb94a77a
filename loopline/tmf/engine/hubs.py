"""Listeners of an API: registered by a client, told of what happens to the entities he may see."""

from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Q, QuerySet

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.jobs import ask_for
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, change, current
from loopline.tmf.engine import callbacks
from loopline.tmf.engine.errors import BadBody
from loopline.tmf.engine.query import uuid_of
from loopline.tmf.engine.reading import Document, documents
from loopline.tmf.engine.resource import DELETED, ROOT, Resource, View, resources
from loopline.tmf.engine.values import dump, load, moment_of
from loopline.tmf.models import Delivery, Hub


def register(view: View, api: str, sent: Any) -> Document:
    """Register a listener. Raises ForbiddenCallback."""
    if not isinstance(sent, dict) or not isinstance(sent.get("callback"), str):
        raise BadBody(field="callback", reason="callback is the address of the listener")
    query = sent.get("query", "")
    if not isinstance(query, str) or len(query) > 1000 or len(sent["callback"]) > 1000:
        raise BadBody(field="query", reason="query and callback are texts of at most 1000 characters")
    callbacks.admit(sent["callback"])
    made = Hub.objects.create(
        api=api,
        callback=sent["callback"],
        query=query,
        staff_id=view.actor.staff_id,
        base=view.base,
        clear=view.clear,
    )
    return _document(Hub.objects.get(pk=made.pk))


def unregister(view: View, api: str, key: str) -> None:
    """End a listener of one's own; what was still on its way to it is dropped."""
    _own(view, api, key).delete()


def show(view: View, api: str, key: str) -> Document:
    """A listener of one's own."""
    return _document(_own(view, api, key))


def all_of(view: View, api: str) -> list[Document]:
    """Every listener of one's own."""
    return [
        _document(hub) for hub in Hub.objects.filter(api=api, staff_id=view.actor.staff_id).order_by("id")
    ]


def announce(event: Event, job: Any) -> None:
    """Put an event of the log on its way to every listener that wants it and may see it."""
    told = [
        resource for resource in resources if event.name in resource.events and _is_about(resource, event)
    ]
    hubs = list(Hub.objects.filter(_on_lines_of(told)).order_by("id")) if told else []
    made = [
        delivery
        for resource in told
        for hub in hubs
        if _hears(hub, resource, event)
        for delivery in _deliveries(resource, hub, event)
    ]
    if made:
        Delivery.objects.bulk_create(made)
        ask_for(job)


def line_below(api: str, resource: str, row: Any) -> str:
    """What hubs below an entity hear, as `Hub.api` has it."""
    return f"{api}/{resource}/{row.public_id}"


def event_names() -> frozenset[str]:
    """Every event of the log that some resource tells its listeners of."""
    return frozenset(name for resource in resources for name in resource.events)


def _on_lines_of(told: list[Resource]) -> Q:
    wanted = Q(api__in={resource.api for resource in told})
    for resource in told:
        if resource.within is not None:
            wanted |= Q(api__startswith=f"{resource.api}/{resource.within.resource}/")
    return wanted


def _hears(hub: Hub, resource: Resource, event: Event) -> bool:
    """Whether an event of a resource is told on the line of a hub: all of the API, or what is below an entity."""
    if hub.api == resource.api or resource.within is None:
        return hub.api == resource.api
    holder = resources[f"{resource.api}/{resource.within.resource}"]
    key = uuid_of(hub.api.rpartition("/")[2])
    row = holder.model._default_manager.filter(**{holder.key: key}).first()
    return row is not None and resource.within.rows(row, _only(resource, event)).exists()


def _deliveries(resource: Resource, hub: Hub, event: Event) -> list[Delivery]:
    rule = resource.events[event.name]
    kind = rule if isinstance(rule, str) else rule(event)
    shown = _seen_by(resource, hub, event, kind) if kind else None
    if kind is None or shown is None:
        return []
    name = f"{resource.type}{kind}Event"
    body = _body(resource, name, event, shown)
    if not _wanted(hub.query, name, body):
        return []
    return [
        Delivery(
            hub=hub,
            about=f"{resource.path}/{event.about_id}",
            path=f"/listener/{resource.name}{kind}Event",
            body=load(dump(body).encode()),
            due_at=clock.now(),
            branch_id=event.branch_id,
            customer_id=event.customer_id,
        )
    ]


def _seen_by(resource: Resource, hub: Hub, event: Event, kind: str) -> Document | None:
    """The entity as the member of staff behind a hub sees it, or None when he does not."""
    staff = (
        identity.Staff.objects.select_related("unit__parent").filter(pk=hub.staff_id, is_active=True).first()
    )
    if staff is None:
        return None
    actor = identity.actor_of(staff, clock.now())
    if not actor.may(resource.see):
        return None
    view = View(actor, hub.base, clear=hub.clear and actor.may("customers.reveal"))
    whole = current()
    change(actor.scope)
    try:
        return _shown(resource, view, event, actor, kind)
    finally:
        change(Scope(whole.tenant))


def _shown(resource: Resource, view: View, event: Event, actor: Actor, kind: str) -> Document | None:
    if kind == DELETED:
        # Only the log remembers it, and shows the event to the same people as the entity.
        if not Event.objects.filter(pk=event.pk).exists():
            return None
        key = str(event.payload.get("id", event.about_id))
        return {"id": key, "href": view.href(resource.api, resource.name, key), "@type": resource.type}
    row = resource.rows(actor).filter(pk__in=_only(resource, event).values("pk")).first()
    return documents(resource, view, [row])[0] if row is not None else None


def _only(resource: Resource, event: Event) -> QuerySet[Any]:
    """The one row of a resource that an event means."""
    own = event.about_kind == resource.model._meta.label_lower
    wanted = {"pk": event.about_id} if own or resource.heard is None else resource.heard(event)
    return resource.model._default_manager.filter(**wanted)


def _is_about(resource: Resource, event: Event) -> bool:
    named = event.payload.get("resource")
    own = event.about_kind == resource.model._meta.label_lower or resource.heard is not None
    return own and named in (None, resource.path)


def _body(resource: Resource, name: str, event: Event, shown: Document) -> Document:
    when = moment_of(event.at, UTC)
    return {
        "eventId": str(event.pk),
        "eventTime": when,
        "timeOcurred": when,
        "eventType": name,
        "correlationId": f"{event.about_kind}:{event.about_id}",
        "domain": resource.api,
        "title": name,
        "description": event.name,
        "priority": "Normal",
        "event": {resource.name: shown},
    }


def _wanted(query: str, name: str, body: Document) -> bool:
    """Whether a hub's query fits: `eventType=A,B` and plain comparisons with the event, joined by `&`."""
    for path, value in parse_qsl(query.lstrip("?"), keep_blank_values=True):
        found: Any = body
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        wanted = value.split(",")
        if path == "eventType":
            wanted += [f"{each}Event" for each in wanted]
        if str(found) not in wanted:
            return False
    return True


def _own(view: View, api: str, key: str) -> Hub:
    wanted = uuid_of(key)
    own = Hub.objects.filter(api=api, staff_id=view.actor.staff_id)
    row = own.filter(public_id=wanted).first() if wanted else None
    if row is None:
        raise NotFound
    return row


def _document(hub: Hub) -> Document:
    api, *below = hub.api.split("/")
    href = "/".join([f"{hub.base}{ROOT}", api, "v4", *below, "hub", str(hub.public_id)])
    return {"id": str(hub.public_id), "href": href, "callback": hub.callback, "query": hub.query}
