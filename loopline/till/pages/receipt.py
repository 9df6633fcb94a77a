"""A receipt: seen, printed (each print is written down), and taken back by a counter-entry."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import clock, formats
from loopline.kernel.errors import Conflict
from loopline.kernel.pages import Crumb, Request, render, with_toast
from loopline.kernel.permission import require
from loopline.till import api, queries, wording
from loopline.till.models import Entry, Movement, MovementKind
from loopline.till.rules import money


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """A receipt in finished strings; `copy` says which print this is (empty on screen)."""

    title: str
    operator: str
    branch: str
    number: str
    kind: str
    who: str
    customer_url: str
    moment: str
    by: str
    lines: list[tuple[str, str]]
    paid: list[tuple[str, str]]
    total: str
    cash: list[tuple[str, str]]
    reason: str
    links: list[tuple[str, str, str]]
    prints: list[tuple[str, str]]
    print_url: str
    correct_url: str
    copy: str = ""


@require_safe
def one(request: Request, public_id: UUID) -> HttpResponse:
    """The receipt on screen."""
    page = _page(request, queries.get_movement(request.actor, public_id))
    crumbs = [Crumb(_("Till"), reverse("till:here")), Crumb(page.number)]
    return render(request, "till/receipt.html", page, breadcrumbs=crumbs)


@require_POST
def print_one(request: Request, public_id: UUID) -> HttpResponse:
    """The receipt for the printer; from the second print on it says that it is a copy."""
    movement = queries.get_movement(request.actor, public_id)
    copy = api.note_print(actor=request.actor, movement=movement)
    told = _("Original") if copy == 1 else _("Copy %(count)s") % {"count": copy}
    page = _page(request, movement, told)
    crumbs = [Crumb(_("Till"), reverse("till:here")), Crumb(page.number)]
    return render(request, "till/receipt.html", page, breadcrumbs=crumbs)


@require_POST
def correct(request: Request, public_id: UUID) -> HttpResponse:
    """Take the receipt back in the till that is open for me."""
    require(request.actor, "till.work")
    session = queries.session_of(request.actor)
    if session is None:
        raise NoTill
    made = api.correct(
        actor=request.actor,
        session=session.public_id,
        movement=public_id,
        reason=request.POST.get("reason", ""),
        now=clock.now(),
    )
    answer = HttpResponseRedirect(reverse("till:receipt", kwargs={"public_id": made.public_id}))
    return with_toast(answer, _("The receipt was taken back by a counter-entry."))


class NoTill(Conflict):
    """Money moves through an open till only."""

    code = "no_till"
    sentence = gettext_lazy("Open a till first.")


def _page(request: Request, movement: Movement, copy: str = "") -> ReceiptPage:
    entries = list(movement.entries.all())
    given = movement.cash_given
    cash = sum((each.amount for each in entries if each.debit == money.CASH), money.NOTHING)
    customer = movement.customer
    correctable = (
        movement.kind in (MovementKind.PAYMENT, MovementKind.REFUND)
        and not hasattr(movement, "correction")
        and queries.session_of(request.actor) is not None
    )
    address = {"public_id": movement.public_id}
    return ReceiptPage(
        title=_("Receipt %(number)s") % {"number": movement.number},
        operator=request.actor.operator,
        branch=formats.named(movement.unit) if movement.unit else "",
        number=movement.number,
        kind=str(MovementKind(movement.kind).label),
        who=f"{wording.who(movement)} · {customer.number}" if customer else "",
        customer_url=reverse("customers:view", kwargs={"public_id": customer.public_id}) if customer else "",
        moment=formats.moment(movement.at),
        by=movement.by_name,
        lines=_purposes(entries),
        paid=_means(entries),
        total=formats.money(movement.amount),
        cash=[(_("Cash received"), formats.money(given)), (_("Change given"), formats.money(given - cash))]
        if given
        else [],
        reason=movement.reason,
        links=_links(movement),
        prints=[(event.actor_name, formats.moment(event.at)) for event in queries.prints_of(movement)],
        print_url=reverse("till:print", kwargs=address),
        correct_url=reverse("till:correct", kwargs=address) if correctable else "",
        copy=copy,
    )


def _purposes(entries: list[Entry]) -> list[tuple[str, str]]:
    """What the money is for, one line for each purpose and thing."""
    sums: dict[str, Decimal] = {}
    for each in entries:
        code, sign = (each.credit, 1) if each.debit in money.METHODS else (each.debit, -1)
        named = each.order.number if each.order else each.account.number if each.account else ""
        label = f"{wording.ACCOUNTS[code]} {named}".strip()
        sums[label] = sums.get(label, money.NOTHING) + sign * each.amount
    return [(label, formats.money(amount)) for label, amount in sums.items()]


def _means(entries: list[Entry]) -> list[tuple[str, str]]:
    held = money.balances((each.debit, each.credit, each.amount) for each in entries)
    return [
        (str(wording.METHODS[code]), formats.money(held[code])) for code in money.METHODS if held.get(code)
    ]


def _links(movement: Movement) -> list[tuple[str, str, str]]:
    told = []
    if movement.corrects:
        told.append((_("Takes back"), movement.corrects.number, _address(movement.corrects)))
    if hasattr(movement, "correction"):
        told.append((_("Taken back by"), movement.correction.number, _address(movement.correction)))
    return told


def _address(movement: Movement) -> str:
    return reverse("till:receipt", kwargs={"public_id": movement.public_id})
