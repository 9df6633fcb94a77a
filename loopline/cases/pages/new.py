"""A new ticket in few steps: what, which kind of matter, from where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loopline.cases import api, wording
from loopline.cases.models import Category, Kind, Priority, Severity
from loopline.cases.queries import people, standards, tickets
from loopline.cases.rules import levels
from loopline.customers import api as customers
from loopline.interactions.api import Channel
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import Actor, require
from loopline.subscriptions import api as subscriptions

FIELDS = (
    "category", "title", "description", "channel", "subscription", "kind", "priority", "severity", "contact",
    "place", "regulator", "regulator_number", "mass", "take",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Who:
    """For whom."""

    id: str
    name: str
    number: str
    url: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form. `categories` are (name with those above it, code) for the typeahead."""

    title: str
    who: Who | None
    values: Mapping[str, str]
    errors: dict[str, str]
    categories: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    priorities: list[tuple[str, str]]
    severities: list[tuple[str, str]]
    lines: list[tuple[str, str]]
    may_mass: bool
    cancel_url: str


@dataclass(frozen=True, slots=True)
class HintPage:
    """What will happen with a ticket of this category, and whether it may be there already."""

    sentence: str
    similar: list[tuple[str, str, str]]


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Fill the form, or open the ticket and go to it."""
    require(request.actor, "cases.work")
    given = request.POST if request.method == "POST" else request.GET
    customer = _customer(request.actor, given.get("customer", ""))
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = api.open_ticket(
                actor=request.actor, new=_new(request.actor, given.dict(), customer), now=clock.now()
            )
        except Refusal as refusal:
            undo(request)
            errors[refusal.field or "title"] = refusal.message
        else:
            target = reverse("cases:one", kwargs={"public_id": made.public_id})
            said = _("%(number)s is opened") % {"number": made.number}
            return with_toast(HttpResponseRedirect(target), said)
    page = _page(request.actor, customer, given.dict(), errors)
    crumbs = [Crumb(_("Tickets"), reverse("cases:list")), Crumb(page.title)]
    return render(request, "cases/new.html", page, status=422 if errors else 200, breadcrumbs=crumbs)


@require_safe
def hint(request: Request) -> HttpResponse:
    """While the category is chosen: who gets it, until when, and what is open already."""
    require(request.actor, "cases.work")
    customer = _customer(request.actor, request.GET.get("customer", ""))
    category = _category_of(request.GET.get("category", ""))
    page = HintPage(_sentence(category, customer) if category else "", _similar(customer, category))
    return render(request, "cases/hint.html", page)


def _sentence(category: Category, customer: customers.Customer | None) -> str:
    held = standards.standing(category)
    tier = customer.tier if customer else ""
    answer, solution = levels.target_of(
        standards.targets(), line=standards.line_of(category), priority=held.priority, tier=tier
    )
    return _("%(kind)s · %(priority)s · first answer within %(answer)s, solution within %(solution)s") % {
        "kind": Kind(category.kind).label,
        "priority": Priority(held.priority).label,
        "answer": duration(answer),
        "solution": duration(solution),
    }


def duration(minutes: int) -> str:
    """Working time in words."""
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    return _("%(count)s working h") % {"count": formats.number(round(minutes / 60, 1))}


def _similar(customer: customers.Customer | None, category: Category | None) -> list[tuple[str, str, str]]:
    if customer is None:
        return []
    return [
        (reverse("cases:one", kwargs={"public_id": row.public_id}), row.number, row.title)
        for row in tickets.similar(customer.pk, category)
    ]


def _customer(actor: Actor, public_id: str) -> customers.Customer | None:
    return customers.by_public_id(actor, public_id) if public_id else None


def _category_of(typed: str) -> Category | None:
    """What was typed or chosen: a code, or a name with those above it, as the list offers it."""
    typed = typed.replace("\0", "").strip()
    tree = {row.pk: row for row in standards.categories()}
    for row in tree.values():
        if typed and typed in (row.code, row.name, row.name_en, wording.path_of(row, tree)):
            return row
    return None


def _new(actor: Actor, given: Mapping[str, str], customer: customers.Customer | None) -> api.NewTicket:
    typed = given.get("category", "")
    category = _category_of(typed)
    line = given.get("subscription", "")
    known = {key for key, _label in _lines(actor, customer)}
    return api.NewTicket(
        title=given.get("title", ""),
        description=given.get("description", ""),
        kind=given.get("kind", ""),
        category=category.code if category else typed,
        channel=given.get("channel", ""),
        customer=customer,
        subscription=int(line) if line in known else None,
        contact=given.get("contact", ""),
        priority=given.get("priority", ""),
        severity=given.get("severity", "") or Severity.MEDIUM,
        regulator=given.get("regulator") == "on",
        regulator_number=given.get("regulator_number", ""),
        place=given.get("place", ""),
        mass=given.get("mass") == "on",
        take=given.get("take") == "on",
    )


def _lines(actor: Actor, customer: customers.Customer | None) -> list[tuple[str, str]]:
    if customer is None:
        return []
    return [
        (
            str(line.pk),
            f"{line.get_service_display()} {customers.masks.medium('telephone', line.number, actor.country)}",
        )
        for line in subscriptions.Subscription.objects.filter(customer=customer).order_by("id")[:20]
    ]


def _page(
    actor: Actor, customer: customers.Customer | None, values: Mapping[str, Any], errors: dict[str, str]
) -> NewPage:
    tree = {row.pk: row for row in standards.categories()}
    home = reverse("customers:view", kwargs={"public_id": customer.public_id}) if customer else ""
    who = (
        Who(
            str(customer.public_id), customers.masks.name(customer.kind, customer.name), customer.number, home
        )
        if customer
        else None
    )
    return NewPage(
        title=_("New ticket"),
        who=who,
        values={name: values.get(name, "") for name in FIELDS},
        errors=dict.fromkeys(FIELDS, "") | errors,
        categories=[(wording.path_of(row, tree), str(Kind(row.kind).label)) for row in tree.values()],
        channels=[(code, str(label)) for code, label in Channel.choices],
        kinds=[(code, str(label)) for code, label in Kind.choices],
        priorities=[(code, str(label)) for code, label in Priority.choices],
        severities=[(code, str(label)) for code, label in Severity.choices],
        lines=_lines(actor, customer),
        may_mass=actor.may(people.SUPERVISES),
        cancel_url=home or reverse("cases:list"),
    )
