"""What is done from a ticket's page: each is one post, and the ticket is shown again."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from loopline.cases import api
from loopline.cases.models import State, Ticket
from loopline.documents import api as documents
from loopline.kernel import clock
from loopline.kernel.errors import Invalid
from loopline.kernel.pages import Request, with_toast
from loopline.kernel.permission import Actor

type Act = Callable[[Actor, UUID, Request, datetime], str]


def _step(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    given = request.POST
    to = given.get("to", "")
    found = api.take_step(
        actor=actor,
        ticket=ticket,
        to=to,
        now=now,
        reason=given.get("reason", ""),
        pending_for=given.get("pending_for", ""),
        confirmed=True if given.get("confirmed") == "1" else None,
        version=_number(given, "version"),
    )
    return f"{found.number}: {State(found.state).label}"


def _note(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    """The composer: an internal note, or a reply on a channel."""
    channel, text = request.POST.get("channel", ""), request.POST.get("text", "")
    if channel:
        api.reply(actor=actor, ticket=ticket, channel=channel, text=text, now=now)
        return _("Answered, and written into the customer's history")
    api.add_note(actor=actor, ticket=ticket, text=text, now=now)
    return _("Noted")


def _take(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    api.take_ticket(actor=actor, ticket=ticket, now=now)
    return _("It is yours now")


def _give_back(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    api.give_back(actor=actor, ticket=ticket, note=request.POST.get("note", ""), now=now)
    return _("Given back to the unit")


def _hand_over(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    kind, _colon, key = request.POST.get("to", "").partition(":")
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 18 else None
    found = api.hand_over(
        actor=actor,
        ticket=ticket,
        unit=number if kind in ("unit", "load") else None,
        person=number if kind == "person" else None,
        note=request.POST.get("note", ""),
        now=now,
        by_load=kind == "load",
    )
    return _("%(number)s is handed over") % {"number": found.number}


def _attach(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid(field="file", reason=_("Choose a file."))
    for file in files:
        if file.size is None or file.size > documents.LARGEST:
            raise documents.TooLarge(field="file", most=documents.LARGEST // 2**20)
        api.attach_file(actor=actor, ticket=ticket, name=file.name or "", content=file.read(), now=now)
    return ngettext("%(count)s file added", "%(count)s files added", len(files)) % {"count": len(files)}


def _declare(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    api.declare_mass(actor=actor, ticket=ticket, place=request.POST.get("place", ""), now=now)
    return _("This ticket stands for a mass fault now")


def _link(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    chosen = [UUID(key) for key in request.POST.getlist("child") if _is_key(key)]
    for number in request.POST.get("numbers", "").upper().replace(",", " ").split()[:100]:
        found = Ticket.objects.filter(number=number).first()
        if found is None:
            raise Invalid(field="numbers", reason=_("There is no ticket %(number)s.") % {"number": number})
        chosen.append(found.public_id)
    count = api.link_children(actor=actor, parent=ticket, children=chosen, now=now)
    return ngettext("%(count)s ticket is part of it now", "%(count)s tickets are part of it now", count) % {
        "count": count
    }


def _unlink(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    api.unlink_child(actor=actor, ticket=ticket, now=now)
    return _("It stands alone again")


def _notice(actor: Actor, ticket: UUID, request: Request, now: datetime) -> str:
    count = api.give_notice(actor=actor, parent=ticket, text=request.POST.get("text", ""), now=now)
    return ngettext("Told on %(count)s ticket", "Told on %(count)s tickets", count) % {"count": count}


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _number(given: QueryDict, name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _page(act: Act) -> Callable[..., HttpResponse]:
    def answer(request: Request, public_id: UUID) -> HttpResponse:
        said = act(request.actor, public_id, request, clock.now())
        still = Ticket.objects.filter(public_id=public_id).exists()
        own = reverse("cases:one", kwargs={"public_id": public_id}) if still else reverse("cases:list")
        return with_toast(HttpResponseRedirect(own), said)

    return require_POST(answer)


ACTS: dict[str, Callable[..., HttpResponse]] = {
    name: _page(act)
    for name, act in {
        "step": _step,
        "note": _note,
        "take": _take,
        "give_back": _give_back,
        "hand_over": _hand_over,
        "attach": _attach,
        "declare": _declare,
        "link": _link,
        "unlink": _unlink,
        "notice": _notice,
    }.items()
}
"""Name in the address → what it does. Whom it is handed to may be out of sight: then the list follows."""
