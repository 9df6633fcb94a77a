"""What is done with the other entries of the catalogue: catalogues, categories, specifications, prices alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from loopline.catalogue import queries
from loopline.catalogue.actions.offering import NotADraft, fill_price
from loopline.catalogue.design import PriceDesign, check_price, tidy_price
from loopline.catalogue.events import EntryAdded, EntryChanged, EntryRemoved
from loopline.catalogue.models import Catalogue, CatalogueRow, Category, Price, Specification, State, stamp
from loopline.catalogue.rules import lifecycle, pricing
from loopline.catalogue.rules.characteristics import KINDS, Characteristic, wrong_with
from loopline.kernel import clock, formats
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require


class InUse(Conflict):
    """Something in the catalogue still refers to it."""

    code = "catalogue_entry_in_use"
    sentence = _("“%(name)s” is still used in the catalogue.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryInput:
    """What every entry has."""

    name: str
    name_en: str = ""
    description: str = ""
    state: str = State.LAUNCHED
    release: str = "1.0"
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueInput(EntryInput):
    """A catalogue for an audience; `categories` are the public ids of its roots."""

    kind: str = ""
    categories: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryInput(EntryInput):
    """A category below its parent (public id), or a root."""

    parent: UUID | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationInput(EntryInput):
    """A specification. Without a code it gets one of its own."""

    code: str = ""
    brand: str = ""
    service: str = ""
    is_bundle: bool = False
    characteristics: tuple[Characteristic, ...] = ()


def add_catalogue(*, actor: Actor, given: CatalogueInput) -> Catalogue:
    """Begin a catalogue."""
    return _save(actor, Catalogue(), given, ("kind",))


def change_catalogue(*, actor: Actor, catalogue: UUID, given: CatalogueInput) -> Catalogue:
    """Change a catalogue."""
    return _save(actor, _locked(Catalogue, catalogue), given, ("kind",))


def add_category(*, actor: Actor, given: CategoryInput) -> Category:
    """Add a category."""
    return _save(actor, Category(parent=_parent(given, None)), given, ("position",))


def change_category(*, actor: Actor, category: UUID, given: CategoryInput) -> Category:
    """Change a category or hang it elsewhere in the tree. Raises Invalid where it would hang below itself."""
    row = _locked(Category, category)
    parent = _parent(given, row)
    before = str(row.parent_id or "")
    row.parent = parent
    return _save(actor, row, given, ("position",), {"parent": [before, str(parent.pk if parent else "")]})


def _parent(given: CategoryInput, row: Category | None) -> Category | None:
    if given.parent is None:
        return None
    parent = Category.objects.filter(public_id=given.parent).first()
    if parent is None:
        raise Invalid(field="parent", reason=_("There is no such category."))
    if row is not None and parent.pk in queries.below(row.public_id):
        raise Invalid(field="parent", reason=_("A category cannot hang below itself."))
    return parent


def add_specification(*, actor: Actor, given: SpecificationInput) -> Specification:
    """Add a specification. Raises Invalid with the characteristic at fault."""
    _check_characteristics(given.characteristics)
    row = Specification(code=_code(given, None), characteristics=_stored(given))
    return _save(actor, row, given, ("brand", "service", "is_bundle"))


def change_specification(*, actor: Actor, specification: UUID, given: SpecificationInput) -> Specification:
    """Change a specification. Offerings that stand on it see the change; values they no longer know are unset."""
    _check_characteristics(given.characteristics)
    row = _locked(Specification, specification)
    before, row.characteristics = row.characteristics, _stored(given)
    row.code = _code(given, row)
    more = (
        {"characteristics": [_codes(before), _codes(row.characteristics)]}
        if before != row.characteristics
        else {}
    )
    return _save(actor, row, given, ("brand", "service", "is_bundle"), more)


def _stored(given: SpecificationInput) -> list[dict[str, Any]]:
    return [each.stored() for each in given.characteristics]


def _codes(stored: list[dict[str, Any]]) -> str:
    return ", ".join(each["code"] for each in stored)


def _code(given: SpecificationInput, row: Specification | None) -> str:
    code = given.code.strip() or (row.code if row else f"S{Specification.objects.count() + 1:03d}")
    others = Specification.objects.filter(code=code)
    if (others.exclude(pk=row.pk) if row else others).exists():
        if given.code.strip():
            raise Invalid(field="code", reason=_("There is a specification with this code already."))
        code = f"S{clock.now():%y%m%d%H%M%S%f}"
    return code


def _check_characteristics(characteristics: tuple[Characteristic, ...]) -> None:
    codes = [each.code for each in characteristics]
    for place, each in enumerate(characteristics):
        field = f"characteristics.{place}"
        if not each.code.strip() or "." in each.code or codes.count(each.code) > 1:
            raise Invalid(
                field=f"{field}.code", reason=_("Each characteristic needs a code of its own, without dots.")
            )
        if not each.name.strip():
            raise Invalid(field=f"{field}.name", reason=_("Give it a name."))
        if each.kind not in KINDS:
            raise Invalid(field=f"{field}.kind", reason=_("There is no such kind of value."))
        if each.maximum and each.minimum > each.maximum:
            raise Invalid(field=f"{field}.maximum", reason=_("From a smaller to a larger number."))
        if each.low is not None and each.high is not None and each.low > each.high:
            raise Invalid(field=f"{field}.high", reason=_("From a smaller to a larger number."))
        if each.default and wrong_with(each, each.default):
            raise Invalid(
                field=f"{field}.default", reason=_("The proposed value is not among those allowed.")
            )


def add_price(*, actor: Actor, given: PriceDesign, entry: EntryInput) -> Price:
    """A price that belongs to no offering yet."""
    row = Price(currency=actor.currency)
    _fill(row, given.fact)
    return _save(actor, row, entry, ())


def change_price(*, actor: Actor, price: UUID, given: PriceDesign, entry: EntryInput) -> Price:
    """Change a price that is in no offering, or in a draft. Raises NotADraft."""
    row = _locked(Price, price)
    _check_free(row)
    before = {name: str(getattr(row, name)) for name in ("kind", "amount", "percent", "unit", "quantity")}
    _fill(row, given.fact)
    changes = {
        name: [was, str(getattr(row, name))] for name, was in before.items() if was != str(getattr(row, name))
    }
    return _save(actor, row, entry, (), changes)


def _fill(row: Price, fact: pricing.Price) -> None:
    fact = tidy_price(fact)
    check_price(fact, "price")
    fill_price(row, fact)


def _check_free(row: Price) -> None:
    if row.offering is not None and row.offering.state not in lifecycle.DRAFTS:
        raise NotADraft(name=formats.named(row.offering))


def remove_entry(*, actor: Actor, entry: CatalogueRow) -> None:
    """Remove a catalogue, category, specification or price. Raises InUse."""
    require(actor, "catalogue.design")
    if isinstance(entry, Price):
        _check_free(entry)
    record(EntryRemoved(title=entry.name), about=entry, by=actor)
    try:
        entry.delete()
    except ProtectedError:
        raise InUse(name=formats.named(entry)) from None


def _locked[R: (Catalogue, Category, Specification, Price)](model: type[R], public_id: UUID) -> R:
    return queries.found(model._default_manager.select_for_update().filter(public_id=public_id).first())


def _save[R: (Catalogue, Category, Specification, Price)](
    actor: Actor,
    row: R,
    given: EntryInput,
    more: tuple[str, ...],
    changes: Mapping[str, list[str]] | None = None,
) -> R:
    """Take over the columns, and tell what has changed."""
    require(actor, "catalogue.design")
    if not given.name.strip():
        raise Invalid(field="name", reason=_("Give it a name."))
    if given.state not in State.values:
        raise Invalid(field="state", reason=_("There is no such state."))
    if given.valid_from and given.valid_until and given.valid_until <= given.valid_from:
        raise Invalid(field="valid_until", reason=_("It must end after it begins."))
    is_new = row.pk is None
    told = {name: pair for name, pair in (changes or {}).items() if pair[0] != pair[1]}
    names = ("name", "name_en", "description", "state", "release", "valid_from", "valid_until", *more)
    for name in names:
        before, value = getattr(row, name), getattr(given, name)
        if before != value:
            told[name] = [str(before or ""), str(value or "")]
            setattr(row, name, value)
    row.updated_at = stamp()
    row.version += not is_new
    row.save()
    if isinstance(given, CatalogueInput) and isinstance(row, Catalogue):
        _take_categories(row, given)
    if is_new:
        record(EntryAdded(title=row.name), about=row, by=actor)
    elif told:
        record(EntryChanged(changes=told), about=row, by=actor)
    return row


def _take_categories(row: Catalogue, given: CatalogueInput) -> None:
    Category.objects.filter(catalogue=row).exclude(public_id__in=given.categories).update(catalogue=None)
    Category.objects.filter(public_id__in=given.categories).update(catalogue=row)
