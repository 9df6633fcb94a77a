"""TMF621: a trouble ticket is a ticket."""

import base64
import binascii
from typing import Any

from loopline.cases import api as cases
from loopline.documents import api as documents
from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    DELETED,
    MOVED_ON,
    Attribute,
    Resource,
    View,
    customer_of,
    kept,
    register,
)
from loopline.tmf.engine.values import instant
from loopline.tmf.translate import parties as words

API = "troubleTicket"
PRIORITIES = {"urgent": "Critical", "high": "High", "normal": "Medium", "low": "Low"}
STATES = {state: "inProgress" if state == cases.State.REOPENED else state for state in cases.State.values}
"""TMF621 knows no reopened tickets: somebody works on them again."""

REASONS = {
    "pending": "Set to pending",
    "held": "Put on hold",
    "resolved": "Resolved",
    "cancelled": "Cancelled",
    "rejected": "Rejected",
}
"""What the history says where a client gives no reason for a step that needs one."""

CHANNELS = {"phone": "call", "callcenter": "call", "telephone": "call", "store": "shop", "mail": "email"}
OWN = {"name": "title", "description": "description", "severity": "severity", "externalId": "external_id"}
TITLE_LENGTH = 80


def _rows(actor: Actor) -> Any:
    require(actor, "cases.work")
    related = ("customer", "category", "unit", "assignee", "branch", "parent", "subscription")
    return cases.Ticket.objects.select_related(*related)


def _prepare(found: list[cases.Ticket], view: View) -> dict[str, dict[int, list[Any]]]:
    keys = [row.pk for row in found]
    told: dict[str, dict[int, list[Any]]] = {"entries": {}, "files": {}, "children": {}}
    kinds = (cases.EntryKind.STATE, cases.EntryKind.NOTE, cases.EntryKind.REPLY, cases.EntryKind.NOTICE)
    for entry in cases.Entry.objects.filter(ticket_id__in=keys, kind__in=kinds).order_by("id"):
        told["entries"].setdefault(entry.ticket_id, []).append(entry)
    label = cases.Ticket._meta.label_lower
    for file in documents.Document.objects.filter(about_kind=label, about_id__in=keys).order_by("id"):
        told["files"].setdefault(file.about_id, []).append(file)
    for part in cases.Ticket.objects.filter(parent_id__in=keys).order_by("id"):
        told["children"].setdefault(part.parent_id or 0, []).append(part)
    return told


def _notes(row: cases.Ticket, view: View) -> list[dict[str, Any]] | None:
    entries = [entry for entry in view.data["entries"].get(row.pk, []) if entry.kind != cases.EntryKind.STATE]
    return [
        {
            "id": str(entry.public_id),
            "author": entry.detail.get("author") or entry.by_name,
            "date": entry.at,
            "text": entry.text,
        }
        for entry in entries
    ] or None


def _changes(row: cases.Ticket, view: View) -> list[dict[str, Any]] | None:
    entries = [entry for entry in view.data["entries"].get(row.pk, []) if entry.kind == cases.EntryKind.STATE]
    return [
        {
            "status": STATES.get(entry.state, entry.state),
            "changeDate": entry.at,
            "changeReason": entry.text if entry.detail.get("before") else "",
        }
        for entry in entries
    ] or None


def _files(row: cases.Ticket, view: View) -> list[dict[str, Any]] | None:
    return [
        {
            "id": str(file.public_id),
            "name": file.name,
            "mimeType": file.media_type,
            "url": f"{view.base}/documents/{file.public_id}",
            "size": {"amount": file.size, "units": "byte"},
        }
        for file in view.data["files"].get(row.pk, [])
    ] or None


def _foreign_files(value: Any) -> list[Any]:
    """Files that lie elsewhere; embedded ones become documents of ours."""
    return [each for each in value if isinstance(each, dict) and "content" not in each and "size" not in each]


def _related(row: cases.Ticket, view: View) -> list[dict[str, Any]] | None:
    above = [(row.parent, "isChild")] if row.parent else []
    below = [(part, "isParent") for part in view.data["children"].get(row.pk, [])]
    return [
        {
            "id": str(other.public_id),
            "href": view.href(API, "troubleTicket", other.public_id),
            "name": other.title,
            "relationshipType": kind,
        }
        for other, kind in above + below
    ] or None


def _parties(row: cases.Ticket, view: View) -> list[dict[str, Any]] | None:
    return [words.party_of(row.customer, view, "customer")] if row.customer else None


def _channel(row: cases.Ticket, view: View) -> dict[str, str]:
    return {"id": row.channel, "name": row.channel}


def _create(actor: Actor, body: dict[str, Any]) -> cases.Ticket:
    """The type is a category of ours by its code, or stays the client's own word."""
    kind, category = _kind(body["ticketType"])
    wished = body.get("requestedResolutionDate")
    now = clock.now()
    made = cases.open_ticket(
        actor=actor,
        new=cases.NewTicket(
            title=body.get("name") or body["description"][:TITLE_LENGTH] or body["ticketType"],
            description=body["description"],
            kind=kind,
            category=category,
            ticket_type=body["ticketType"],
            channel=_channel_of(body.get("channel") or {}),
            customer=customer_of(body),
            priority=_priority(body.get("priority", "")),
            severity=body["severity"],
            external_id=body.get("externalId", ""),
            requested_for=instant(wished, actor.zone) if wished else None,
        ),
        now=now,
    )
    _add(actor, made, body, [])
    return made


def _kind(sent: str) -> tuple[str, str]:
    found = cases.Category.objects.filter(code=sent, is_active=True).first()
    if found is not None:
        return found.kind, found.code
    return (sent.lower() if sent.lower() in cases.Kind.values else cases.Kind.FAULT.value), ""


def _channel_of(sent: Any) -> str:
    for word in (str(sent.get("id", "")).lower(), str(sent.get("name", "")).lower()):
        code = CHANNELS.get(word, word)
        if code in ("call", "shop", "app", "web", "sms", "email", "wechat", "visit"):
            return code
    return "web"


def _priority(sent: str) -> str:
    """A word that is none of ours leaves the priority to the category."""
    return {"critical": "urgent", "medium": "normal"}.get(
        sent.lower(), sent.lower() if sent.lower() in PRIORITIES else ""
    )


def _add(actor: Actor, row: cases.Ticket, sent: dict[str, Any], known: list[str]) -> None:
    """Write the notes that are new, and keep the files that came in the body."""
    now = clock.now()
    for note in sent.get("note") or []:
        text = str(note.get("text") or "").strip()
        if text and str(note.get("id", "")) not in known:
            author = str(note.get("author") or "")
            cases.add_note(actor=actor, ticket=row.pk, text=text, author=author, now=now)
    for file in sent.get("attachment") or []:
        if isinstance(file, dict) and isinstance(file.get("content"), str):
            content = _bytes(file["content"])
            name = str(file.get("name") or "file")
            cases.attach_file(actor=actor, ticket=row.pk, name=name, content=content, now=now)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise documents.TypeNotTaken(field="attachment") from fault


def _patch(actor: Actor, row: cases.Ticket, changes: dict[str, Any]) -> cases.Ticket:
    now = clock.now()
    own: dict[str, Any] = {OWN[name]: changes[name] or "" for name in OWN if name in changes}
    if _priority(str(changes.get("priority") or "")):
        own["priority"] = _priority(str(changes["priority"]))
    if "ticketType" in changes:
        category = _kind(str(changes["ticketType"]))[1]
        own |= {"category": category} if category else {"ticket_type": changes["ticketType"]}
    if "requestedResolutionDate" in changes:
        wished = changes["requestedResolutionDate"]
        own["requested_for"] = instant(wished, actor.zone) if wished else None
    if own:
        cases.change_ticket(actor=actor, ticket=row.public_id, changes=own, now=now)
    if changes.get("status"):
        reason = str(changes.get("statusChangeReason") or "") or REASONS.get(changes["status"], "")
        waits = cases.PendingFor.CUSTOMER.value if changes["status"] == cases.State.PENDING else ""
        cases.take_step(
            actor=actor, ticket=row.pk, to=changes["status"], reason=reason, pending_for=waits, now=now
        )
    keys = cases.Entry.objects.filter(ticket=row).values_list("public_id", flat=True)
    _add(actor, row, changes, [str(key) for key in keys])
    return cases.get_ticket(actor, row.public_id)


def _delete(actor: Actor, row: cases.Ticket) -> None:
    cases.delete_ticket(actor=actor, ticket=row)


register(
    Resource(
        api=API,
        name="troubleTicket",
        about="A complaint, enquiry, fault or suggestion, until the customer agrees that it is done.",
        model=cases.Ticket,
        rows=_rows,
        prepare=_prepare,
        see="cases.work",
        create=_create,
        patch=_patch,
        delete=_delete,
        is_personal=True,
        state="state",
        events={
            "cases.opened": CREATED,
            "cases.state_changed": MOVED_ON,
            "cases.changed": CHANGED,
            "cases.handed_over": CHANGED,
            "cases.noted": CHANGED,
            "cases.replied": CHANGED,
            "cases.linked": CHANGED,
            "cases.notice_given": CHANGED,
            "cases.file_attached": CHANGED,
            "cases.deleted": DELETED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(name="description", column="description", required=True),
            Attribute(name="severity", column="severity", required=True),
            Attribute(name="ticketType", column="ticket_type", required=True),
            Attribute(name="name", column="title"),
            Attribute(name="status", column="state", codes=STATES, settable=False),
            Attribute(name="statusChangeReason", column="state_reason", settable=False),
            Attribute(name="statusChangeDate", kind="date-time", column="state_at", settable=False, changeable=False),
            Attribute(name="priority", column="priority", codes=PRIORITIES, kept=True),
            Attribute(name="externalId", column="external_id"),
            Attribute(name="creationDate", kind="date-time", column="opened_at", settable=False, changeable=False),
            Attribute(name="lastUpdate", kind="date-time", column="changed_at", settable=False, changeable=False),
            Attribute(name="requestedResolutionDate", kind="date-time", column="requested_for"),
            Attribute(
                name="expectedResolutionDate", kind="date-time", column="solution_due_at", settable=False,
                changeable=False,
            ),
            Attribute(name="resolutionDate", kind="date-time", column="solved_at", settable=False, changeable=False),
            Attribute(name="note", kind="note[]", read=_notes),
            Attribute(name="statusChange", kind="object[]", read=_changes, settable=False, changeable=False),
            Attribute(name="attachment", kind="object[]", read=_files, keeps=_foreign_files),
            Attribute(name="troubleTicketRelationship", kind="object[]", read=_related, kept=True),
            Attribute(name="channel", kind="reference", read=_channel, kept=True, paths={"id": "channel"}),
            Attribute(
                name="relatedParty", kind="reference[]", read=_parties, kept=True,
                paths={"id": "customer__public_id"},
            ),
            *kept("object[]", "relatedEntity"),
        ),
    )
)  # fmt: skip
