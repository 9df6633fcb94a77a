"""The designer: an offer is built from specification, options, prices, members and rules, its price beside it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loopline.catalogue import actions, queries, show, wording
from loopline.catalogue.design import Design, design_of
from loopline.catalogue.models import Offering, OfferingKind, PriceKind, Specification, State
from loopline.catalogue.pages.offer import PricePart, check_rows
from loopline.catalogue.rules import checklist, eligibility, lifecycle, pricing
from loopline.catalogue.rules.characteristics import YES_NO, narrowed
from loopline.catalogue.sheet import Sheet, blank, design_in, sheet_in, sheet_of
from loopline.identity import api as identity
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import require


@dataclass(frozen=True, slots=True)
class DesignPage:
    """The sheet with its price beside it."""

    title: str
    subtitle: str
    action: str
    part_url: str
    preview_url: str
    cancel_url: str
    offering: str
    version: str
    code_fixed: bool
    values: dict[str, str]
    errors: dict[str, str]
    options: list[dict[str, Any]]
    prices: list[dict[str, str]]
    members: list[dict[str, str]]
    rules: list[dict[str, Any]]
    choices: dict[str, list[tuple[str, str]]]
    when_help: str
    quote: show.QuoteView
    controls: list[show.Control]
    start: str
    checks: list[dict[str, Any]]
    missing: int


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Design a new offer."""
    require(request.actor, "catalogue.design")
    return _designer(request, None)


@require_http_methods(["GET", "POST"])
def change(request: Request, public_id: UUID) -> HttpResponse:
    """Design a draft."""
    require(request.actor, "catalogue.design")
    row = queries.get_offering(request.actor, public_id)
    if row.state not in lifecycle.DRAFTS:
        raise actions.NotADraft(name=formats.named(row))
    return _designer(request, row)


def _designer(request: Request, row: Offering | None) -> HttpResponse:
    if request.method == "GET":
        sheet = sheet_of(design_of(row)) if row else blank()
        return _answer(request, row, sheet, {})
    sheet = sheet_in(request.POST)
    design, errors = design_in(sheet)
    if not errors:
        try:
            saved = _save(request, row, design)
            told = _("“%(name)s” is kept.") % {"name": formats.named(saved)}
            return with_toast(HttpResponseRedirect(show.url("one", saved)), told)
        except Refusal as refusal:
            if refusal.status not in (409, 422):
                raise
            undo(request)
            errors = {refusal.field or "name": refusal.message}
    return _answer(request, row, sheet, errors, status=422)


def _save(request: Request, row: Offering | None, design: Design) -> Offering:
    if row is None:
        return actions.design_offering(actor=request.actor, design=design)
    told = request.POST.get("version", "")
    version = int(told) if told.isascii() and told.isdigit() and len(told) < 9 else row.version
    return actions.change_offering(
        actor=request.actor, offering=row.public_id, design=design, version=version
    )


@require_POST
def part(request: Request) -> HttpResponse:
    """The sheet with a row more or less, or with what a choice brings with it."""
    require(request.actor, "catalogue.design")
    sheet = sheet_in(request.POST)
    sheet.act(request.POST.get("act", ""))
    return _answer(request, _edited(request), sheet, {}, template="catalogue/design_part.html")


@require_POST
def preview(request: Request) -> HttpResponse:
    """What a customer would pay for the sheet as it stands."""
    require(request.actor, "catalogue.design")
    design, _errors = design_in(sheet_in(request.POST))
    offer = _offer_in(design)
    return render(request, "catalogue/quote.html", PricePart(design.name, _quote(request, offer)))


def _edited(request: Request) -> Offering | None:
    try:
        key = UUID(request.POST.get("offering", ""))
    except ValueError:
        return None
    return queries.get_offering(request.actor, key)


def _quote(request: Request, offer: pricing.Offer) -> show.QuoteView:
    options, counts, start = show.chosen_in(request.POST.dict())
    day = show.start_of(start, clock.today(request.actor.zone))
    return show.quote_view(pricing.price(offer, options=options, counts=counts, start=day), offer)


def _offer_in(design: Design) -> pricing.Offer:
    """A design as the price calculation wants it, before it is kept."""
    specification = _specification(design)
    keys = [each.offering for each in design.members]
    rows = {row.public_id: row for row in Offering.objects.filter(public_id__in=keys)}
    facts = queries.offers_of(list(rows.values()))
    known = (pricing.RECURRING, pricing.ONE_TIME, pricing.USAGE, pricing.DISCOUNT, pricing.ALLOWANCE)
    return pricing.Offer(
        code=design.code or "?",
        name=design.name,
        name_en=design.name_en,
        prices=tuple(each.fact for each in design.prices if each.fact.kind in known),
        characteristics=narrowed(queries.characteristics_of(specification), design.uses),
        members=tuple(
            pricing.Member(facts[rows[each.offering].pk], each.minimum, each.maximum, each.default)
            for each in design.members
            if each.offering in rows
        ),
        term_months=design.term_months,
    )


def _specification(design: Design) -> Specification | None:
    if design.specification is None:
        return None
    return Specification.objects.filter(public_id=design.specification).first()


def _answer(
    request: Request,
    row: Offering | None,
    sheet: Sheet,
    errors: dict[str, str],
    *,
    status: int = 200,
    template: str = "catalogue/design.html",
) -> HttpResponse:
    page = _page(request, row, sheet, errors)
    crumbs = [Crumb(_("Catalogue"), reverse("catalogue:list"))]
    if row:
        crumbs.append(Crumb(formats.named(row), show.url("one", row)))
    return render(request, template, page, status=status, breadcrumbs=[*crumbs, Crumb(page.title)])


def _page(request: Request, row: Offering | None, sheet: Sheet, errors: dict[str, str]) -> DesignPage:
    design, _unread = design_in(sheet)
    offer = _offer_in(design)
    today = clock.today(request.actor.zone)
    options, counts, start = show.chosen_in(request.POST.dict())
    checks = _checks(design, offer, today)
    whole = _specification(design)
    return DesignPage(
        title=_("Design “%(name)s”") % {"name": formats.named(row)} if row else _("Design an offer"),
        subtitle=_("Version %(revision)s") % {"revision": row.revision}
        if row
        else _("What a customer would pay is shown beside it."),
        action=show.url("change", row) if row else reverse("catalogue:new"),
        part_url=reverse("catalogue:part"),
        preview_url=reverse("catalogue:preview"),
        cancel_url=show.url("one", row) if row else reverse("catalogue:list"),
        offering=str(row.public_id) if row else "",
        version=request.POST.get("version") or (str(row.version) if row else ""),
        code_fixed=row is not None and row.revision > 1,
        values=sheet.values,
        errors=errors,
        options=_options(whole, sheet),
        prices=sheet.prices,
        members=sheet.members,
        rules=[_rule(rule) for rule in sheet.rules],
        choices=_choices(row),
        when_help=_when_help(offer),
        quote=_quote(request, offer),
        controls=show.controls_of(offer, options, counts),
        start=show.start_of(start, today).isoformat(),
        checks=check_rows(checks),
        missing=sum(check.needed and not check.done for check in checks),
    )


def _checks(design: Design, offer: pricing.Offer, today: Any) -> list[checklist.Check]:
    codes = [member.offer.code for member in offer.members]
    sold = Offering.objects.filter(code__in=codes, state__in=[State.LAUNCHED, State.ACTIVE])
    subject = checklist.Subject(
        offer=offer,
        kind=design.kind,
        service=design.service,
        specified=design.specification is not None,
        category=design.category is not None,
        description=bool(design.description.strip()),
        rules=design.rules,
        sold=frozenset(sold.values_list("code", flat=True)) if codes else frozenset(),
        valid_until=queries.local(design.valid_until),
    )
    return checklist.checklist(subject, today)


def _options(specification: Specification | None, sheet: Sheet) -> list[dict[str, Any]]:
    """The characteristics of the specification, with what this offer makes of them."""
    made = []
    for each in queries.characteristics_of(specification):
        allowed, default = sheet.uses.get(each.code, ([], ""))
        values = [(known.value, show.value_label(each, known.value)) for known in each.values]
        if each.kind == YES_NO and not values:
            values = [("no", _("No")), ("yes", _("Yes"))]
        made.append(
            {
                "code": each.code,
                "label": show.label(each),
                "note": _("chosen by the customer") if each.configurable else _("fixed by the design"),
                "values": [(value, label, value in allowed) for value, label in values],
                "default": default,
                "proposed": default or each.default,
                "unit": each.unit,
            }
        )
    return made


def _rule(row: dict[str, Any]) -> dict[str, Any]:
    """A rule with what can be added to it."""
    options = _rule_options(row["kind"])
    names = dict(options)
    return row | {
        "range": row["kind"] in eligibility.RANGES,
        "chosen": [(value, names.get(value, value)) for value in row["values"]],
        "open": [(value, label) for value, label in options if value not in row["values"]],
    }


def _rule_options(kind: str) -> list[tuple[str, str]]:
    plain = {
        "customer_kind": ("person", "organisation"),
        "segment": ("diamond", "gold", "silver", "standard"),
        "channel": ("counter", "phone", "web", "api"),
    }
    if kind in plain:
        return [(value, str(wording.VALUES[value])) for value in plain[kind]]
    if kind == "unit":
        return [(unit.code, formats.named(unit)) for unit in identity.Unit.objects.order_by("path")]
    rows = Offering.objects.order_by("name", "revision")
    return list({row.code: f"{formats.named(row)} · {row.code}" for row in rows}.items())


def _choices(row: Offering | None) -> dict[str, list[tuple[str, str]]]:
    tree = queries.categories()
    depth = queries.depth_of(tree)
    sold = Offering.objects.filter(state__in=[State.LAUNCHED, State.ACTIVE]).order_by("name")
    return {
        "kinds": [(str(code), str(label)) for code, label in OfferingKind.choices],
        "services": [(code, str(label)) for code, (label, _icon) in show.SERVICES.items()],
        "specifications": [
            (str(each.public_id), f"{formats.named(each)} · {each.code}")
            for each in Specification.objects.order_by("code")
        ],
        "categories": [
            (str(each.public_id), "\u2003" * depth[each.pk] + formats.named(each)) for each in tree
        ],
        "price_kinds": [(str(code), str(label)) for code, label in PriceKind.choices],
        "units": [(code, str(label)) for code, label in wording.UNITS.items()],
        "takes_from": [("recurring", _("the monthly charges")), ("one_time", _("what is charged once"))],
        "periods": [("1", _("every month")), ("3", _("every quarter")), ("12", _("every year"))],
        "offerings": [
            (str(each.public_id), f"{formats.named(each)} · {formats.money(each.monthly_fee)}")
            for each in sold
            if row is None or each.code != row.code
        ],
        "rule_kinds": [(code, str(label)) for code, label in wording.RULE_KINDS.items()],
    }


def _when_help(offer: pricing.Offer) -> str:
    """Which options a price may depend on, as they are written."""
    known = [
        f"{each.code}={value.value}"
        for each in offer.characteristics
        if len(each.values) > 1
        for value in each.values
    ]
    return _("For instance %(examples)s") % {"examples": ", ".join(known[:3])} if known else ""
