"""What is done with an offering: design, change, version, the steps of its life, throw away."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from loopline.catalogue import queries
from loopline.catalogue.design import Design, Found, check, design_of, tidy
from loopline.catalogue.events import (
    OfferingChanged,
    OfferingDesigned,
    OfferingRemoved,
    OfferingStateChanged,
    OfferingVersioned,
)
from loopline.catalogue.holding import holding
from loopline.catalogue.models import BundleMember, Offering, Price, State, stamp
from loopline.catalogue.rules import lifecycle, pricing
from loopline.kernel import clock, formats
from loopline.kernel.errors import Conflict, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

COLUMNS = (
    "name", "name_en", "description", "kind", "service", "term_months", "monthly_cost", "valid_from", "valid_until",
)  # fmt: skip


class NotADraft(Conflict):
    """Only a draft may be changed; what is ready or sold is replaced by a new version."""

    code = "offering_not_a_draft"
    sentence = _("“%(name)s” is no longer a draft. Make a new version of it; subscribers keep theirs.")


class CodeTaken(Conflict):
    """A code belongs to one offering."""

    code = "offering_code_taken"
    sentence = _("There is an offering %(code)s already. Make a new version of it instead.")


class DraftExists(Conflict):
    """One version is worked on at a time."""

    code = "offering_draft_exists"
    sentence = _("Version %(revision)s of “%(name)s” is being worked on already.")


class IllegalStep(Conflict):
    """The life of an offering does not lead from here to there."""

    code = "offering_illegal_step"
    sentence = _("From “%(before)s” an offering cannot become “%(to)s”.")


class NotReady(Refusal):
    """Something on the check list is missing."""

    code = "offering_not_ready"
    sentence = _("Not everything that is needed is there: %(missing)s.")


class StillInUse(Conflict):
    """Somebody has the offering, or a bundle contains it."""

    code = "offering_in_use"
    sentence = _("“%(name)s” is still in use.")


class EmptyBundle(Refusal):
    """What is called a bundle contains something."""

    code = "offering_empty_bundle"
    sentence = _("A bundle names what is inside it.")


def design_offering(*, actor: Actor, design: Design, revision: int = 1) -> Offering:
    """Begin an offering; `revision` is how far it has come elsewhere. Raises Invalid with the field, CodeTaken."""
    require(actor, "catalogue.design")
    design = tidy(design)
    found = check(design, own=None)
    if Offering.objects.filter(code=design.code).exists():
        raise CodeTaken(field="code", code=design.code)
    made = Offering(code=design.code, revision=revision, state=State.IN_DESIGN, is_sold=False)
    _keep(made, design, found, actor)
    record(OfferingDesigned(code=made.code, revision=made.revision), about=made, by=actor)
    return made


def change_offering(*, actor: Actor, offering: UUID, design: Design, version: int | None = None) -> Offering:
    """Change a draft. Raises NotADraft, Invalid with the field at fault, Conflict on an outdated `version`."""
    require(actor, "catalogue.design")
    row = _locked(offering)
    if version is not None and version != row.version:
        raise Conflict
    if row.state not in lifecycle.DRAFTS:
        raise NotADraft(name=formats.named(row))
    design = tidy(design)
    if design.code != row.code:
        _check_code(row, design.code)
    found = check(design, own=row)
    changes = changes_between(design_of(row), design)
    if changes:
        row.code = design.code
        row.version += 1
        _keep(row, design, found, actor)
        record(OfferingChanged(changes=changes), about=row, by=actor)
    return row


def _check_code(row: Offering, code: str) -> None:
    if row.revision > 1 or Offering.objects.filter(code=code).exists():
        raise CodeTaken(field="code", code=code)


def changes_between(before: Design, after: Design) -> dict[str, list[str]]:
    """The fields in which two designs differ, each with what it was and what it is."""
    changes = {}
    for name in Design.__dataclass_fields__:
        was, now = getattr(before, name), getattr(after, name)
        if name == "prices":
            was, now = [each.fact for each in was], [each.fact for each in now]
        if was != now:
            changes[name] = [_told(name, was), _told(name, now)]
    return changes


def _told(name: str, value: Any) -> str:
    if name == "prices":
        return "; ".join(f"{fact.name} {fact.percent or fact.amount}".strip() for fact in value)
    if name == "rules":
        return "; ".join(
            f"{rule.kind} {', '.join(rule.values) or f'{rule.low}–{rule.high}'}" for rule in value
        )
    if name == "uses":
        return "; ".join(f"{use.code} {', '.join(use.values) or use.default}" for use in value)
    if name == "members":
        return "; ".join(f"{each.offering} {each.minimum}–{each.maximum}" for each in value)
    return "" if value is None else str(value)


def begin_version(*, actor: Actor, offering: UUID) -> Offering:
    """A new version to work on, equal to this one. Raises DraftExists while another is worked on."""
    require(actor, "catalogue.design")
    row = _locked(offering)
    draft = Offering.objects.filter(code=row.code, state__in=(*lifecycle.DRAFTS, State.ACTIVE)).first()
    if draft is not None:
        raise DraftExists(name=formats.named(draft), revision=draft.revision)
    design = design_of(row)
    newest = Offering.objects.filter(code=row.code).aggregate(newest=Max("revision"))["newest"]
    made = Offering(
        code=row.code, revision=newest + 1, state=State.IN_DESIGN, is_sold=False, allowances=row.allowances
    )
    _keep(made, design, check(design, own=made), actor, copies=True)
    event = OfferingVersioned(code=made.code, revision=made.revision, before=row.revision)
    record(event, about=made, by=actor)
    return made


def change_state(*, actor: Actor, offering: UUID, to: str, now: datetime, reason: str = "") -> Offering:
    """Take a step of an offering's life. What is launched replaces the version on sale, which is retired.

    Raises IllegalStep, NotReady with what is missing, StillInUse for making obsolete what somebody has.
    """
    row = _locked(offering)
    require(actor, "catalogue.design" if _is_work(row.state, to) else "catalogue.publish")
    if not lifecycle.may_become(row.state, to):
        raise IllegalStep(before=State(row.state).label, to=_label(to))
    if to in lifecycle.CHECKED:
        _check_ready(row, now)
    if to == State.OBSOLETE and holding([row.pk])[row.pk]:
        raise StillInUse(name=formats.named(row))
    if to == State.LAUNCHED:
        for old in Offering.objects.select_for_update().filter(code=row.code, state=State.LAUNCHED):
            _step(old, State.RETIRED, actor, now, f"revision {row.revision}")
        row.launched_at = now
    _step(row, to, actor, now, reason)
    return row


def _is_work(before: str, to: str) -> bool:
    """Steps of those who design; the others decide what is sold."""
    return to in lifecycle.DRAFTS and before in (*lifecycle.DRAFTS, State.ACTIVE)


def _label(state: str) -> str:
    return str(State(state).label) if state in State.values else state


def _check_ready(row: Offering, now: datetime) -> None:
    from loopline.catalogue.wording import CHECKS

    missing = [
        check.code
        for check in queries.checklist_of(row, clock.local_day(now, formats.zone.get()))
        if check.needed and not check.done
    ]
    if missing:
        raise NotReady(missing=", ".join(str(CHECKS[code][0]) for code in missing))


def _step(row: Offering, to: str, actor: Actor, now: datetime, reason: str) -> None:
    before, row.state, row.is_sold = row.state, to, to == State.LAUNCHED
    row.version += 1
    row.updated_at = stamp()
    row.save(update_fields=["state", "is_sold", "version", "updated_at", "launched_at"])
    record(OfferingStateChanged(before=before, to=to, reason=reason), about=row, by=actor)


def remove_offering(*, actor: Actor, offering: UUID) -> None:
    """Throw a draft away. Raises NotADraft, StillInUse when a bundle contains it."""
    require(actor, "catalogue.design")
    row = _locked(offering)
    if row.state not in lifecycle.DRAFTS:
        raise NotADraft(name=formats.named(row))
    if BundleMember.objects.filter(member=row).exists() or holding([row.pk])[row.pk]:
        raise StillInUse(name=formats.named(row))
    record(OfferingRemoved(code=row.code, revision=row.revision), about=row, by=actor)
    row.delete()


def _locked(offering: UUID) -> Offering:
    return queries.found(Offering.objects.select_for_update().filter(public_id=offering).first())


def _keep(row: Offering, design: Design, found: Found, actor: Actor, *, copies: bool = False) -> None:
    """Save the design. With `copies` prices are made anew, whatever their ids."""
    for name in COLUMNS:
        setattr(row, name, getattr(design, name))
    row.specification, row.category = found.specification, found.category
    row.updated_at = stamp()
    row.characteristics = [use.stored() for use in design.uses]
    row.rules = [
        {"kind": rule.kind, "values": list(rule.values), "low": rule.low, "high": rule.high}
        for rule in design.rules
    ]
    row.monthly_fee = _monthly_fee(design)
    row.allowances = row.allowances | _allowances(design)
    row.save()
    _keep_prices(row, design, actor.currency, copies=copies)
    BundleMember.objects.filter(bundle=row).delete()
    BundleMember.objects.bulk_create(
        BundleMember(
            bundle=row,
            member=member,
            minimum=each.minimum,
            maximum=each.maximum,
            default=each.default,
            position=at,
        )
        for at, (each, member) in enumerate(zip(design.members, found.members, strict=True))
    )
    if design.members:
        row.monthly_fee = queries.price_of(row).after_discount
        row.save(update_fields=["monthly_fee"])


def _keep_prices(row: Offering, design: Design, currency: str, *, copies: bool) -> None:
    kept = {} if copies else {price.public_id: price for price in Price.objects.filter(offering=row)}
    wanted = {each.id for each in design.prices}
    Price.objects.filter(pk__in=[price.pk for key, price in kept.items() if key not in wanted]).delete()
    for at, each in enumerate(design.prices):
        price = kept.get(each.id) if each.id else None
        price = price or Price(offering=row, currency=currency)
        fill_price(price, each.fact)
        price.position = at
        price.version += price.pk is not None
        price.save()


def fill_price(row: Price, fact: pricing.Price) -> None:
    """Put what is decided about a price into its row."""
    for name in (
        "kind", "name", "name_en", "amount", "percent", "unit", "quantity", "period_months", "first_month",
        "months", "takes_from",
    ):  # fmt: skip
        setattr(row, name, getattr(fact, name))
    row.condition = dict(fact.when)
    if queries.local(row.valid_from) != fact.valid_from:
        row.valid_from = midnight(fact.valid_from)
    if queries.local(row.valid_until) != fact.valid_until:
        row.valid_until = midnight(fact.valid_until)
    row.updated_at = stamp()


def midnight(day: Any) -> datetime | None:
    """The moment at which a day begins for the operator."""
    return datetime(day.year, day.month, day.day, tzinfo=formats.zone.get()) if day else None


def _monthly_fee(design: Design) -> Decimal:
    """What the offering costs a month while nothing is taken off and nothing extra is chosen."""
    return sum(
        (
            each.fact.amount
            for each in design.prices
            if each.fact.kind == pricing.RECURRING and each.fact.period_months == 1 and not each.fact.when
        ),
        Decimal(0),
    )


UNITS = {"minute": "minutes", "GB": "gigabytes", "message": "messages"}


def _allowances(design: Design) -> dict[str, Any]:
    """The allowances in short, by the names that other modules read."""
    speed = next((use.default for use in design.uses if use.code == "speed" and use.default.isdigit()), "")
    return ({"mbit": int(speed)} if speed else {}) | {
        UNITS[each.fact.unit]: None if each.fact.quantity is None else _figure(each.fact.quantity)
        for each in design.prices
        if each.fact.kind == pricing.ALLOWANCE and each.fact.unit in UNITS and not each.fact.when
    }


def _figure(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral() else float(quantity)
