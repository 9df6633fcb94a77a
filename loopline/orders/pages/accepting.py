"""Accepting an order: what is asked for, the plan, the number, the price with every line, and go."""

from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.orders import api, form
from loopline.orders.rules import decomposition
from loopline.stock import api as stock


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The form; posting it accepts the order."""
    require(request.actor, "orders.accept")
    values = form.values_of(request.POST if request.method == "POST" else request.GET)
    if not values["customer"]:
        text = _("Choose the customer first: an order begins on his page.")
        return with_toast(HttpResponseRedirect(reverse("customers:list")), text, tone="info")
    customer = customers.standing(request.actor, values["customer"])
    values["customer"] = str(customer.public_id)
    error: Refusal | None = None
    if request.method == "POST":
        try:
            order = api.accept_order(actor=request.actor, wanted=form.wanted_of(values), now=clock.now())
            return HttpResponseRedirect(reverse("orders:one", kwargs={"public_id": order.public_id}))
        except Refusal as refusal:
            undo(request)
            error = refusal
    return _form(request, customer, values, error)


def _form(
    request: Request, customer: customers.Customer, values: dict[str, str], error: Refusal | None
) -> HttpResponse:
    values["request_key"] = values["request_key"] or str(uuid4())
    page = form.page(request.actor, customer, values, error)
    view = reverse("customers:view", kwargs={"public_id": customer.public_id})
    crumbs = [
        Crumb(_("Customers"), reverse("customers:list")),
        Crumb(customer.number, view),
        Crumb(page.title),
    ]
    return render(request, "orders/new.html", page, status=422 if error else 200, breadcrumbs=crumbs)


@require_POST
def porting_code(request: Request) -> HttpResponse:
    """Issue the code with which the chosen line may leave; the form follows with the code filled in."""
    require(request.actor, "orders.accept")
    values = form.values_of(request.POST) | {"kind": decomposition.PORT_OUT}
    customer = customers.standing(request.actor, values["customer"])
    values["customer"] = str(customer.public_id)
    error: Refusal | None = None
    try:
        values = form.with_porting_code(request.actor, customer, values, clock.now())
    except Refusal as refusal:
        undo(request)
        error = refusal
    return _form(request, customer, values, error)


@require_POST
def quote(request: Request) -> HttpResponse:
    """The price of what is chosen so far; a chosen number is held for the customer from this moment on."""
    require(request.actor, "orders.accept")
    values, now = form.values_of(request.POST), clock.now()
    try:
        if values["held"] and values["held"] != values["number"]:
            stock.release_hold(actor=request.actor, number=values["held"], now=now)
        shown = form.quote(request.actor, values, now)
    except Refusal as refusal:
        undo(request)
        shown = form.QuotePart(_("Price"), error=refusal.message)
    return render(request, "orders/quote.html", shown)


@require_safe
def numbers(request: Request) -> HttpResponse:
    """Free numbers that fit what the customer would like."""
    require(request.actor, "orders.accept")
    values = form.values_of(request.GET)
    return render(request, "orders/numbers.html", form.picker(request.actor, values))
