"""An offer: what it costs, what is inside, who may buy, its versions, who has it, and the steps of its life."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loopline.catalogue import actions, queries, show, wording
from loopline.catalogue.actions.offering import changes_between
from loopline.catalogue.design import design_of
from loopline.catalogue.holding import COUNTED_TO, holding
from loopline.catalogue.models import Offering, State
from loopline.catalogue.rules import checklist, lifecycle, pricing
from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, render, with_toast


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Everything about one version of an offer."""

    title: str
    subtitle: str
    description: str
    state: str
    tone: str
    code: str
    facts: list[tuple[str, str]]
    options: list[tuple[str, str]]
    prices: list[show.PriceRow]
    members: list[show.MemberRow]
    rules: list[show.RuleRow]
    checks: list[dict[str, Any]]
    ready: bool
    steps: list[dict[str, str]]
    moves: list[dict[str, str]]
    versions: list[dict[str, Any]]
    holders: str
    story: list[dict[str, str]]
    quote: show.QuoteView
    controls: list[show.Control]
    start: str
    price_url: str
    change_url: str
    version_url: str
    remove_url: str
    state_url: str


@dataclass(frozen=True, slots=True)
class PricePart:
    """What a customer would pay, alone."""

    title: str
    quote: show.QuoteView


@require_safe
def one(request: Request, public_id: UUID) -> HttpResponse:
    """An offer."""
    row = queries.get_offering(request.actor, public_id)
    offer = queries.offer_of(row)
    page = _page(request, row, offer)
    crumbs = [Crumb(_("Catalogue"), reverse("catalogue:list")), Crumb(page.title)]
    return render(request, "catalogue/offer.html", page, breadcrumbs=crumbs)


def _page(request: Request, row: Offering, offer: pricing.Offer) -> OfferPage:
    actor, today = request.actor, clock.today(request.actor.zone)
    versions = queries.versions(row)
    held = holding([each.pk for each in versions])
    quote = pricing.price(offer, start=today)
    is_draft = row.state in lifecycle.DRAFTS
    checks = queries.checklist_of(row, today) if row.state in (*lifecycle.DRAFTS, State.ACTIVE) else []
    designs, publishes = actor.may("catalogue.design"), actor.may("catalogue.publish")
    working = any(each.state in (*lifecycle.DRAFTS, State.ACTIVE) for each in versions)
    return OfferPage(
        title=formats.named(row),
        subtitle=_subtitle(row),
        description=row.description,
        state=str(State(row.state).label),
        tone=show.TONES[row.state],
        code=row.code,
        facts=show.facts(row),
        options=show.option_facts(offer),
        prices=show.price_rows(offer),
        members=_members(offer),
        rules=show.rule_rows(queries.rules_of(row), show.names_of() if row.rules else {}),
        checks=check_rows(checks),
        ready=checklist.is_ready(checks),
        steps=_steps(row),
        moves=_moves(row, designs=designs, publishes=publishes, ready=checklist.is_ready(checks)),
        versions=[_version(each, row, held[each.pk]) for each in versions],
        holders=_count(held[row.pk]),
        story=show.story(row),
        quote=show.quote_view(quote, offer),
        controls=show.controls_of(offer, {}, {}),
        start=today.isoformat(),
        price_url=show.url("price", row),
        change_url=show.url("change", row) if designs and is_draft else "",
        version_url=show.url("version", row) if designs and not working else "",
        remove_url=show.url("remove", row) if designs and is_draft else "",
        state_url=show.url("state", row),
    )


def _subtitle(row: Offering) -> str:
    parts = [row.code, _("Version %(revision)s") % {"revision": row.revision}]
    if row.category:
        parts.append(formats.named(row.category))
    return " · ".join(parts)


def _members(offer: pricing.Offer) -> list[show.MemberRow]:
    rows = {row.code: row for row in Offering.objects.filter(code__in=[m.offer.code for m in offer.members])}
    sold = {row.code: row for row in rows.values() if row.is_sold} | rows
    return [
        show.MemberRow(
            show.url("one", sold[member.offer.code]),
            formats.named(member.offer),
            _counted(member),
            formats.money(sold[member.offer.code].monthly_fee),
        )
        for member in offer.members
    ]


def _counted(member: pricing.Member) -> str:
    if member.minimum == member.maximum:
        return f"{member.minimum} ×"
    words = {"low": member.minimum, "high": member.maximum, "default": member.default}
    return _("%(low)s to %(high)s, usually %(default)s") % words


def check_rows(checks: list[checklist.Check]) -> list[dict[str, Any]]:
    """The check list: what is missing comes first."""
    rows = [
        {
            "title": str(wording.CHECKS[check.code][0]),
            "why": str(wording.CHECKS[check.code][1]),
            "about": _(", ").join(check.about),
            "tone": "good" if check.done else "bad" if check.needed else "warn",
            "icon": "circle-check" if check.done else "circle-x" if check.needed else "alert-circle",
            "done": check.done,
        }
        for check in checks
    ]
    return sorted(rows, key=lambda row: bool(row["done"]))


STEPS = (State.IN_DESIGN, State.IN_TEST, State.ACTIVE, State.LAUNCHED, State.RETIRED)


def _steps(row: Offering) -> list[dict[str, str]]:
    order = list(State.values)
    now = order.index(row.state)
    states = {True: "done", False: "next"}
    return [
        {"label": str(step.label), "state": "now" if step == row.state else states[order.index(step) < now]}
        for step in STEPS
    ]


VERBS = {
    "in_study": "arrow-back-up",
    "in_design": "arrow-back-up",
    "in_test": "test-pipe",
    "active": "check",
    "launched": "rocket",
    "retired": "archive",
    "obsolete": "trash",
}


def _moves(row: Offering, *, designs: bool, publishes: bool, ready: bool) -> list[dict[str, str]]:
    """The steps that may be taken from here."""
    labels = {
        "in_study": _("Back to study"),
        "in_design": _("Start the design") if row.state == State.IN_STUDY else _("Back to design"),
        "in_test": _("Test it"),
        "active": _("Declare it ready"),
        "launched": _("Put on sale"),
        "retired": _("Take off sale"),
        "obsolete": _("Make it obsolete"),
    }
    moves = []
    for to in lifecycle.NEXT[row.state]:
        work = to in lifecycle.DRAFTS
        if not (designs if work else publishes) or (
            to in lifecycle.CHECKED and not ready and row.state != State.RETIRED
        ):
            continue
        forward = to in (State.IN_TEST, State.ACTIVE, State.LAUNCHED)
        kind = "primary" if forward else "plain"
        moves.append(
            {"to": to, "label": labels[to], "icon": VERBS[to], "kind": kind, "key": "l" if forward else ""}
        )
    return moves


def _version(each: Offering, row: Offering, held: int) -> dict[str, Any]:
    return {
        "label": _("Version %(revision)s") % {"revision": each.revision},
        "url": show.url("one", each),
        "current": each.pk == row.pk,
        "state": str(State(each.state).label),
        "tone": show.TONES[each.state],
        "fee": formats.money(each.monthly_fee),
        "held": _count(held),
        "compare_url": show.url("compare", row, other=each.public_id) if each.pk != row.pk else "",
    }


def _count(held: int) -> str:
    return formats.number(COUNTED_TO) + "+" if held > COUNTED_TO else formats.number(held)


@require_safe
def price(request: Request, public_id: UUID) -> HttpResponse:
    """What a customer pays with these choices, as they are made."""
    row = queries.get_offering(request.actor, public_id)
    offer = queries.offer_of(row)
    options, counts, start = show.chosen_in(request.GET.dict())
    day = show.start_of(start, clock.today(request.actor.zone))
    quote = pricing.price(offer, options=options, counts=counts, start=day)
    part = PricePart(formats.named(row), show.quote_view(quote, offer))
    return render(request, "catalogue/quote.html", part)


@require_POST
def version(request: Request, public_id: UUID) -> HttpResponse:
    """Begin a new version, and design it."""
    made = actions.begin_version(actor=request.actor, offering=public_id)
    return HttpResponseRedirect(show.url("change", made))


@require_POST
def state(request: Request, public_id: UUID) -> HttpResponse:
    """Take a step of an offer's life."""
    to = request.POST.get("to", "")
    row = actions.change_state(actor=request.actor, offering=public_id, to=to, now=clock.now())
    told = _("“%(name)s” is now: %(state)s") % {"name": formats.named(row), "state": State(row.state).label}
    return with_toast(HttpResponseRedirect(show.url("one", row)), told)


@require_POST
def remove(request: Request, public_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    actions.remove_offering(actor=request.actor, offering=public_id)
    return with_toast(HttpResponseRedirect(reverse("catalogue:list")), _("The draft is gone."))


# Two versions side by side


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two versions: only what differs, then what a customer pays with each."""

    title: str
    subtitle: str
    sides: list[dict[str, Any]]
    rows: list[dict[str, Any]]


@require_safe
def compare(request: Request, public_id: UUID, other: UUID) -> HttpResponse:
    """Two versions of an offer, or two offers."""
    rows = [queries.get_offering(request.actor, other), queries.get_offering(request.actor, public_id)]
    rows.sort(key=lambda row: (row.code, row.revision))
    offers = queries.offers_of(rows)
    today = clock.today(request.actor.zone)
    names = show.names_of() if any(row.rules for row in rows) else {}
    differing = changes_between(design_of(rows[0]), design_of(rows[1]))
    told = [_told(row, offers[row.pk], names) for row in rows]
    page = ComparePage(
        title=_("Compare versions"),
        subtitle=" ↔ ".join(f"{formats.named(row)} · {row.revision}" for row in rows),
        sides=[_side(row, offers[row.pk], today) for row in rows],
        rows=[
            {"label": str(show.FIELDS[name]), "before": told[0].get(name, []), "after": told[1].get(name, [])}
            for name in show.FIELDS
            if name in differing
        ],
    )
    crumbs = [
        Crumb(_("Catalogue"), reverse("catalogue:list")),
        Crumb(formats.named(rows[1]), show.url("one", rows[1])),
        Crumb(page.title),
    ]
    return render(request, "catalogue/compare.html", page, breadcrumbs=crumbs)


def _side(row: Offering, offer: pricing.Offer, today: Any) -> dict[str, Any]:
    return {
        "name": formats.named(row),
        "label": _("Version %(revision)s") % {"revision": row.revision},
        "url": show.url("one", row),
        "state": str(State(row.state).label),
        "tone": show.TONES[row.state],
        "quote": show.quote_view(pricing.price(offer, start=today), offer),
    }


def _told(row: Offering, offer: pricing.Offer, names: dict[str, str]) -> dict[str, list[str]]:
    """Each part of an offer as lines that can be laid side by side."""
    plain = dict(show.facts(row))
    lines = {name: [plain[str(label)]] for name, label in show.FIELDS.items() if plain.get(str(label))}
    return lines | {
        "name": [row.name],
        "name_en": [row.name_en],
        "description": [row.description],
        "uses": [f"{name}: {value}" for name, value in show.option_facts(offer)],
        "prices": [
            " · ".join(filter(None, [each.name, each.told, each.when])) for each in show.price_rows(offer)
        ],
        "members": [f"{formats.named(member.offer)} · {_counted(member)}" for member in offer.members],
        "rules": [f"{each.kind}: {each.wanted}" for each in show.rule_rows(queries.rules_of(row), names)],
    }
