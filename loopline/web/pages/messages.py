"""Messages between colleagues, in threads: read, answered, put away."""

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
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import (
    Crumb,
    MenuItem,
    Request,
    menu,
    render,
    undo,
    with_toast,
)
from loopline.kernel.permission import Actor
from loopline.messaging import api as messaging
from loopline.web.pages.notices import NoticeCard, notice_cards

PAGE = 40
NAMED = 3
"""So many of those who take part are named in a line."""

menu.add(
    "web.messages",
    MenuItem("desk", gettext_lazy("Messages"), "web:messages", "inbox", key="n"),
    order=30,
)


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
    subtitle: str
    messages: list[Said]
    read_url: str
    answer_url: str
    away_url: str
    is_away: bool
    error: str
    draft: str


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
    people = identity.Staff.objects.in_bulk([key for thread in found for key in thread.others(actor)])
    return [_letter(actor, thread, people) for thread in found]


def _names(message: messaging.Message, actor: Actor, people: dict[int, identity.Staff]) -> str:
    """Who takes part besides, in words."""
    named = [formats.named(people[key]) for key in messaging.others_of(message, actor) if key in people]
    more = len(named) - NAMED
    if more > 0:
        named = [*named[:NAMED], ngettext("%(num)s more", "%(num)s more", more) % {"num": more}]
    return formats.listed(named) or message.sender_name or _("Loopline")


def _letter(actor: Actor, thread: messaging.Thread, people: dict[int, identity.Staff]) -> Letter:
    last = thread.last
    name = _names(last, actor, people)
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
    said = messaging.said_in(actor, key)
    found = [copies[0] for copies in said]
    last, me = found[-1], actor.staff_id
    people = identity.Staff.objects.in_bulk(messaging.others_of(last, actor))
    waits = any(message.recipient_id == me and message.read_at is None for message in found)
    parts = {"thread": key}
    names = _names(last, actor, people)
    page = ThreadPage(
        title=found[0].subject,
        subtitle=_("With %(names)s. Only those who take part see it.") % {"names": names}
        if last.people
        else _("With %(name)s. Only you two see it.") % {"name": names},
        messages=[_said(copies, actor, people) for copies in said],
        read_url=reverse("web:read_thread", kwargs=parts) if waits else "",
        answer_url=reverse("web:thread", kwargs=parts)
        if any(one.is_active for one in people.values())
        else "",
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


def _said(copies: list[messaging.Message], actor: Actor, people: dict[int, identity.Staff]) -> Said:
    message = copies[0]
    mine, sender = message.sender_id == actor.staff_id, people.get(message.sender_id)
    who = actor.name if mine else formats.named(sender) if sender else message.sender_name or _("Loopline")
    return Said(
        _("You") if mine else who,
        who[:1].upper(),
        mine,
        message.body or message.subject,
        formats.ago(message.sent_at),
        formats.moment(message.sent_at),
        _seen(copies) if mine else "",
        messaging.own_link(message.link),
        message.link_label or _("Open"),
    )


def _seen(copies: list[messaging.Message]) -> str:
    """When it was read, or by how many of several."""
    read = [copy.read_at for copy in copies if copy.read_at is not None]
    if not read:
        return ""
    if len(copies) > 1:
        return _("read by %(read)s of %(all)s") % {"read": len(read), "all": len(copies)}
    return _("read %(when)s") % {"when": formats.ago(read[0])}


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


patterns = [
    path("messages", messages, name="messages"),
    path("messages/<uuid:thread>", thread, name="thread"),
    path("messages/<uuid:thread>/read", read_thread, name="read_thread"),
    path("messages/<uuid:thread>/away", put_away, name="put_away"),
]
