"""What is done about the parts of a file: one press each, taken back by the press that the toast offers."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loopline.customers import api
from loopline.customers.models import Account, Address, Customer
from loopline.customers.pages.forms import Simple, day_of, simple_form
from loopline.customers.pages.view import url
from loopline.customers.queries import own
from loopline.kernel.pages import Request, with_toast
from loopline.kernel.permission import Actor

type Step = Callable[[Actor, Customer], str]
"""Does something to a customer and says what was done."""


def _done(request: Request, public_id: UUID, step: Step, undo: str = "") -> HttpResponse:
    customer = api.by_public_id(request.actor, public_id)
    text = step(request.actor, customer)
    back = HttpResponseRedirect(url("file", customer))
    return with_toast(back, text, undo_url=f"{url('view', customer)}/{undo}" if undo else "")


@require_POST
def contact_act(request: Request, public_id: UUID, contact: UUID, act: str) -> HttpResponse:
    """Prefer a contact, end it, or take it up again."""
    acts = {"prefer": api.prefer_contact, "end": api.end_contact, "resume": api.resume_contact}
    texts = {
        "prefer": _("The customer is reached here first."),
        "end": _("The contact no longer holds."),
        "resume": _("The contact holds again."),
    }

    def step(actor: Actor, customer: Customer) -> str:
        acts[act](actor=actor, customer=customer, contact=str(contact))
        return texts[act]

    return _done(request, public_id, step, f"contacts/{contact}/resume" if act == "end" else "")


@require_POST
def address_act(request: Request, public_id: UUID, address: UUID, act: str) -> HttpResponse:
    """End an address or take it up again."""

    def step(actor: Actor, customer: Customer) -> str:
        if act == "end":
            api.end_address(actor=actor, customer=customer, address=str(address))
            return _("The address no longer holds.")
        api.resume_address(actor=actor, customer=customer, address=str(address))
        return _("The address holds again.")

    return _done(request, public_id, step, f"addresses/{address}/resume" if act == "end" else "")


@require_POST
def check_document(request: Request, public_id: UUID, document: UUID) -> HttpResponse:
    """Note the outcome of the real-name check."""

    def step(actor: Actor, customer: Customer) -> str:
        state = request.POST.get("state", "")
        api.check_document(actor=actor, customer=customer, document=str(document), state=state)
        return _("The real-name check is noted.")

    return _done(request, public_id, step)


@require_POST
def turn_consent(request: Request, public_id: UUID) -> HttpResponse:
    """Note what the customer agrees to."""

    def step(actor: Actor, customer: Customer) -> str:
        change = api.give_consent if request.POST.get("granted") == "1" else api.withdraw_consent
        purpose, channel = request.POST.get("purpose", ""), request.POST.get("channel", "")
        change(actor=actor, customer=customer, purpose=purpose, channel=channel)
        return _("The customer's wish is noted.")

    return _done(request, public_id, step)


@require_POST
def link(request: Request, public_id: UUID, act: str) -> HttpResponse:
    """Accept or decline a proposed link, or leave the household."""

    def step(actor: Actor, customer: Customer) -> str:
        if act == "leave":
            api.leave_household(actor=actor, customer=customer)
            return _("The customer has left.")
        if act == "accept":
            other = api.by_public_id(actor, request.POST.get("other", ""))
            home = api.link_customers(actor=actor, customer=customer, other=other)
            return _("Both belong to %(number)s now.") % {"number": home.number}
        kind = request.POST.get("kind", "")
        api.decline_link(actor=actor, customer=customer, other=request.POST.get("other", ""), kind=kind)
        return _("This is not proposed again.")

    other, kind = request.POST.get("other", ""), request.POST.get("kind", "")
    return _done(request, public_id, step, f"links/{kind}/{other}/propose" if act == "decline" else "")


@require_POST
def propose_again(request: Request, public_id: UUID, kind: str, other: UUID) -> HttpResponse:
    """Take a declined link back."""

    def step(actor: Actor, customer: Customer) -> str:
        api.propose_again(actor=actor, customer=customer, other=str(other), kind=kind)
        return _("It is proposed again.")

    return _done(request, public_id, step)


@require_POST
def undo_merge(request: Request, public_id: UUID, merge: UUID) -> HttpResponse:
    """Let a merged file stand alone again."""

    def step(actor: Actor, customer: Customer) -> str:
        free = api.undo_merge(actor=actor, customer=customer, merge=str(merge))
        return _("%(number)s stands alone again.") % {"number": free.number}

    return _done(request, public_id, step)


@require_http_methods(["GET", "POST"])
def add_address(request: Request, public_id: UUID) -> HttpResponse:
    """Add an address."""

    def act(customer: Customer, values: dict[str, str]) -> None:
        api.add_address(actor=request.actor, customer=customer, **values)

    values = {"kind": "home", "region": "", "street": "", "postcode": ""}
    form = Simple(_("Add an address"), "addresses", "address", values, act, "file")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def edit_address(request: Request, public_id: UUID, address: UUID) -> HttpResponse:
    """Correct an address; what is left empty stays."""
    row = own(Address, api.by_public_id(request.actor, public_id), str(address))

    def act(customer: Customer, values: dict[str, str]) -> None:
        api.change_address(actor=request.actor, customer=customer, address=str(address), **values)

    values = {"kind": row.kind, "region": row.region, "street": "", "postcode": ""}
    form = Simple(_("Correct the address"), f"addresses/{address}", "address", values, act, "file")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def open_account(request: Request, public_id: UUID) -> HttpResponse:
    """Open a further account."""

    def act(customer: Customer, values: dict[str, str]) -> None:
        api.open_account(
            actor=request.actor,
            customer=customer,
            kind=values["kind"],
            name=values["name"],
            payment_method=values["payment_method"],
            bill_day=values["bill_day"],  # type: ignore[arg-type]
        )

    values = {"kind": "billing", "name": "", "payment_method": "", "bill_day": "1"}
    form = Simple(_("Open an account"), "accounts", "account", values, act, "file")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def edit_account(request: Request, public_id: UUID, account: UUID) -> HttpResponse:
    """Change an account, suspend or close it."""
    row = own(Account, api.by_public_id(request.actor, public_id), str(account))

    def act(customer: Customer, values: dict[str, str]) -> None:
        version = int(values["version"]) if values["version"].isdecimal() else 0
        changes = {name: value for name, value in values.items() if name != "version"}
        api.change_account(
            actor=request.actor, customer=customer, account=str(account), version=version, changes=changes
        )

    values = {
        "kind": row.kind,
        "name": row.name,
        "status": row.status,
        "payment_method": row.payment_method,
        "bill_day": str(row.bill_day),
        "version": str(row.version),
    }
    form = Simple(_("Change the account"), f"accounts/{account}", "account", values, act, "file")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def stop(request: Request, public_id: UUID) -> HttpResponse:
    """Put the customer on the list of those not to be served."""

    def act(customer: Customer, values: dict[str, str]) -> None:
        until = day_of("until", values["until"])
        api.stop_service(
            actor=request.actor, customer=customer, reason=values["reason"], note=values["note"], until=until
        )

    values = {"reason": "fraud", "note": "", "until": ""}
    form = Simple(_("Stop serving"), "stop", "stop", values, act, "file", "customers.stop")
    return simple_form(request, public_id, form)


@require_http_methods(["GET", "POST"])
def resume(request: Request, public_id: UUID) -> HttpResponse:
    """Take the customer off the list again."""

    def act(customer: Customer, values: dict[str, str]) -> None:
        api.resume_service(actor=request.actor, customer=customer, reason=values["note"])

    form = Simple(_("Serve again"), "resume", "resume", {"note": ""}, act, "file", "customers.stop")
    return simple_form(request, public_id, form)
