"""A customer of another branch at the counter: found by number or document, opened for the day."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loopline.customers import api
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, address_of, render, undo
from loopline.kernel.permission import require


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A masked card that can be opened."""

    number: str
    name: str
    kind: str
    branch: str
    ticket: str


@dataclass(frozen=True, slots=True)
class WalkInPage:
    """The search and what it found. What was typed is not shown again, so that it stays nowhere."""

    title: str
    reason: str
    searched: bool
    cards: list[ShownCard]
    error: str = ""
    error_field: str = ""


@require_http_methods(["GET", "POST"])
def walk_in(request: Request) -> HttpResponse:
    """Search by exact number or document, with a reason; the search comes by POST and in no address."""
    require(request.actor, "customers.walk_in")
    title, reason = _("Walk-in"), request.POST.get("reason", "")
    crumb = [Crumb(_("Customers"), address_of("customers:list")), Crumb(title)]
    if request.method == "GET":
        return render(
            request,
            "customers/walk_in.html",
            WalkInPage(title, "", searched=False, cards=[]),
            breadcrumbs=crumb,
        )
    try:
        found = api.find_walk_in(actor=request.actor, text=request.POST.get("text", ""), reason=reason)
    except Refusal as refusal:
        undo(request)
        page = WalkInPage(
            title, reason, searched=False, cards=[], error=refusal.message, error_field=refusal.field or ""
        )
        return render(request, "customers/walk_in.html", page, status=refusal.status, breadcrumbs=crumb)
    cards = [
        ShownCard(
            item.card.number,
            item.card.masked,
            _("Person") if item.card.kind == "person" else _("Organisation"),
            item.card.branch,
            item.ticket,
        )
        for item in found
    ]
    page = WalkInPage(title, reason, searched=True, cards=cards)
    return render(request, "customers/walk_in.html", page, breadcrumbs=crumb)


@require_POST
def open_card(request: Request) -> HttpResponse:
    """Open a found customer until the day ends."""
    customer = api.open_walk_in(
        actor=request.actor, ticket=request.POST.get("ticket", ""), reason=request.POST.get("reason", "")
    )
    return HttpResponseRedirect(address_of("customers:view", customer.public_id))
