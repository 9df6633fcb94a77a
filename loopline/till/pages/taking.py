"""Money at the counter for one customer: what is open, how it is paid, what is given back."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loopline.customers import api as customers
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo
from loopline.kernel.permission import require
from loopline.orders.api import Order
from loopline.till import api, queries, wording
from loopline.till.actions.authority import tidy
from loopline.till.models import Movement, Session
from loopline.till.pages.amounts import amount_of, key_of
from loopline.till.pages.receipt import NoTill
from loopline.till.rules import money


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order on which something is open."""

    key: str
    number: str
    url: str
    amount: str
    value: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A deposit that can be given back."""

    url: str
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class TakingPage:
    """The form."""

    title: str
    subtitle: str
    customer: str
    customer_url: str
    till: str
    till_url: str
    url: str
    refund_url: str
    request_key: str
    orders: list[OpenOrder]
    back: list[OpenOrder]
    deposits: list[Held]
    accounts: list[tuple[str, str]]
    methods: list[tuple[str, str]]
    values: dict[str, str]
    error: str = ""


@require_http_methods(["GET", "POST"])
def take(request: Request) -> HttpResponse:
    """What is open for a customer; posting it takes the money and shows the receipt."""
    require(request.actor, "till.work")
    given = request.POST if request.method == "POST" else request.GET
    customer = customers.standing(request.actor, key_of(given.get("customer", "")))
    error = ""
    if request.method == "POST":
        try:
            return _receipt(_take(request, customer))
        except Refusal as refusal:
            undo(request)
            error = refusal.message
    page = _page(request, customer, error)
    crumbs = [
        Crumb(_("Customers"), reverse("customers:list")),
        Crumb(customer.number, page.customer_url),
        Crumb(page.title),
    ]
    return render(request, "till/taking.html", page, status=422 if error else 200, breadcrumbs=crumbs)


@require_POST
def refund(request: Request) -> HttpResponse:
    """Give back what is open on an order, or an amount paid on an account."""
    given, session = request.POST, _session(request)
    if order := given.get("order", ""):
        made = api.refund_order(
            actor=request.actor,
            session=session.public_id,
            order=key_of(order),
            method=given.get("method", ""),
            reason=given.get("reason", ""),
            now=clock.now(),
            request_key=tidy(given.get("request_key", ""))[:80],
        )
    else:
        made = api.refund_bill(
            actor=request.actor,
            session=session.public_id,
            customer=key_of(given.get("customer", "")),
            account=key_of(given.get("account", "")),
            amount=amount_of(given.get("amount", ""), "amount"),
            method=given.get("method", ""),
            reason=given.get("reason", ""),
            now=clock.now(),
            request_key=tidy(given.get("request_key", ""))[:80],
        )
    return _receipt(made)


@require_POST
def return_deposit(request: Request, deposit: UUID) -> HttpResponse:
    """Give a deposit back."""
    made = api.return_deposit(
        actor=request.actor,
        session=_session(request).public_id,
        deposit=deposit,
        method=request.POST.get("method", ""),
        reason=request.POST.get("reason", ""),
        now=clock.now(),
        request_key=tidy(request.POST.get("request_key", ""))[:80],
    )
    return _receipt(made)


def _receipt(made: Movement) -> HttpResponse:
    return HttpResponseRedirect(reverse("till:receipt", kwargs={"public_id": made.public_id}))


def _session(request: Request) -> Session:
    require(request.actor, "till.work")
    session = queries.session_of(request.actor)
    if session is None:
        raise NoTill
    return session


def _take(request: Request, customer: customers.Customer) -> Movement:
    given = request.POST
    charges = []
    for text in given.getlist("order"):
        key, _dot, amount = text.partition(":")
        charges.append(api.Charge(amount_of(amount, "order"), order=key_of(key)))
    bill = amount_of(given.get("bill", ""), "bill")
    if bill:
        charges.append(api.Charge(bill, account=key_of(given.get("account", ""))))
    owed = sum((charge.amount for charge in charges), money.NOTHING)
    second = amount_of(given.get("second_amount", ""), "second_amount")
    tenders = [api.Tender(given.get("method", ""), owed - second)] if owed != second else []
    if second:
        tenders.append(api.Tender(given.get("second", ""), second))
    cash = amount_of(given.get("cash_given", ""), "cash_given")
    return api.pay(
        actor=request.actor,
        session=_session(request).public_id,
        customer=customer.public_id,
        charges=charges,
        tenders=tenders,
        now=clock.now(),
        request_key=tidy(given.get("request_key", ""))[:80],
        cash_given=cash or None,
    )


def _page(request: Request, customer: customers.Customer, error: str) -> TakingPage:
    session = queries.session_of(request.actor)
    files = customers.together(customer)
    open_orders = queries.owing_orders(files)
    deposits, _plans = queries.bindings_of(files)
    given = request.POST if request.method == "POST" else request.GET
    held = customers.accounts_of(files)
    accounts = [row for file in files for row in held.get(file, [])]
    return TakingPage(
        title=_("Take a payment"),
        subtitle=f"{customers.masks.name(customer.kind, customer.name)} · {customer.number}",
        customer=str(customer.public_id),
        customer_url=reverse("customers:view", kwargs={"public_id": customer.public_id}),
        till=wording.till_name(session) if session else "",
        till_url=reverse("till:here"),
        url=reverse("till:pay"),
        refund_url=reverse("till:refund"),
        request_key=str(uuid4()),
        orders=[_order(row, amount, given.getlist("order")) for row, amount in open_orders if amount > 0],
        back=[_order(row, -amount, []) for row, amount in open_orders if amount < 0],
        deposits=[
            Held(
                reverse("till:return_deposit", kwargs={"deposit": row.public_id}),
                _("Deposit of %(day)s") % {"day": formats.moment(row.taken_at)},
                formats.money(row.amount),
            )
            for row in deposits
        ],
        accounts=[(str(row.public_id), row.number) for row in accounts],
        methods=wording.methods(),
        values={
            name: given.get(name, "")
            for name in ("bill", "account", "method", "second", "second_amount", "cash_given")
        },
        error=error,
    )


def _order(row: Order, amount: Decimal, chosen: list[str]) -> OpenOrder:
    key = str(row.public_id)
    return OpenOrder(
        key=key,
        number=row.number,
        url=reverse("orders:one", kwargs={"public_id": row.public_id}),
        amount=formats.money(amount),
        value=f"{key}:{amount}",
        checked=not chosen or any(text.startswith(key) for text in chosen),
    )
