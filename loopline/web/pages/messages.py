"""Messages between colleagues, in threads: read, answered, put away, written with something of the house attached."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity import api as identity
from loopline.kernel import clock, finding, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import (
    Creation,
    Crumb,
    MenuItem,
    Request,
    creations,
    menu,
    render,
    undo,
    with_toast,
)
from loopline.kernel.permission import Actor
from loopline.messaging import api as messaging
from loopline.web.pages.notices import NoticeCard, notice_cards

PAGE = 40
ATTACHED = ("customers", "subscriptions", "orders", "tickets", "offers", "campaigns", "keyaccounts")
"""Finders whose finds may be attached to a message."""

menu.add(
    "web.messages",
    MenuItem("desk", gettext_lazy("Messages"), "web:messages", "inbox", key="n"),
    order=30,
)
creations.add("web.message", Creation(gettext_lazy("Message to a colleague"), "web:write", "mail"), order=80)


@dataclass(frozen=True, slots=True)
class Letter:
    """A thread in the list, by its newest message."""

    subject: str
    body: str
    sender: str
    initials: str
    ago: str
    exact: str
    is_read: bool
    count: str
    url: str


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """The threads and the notices."""

    title: str
    subtitle: str
    tabs: list[dict[str, Any]]
    away: bool
    letters: list[Letter]
    next_url: str
    notices: list[NoticeCard]
    write_url: str
    publish_url: str
    published_url: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a thread."""

    who: str
    initials: str
    is_mine: bool
    text: str
    ago: str
    exact: str
    seen: str
    link: str
    link_label: str


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A thread, with the place to answer where there is somebody at the other end."""

    title: str
    other: str
    messages: list[Said]
    read_url: str
    answer_url: str
    away_url: str
    is_away: bool
    error: str
    draft: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to write to."""

    id: str
    name: str
    unit: str
    initials: str


@dataclass(frozen=True, slots=True)
class WritePage:
    """A message being written; `found` are the colleagues whom the typed name finds, `about` what is attached."""

    title: str
    to: Colleague | None
    query: str
    found: list[Colleague]
    about: finding.Hit | None
    values: dict[str, str]
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class AboutPart:
    """What may be attached, of what was typed."""

    hits: list[finding.Hit]
    query: str


@require_safe
def messages(request: Request) -> HttpResponse:
    """What came in, or what was put away."""
    actor, before = request.actor, request.GET.get("before", "")
    away = request.GET.get("away") == "1"
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 2**62
    found = messaging.threads(actor, away=away, below=below, limit=PAGE + 1)
    letters, notices = _letters(actor, found[:PAGE]), notice_cards(actor)
    waiting = messaging.unread(actor)
    base = reverse("web:messages")
    following = f"{base}?away={int(away)}&before={found[PAGE - 1].last.pk}" if len(found) > PAGE else ""
    publishes = actor.may("messaging.publish")
    page = MessagesPage(
        _("Messages"),
        ngettext("%(num)s unread", "%(num)s unread", waiting) % {"num": waiting}
        if waiting
        else _("Everything is read."),
        [
            {"label": _("Inbox"), "url": base, "active": not away},
            {"label": _("Put away"), "url": f"{base}?away=1", "active": away},
        ],
        away,
        letters,
        following,
        notices,
        reverse("web:write"),
        reverse("web:publish") if publishes else "",
        reverse("web:notices") if publishes else "",
    )
    return render(request, "web/messages.html", page)


def letters_of(actor: Actor, limit: int = 50) -> list[Letter]:
    """The newest threads of somebody."""
    return _letters(actor, messaging.threads(actor, limit=limit))


def _letters(actor: Actor, found: list[messaging.Thread]) -> list[Letter]:
    people = identity.Staff.objects.in_bulk([thread.other(actor) for thread in found])
    return [_letter(actor, thread, people.get(thread.other(actor))) for thread in found]


def _letter(actor: Actor, thread: messaging.Thread, other: identity.Staff | None) -> Letter:
    last = thread.last
    name = formats.named(other) if other else last.sender_name or _("Loopline")
    mine = last.sender_id == actor.staff_id
    return Letter(
        last.subject,
        (_("You: %(text)s") % {"text": last.body}) if mine and last.body else last.body,
        name,
        name[:1].upper(),
        formats.ago(last.sent_at),
        formats.moment(last.sent_at),
        not thread.unread,
        str(thread.messages) if thread.messages > 1 else "",
        reverse("web:thread", kwargs={"thread": thread.key}),
    )


@require_http_methods(["GET", "POST"])
def thread(request: Request, thread: UUID) -> HttpResponse:
    """A thread; posting answers it."""
    if request.method == "GET":
        return _thread(request, thread, "", "")
    body = request.POST.get("body", "").replace("\0", "")
    try:
        messaging.answer_message(actor=request.actor, thread=thread, body=body)
    except Refusal as refusal:
        undo(request)
        return _thread(request, thread, refusal.message, body, refusal.status)
    return HttpResponseRedirect(reverse("web:thread", kwargs={"thread": thread}))


def _thread(request: Request, key: UUID, error: str, draft: str, status: int = 200) -> HttpResponse:
    actor = request.actor
    found = messaging.messages_of(actor, key)
    last, me = found[-1], actor.staff_id
    other = last.sender_id if last.sender_id != me else last.recipient_id
    staff = identity.Staff.objects.filter(pk=other).first()
    name = formats.named(staff) if staff else last.sender_name or _("Loopline")
    waits = any(message.recipient_id == me and message.read_at is None for message in found)
    parts = {"thread": key}
    page = ThreadPage(
        title=found[0].subject,
        other=name,
        messages=[_said(message, message.sender_id == me, actor.name, name) for message in found],
        read_url=reverse("web:read_thread", kwargs=parts) if waits else "",
        answer_url=reverse("web:thread", kwargs=parts) if staff and staff.is_active else "",
        away_url=reverse("web:put_away", kwargs=parts),
        is_away=all(
            message.sender_archived if message.sender_id == me else message.recipient_archived
            for message in found
        ),
        error=error,
        draft=draft,
    )
    crumbs = [Crumb(_("Messages"), reverse("web:messages")), Crumb(page.title)]
    return render(request, "web/thread.html", page, status=status, breadcrumbs=crumbs)


def _said(message: messaging.Message, mine: bool, me: str, other: str) -> Said:
    who = me if mine else other
    seen = formats.ago(message.read_at) if mine and message.read_at else ""
    return Said(
        _("You") if mine else who,
        who[:1].upper(),
        mine,
        message.body or message.subject,
        formats.ago(message.sent_at),
        formats.moment(message.sent_at),
        _("read %(when)s") % {"when": seen} if seen else "",
        messaging.own_link(message.link),
        message.link_label or _("Open"),
    )


@require_POST
def read_thread(request: Request, thread: UUID) -> HttpResponse:
    """The thread was opened."""
    messaging.read_thread(actor=request.actor, thread=thread, now=clock.now())
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("", headers={"HX-Trigger": json.dumps({"counted": ""})})
    return HttpResponseRedirect(reverse("web:messages"))


@require_POST
def put_away(request: Request, thread: UUID) -> HttpResponse:
    """Put the thread away, or back."""
    away = request.POST.get("back") != "1"
    messaging.put_away(actor=request.actor, thread=thread, away=away)
    done = HttpResponseRedirect(reverse("web:messages"))
    return with_toast(done, _("Put away.") if away else _("Back among the open ones."))


@require_http_methods(["GET", "POST"])
def write(request: Request) -> HttpResponse:
    """Write to a colleague; he is looked for by name, and so is what it is about."""
    given = request.POST if request.method == "POST" else request.GET
    values = {name: given.get(name, "").replace("\0", "") for name in ("subject", "body")}
    about = _about(given.get("about", ""))
    to = _colleague(given.get("to", ""))
    query = given.get("q", "").replace("\0", "").strip()
    if request.method == "GET":
        return _write(request, to, query, values, about, errors={})
    if to is None:
        undo(request)
        errors = {"to": _("Choose whom you are writing to.")}
        return _write(request, None, query, values, about, errors=errors, status=422)
    try:
        messaging.send_message(
            actor=request.actor,
            recipient=to,
            subject=values["subject"],
            body=values["body"],
            link=about.url if about else "",
            link_label=about.label if about else "",
        )
    except Refusal as refusal:
        undo(request)
        errors = {refusal.field or "subject": refusal.message}
        return _write(request, to, query, values, about, errors=errors, status=refusal.status)
    sent = HttpResponseRedirect(reverse("web:messages"))
    return with_toast(sent, _("Sent to %(name)s.") % {"name": formats.named(to)})


def _write(
    request: Request,
    to: identity.Staff | None,
    query: str,
    values: dict[str, str],
    about: finding.Hit | None,
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
        about,
        values,
        errors,
    )
    crumbs = [Crumb(_("Messages"), reverse("web:messages")), Crumb(page.title)]
    return render(request, "web/write.html", page, status=status, breadcrumbs=crumbs)


def _about(text: str) -> finding.Hit | None:
    """What is attached: its address, a blank, and what it is called."""
    link, _blank, label = text.replace("\0", "").partition(" ")
    link = messaging.own_link(link)
    return finding.Hit(label or link, "", link, "link") if link else None


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
    query = request.GET.get("q", "").replace("\0", "").strip()
    found = messaging.recipients(request.actor, query) if query else []
    page = WritePage("", None, query, [_shown(staff) for staff in found], None, {}, {})
    return render(request, "web/colleagues.html", page)


@require_POST
def about(request: Request) -> HttpResponse:
    """What may be attached, as a part of the form."""
    query = request.POST.get("find", "").strip()
    groups = finding.find(request.actor, query, 4)
    hits = [hit for group in groups if group.name in ATTACHED for hit in group.hits]
    return render(request, "web/about.html", AboutPart(hits, query))


patterns = [
    path("messages", messages, name="messages"),
    path("messages/write", write, name="write"),
    path("messages/colleagues", colleagues, name="colleagues"),
    path("messages/about", about, name="about"),
    path("messages/<uuid:thread>", thread, name="thread"),
    path("messages/<uuid:thread>/read", read_thread, name="read_thread"),
    path("messages/<uuid:thread>/away", put_away, name="put_away"),
]
