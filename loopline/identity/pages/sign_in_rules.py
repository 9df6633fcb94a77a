"""Administration: what is asked of passwords, and the providers through which one may sign in."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from loopline.identity import actions, queries
from loopline.identity.models import Provider, Role
from loopline.identity.pages.forms import filled, unit_of, unit_options
from loopline.identity.refusals import NoWayIn
from loopline.kernel import formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo, with_toast
from loopline.kernel.permission import require

menu.add(
    "identity.sign_in_rules",
    MenuItem(
        "administration", gettext_lazy("Sign-in"), "identity:sign_in_rules", "login-2", "administration.staff"
    ),
)


@dataclass(frozen=True, slots=True)
class RuleField:
    """A number of the rules."""

    name: str
    label: str
    value: str
    unit: str
    help: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider in the list."""

    url: str
    name: str
    issuer: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The rules and the providers."""

    title: str
    fields: list[RuleField]
    providers: list[ProviderRow]
    add_url: str
    errors: dict[str, str]
    only_providers: bool
    emergency: str
    administrators: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """The form of a provider. `back_url` is what the provider must allow as the way back."""

    title: str
    action: str
    is_new: bool
    remove_url: str
    back_url: str
    values: dict[str, Any]
    roles: list[tuple[str, str]]
    units: list[tuple[str, str]]
    errors: dict[str, str]


@require_http_methods(["GET", "POST"])
def sign_in_rules(request: Request) -> HttpResponse:
    """Show the rules, or set them."""
    require(request.actor, "administration.staff")
    if request.method == "GET":
        rules = queries.sign_in_rules()
        return _rules(request, {name: str(getattr(rules, name)) for name in actions.LIMITS}, {})
    given = {name: request.POST.get(name, "").strip() for name in actions.LIMITS}
    wanted = {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        for name, text in given.items()
    }
    try:
        actions.change_sign_in_rules(actor=request.actor, wanted=wanted)
    except Refusal as refusal:
        undo(request)
        return _rules(request, given, {refusal.field or "": refusal.message}, refusal.status)
    return with_toast(HttpResponseRedirect(reverse("identity:sign_in_rules")), _("Saved."))


@require_POST
def only_providers(request: Request) -> HttpResponse:
    """Close passwords, or open them again."""
    require(request.actor, "administration.staff")
    try:
        actions.close_passwords(
            actor=request.actor,
            closed=request.POST.get("only_providers") == "on",
            emergency=request.POST.get("emergency", ""),
        )
    except Refusal as refusal:
        undo(request)
        rules = queries.sign_in_rules()
        values = {name: str(getattr(rules, name)) for name in actions.LIMITS}
        return _rules(request, values, {refusal.field or "": refusal.message}, refusal.status)
    return with_toast(HttpResponseRedirect(reverse("identity:sign_in_rules")), _("Saved."))


def _rules(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    told = {
        "min_length": (
            _("Shortest password"), _("characters"),
            _("Common passwords, digits alone and one's own name are never accepted."),
        ),
        "history": (_("Not one of the last"), _("passwords"), _("0: any password may come again.")),
        "days_valid": (_("Renew after"), _("days"), _("0: passwords do not age.")),
        "failures_to_lock": (_("Lock after"), _("failures"), ""),
        "lock_minutes": (
            _("Locked for"), _("minutes"),
            _("The first time; each further time twice as long, until somebody signs in."),
        ),
    }  # fmt: skip
    rules = queries.sign_in_rules()
    page = RulesPage(
        _("Sign-in"),
        [
            RuleField(name, label, values[name], unit, note, *actions.LIMITS[name])
            for name, (label, unit, note) in told.items()
        ],
        [
            ProviderRow(
                reverse("identity:provider", kwargs={"public_id": row.public_id}),
                row.name,
                row.issuer,
                row.is_active,
            )
            for row in Provider.objects.order_by("name")
        ],
        reverse("identity:provider_add"),
        errors,
        rules.only_providers,
        rules.emergency.user_name if rules.emergency else "",
        [
            (staff.user_name, f"{formats.named(staff)} · {staff.user_name}")
            for staff in actions.administrators().order_by("user_name")
        ],
    )
    return render(request, "identity/sign_in_rules.html", page, status=status)


@require_http_methods(["GET", "POST"])
def provider_form(request: Request, public_id: str = "") -> HttpResponse:
    """Set up a provider, or change one."""
    require(request.actor, "administration.staff")
    kept = Provider.objects.filter(public_id=public_id).select_related("role").first() if public_id else None
    if public_id and kept is None:
        raise NotFound
    if request.method == "GET":
        return _form(request, kept, _values_of(kept) if kept else {"is_active": True}, {})
    values: dict[str, Any] = {
        name: request.POST.get(name, "").strip()
        for name in ("name", "issuer", "client_id", "secret", "role", "unit")
    }
    values |= {
        name: request.POST.get(name) == "on" for name in ("is_active", "trusts_second_step", "adds_staff")
    }
    try:
        wanted = actions.ProviderInput(
            name=filled(values, "name")[:80],
            issuer=filled(values, "issuer"),
            client_id=filled(values, "client_id"),
            secret=values["secret"],
            is_active=values["is_active"],
            trusts_second_step=values["trusts_second_step"],
            adds_staff=values["adds_staff"],
            role=values["role"],
            unit=unit_of(values["unit"]) if values["unit"] else None,
        )
        provider = actions.set_provider(actor=request.actor, wanted=wanted, public_id=str(public_id))
    except Refusal as refusal:
        undo(request)
        return _form(request, kept, values, {refusal.field or "name": refusal.message}, refusal.status)
    to = reverse("identity:provider", kwargs={"public_id": provider.public_id})
    return with_toast(HttpResponseRedirect(to), _("Saved."))


@require_POST
def provider_remove(request: Request, public_id: str) -> HttpResponse:
    """Take a provider away."""
    try:
        actions.remove_provider(actor=request.actor, public_id=str(public_id))
    except NoWayIn as refusal:
        undo(request)
        return with_toast(
            HttpResponseRedirect(reverse("identity:sign_in_rules")), refusal.message, tone="bad"
        )
    return HttpResponseRedirect(reverse("identity:sign_in_rules"))


def _values_of(row: Provider) -> dict[str, Any]:
    names = ("name", "issuer", "client_id", "is_active", "trusts_second_step", "adds_staff")
    return {name: getattr(row, name) for name in names} | {
        "role": row.role.code if row.role else "",
        "unit": row.unit_id or "",
    }


def _form(
    request: Request,
    kept: Provider | None,
    values: dict[str, Any],
    errors: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    key = {"public_id": kept.public_id} if kept else None
    page = ProviderPage(
        title=kept.name if kept else _("Add a provider"),
        action=reverse("identity:provider", kwargs=key) if kept else reverse("identity:provider_add"),
        is_new=kept is None,
        remove_url=reverse("identity:provider_remove", kwargs=key) if kept else "",
        back_url=request.build_absolute_uri(reverse("identity:provider_back", kwargs=key)) if kept else "",
        values=values,
        roles=[(role.code, formats.named(role)) for role in Role.objects.order_by("id")],
        units=unit_options(),
        errors=errors,
    )
    crumbs = [Crumb(_("Sign-in"), reverse("identity:sign_in_rules")), Crumb(page.title)]
    return render(request, "identity/provider_form.html", page, status=status, breadcrumbs=crumbs)


patterns = [
    path("administration/sign-in", sign_in_rules, name="sign_in_rules"),
    path("administration/sign-in/only-providers", only_providers, name="only_providers"),
    path("administration/sign-in/providers", provider_form, name="provider_add"),
    path("administration/sign-in/providers/<uuid:public_id>", provider_form, name="provider"),
    path("administration/sign-in/providers/<uuid:public_id>/remove", provider_remove, name="provider_remove"),
]
