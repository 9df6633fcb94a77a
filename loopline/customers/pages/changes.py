"""The history of every field: who changed it, when, from what to what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loopline.customers import api, panels
from loopline.customers.models import Customer
from loopline.customers.pages.view import Header, Tab, crumbs, header, tabs, url
from loopline.customers.rules import masks
from loopline.customers.rules.documents import KINDS as DOCUMENTS
from loopline.customers.wording import (
    ACCOUNT_KINDS,
    ACCOUNT_STATUSES,
    CHANNELS,
    DOCUMENT_STATES,
    FIELDS,
    LIFE_CYCLES,
    MEDIA,
    PLACES,
    PURPOSES,
    SEXES,
    TIERS,
    Words,
    word,
)
from loopline.kernel import formats
from loopline.kernel.models import Event
from loopline.kernel.pages import Crumb, Request, render

PAGE = 100
_VALUES: dict[str, Words] = {
    "tier": TIERS,
    "life_cycle": LIFE_CYCLES,
    "sex": SEXES,
    "state": DOCUMENT_STATES,
    "status": ACCOUNT_STATUSES,
    "kind": ACCOUNT_KINDS,
    "address_kind": PLACES,
}
_NAMES = [
    "customers.changed",
    "customers.life_cycle_moved",
    "customers.contact_added",
    "customers.contact_changed",
    "customers.address_added",
    "customers.address_changed",
    "customers.document_added",
    "customers.document_checked",
    "customers.account_opened",
    "customers.account_changed",
    "customers.consent_given",
    "customers.consent_withdrawn",
    "customers.moved",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One field, once."""

    what: str
    old: str
    new: str
    ago: str
    exact: str
    by: str


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Every change of every field, newest first."""

    title: str
    header: Header
    tabs: list[Tab]
    rows: list[Change]
    older_url: str
    edit_url: str
    move_url: str


@require_GET
def changes(request: Request, public_id: UUID) -> HttpResponse:
    """What was changed in the file, field by field; personal values stay masked."""
    customer = api.by_public_id(request.actor, public_id)
    subject = panels.Subject(customer, request.actor)
    rows = Event.objects.filter(customer_id__in=subject.files, name__in=_NAMES)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    events = list(rows.order_by("-id")[: PAGE + 1])
    may_edit = request.actor.may("customers.edit")
    page = ChangesPage(
        title=masks.name(customer.kind, customer.name),
        header=header(subject),
        tabs=tabs(customer, "changes"),
        rows=[change for event in events[:PAGE] for change in told(event)],
        older_url=f"{url('changes', customer)}?before={events[PAGE - 1].pk}" if len(events) > PAGE else "",
        edit_url=url("edit", customer) if may_edit else "",
        move_url=url("move", customer) if may_edit else "",
    )
    return render(request, "customers/changes.html", page, breadcrumbs=_crumb(customer))


def told(event: Event) -> list[Change]:
    """The fields that an event changed, in words."""
    when = (formats.ago(event.at), formats.moment(event.at), formats.author(event.actor_name, event.actor_id))
    return [Change(what, old, new, *when) for what, old, new in _fields(event.name, event.payload)]


def _fields(name: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    about = {
        "customers.contact_changed": f"{word(MEDIA, payload.get('kind', ''))} {payload.get('masked', '')}",
        "customers.address_changed": word(PLACES, payload.get("kind", "")),
        "customers.document_checked": f"{word(DOCUMENTS, payload.get('kind', ''))} {payload.get('masked', '')}",
        "customers.account_changed": payload.get("number", ""),
    }.get(name, "")
    for field, (old, new) in payload.get("changes", {}).items():
        what = word(FIELDS, field)
        yield f"{about} · {what}" if about else what, _shown(field, old), _shown(field, new)
    if name == "customers.contact_added":
        yield word(MEDIA, payload["kind"]), "–", payload["masked"]
    elif name == "customers.address_added":
        yield word(PLACES, payload["kind"]), "–", payload["masked"]
    elif name == "customers.document_added":
        yield word(DOCUMENTS, payload["kind"]), "–", payload["masked"]
    elif name == "customers.account_opened":
        yield _("Account"), "–", payload["number"]
    elif name == "customers.moved":
        yield _("Branch"), payload["branch_from"], payload["branch_to"]
    elif name in ("customers.consent_given", "customers.consent_withdrawn"):
        what = word(PURPOSES, payload["purpose"])
        channel = word(CHANNELS, payload["channel"]) if payload["channel"] else ""
        new = _("agrees") if name.endswith("given") else _("does not want it")
        yield " · ".join(part for part in (what, channel) if part), "", new


def _shown(field: str, value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return word(_VALUES.get(field, {}), str(value)) if value else "–"


def _crumb(customer: Customer) -> list[Crumb]:
    return crumbs(customer, Crumb(_("Changes")))
