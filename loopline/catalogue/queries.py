"""The catalogue as others read it: facts for the rules, lists, versions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from loopline.catalogue.models import BundleMember, Category, Offering, Price, Specification, State
from loopline.catalogue.rules import checklist as checks
from loopline.catalogue.rules import eligibility, pricing
from loopline.catalogue.rules.characteristics import Characteristic, Use, narrowed
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require

DEPTH = 4
"""How deep bundles may stand in one another."""


def found[T](row: T | None) -> T:
    """The row, or the refusal that it is not there."""
    if row is None:
        raise NotFound
    return row


# Facts for the rules


def offer_of(offering: Offering) -> pricing.Offer:
    """An offering with all that is inside it, as the price calculation wants it. At most two queries a level."""
    return offers_of([offering])[offering.pk]


def offers_of(offerings: Sequence[Offering]) -> dict[int, pricing.Offer]:
    """Several at once, by key; the number of queries does not grow with theirs."""
    rows = {row.pk: row for row in offerings}
    members = _members_below(rows)
    prices = _prices_of(rows)
    specifications = _specifications_of(rows)

    def build(row: Offering) -> pricing.Offer:
        inside = [(link, rows[link.member_id]) for link in members.get(row.pk, ())]
        return pricing.Offer(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            prices=tuple(prices.get(row.pk, ())),
            characteristics=narrowed(
                specifications.get(row.specification_id or 0, ()), map(Use.read, row.characteristics)
            ),
            members=tuple(
                pricing.Member(build(member), link.minimum, link.maximum, link.default)
                for link, member in inside
            ),
            term_months=row.term_months,
        )

    return {row.pk: build(row) for row in offerings}


def _members_below(rows: dict[int, Offering]) -> dict[int, list[BundleMember]]:
    """The links below these rows, level by level; `rows` receives the members, in the version that is sold."""
    links: dict[int, list[BundleMember]] = {}
    level = list(rows)
    for _ in range(DEPTH):
        found_links = list(
            BundleMember.objects.filter(bundle__in=level).select_related("member").order_by("position", "id")
        )
        _take_sold(found_links)
        for link in found_links:
            links.setdefault(link.bundle_id, []).append(link)
        level = [link.member_id for link in found_links if link.member_id not in rows]
        rows |= {link.member_id: link.member for link in found_links}
        if not level:
            break
    return links


def _take_sold(links: list[BundleMember]) -> None:
    """Where the version that a bundle was designed with has been retired, the one on sale takes its place."""
    retired = {link.member.code for link in links if link.member.state in (State.RETIRED, State.OBSOLETE)}
    if not retired:
        return
    sold = {row.code: row for row in Offering.objects.filter(code__in=retired, state=State.LAUNCHED)}
    for link in links:
        if link.member.code in sold and link.member.state in (State.RETIRED, State.OBSOLETE):
            link.member = sold[link.member.code]


def _prices_of(keys: Iterable[int]) -> dict[int, list[pricing.Price]]:
    found: dict[int, list[pricing.Price]] = {}
    for row in Price.objects.filter(offering__in=list(keys)).order_by("position", "id"):
        found.setdefault(row.offering_id or 0, []).append(price_fact(row))
    return found


def price_fact(row: Price) -> pricing.Price:
    """A price as the calculation wants it."""
    return pricing.Price(
        kind=row.kind,
        name=row.name,
        name_en=row.name_en,
        amount=row.amount,
        percent=row.percent,
        unit=row.unit,
        quantity=row.quantity,
        period_months=row.period_months,
        first_month=row.first_month,
        months=row.months,
        takes_from=row.takes_from,
        when=tuple((code, str(value)) for code, value in row.condition.items()),
        valid_from=local(row.valid_from),
        valid_until=local(row.valid_until),
    )


def _specifications_of(rows: dict[int, Offering]) -> dict[int, tuple[Characteristic, ...]]:
    keys = {row.specification_id for row in rows.values() if row.specification_id}
    if not keys:
        return {}
    return {row.pk: characteristics_of(row) for row in Specification.objects.filter(pk__in=keys)}


def characteristics_of(specification: Specification | None) -> tuple[Characteristic, ...]:
    """The characteristics of a specification, in their order."""
    return tuple(map(Characteristic.read, specification.characteristics)) if specification else ()


def rules_of(offering: Offering) -> tuple[eligibility.Rule, ...]:
    """The rules of an offering."""
    return tuple(rule_of(stored) for stored in offering.rules)


def rule_of(stored: dict[str, Any]) -> eligibility.Rule:
    """A rule from what JSON keeps."""
    return eligibility.Rule(
        stored["kind"], tuple(stored.get("values", ())), stored.get("low"), stored.get("high")
    )


def local(moment: datetime | None) -> date | None:
    """The operator's calendar day of a moment."""
    return clock.local_day(moment, formats.zone.get()) if moment else None


# What others ask


def price_of(
    offering: Offering,
    options: dict[str, Any] | None = None,
    start_on: date | None = None,
    *,
    counts: dict[str, int] | None = None,
) -> pricing.Quote:
    """What a customer would pay who takes the offering with these options on this day (today unless given).

    See `rules.pricing.price`; `problems` of the quote tell which options do not hold.
    """
    start = start_on or clock.today(formats.zone.get())
    return pricing.price(offer_of(offering), options=options, counts=counts, start=start)


def qualify(buyer: eligibility.Buyer, offering: Offering, on: date | None = None) -> list[eligibility.Reason]:
    """Why this buyer may not take the offering on this day (today unless given); empty when he may. No query."""
    day = on or clock.today(formats.zone.get())
    begins, ends = local(offering.valid_from), local(offering.valid_until)
    found = []
    if offering.state != State.LAUNCHED:
        found.append(eligibility.Reason("not_sold"))
    if begins and day < begins:
        found.append(eligibility.Reason("not_yet"))
    if ends and day >= ends:
        found.append(eligibility.Reason("no_longer"))
    return found + eligibility.failing(rules_of(offering), buyer, day)


def check_compatibility(held: Iterable[Offering], wanted: Iterable[Offering]) -> list[eligibility.Conflict]:
    """What stands between the offerings wanted and those in use, or one another. No query."""
    return eligibility.conflicts(_fittings(held), _fittings(wanted))


def _fittings(offerings: Iterable[Offering]) -> list[eligibility.Fitting]:
    return [eligibility.Fitting(row.code, rules_of(row)) for row in offerings]


def keys_by_code() -> dict[str, int]:
    """The offering that each code means to whoever takes it up now: the version on sale, else the newest."""
    rows = Offering.objects.order_by("is_sold", "revision").values_list("code", "pk")
    return dict(rows)


def sold_named(code: str) -> Offering | None:
    """The version of a code that is on sale."""
    return Offering.objects.filter(code=code, state=State.LAUNCHED).first()


# Lists and single rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which offerings: of a search in codes and names, a category with all below it, a kind, service or state.

    `state` "current" leaves out what is retired or obsolete; `after` is (name, key) of the last row before.
    """

    text: str = ""
    category: UUID | None = None
    kind: str = ""
    service: str = ""
    state: str = "current"
    after: tuple[str, int] | None = None


def offerings(actor: Actor, wanted: Wanted) -> QuerySet[Offering]:
    """The offerings by name."""
    require(actor, "catalogue.view")
    rows = Offering.objects.select_related("category", "specification").order_by("name", "id")
    if wanted.text:
        # The catalogue has thousands of rows, not millions: a scan of it is cheaper than tokens for it.
        text = wanted.text.strip()
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(name_en__icontains=text))
    if wanted.category:
        rows = rows.filter(category__in=below(wanted.category))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.service:
        rows = rows.filter(service=wanted.service)
    if wanted.state == "current":
        rows = rows.exclude(state__in=[State.RETIRED, State.OBSOLETE])
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.after:
        name, key = wanted.after
        rows = rows.filter(Q(name__gt=name) | Q(name=name, pk__gt=key))
    return rows


def get_offering(actor: Actor, public_id: UUID) -> Offering:
    """One offering."""
    require(actor, "catalogue.view")
    rows = Offering.objects.select_related("category", "specification")
    return found(rows.filter(public_id=public_id).first())


def versions(offering: Offering) -> list[Offering]:
    """All versions of an offering, the newest first."""
    return list(Offering.objects.filter(code=offering.code).order_by("-revision"))


def categories() -> list[Category]:
    """The whole tree: parents before children, in their order."""
    rows = list(Category.objects.order_by("position", "name", "id"))
    children: dict[int | None, list[Category]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)

    def walk(parent: int | None) -> Iterable[Category]:
        for row in children.get(parent, ()):
            yield row
            yield from walk(row.pk)

    return list(walk(None))


def depth_of(rows: Sequence[Category]) -> dict[int, int]:
    """How deep each category of the whole tree stands; roots have 0."""
    depth: dict[int, int] = {}
    for row in rows:
        depth[row.pk] = depth[row.parent_id] + 1 if row.parent_id else 0
    return depth


def below(category: UUID) -> list[int]:
    """The keys of a category and everything below it."""
    inside: set[int] = set()
    for row in categories():
        if row.public_id == category or row.parent_id in inside:
            inside.add(row.pk)
    return list(inside)


def checklist_of(offering: Offering, today: date) -> list[checks.Check]:
    """What is still missing before an offering may be sold."""
    offer = offer_of(offering)
    codes = [member.offer.code for member in offer.members]
    sold = Offering.objects.filter(code__in=codes, state__in=[State.LAUNCHED, State.ACTIVE])
    return checks.checklist(
        checks.Subject(
            offer=offer,
            kind=offering.kind,
            service=offering.service,
            specified=offering.specification_id is not None,
            category=offering.category_id is not None,
            description=bool(offering.description),
            rules=rules_of(offering),
            sold=frozenset(sold.values_list("code", flat=True)) if codes else frozenset(),
            valid_until=local(offering.valid_until),
        ),
        today,
    )
