"""A message being written, to one colleague or several, with something of the house attached."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity import api as identity
from loopline.kernel import finding, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Creation, Crumb, Request, creations, render, undo, with_toast
from loopline.kernel.permission import Actor
from loopline.messaging import api as messaging

ATTACHED = ("customers", "subscriptions", "orders", "tickets", "offers", "campaigns", "groups")
"""Finders whose finds may be attached to a message."""
creations.add("web.message", Creation(gettext_lazy("Message to a colleague"), "web:write", "mail"), order=80)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to write to."""

    id: str
    name: str
    unit: str
    initials: str


@dataclass(frozen=True, slots=True)
class WritePage:
    """A message being written; `to` are chosen, `found` whom the typed name finds besides, `about` is attached."""

    title: str
    to: list[Colleague]
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


@require_http_methods(["GET", "POST"])
def write(request: Request) -> HttpResponse:
    """Write to a colleague or to several; they are looked for by name, and so is what it is about."""
    given = request.POST if request.method == "POST" else request.GET
    values = {name: given.get(name, "").replace("\0", "") for name in ("subject", "body")}
    about = _about(given.get("about", ""))
    to = _colleagues(given.getlist("to"))
    query = given.get("q", "").replace("\0", "").strip()
    if request.method == "GET":
        return _write(request, to, query, values, about, errors={})
    if not to and query:  # whoever types a whole name need not choose it as well
        alone = messaging.recipients(request.actor, query, 2)
        to = alone if len(alone) == 1 else []
    if not to:
        undo(request)
        errors = {"to": _("Choose whom you are writing to.")}
        return _write(request, [], query, values, about, errors=errors, status=422)
    words = messaging.Words(
        values["subject"], values["body"], about.url if about else "", about.label if about else ""
    )
    try:
        messaging.send_to_several(actor=request.actor, recipients=to, words=words)
    except Refusal as refusal:
        undo(request)
        errors = {refusal.field or "subject": refusal.message}
        return _write(request, to, query, values, about, errors=errors, status=refusal.status)
    sent = HttpResponseRedirect(reverse("web:messages"))
    names = formats.listed(formats.named(one) for one in to)
    return with_toast(sent, _("Sent to %(name)s.") % {"name": names})


def _write(
    request: Request,
    to: list[identity.Staff],
    query: str,
    values: dict[str, str],
    about: finding.Hit | None,
    *,
    errors: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    page = WritePage(
        _("Write a message"),
        [_shown(one) for one in to],
        query,
        _found(request.actor, query, to),
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


def _colleagues(public_ids: list[str]) -> list[identity.Staff]:
    keys = []
    for public_id in public_ids[:100]:
        with suppress(ValueError):
            keys.append(UUID(public_id))
    if not keys:
        return []
    rows = identity.Staff.objects.select_related("unit").filter(public_id__in=keys, is_active=True)
    return list(rows.order_by("name", "id"))


def _found(actor: Actor, query: str, chosen: list[identity.Staff]) -> list[Colleague]:
    """Whom a typed name finds besides those who are chosen already."""
    if not query:
        return []
    known = {one.pk for one in chosen}
    return [_shown(one) for one in messaging.recipients(actor, query) if one.pk not in known]


def _shown(staff: identity.Staff) -> Colleague:
    name = formats.named(staff)
    return Colleague(str(staff.public_id), name, formats.named(staff.unit), name[:1].upper())


@require_safe
def colleagues(request: Request) -> HttpResponse:
    """The colleagues whom a typed name finds, as a part of the form."""
    query = request.GET.get("q", "").replace("\0", "").strip()
    to = _colleagues(request.GET.getlist("to"))
    page = WritePage("", [_shown(one) for one in to], query, _found(request.actor, query, to), None, {}, {})
    return render(request, "web/colleagues.html", page)


@require_POST
def about(request: Request) -> HttpResponse:
    """What may be attached, as a part of the form."""
    query = request.POST.get("find", "").strip()
    groups = finding.find(request.actor, query, 4)
    hits = [hit for group in groups if group.name in ATTACHED for hit in group.hits]
    return render(request, "web/about.html", AboutPart(hits, query))


patterns = [
    path("messages/write", write, name="write"),
    path("messages/colleagues", colleagues, name="colleagues"),
    path("messages/about", about, name="about"),
]
