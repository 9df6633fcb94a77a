"""Messages between colleagues and notices to units: read, answered, written, with receipts."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity import api as identity
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import (
    Creation,
    Crumb,
    MenuItem,
    Request,
    creations,
    menu,
    refuse,
    render,
    undo,
    with_toast,
)
from loopline.kernel.permission import Actor, require
from loopline.messaging import api as messaging

menu.add(
    "web.messages",
    MenuItem("desk", gettext_lazy("Messages"), "web:messages", "inbox", key="n"),
    order=30,
)
creations.add("web.message", Creation(gettext_lazy("Message to a colleague"), "web:write", "mail"), order=80)
creations.add(
    "web.notice",
    Creation(gettext_lazy("Notice to a unit"), "web:publish", "bell", "messaging.publish"),
    order=90,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the inbox."""

    subject: str
    body: str
    sender: str
    initials: str
    ago: str
    exact: str
    is_read: bool
    read_url: str
    reply_url: str
    link: str


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """A notice; `receipts` says how many have read it, to those who may publish."""

    title: str
    body: str
    author: str
    ago: str
    exact: str
    is_read: bool
    read_url: str
    receipts: str


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """The inbox and the notices."""

    title: str
    subtitle: str
    letters: list[Letter]
    notices: list[NoticeCard]
    write_url: str
    publish_url: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to write to."""

    id: str
    name: str
    unit: str
    initials: str


@dataclass(frozen=True, slots=True)
class WritePage:
    """A message being written; `found` are the colleagues whom the typed name finds."""

    title: str
    to: Colleague | None
    query: str
    found: list[Colleague]
    values: dict[str, str]
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class PublishPage:
    """A notice being written."""

    title: str
    units: list[tuple[str, str]]
    values: dict[str, str]
    errors: dict[str, str]


@require_safe
def messages(request: Request) -> HttpResponse:
    """What came in."""
    letters, notices = letters_of(request.actor), notice_cards(request.actor)
    waiting = sum(not letter.is_read for letter in letters) + sum(not notice.is_read for notice in notices)
    page = MessagesPage(
        _("Messages"),
        ngettext("%(num)s unread", "%(num)s unread", waiting) % {"num": waiting}
        if waiting
        else _("Everything is read."),
        letters,
        notices,
        reverse("web:write"),
        reverse("web:publish") if request.actor.may("messaging.publish") else "",
    )
    return render(request, "web/messages.html", page)


def letters_of(actor: Actor, limit: int = 50) -> list[Letter]:
    """The newest messages to somebody."""
    found = messaging.inbox(actor, limit)
    senders = identity.Staff.objects.filter(pk__in={message.sender_id for message in found})
    writers = {staff.pk: staff for staff in senders}
    return [_letter(message, writers.get(message.sender_id)) for message in found]


def _letter(message: messaging.Message, sender: identity.Staff | None) -> Letter:
    name = formats.named(sender) if sender else message.sender_name or _("Loopline")
    subject = message.subject if message.subject.startswith("Re: ") else f"Re: {message.subject}"
    return Letter(
        message.subject,
        message.body,
        name,
        name[:1].upper(),
        formats.ago(message.sent_at),
        formats.moment(message.sent_at),
        message.read_at is not None,
        reverse("web:read_message", kwargs={"public_id": message.public_id}),
        reverse("web:write", query={"to": sender.public_id, "subject": subject}) if sender else "",
        message.link if message.link.startswith("/") else "",
    )


def notice_cards(actor: Actor, limit: int = 20) -> list[NoticeCard]:
    """The newest notices to somebody's unit, those he has not read first."""
    found = messaging.notices_for(actor, limit)
    read = messaging.times_read([notice for notice, _seen in found]) if actor.may("messaging.publish") else {}
    cards = [
        NoticeCard(
            notice.title,
            notice.body,
            notice.author_name or _("Loopline"),
            formats.ago(notice.published_at),
            formats.moment(notice.published_at),
            seen,
            reverse("web:read_notice", kwargs={"public_id": notice.public_id}),
            _receipts(read.get(notice.pk, 0)) if actor.may("messaging.publish") else "",
        )
        for notice, seen in found
    ]
    return sorted(cards, key=lambda card: card.is_read)


def _receipts(people: int) -> str:
    return ngettext("Read by %(num)s person", "Read by %(num)s people", people) % {"num": people}


@require_POST
def read_message(request: Request, public_id: UUID) -> HttpResponse:
    """The message was opened."""
    messaging.read_message(actor=request.actor, public_id=str(public_id), now=clock.now())
    return _counted(request)


@require_POST
def read_notice(request: Request, public_id: UUID) -> HttpResponse:
    """Leave the receipt of a notice."""
    messaging.read_notice(actor=request.actor, public_id=str(public_id))
    return _counted(request)


def _counted(request: Request) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("", headers={"HX-Trigger": json.dumps({"counted": ""})})
    return HttpResponseRedirect(request.POST.get("next") or reverse("web:messages"))


@require_http_methods(["GET", "POST"])
def write(request: Request) -> HttpResponse:
    """Write to a colleague; he is looked for by name."""
    given = request.POST if request.method == "POST" else request.GET
    values = {name: given.get(name, "") for name in ("subject", "body")}
    to = _colleague(given.get("to", ""))
    query = given.get("q", "").strip()
    if request.method == "GET":
        return _write(request, to, query, values, errors={})
    if to is None:
        undo(request)
        errors = {"to": _("Choose whom you are writing to.")}
        return _write(request, None, query, values, errors=errors, status=422)
    try:
        messaging.send_message(
            actor=request.actor, recipient=to, subject=values["subject"], body=values["body"]
        )
    except Refusal as refusal:
        undo(request)
        errors = {refusal.field or "subject": refusal.message}
        return _write(request, to, query, values, errors=errors, status=refusal.status)
    sent = HttpResponseRedirect(reverse("web:messages"))
    return with_toast(sent, _("Sent to %(name)s.") % {"name": formats.named(to)})


def _write(
    request: Request,
    to: identity.Staff | None,
    query: str,
    values: dict[str, str],
    *,
    errors: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    found = messaging.recipients(request.actor, query) if query and to is None else []
    page = WritePage(
        _("Write a message"),
        _shown(to) if to else None,
        query,
        [_shown(staff) for staff in found],
        values,
        errors,
    )
    crumbs = [Crumb(_("Messages"), reverse("web:messages")), Crumb(page.title)]
    return render(request, "web/write.html", page, status=status, breadcrumbs=crumbs)


def _colleague(public_id: str) -> identity.Staff | None:
    try:
        key = UUID(public_id)
    except ValueError:
        return None
    return identity.Staff.objects.select_related("unit").filter(public_id=key, is_active=True).first()


def _shown(staff: identity.Staff) -> Colleague:
    name = formats.named(staff)
    return Colleague(str(staff.public_id), name, formats.named(staff.unit), name[:1].upper())


@require_safe
def colleagues(request: Request) -> HttpResponse:
    """The colleagues whom a typed name finds, as a part of the form."""
    query = request.GET.get("q", "").strip()
    found = messaging.recipients(request.actor, query) if query else []
    page = WritePage("", None, query, [_shown(staff) for staff in found], {}, {})
    return render(request, "web/colleagues.html", page)


@require_http_methods(["GET", "POST"])
def publish(request: Request) -> HttpResponse:
    """Publish a notice to a unit and everybody below it."""
    require(request.actor, "messaging.publish")
    values = {name: request.POST.get(name, "") for name in ("title", "body", "unit")}
    if request.method == "GET":
        return _publish(request, values | {"unit": str(request.actor.unit_id)}, {})
    try:
        unit = _unit_of(request.actor, values["unit"])
        messaging.publish_notice(actor=request.actor, title=values["title"], body=values["body"], unit=unit)
    except NotFound as refusal:
        return refuse(request, refusal)
    except Refusal as refusal:
        undo(request)
        return _publish(request, values, {refusal.field or "title": refusal.message}, refusal.status)
    published = HttpResponseRedirect(reverse("web:messages"))
    return with_toast(published, _("Published to %(unit)s.") % {"unit": formats.named(unit)})


def _publish(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    units = [
        (str(unit.pk), "　" * max(0, unit.path.count("/") - 2) + formats.named(unit))
        for unit in _units(request.actor)
    ]
    page = PublishPage(_("Publish a notice"), units, values, errors)
    crumbs = [Crumb(_("Messages"), reverse("web:messages")), Crumb(page.title)]
    return render(request, "web/publish.html", page, status=status, breadcrumbs=crumbs)


def _units(actor: Actor) -> list[identity.Unit]:
    rows = identity.Unit.objects.filter(is_active=True).order_by("path")
    branches = actor.scope.branches
    return list(rows if branches is None else rows.filter(pk__in=branches))


def _unit_of(actor: Actor, key: str) -> identity.Unit:
    found = next((unit for unit in _units(actor) if str(unit.pk) == key), None)
    if found is None:
        raise NotFound(field="unit")
    return found


patterns = [
    path("messages", messages, name="messages"),
    path("messages/write", write, name="write"),
    path("messages/colleagues", colleagues, name="colleagues"),
    path("messages/<uuid:public_id>/read", read_message, name="read_message"),
    path("notices/publish", publish, name="publish"),
    path("notices/<uuid:public_id>/read", read_notice, name="read_notice"),
]
