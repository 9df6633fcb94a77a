"""Signing in, in one step or two, and out; choosing the language; changing one's password."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loopline.identity import actions, queries
from loopline.identity.door import (
    COOKIE,
    LANGUAGE_COOKIE,
    cookie_value,
    ticket_of_cookie,
    waiting_session,
)
from loopline.identity.models import Staff, Step
from loopline.identity.pages.cookies import YEAR, safe_target, set_cookie
from loopline.identity.pages.forms import password_help
from loopline.identity.pages.single_sign_on import ProviderButton, buttons, only_providers
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Request, render
from loopline.kernel.scope import Scope, change


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The sign-in form."""

    title: str
    operator: str
    user_name: str
    next: str
    error: str
    providers: list[ProviderButton]
    only: bool


@dataclass(frozen=True, slots=True)
class SignedOutPage:
    """Signed out here, and perhaps not yet where one signed in."""

    title: str
    provider: str
    url: str


@dataclass(frozen=True, slots=True)
class CodePage:
    """The form for the code of the second step."""

    title: str
    next: str
    error: str


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """The form to change one's password; `errors` by field; `must` says why nothing else opens before."""

    title: str
    must: str
    help: str
    errors: dict[str, str]


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or check it and open a session."""
    target = safe_target(request, request.POST.get("next") or request.GET.get("next") or "/")
    operator = request.POST.get("operator", request.COOKIES.get("loopline_operator", "")).strip()
    user_name = request.POST.get("user_name", "").strip()
    if request.method == "GET":
        ways = buttons(operator, target)
        page = SignInPage(_("Sign in"), operator, "", target, "", ways, only_providers(ways))
        return render(request, "shell/signin.html", page)
    try:
        tenant = queries.find_tenant(operator)
        if tenant is None:
            raise actions.WrongSignIn
        change(Scope(tenant))
        key = actions.sign_in(
            user_name=user_name,
            password=request.POST.get("password", ""),
            address=request.META.get("REMOTE_ADDR", ""),
            agent=request.headers.get("User-Agent", ""),
        )
    except Refusal as refusal:
        ways = buttons(operator, target)
        page = SignInPage(
            _("Sign in"), operator, user_name, target, refusal.message, ways, only_providers(ways)
        )
        return render(request, "shell/signin.html", page, status=refusal.status)
    response = HttpResponseRedirect(target)
    set_cookie(request, response, COOKIE, cookie_value(tenant, key), settings.SESSION_HOURS * 3600)
    set_cookie(request, response, "loopline_operator", operator, YEAR)
    return response


@require_http_methods(["GET", "POST"])
def second_step_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code from one's device, or a spare one."""
    target = safe_target(request, request.POST.get("next") or request.GET.get("next") or "/")
    ticket = ticket_of_cookie(request.COOKIES.get(COOKIE, ""))
    session = waiting_session(ticket, Step.CODE)
    if session is None:
        return HttpResponseRedirect(target)
    title = _("Second step")
    if request.method == "GET":
        return render(request, "identity/code.html", CodePage(title, target, ""))
    try:
        actions.give_code(
            session=session, code=request.POST.get("code", ""), address=request.META.get("REMOTE_ADDR", "")
        )
    except Refusal as refusal:
        page = CodePage(title, target, refusal.message)
        return render(request, "identity/code.html", page, status=refusal.status)
    return HttpResponseRedirect(target)


@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End this session."""
    ticket = ticket_of_cookie(request.COOKIES.get(COOKIE, ""))
    name, url = "", ""
    if ticket and request.actor:
        home = request.build_absolute_uri(reverse("identity:sign_in"))
        name, url = actions.way_out(key=ticket.key, back=home)
        actions.sign_out(actor=request.actor, key=ticket.key)
    response: HttpResponse = HttpResponseRedirect("/sign-in")
    if url:
        # A form must not lead off the site, so the way on is a link.
        page = SignedOutPage(_("You are signed out"), name, url)
        response = render(request, "identity/signed_out.html", page)
    response.delete_cookie(COOKIE)
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Switch between Chinese and English, for this browser and for the person."""
    language = request.POST.get("language", "")
    response = HttpResponseRedirect(safe_target(request, request.POST.get("next") or "/"))
    if language in dict(settings.LANGUAGES):
        set_cookie(request, response, LANGUAGE_COOKIE, language, YEAR)
        actor = getattr(request, "actor", None)
        if actor is not None:
            actions.set_language(actor=actor, language=language)
    return response


@require_http_methods(["GET", "POST"])
def change_password(request: Request) -> HttpResponse:
    """Change one's own password; afterwards one signs in anew."""
    ticket = ticket_of_cookie(request.COOKIES.get(COOKIE, ""))
    must = waiting_session(ticket, Step.PASSWORD) is not None
    if request.method == "GET":
        return _password(request, must, {})
    new, again = request.POST.get("new", ""), request.POST.get("again", "")
    if new != again:
        return _password(request, must, {"again": _("The two new passwords differ.")}, 422)
    try:
        actions.change_password(actor=request.actor, old=request.POST.get("old", ""), new=new)
    except Refusal as refusal:
        return _password(request, must, {refusal.field or "new": refusal.message}, refusal.status)
    return HttpResponseRedirect("/sign-in")


def _password(request: Request, must: bool, errors: dict[str, str], status: int = 200) -> HttpResponse:
    given = Staff.objects.get(pk=request.actor.staff_id).must_change_password
    why = (
        _("Somebody else gave you this password. Choose one that only you know.")
        if given
        else _("Your password is too old. Choose a new one.")
    )
    page = PasswordPage(_("Change password"), why if must else "", password_help(), errors)
    return render(request, "identity/password.html", page, status=status)


patterns = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-in/code", second_step_code, name="second_step_code"),
    path("sign-out", sign_out, name="sign_out"),
    path("language", choose_language, name="language"),
    path("me/password", change_password, name="password"),
]
