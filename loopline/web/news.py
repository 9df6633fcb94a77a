"""Who may hear which news, asked of the database: for the push process."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from django.utils.translation import gettext as _

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.events import topic_of
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.messaging import api as messaging

TOPICS_READ = 2000


@dataclass(frozen=True, slots=True)
class Reader:
    """Who listens: his ticket, who he is by it, and his language."""

    ticket: identity.Ticket
    actor: Actor
    language: str


def concerns(reader: Reader, audience: str) -> bool:
    """Whether news for an audience (`*`, `s<staff>`, `b<branch>`) reach a reader."""
    kind, key = audience[:1], audience[1:]
    if kind == "s":
        return int(key) == reader.actor.staff_id
    branches = reader.actor.scope.branches
    return kind == "*" or branches is None or int(key) in branches


def is_our_host(host: str) -> bool:
    """Whether we answer to this host name."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def admit(cookies: Mapping[str, str], accept_language: str | None) -> Reader | None:
    """Whoever the session cookie belongs to, as the door of the pages would admit him."""
    ticket = identity.ticket_of_cookie(cookies.get(identity.COOKIE, ""))
    if ticket is None:
        return None
    chosen = cookies.get(identity.LANGUAGE_COOKIE, "")
    return _admit(ticket, chosen if chosen in dict(settings.LANGUAGES) else "", accept_language or "")


def admit_again(reader: Reader) -> Reader | None:
    """The reader with the rights he has now; None when his session is over."""
    return _admit(reader.ticket, reader.language, "")


def _admit(ticket: identity.Ticket, language: str, accepted: str) -> Reader | None:
    close_old_connections()
    with enter(Scope(ticket.tenant)):
        staff = identity.staff_of(ticket)
        if staff is None:
            return None
        asked = accepted.partition(",")[0].partition("-")[0].strip().lower()
        found = language or staff.language or ("zh-hans" if asked == "zh" else settings.LANGUAGE_CODE)
        return Reader(ticket, identity.actor_of(staff, clock.now()), found)


def missed(reader: Reader, horizon: str) -> set[str]:
    """The topics of what was written at or after a transaction horizon and the reader may see."""
    close_old_connections()
    with enter(reader.actor.scope):
        recent = Event.objects.filter(tenant_id=reader.ticket.tenant, xid__gte=int(horizon))
        names = set(recent.order_by("-xid", "-id").values_list("name", flat=True)[:TOPICS_READ])
        waiting = {"messages"} if messaging.unread(reader.actor) else set()
    return {topic_of(name) for name in names} | waiting


def in_words(reader: Reader) -> dict[str, dict[str, str]]:
    """The newest unread message to the reader, as a toast."""
    close_old_connections()
    with enter(reader.actor.scope), translation.override(reader.language):
        newest = next(iter(messaging.inbox(reader.actor, 1)), None)
        if newest is None or newest.read_at is not None:
            return {}
        values = {"name": newest.sender_name or _("Loopline"), "subject": newest.subject}
        return {"toast": {"text": _("%(name)s writes: %(subject)s") % values, "tone": "info"}}
