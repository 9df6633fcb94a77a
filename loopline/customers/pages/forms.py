"""Forms of the customer file: open, change, move, add a contact or a document."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from loopline.customers import api
from loopline.customers.models import Customer
from loopline.customers.pages.view import crumbs
from loopline.customers.rules import masks
from loopline.customers.rules.documents import KINDS as DOCUMENTS
from loopline.customers.rules.matching import REASONS
from loopline.customers.wording import (
    ACCOUNT_KINDS,
    ACCOUNT_STATUSES,
    KINDS,
    LIFE_CYCLES,
    MEDIA,
    PLACES,
    SEXES,
    STOP_REASONS,
    TIERS,
    Words,
    word,
)
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.pages import Crumb, Request, address_of, render, undo, with_toast
from loopline.kernel.permission import Actor, require

type Choices = list[tuple[str, str]]
type Act = Callable[[Customer, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be of the same customer, masked; its address opens it to who may see it."""

    url: str
    number: str
    name: str
    branch: str
    why: str


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
    candidates: list[Candidate] = field(default_factory=list)
    may_insist: bool = False


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Open a customer's file."""
    require(request.actor, "customers.edit")
    values = {name: request.POST.get(name, "") for name in _NEW}
    values["branch"] = values["branch"] or str(_own_branch(request.actor))
    values["kind"] = values["kind"] or "person"
    values["sure"] = "1" if request.POST.get("sure") == "1" else ""
    title, home = _("New customer"), address_of("customers:list")
    crumb = [Crumb(_("Customers"), home), Crumb(title)]
    page = FormPage(title, address_of("customers:new"), home, values, _choices(request.actor))
    if request.method == "GET":
        return render(request, "customers/new.html", page, breadcrumbs=crumb)
    try:
        opened = api.open_file(
            actor=request.actor,
            name=values["name"],
            kind=values["kind"],
            branch_id=int(values["branch"]) if values["branch"].isdecimal() else None,
            sex=values["sex"],
            birth_date=day_of("birth_date", values["birth_date"]),
            tier=values["tier"],
            telephone=values["telephone"],
            email=values["email"],
            street=values["street"],
            document_kind=values["document_kind"],
            document=values["document"],
            reason=values["reason"],
            sure=request.POST.get("sure") == "1",
        )
    except Refusal as refusal:
        return _again(request, "customers/new.html", page, refusal, crumb)
    done = HttpResponseRedirect(_url("view", opened.customer))
    if not opened.matches:
        return done
    who = "; ".join(map(api.told_match, opened.matches))
    return with_toast(done, _("Opened. There may be another file: %(who)s.") % {"who": who}, tone="warn")


_NEW = (
    "name", "kind", "branch", "sex", "birth_date", "tier", "telephone", "email", "street", "document_kind", "document",
    "reason",
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
        if born := day_of("birth_date", values["birth_date"]):
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
        api.add_contact(
            actor=request.actor,
            customer=customer,
            kind=values["kind"],
            value=values["value"],
            valid_from=day_of("valid_from", values["valid_from"]),
            valid_to=day_of("valid_to", values["valid_to"]),
        )

    values = {"kind": "telephone", "value": "", "valid_from": "", "valid_to": ""}
    form = Simple(_("Add a contact"), "contacts", "contact", values, add, "file")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def document(request: Request, public_id: UUID) -> HttpResponse:
    """Add an identity document; it is sealed with the customer's own key."""

    def add(customer: Customer, values: dict[str, str]) -> None:
        api.add_document(
            actor=request.actor,
            customer=customer,
            kind=values["document_kind"],
            number=values["document"],
            valid_to=day_of("valid_to", values["valid_to"]),
        )

    values = {"document_kind": "identity_card", "document": "", "valid_to": ""}
    form = Simple(_("Add a document"), "documents", "document", values, add, "file")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def move(request: Request, public_id: UUID) -> HttpResponse:
    """Give the customer to another branch."""

    def to_branch(customer: Customer, values: dict[str, str]) -> None:
        branch = int(values["branch_id"]) if values["branch_id"].isdecimal() else 0
        api.move_customer(actor=request.actor, customer=customer, branch_id=branch)

    title = _("Move to another branch")
    return simple_form(request, public_id, Simple(title, "move", "move", {"branch_id": ""}, to_branch))


@dataclass(frozen=True, slots=True)
class Simple:
    """A form about one customer: its address below his own, its template, what it does and where it leads."""

    title: str
    path: str
    template: str
    values: dict[str, str]
    act: Act
    back: str = "view"
    permission: str = "customers.edit"


def simple_form(request: Request, public_id: UUID, form: Simple) -> HttpResponse:
    """Show the form, or do what it says; what was typed is shown again with the fault beside its field."""
    customer = api.by_public_id(request.actor, public_id)
    require(request.actor, form.permission)
    typed = {key: request.POST.get(key, value) for key, value in form.values.items()}
    own, back = _url("view", customer), _url(form.back, customer)
    page = FormPage(form.title, f"{own}/{form.path}", back, typed, _choices(request.actor))
    crumb = crumbs(customer, Crumb(form.title))
    template = f"customers/{form.template}.html"
    if request.method == "GET":
        return render(request, template, page, breadcrumbs=crumb)
    try:
        form.act(customer, typed)
    except Refusal as refusal:
        return _again(request, template, page, refusal, crumb)
    return HttpResponseRedirect(back)


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
        isinstance(refusal, api.PossibleDuplicate) or (page.values.get("sure") == "1"),
        page.hints,
        [_candidate(match) for match in getattr(refusal, "matches", [])],
        request.actor.may("customers.duplicate"),
    )
    return render(request, template, told, status=refusal.status, breadcrumbs=crumb)


def _candidate(match: api.Match) -> Candidate:
    at = address_of("customers:view", match.public_id)
    why = ", ".join(word(REASONS, reason) for reason in match.why)
    return Candidate(at, match.number, match.masked, match.branch, why)


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
        "place": _pairs(PLACES),
        "account_kind": _pairs(ACCOUNT_KINDS),
        "account_status": _pairs(ACCOUNT_STATUSES),
        "stop_reason": _pairs(STOP_REASONS),
        "branch": [(str(unit.pk), formats.named(unit)) for unit in seen],
    }


def _own_branch(actor: Actor) -> int:
    unit = identity.Unit.objects.select_related("parent").get(pk=actor.unit_id)
    return unit.parent_id if unit.level == "team" and unit.parent_id else unit.pk


def _pairs(words: Words) -> Choices:
    return [(code, str(label)) for code, label in words.items()]


def day_of(name: str, text: str) -> date | None:
    """A typed day; None where nothing was typed. Raises Invalid."""
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
    return address_of(f"customers:{name}", customer.public_id)
