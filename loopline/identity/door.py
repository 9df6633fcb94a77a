"""The door of every request: whose it is, one transaction with its scope, the reader's language and zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from ninja.utils import check_csrf

from loopline.identity import queries
from loopline.identity.admission import admitted
from loopline.identity.models import Delegation, Session, Staff, Step, Token
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotAllowed, PageTooOld, Refusal
from loopline.kernel.pages import FOR_PROGRAMS, bad_request, refuse
from loopline.kernel.permission import Actor
from loopline.kernel.scope import NOBODY, Scope, change, enter

COOKIE = "loopline_session"
LANGUAGE_COOKIE = "loopline_language"
OPEN_PATHS = ("/sign-in", "/language", "/push/", "/calendar/feed/")
WITHOUT_DOOR = ("/healthz", "/readyz", "/static/", "/api/v1/openapi.json")
TOKEN_PREFIX = "llt"
STEP_PAGES = {
    Step.CODE: "identity:second_step_code",
    Step.PASSWORD: "identity:password",
    Step.SECOND_STEP: "identity:second_step",
}
"""Where a session must go that waits for a step; beside it only signing out and the language are open."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a request shows at the door: a tenant and a key, from the cookie or the bearer token."""

    tenant: int
    key: str
    is_token: bool


class Door:
    """Opens the transaction with its scope, runs the page, and keeps or undoes everything it wrote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(WITHOUT_DOOR):
            return self.get_response(request)
        ticket = _ticket(request)
        language = _first_language(request)
        with translation.override(language), enter(Scope(ticket.tenant) if ticket else NOBODY):
            actor = _admit(request, ticket)
            request.actor = actor  # type: ignore[attr-defined]
            if actor is None and not _is_open(request):
                return _ask_to_sign_in(request, _page_of_step(ticket))
            if _has_nul(request):
                return bad_request(request, ValueError("a text with a NUL"))
            if actor is not None:
                change(actor.scope)
                formats.zone.set(actor.zone)
                formats.currency.set(actor.currency)
                clock.ahead_to.set(actor.ahead_to)
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "undo", False):
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An expected refusal becomes its page; anything else is a bug and answers 500."""
        return refuse(request, error) if isinstance(error, Refusal) else None


def _has_nul(request: HttpRequest) -> bool:
    """Whether a page is sent a text that PostgreSQL could not keep; programs are told by their own doors."""
    if request.path.startswith(FOR_PROGRAMS):
        return False
    texts = (
        text for given in (request.GET, request.POST) for _name, every in given.lists() for text in every
    )
    return any("\0" in text for text in texts)


def signed_in(request: HttpRequest) -> Actor | None:
    """Authentication of the API: the door has already looked.

    A session cookie is sent by browsers on their own, so with it a call that writes must carry our CSRF token.
    """
    if check_csrf(request):
        raise PageTooOld
    token, right = getattr(request, "token", None), "read" if request.method in ("GET", "HEAD") else "write"
    if token is not None and not token.allows("loopline", right):
        raise NotAllowed(permission=f"loopline:{right}")
    return cast("Actor | None", getattr(request, "actor", None))


def cookie_value(tenant: int, key: str) -> str:
    """The session cookie: tenant and key, signed so that the tenant cannot be swapped."""
    return signing.dumps([tenant, key], salt="session", compress=False)


def ticket_of_cookie(value: str) -> Ticket | None:
    """The ticket in a session cookie, or None when it is not ours."""
    try:
        tenant, key = signing.loads(value, salt="session")
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Ticket(int(tenant), str(key), is_token=False)


def _ticket(request: HttpRequest) -> Ticket | None:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return _ticket_of_token(header.removeprefix("Bearer ").strip())
    value = request.COOKIES.get(COOKIE)
    return ticket_of_cookie(value) if value else None


def _ticket_of_token(token: str) -> Ticket | None:
    prefix, _, rest = token.partition("_")
    tenant, _, key = rest.partition("_")
    if prefix != TOKEN_PREFIX or not key or not (tenant.isascii() and tenant.isdigit() and len(tenant) < 10):
        return None
    return Ticket(int(tenant), token, is_token=True)


def _admit(request: HttpRequest, ticket: Ticket | None) -> Actor | None:
    kind = Token if ticket and ticket.is_token else Session
    found = admitted(kind, ticket.key, clock.now()) if ticket else None
    if found is None or (isinstance(found.row, Session) and not _is_admitted(found.row, request.path)):
        return None
    row = found.row
    if isinstance(row, Token):
        if row.scopes and not request.path.startswith(FOR_PROGRAMS):
            return None
        request.token = row  # type: ignore[attr-defined]
        # A bearer token is never sent by a browser on its own, so there is nothing to forge.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    if row.staff.language and LANGUAGE_COOKIE not in request.COOKIES:
        translation.activate(row.staff.language)
    return found.actor(clock.now())


def staff_of(ticket: Ticket) -> Staff | None:
    """Whose session or token it is, if it is still good and waits for nothing. Runs inside the tenant's scope."""
    row = _row_of(ticket)
    return None if row is None or (isinstance(row, Session) and row.waits_for) else row.staff


def waiting_session(ticket: Ticket | None, step: Step) -> Session | None:
    """The session of a cookie, if it is good and waits for this step."""
    row = _row_of(ticket) if ticket else None
    return row if isinstance(row, Session) and row.waits_for == step else None


def _row_of(ticket: Ticket) -> Session | Token | None:
    kind = Token if ticket.is_token else Session
    deputies = Delegation.objects.filter(
        to=OuterRef("staff"), ended_at=None, last_day__gte=clock.now().date() - timedelta(days=1)
    )
    rows = kind.objects.filter(key_digest=queries.digest(ticket.key)).annotate(deputy=Exists(deputies))
    row = rows.select_related("staff__unit__parent").prefetch_related("staff__roles").first()
    if row is None or not row.staff.is_active:
        return None
    if row.expires_at is not None and row.expires_at <= clock.now():
        return None
    row.staff.may_stand_in = row.deputy
    return row


def _is_admitted(session: Session, path: str) -> bool:
    """Whether a session opens this page: one that waits for something opens the page of its step alone."""
    if not session.waits_for:
        return True
    step = Step(session.waits_for)
    return step != Step.CODE and path == reverse(STEP_PAGES[step])


def _page_of_step(ticket: Ticket | None) -> str:
    row = _row_of(ticket) if ticket else None
    if isinstance(row, Session) and row.waits_for:
        return reverse(STEP_PAGES[Step(row.waits_for)])
    return reverse("identity:sign_in")


def _first_language(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(LANGUAGE_COOKIE)
    if chosen and chosen in dict(settings.LANGUAGES):
        return chosen
    return translation.get_language_from_request(request)


def _is_open(request: HttpRequest) -> bool:
    return request.path.startswith((*OPEN_PATHS, *FOR_PROGRAMS))


def _ask_to_sign_in(request: HttpRequest, page: str) -> HttpResponse:
    target = f"{page}?next={request.path}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)
