"""TMF688: the event log. A topic is a part of it that somebody follows, and takes in what others report."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from django.db.models import Q, QuerySet

from loopline.customers import api as customers
from loopline.kernel.events import Happened, record, topic_of
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import (
    CREATED,
    NAME,
    Attribute,
    Resource,
    View,
    Within,
    keep,
    kept,
    register,
    usually,
)
from loopline.tmf.engine.keeping import make_kept
from loopline.tmf.engine.matching import STEP, Condition, InJson
from loopline.tmf.events import EventReported
from loopline.tmf.models import Kept
from loopline.tmf.translate import parties as words

API = "event"
SEE, EDIT = "administration.audit", "administration.audit"
TOPIC = f"{API}/topic"
GENERAL = "general"


def _rows(actor: Actor) -> QuerySet[Event]:
    require(actor, SEE)
    return Event.objects.all()


def _of_topic(topic: Kept, events: QuerySet[Event]) -> QuerySet[Event]:
    """What was reported to the topic, and what of the log it asks for.

    `headerQuery` picks by `eventType=a,b` or `domain=a,b`, or the topic's name is a domain; `contentQuery` narrows
    what was picked by values inside.
    """
    reported = Q(name=EventReported.name, about_kind="tmf.kept", about_id=topic.pk)
    picked = Q(name__in=_names(topic))
    for path, value in parse_qsl(str(topic.body.get("contentQuery", "")).lstrip("?")):
        steps = path.split(".")
        if all(STEP.fullmatch(step) for step in steps):
            picked &= Q(InJson("payload", steps, Condition("eq", value)))
    return events.filter(reported | picked)


def _names(topic: Kept) -> list[str]:
    """The names of the log's events that a topic picks."""
    query = dict(parse_qsl(str(topic.body.get("headerQuery", "")).lstrip("?")))
    known = event_names()
    if "eventType" in query:
        return sorted(known & set(query["eventType"].split(",")))
    domains = set(query["domain"].split(",")) if "domain" in query else {topic.name}
    return sorted(name for name in known if topic_of(name) in domains)


def event_names() -> set[str]:
    """Every event that can stand in the log."""
    return {kind.name for kind in _below(Happened)}


def _below(kind: type[Happened]) -> list[type[Happened]]:
    return [found for child in kind.__subclasses__() for found in (child, *_below(child))]


def _create(actor: Actor, body: dict[str, Any]) -> Event:
    require(actor, EDIT)
    topic = body.get("topic") or _general(actor)
    told = EventReported(id=str(uuid4()), type=str(body.get("eventType", "")))
    record(told, about=topic, by=actor)
    return Event.objects.get(
        name=told.name, about_kind="tmf.kept", about_id=topic.pk, payload__contains={"id": told.id}
    )


def _general(actor: Actor) -> Kept:
    """Where goes what is reported to no topic in particular."""
    found = Kept.objects.filter(resource=TOPIC, name=GENERAL).order_by("pk").first()
    return found or make_kept(actor, TOPIC, {"name": GENERAL})


def _by_domain(value: str, actor: Actor) -> Q:
    return Q(name__in=[name for name in event_names() if topic_of(name) == value])


def _by_object(value: str, actor: Actor) -> Q:
    kind, _colon, key = value.partition(":")
    return (
        Q(about_kind=kind, about_id=key)
        if key.isascii() and key.isdigit() and len(key) < 19
        else Q(pk__in=[])
    )


def _customers(rows: list[Event], view: View) -> dict[int, customers.Customer]:
    keys = {row.customer_id for row in rows if row.customer_id}
    return customers.Customer.objects.in_bulk(keys)


def _party(row: Event, view: View) -> list[dict[str, Any]] | None:
    owner = view.data.get(row.customer_id)
    return [words.party_of(owner, view, "customer")] if owner else None


register(
    Resource(
        api=API,
        name="event",
        about="Something that happened, or that somebody reports.",
        model=Event,
        rows=_rows,
        prepare=_customers,
        key="pk",
        sort=("-pk",),
        see=SEE,
        create=_create,
        within=Within(resource="topic", rows=_of_topic, alone=True),
        heard=lambda event: {"pk": event.pk},
        events=dict.fromkeys(event_names(), CREATED),
        attributes=(
            Attribute(
                name="eventId", kept=True, changeable=False, column="pk", read=lambda row, view: str(row.pk)
            ),
            Attribute(name="eventTime", kind="date-time", column="at", kept=True),
            Attribute(name="eventType", column="name", kept=True),
            Attribute(name="timeOccurred", kind="date-time", column="at", kept=True),
            Attribute(name="title", column="name", kept=True),
            Attribute(name="domain", kept=True, read=lambda row, view: topic_of(row.name), find=_by_domain),
            usually("priority", "Normal"),
            Attribute(
                name="correlationId",
                kept=True,
                read=lambda row, view: f"{row.about_kind}:{row.about_id}",
                find=_by_object,
            ),
            Attribute(name="event", kind="any", kept=True, read=lambda row, view: row.payload),
            Attribute(name="relatedParty", kind="reference[]", kept=True, read=_party),
            Attribute(
                name="source",
                kind="reference",
                kept=True,
                read=lambda row, view: {"id": str(row.actor_id), "name": row.actor_name or "Loopline"},
            ),
            Attribute(
                name="reportingSystem",
                kind="reference",
                kept=True,
                read=lambda row, view: {"id": "loopline", "name": "Loopline"},
            ),
            *kept("string", "description"),
            *kept("object[]", "analyticCharacteristic"),
        ),
    )
)

keep(
    API,
    "topic",
    NAME,
    *kept("string", "contentQuery headerQuery"),
    see=SEE,
    edit=EDIT,
    change=False,
    about="A part of the log that somebody follows: by eventType or domain in headerQuery, or named as a domain.",
)
