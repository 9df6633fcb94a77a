"""Signing in with a provider: the buttons of an operator, the way there, and the way back."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.identity import actions, queries
from loopline.identity.door import COOKIE, cookie_value
from loopline.identity.models import Provider
from loopline.identity.pages.cookies import YEAR, safe_target, set_cookie
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import render
from loopline.kernel.scope import Scope, change

PENDING = "loopline_pending"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class ProviderButton:
    """A provider on the form."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ProvidersPart:
    """The buttons of an operator."""

    providers: list[ProviderButton]
    only: bool


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A sign-in with a provider that did not work."""

    title: str
    error: str
    again: str


def buttons(operator: str, target: str) -> list[ProviderButton]:
    """The providers of an operator, by its code; leaves the open door in that operator."""
    tenant = queries.find_tenant(operator) if operator else None
    if tenant is None:
        return []
    change(Scope(tenant))
    return [
        ProviderButton(
            provider.name,
            reverse(
                "identity:provider_begin",
                kwargs={"public_id": provider.public_id},
                query={"operator": operator, "next": target},
            ),
        )
        for provider in queries.providers()
    ]


def only_providers(shown: list[ProviderButton]) -> bool:
    """Whether the operator whose buttons these are lets people in by them only."""
    return bool(shown) and queries.sign_in_rules().only_providers


@require_safe
def provider_buttons(request: HttpRequest) -> HttpResponse:
    """The buttons for the operator's code as it is typed."""
    operator, target = request.GET.get("operator", "").strip(), request.GET.get("next", "/")
    shown = buttons(operator, safe_target(request, target))
    part = ProvidersPart(shown, only_providers(shown))
    return render(request, "identity/providers.html", part)


@require_safe
def begin(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go to the provider."""
    operator = request.GET.get("operator", "").strip()
    try:
        provider = _provider(operator, str(public_id))
        target = safe_target(request, request.GET.get("next", "/"))
        begun = actions.begin_at_provider(provider=provider, back=_back(request, public_id), target=target)
    except Refusal as refusal:
        return _failed(request, refusal)
    response = HttpResponseRedirect(begun.url)
    value = signing.dumps([provider.tenant_id, begun.key, operator], salt=PENDING)
    set_cookie(request, response, PENDING, value, SECONDS)
    return response


@require_safe
def back(request: HttpRequest, public_id: str) -> HttpResponse:
    """The provider has answered."""
    try:
        tenant, key, operator = signing.loads(request.COOKIES.get(PENDING, ""), salt=PENDING, max_age=SECONDS)
        change(Scope(tenant))
        arrived = actions.come_back(
            provider=str(public_id),
            key=key,
            answer=request.GET.dict(),
            back=_back(request, public_id),
            address=request.META.get("REMOTE_ADDR", ""),
            agent=request.headers.get("User-Agent", ""),
        )
    except (signing.BadSignature, ValueError):
        return _failed(request, actions.SignInNotBegun())
    except Refusal as refusal:
        return _failed(request, refusal)
    response = HttpResponseRedirect(safe_target(request, arrived.target))
    response.delete_cookie(PENDING)
    set_cookie(request, response, COOKIE, cookie_value(tenant, arrived.key), settings.SESSION_HOURS * 3600)
    set_cookie(request, response, "loopline_operator", operator, YEAR)
    return response


def _provider(operator: str, public_id: str) -> Provider:
    tenant = queries.find_tenant(operator)
    if tenant is None:
        raise NotFound
    change(Scope(tenant))
    found = Provider.objects.filter(public_id=public_id, is_active=True).first()
    if found is None:
        raise NotFound
    return found


def _back(request: HttpRequest, public_id: str) -> str:
    return request.build_absolute_uri(reverse("identity:provider_back", kwargs={"public_id": public_id}))


def _failed(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    page = FailedPage(_("Sign in"), refusal.message, reverse("identity:sign_in"))
    response = render(request, "identity/provider_failed.html", page, status=refusal.status)
    response.delete_cookie(PENDING)
    return response


patterns = [
    path("sign-in/providers", provider_buttons, name="provider_buttons"),
    path("sign-in/with/<uuid:public_id>", begin, name="provider_begin"),
    path("sign-in/with/<uuid:public_id>/back", back, name="provider_back"),
]
