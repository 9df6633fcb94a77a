"""The door of every request: whose it is, one transaction with its scope, the reader's language and zone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from ninja.utils import check_csrf

from loopline.identity import queries
from loopline.identity.models import Session, Staff, Token
from loopline.kernel import clock, formats
from loopline.kernel.errors import PageTooOld, Refusal
from loopline.kernel.pages import FOR_PROGRAMS, refuse
from loopline.kernel.permission import Actor
from loopline.kernel.scope import NOBODY, Scope, change, enter

COOKIE = "loopline_session"
LANGUAGE_COOKIE = "loopline_language"
OPEN_PATHS = ("/sign-in", "/language", "/push/")
WITHOUT_DOOR = ("/healthz", "/readyz", "/static/", "/api/v1/openapi.json")
TOKEN_PREFIX = "llt"


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
                return _ask_to_sign_in(request)
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


def signed_in(request: HttpRequest) -> Actor | None:
    """Authentication of the API: the door has already looked.

    A session cookie is sent by browsers on their own, so with it a call that writes must carry our CSRF token.
    """
    if check_csrf(request):
        raise PageTooOld
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
    staff = staff_of(ticket) if ticket else None
    if staff is None:
        return None
    if ticket and ticket.is_token:
        # A bearer token is never sent by a browser on its own, so there is nothing to forge.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    if staff.language and LANGUAGE_COOKIE not in request.COOKIES:
        translation.activate(staff.language)
    return queries.actor_of(staff, clock.now())


def staff_of(ticket: Ticket) -> Staff | None:
    """Whose session or token it is, if it is still good. Runs inside the tenant's scope."""
    kind = Token if ticket.is_token else Session
    rows = kind.objects.filter(key_digest=queries.digest(ticket.key)).select_related("staff__unit__parent")
    row = rows.prefetch_related("staff__roles").first()
    if row is None or not row.staff.is_active:
        return None
    if row.expires_at is not None and row.expires_at <= clock.now():
        return None
    return row.staff


def _first_language(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(LANGUAGE_COOKIE)
    if chosen and chosen in dict(settings.LANGUAGES):
        return chosen
    return translation.get_language_from_request(request)


def _is_open(request: HttpRequest) -> bool:
    return request.path.startswith((*OPEN_PATHS, FOR_PROGRAMS))


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    target = reverse("identity:sign_in") + f"?next={request.path}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)
