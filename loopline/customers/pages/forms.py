"""Forms of the customer file: open, change, move, add a contact or a document."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from loopline.customers import api
from loopline.customers.actions import PossibleDuplicate
from loopline.customers.models import Customer
from loopline.customers.pages.view import crumbs
from loopline.customers.rules import masks
from loopline.customers.rules.documents import KINDS as DOCUMENTS
from loopline.customers.wording import KINDS, LIFE_CYCLES, MEDIA, SEXES, TIERS, Words
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.pages import Crumb, Request, render, undo
from loopline.kernel.permission import Actor, require

type Choices = list[tuple[str, str]]
type Act = Callable[[Customer, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form: what was typed, the fault (if any) with its field, and the choices of its selects."""

    title: str
    url: str
    cancel_url: str
    values: dict[str, str]
    choices: dict[str, Choices]
    error: str = ""
    error_field: str = ""
    duplicate: bool = False
    hints: dict[str, str] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Open a customer's file."""
    require(request.actor, "customers.edit")
    values = {name: request.POST.get(name, "") for name in _NEW}
    values["branch"] = values["branch"] or str(_own_branch(request.actor))
    values["kind"] = values["kind"] or "person"
    title, home = _("New customer"), reverse("customers:list")
    crumb = [Crumb(_("Customers"), home), Crumb(title)]
    page = FormPage(title, reverse("customers:new"), home, values, _choices(request.actor))
    if request.method == "GET":
        return render(request, "customers/new.html", page, breadcrumbs=crumb)
    try:
        customer = api.create_customer(
            actor=request.actor,
            name=values["name"],
            kind=values["kind"],
            branch_id=int(values["branch"]) if values["branch"].isdecimal() else None,
            sex=values["sex"],
            birth_date=_day("birth_date", values["birth_date"]),
            tier=values["tier"],
            telephone=values["telephone"],
            email=values["email"],
            street=values["street"],
            document_kind=values["document_kind"],
            document=values["document"],
            sure=request.POST.get("sure") == "1",
        )
    except Refusal as refusal:
        return _again(request, "customers/new.html", page, refusal, crumb)
    return HttpResponseRedirect(_url("view", customer))


_NEW = (
    "name", "kind", "branch", "sex", "birth_date", "tier", "telephone", "email", "street", "document_kind", "document",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
def edit(request: Request, public_id: UUID) -> HttpResponse:
    """Change the file. Masked fields are empty; what is left empty stays as it is."""
    customer = api.by_public_id(request.actor, public_id)
    require(request.actor, "customers.edit")
    kept = {
        "name": "",
        "birth_date": "",
        "sex": customer.sex,
        "tier": customer.tier,
        "life_cycle": customer.life_cycle,
        "version": str(customer.version),
    }
    values = {name: request.POST.get(name, value) for name, value in kept.items()}
    hints = {"name": masks.name(customer.kind, customer.name)}
    page = FormPage(
        _("Change customer"),
        _url("edit", customer),
        _url("view", customer),
        values,
        _choices(request.actor),
        hints=hints,
    )
    crumb = crumbs(customer, Crumb(page.title))
    if request.method == "GET":
        return render(request, "customers/edit.html", page, breadcrumbs=crumb)
    try:
        changes: dict[str, object] = {name: values[name] for name in ("sex", "tier", "life_cycle")}
        if values["name"].strip():
            changes["name"] = values["name"]
        if born := _day("birth_date", values["birth_date"]):
            changes["birth_date"] = born
        version = int(values["version"]) if values["version"].isdecimal() else 0
        api.change_customer(actor=request.actor, customer=customer, version=version, changes=changes)
    except Refusal as refusal:
        return _again(request, "customers/edit.html", page, refusal, crumb)
    return HttpResponseRedirect(_url("view", customer))


@require_http_methods(["GET", "POST"])
def contact(request: Request, public_id: UUID) -> HttpResponse:
    """Add a way to reach the customer."""

    def add(customer: Customer, values: dict[str, str]) -> None:
        api.add_contact(actor=request.actor, customer=customer, kind=values["kind"], value=values["value"])

    values = {"kind": "telephone", "value": ""}
    return _addition(request, public_id, title=_("Add a contact"), name="contact", values=values, act=add)


@require_http_methods(["GET", "POST"])
def document(request: Request, public_id: UUID) -> HttpResponse:
    """Add an identity document; it is sealed with the customer's own key."""

    def add(customer: Customer, values: dict[str, str]) -> None:
        api.add_document(
            actor=request.actor, customer=customer, kind=values["document_kind"], number=values["document"]
        )

    values = {"document_kind": "identity_card", "document": ""}
    return _addition(request, public_id, title=_("Add a document"), name="document", values=values, act=add)


@require_http_methods(["GET", "POST"])
def move(request: Request, public_id: UUID) -> HttpResponse:
    """Give the customer to another branch."""

    def to_branch(customer: Customer, values: dict[str, str]) -> None:
        branch = int(values["branch_id"]) if values["branch_id"].isdecimal() else 0
        api.move_customer(actor=request.actor, customer=customer, branch_id=branch)

    title = _("Move to another branch")
    return _addition(request, public_id, title=title, name="move", values={"branch_id": ""}, act=to_branch)


def _addition(
    request: Request, public_id: UUID, *, title: str, name: str, values: dict[str, str], act: Act
) -> HttpResponse:
    customer = api.by_public_id(request.actor, public_id)
    require(request.actor, "customers.edit")
    typed = {key: request.POST.get(key, value) for key, value in values.items()}
    page = FormPage(title, _url(name, customer), _url("view", customer), typed, _choices(request.actor))
    crumb = crumbs(customer, Crumb(title))
    template = f"customers/{name}.html"
    if request.method == "GET":
        return render(request, template, page, breadcrumbs=crumb)
    try:
        act(customer, typed)
    except Refusal as refusal:
        return _again(request, template, page, refusal, crumb)
    return HttpResponseRedirect(_url("view", customer))


def _again(
    request: Request, template: str, page: FormPage, refusal: Refusal, crumb: list[Crumb]
) -> HttpResponse:
    """The form again with what was typed and the fault beside its field; nothing is kept."""
    undo(request)
    told = FormPage(
        page.title,
        page.url,
        page.cancel_url,
        page.values,
        page.choices,
        refusal.message,
        refusal.field or "",
        isinstance(refusal, PossibleDuplicate),
        page.hints,
    )
    return render(request, template, told, status=refusal.status, breadcrumbs=crumb)


def _choices(actor: Actor) -> dict[str, Choices]:
    within = actor.scope.branches
    units = identity.Unit.objects.filter(is_active=True, level__in=["branch", "hall"]).order_by("path")
    seen = [unit for unit in units if within is None or unit.pk in within]
    return {
        "kind": _pairs(KINDS),
        "sex": _pairs(SEXES),
        "tier": _pairs(TIERS),
        "life_cycle": _pairs(LIFE_CYCLES),
        "document_kind": _pairs(DOCUMENTS),
        "medium": _pairs(MEDIA),
        "branch": [(str(unit.pk), formats.named(unit)) for unit in seen],
    }


def _own_branch(actor: Actor) -> int:
    unit = identity.Unit.objects.select_related("parent").get(pk=actor.unit_id)
    return unit.parent_id if unit.level == "team" and unit.parent_id else unit.pk


def _pairs(words: Words) -> Choices:
    return [(code, str(label)) for code, label in words.items()]


def _day(name: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as fault:
        raise Invalid(field=name, reason=_("This is not a date.")) from fault
    if not date(1890, 1, 1) <= day <= date(2100, 1, 1):
        raise Invalid(field=name, reason=_("This date cannot be right."))
    return day


def _url(name: str, customer: Customer) -> str:
    return reverse(f"customers:{name}", kwargs={"public_id": customer.public_id})
