"""Contracts with groups, and what groups have bought."""

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from loopline.catalogue.api import Offering
from loopline.documents import api as documents
from loopline.kernel import series
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import ContractSigned, ContractTerminated, ProductSet
from loopline.keyaccounts.models import Group, GroupContract, GroupProduct
from loopline.keyaccounts.refusals import NumberTaken
from loopline.keyaccounts.rules.words import clean

documents.permissions.add(GroupContract._meta.label_lower, "keyaccounts.view")
MOST = Decimal(10) ** 12


def sign_contract(
    *,
    actor: Actor,
    group: Group,
    name: str,
    starts_on: date,
    ends_on: date,
    value: Decimal,
    notice_days: int = 60,
    number: str = "",
    renews: GroupContract | None = None,
) -> GroupContract:
    """A contract over its whole value. Without a number it gets the next one; `renews` is the one that it follows.

    Raises NumberTaken, Conflict, Invalid.
    """
    require(actor, "keyaccounts.work")
    _check(name, starts_on, ends_on, value, notice_days)
    if renews is not None:
        renews = GroupContract.objects.select_for_update().get(pk=renews.pk)
        if renews.renewed_by_id is not None or renews.group_id != group.pk:
            raise Conflict
    told = clean(number, 40).upper() or f"HT{series.take('group_contract')[0]:06d}"
    try:
        with transaction.atomic():
            made = GroupContract.objects.create(
                group=group, customer_id=group.customer_id, branch_id=group.branch_id, number=told,
                name=clean(name, 200), starts_on=starts_on, ends_on=ends_on, value=value, notice_days=notice_days,
            )  # fmt: skip
    except IntegrityError as taken:
        raise NumberTaken(field="number", number=told) from taken
    if renews is not None:
        renews.renewed_by = made
        renews.save(update_fields=["renewed_by"])
    event = ContractSigned(number=told, value=str(value), renews=renews.number if renews else "")
    record(event, about=made, by=actor)
    return made


def terminate_contract(*, actor: Actor, contract: GroupContract, on: date, reason: str) -> None:
    """A contract ends before its day. Raises Conflict, Invalid."""
    require(actor, "keyaccounts.work")
    if not clean(reason, 500):
        raise Invalid(field="reason", reason=_("Please fill this in."))
    found = GroupContract.objects.select_for_update().get(pk=contract.pk)
    if found.terminated_on is not None:
        raise Conflict
    found.terminated_on, found.version = on, found.version + 1
    found.save(update_fields=["terminated_on", "version"])
    record(ContractTerminated(number=found.number, reason=clean(reason, 500)), about=found, by=actor)


def attach_file(*, actor: Actor, contract: GroupContract, name: str, content: bytes) -> documents.Document:
    """Hang a file on a contract. Raises TooLarge, TypeNotTaken."""
    require(actor, "keyaccounts.work")
    return documents.keep_document(
        actor=actor,
        about=contract,
        name=name,
        content=content,
        branch=contract.branch_id,
        customer=contract.customer_id,
    )


def add_product(
    *,
    actor: Actor,
    group: Group,
    name: str,
    quantity: int,
    monthly_fee: Decimal,
    since: date,
    contract: GroupContract | None = None,
    offering: Offering | None = None,
) -> GroupProduct:
    """The group has bought so many of something; the monthly fee is that of all together. Raises Invalid."""
    require(actor, "keyaccounts.work")
    told = clean(name, 200)
    if not told:
        raise Invalid(field="name", reason=_("Please fill this in."))
    if not 1 <= quantity <= 1_000_000:
        raise Invalid(field="quantity", reason=_("Give a number between 1 and 1,000,000."))
    if not 0 <= monthly_fee < MOST:
        raise Invalid(field="monthly_fee", reason=_("Give an amount that is not negative."))
    if contract is not None and contract.group_id != group.pk:
        raise Conflict
    made = GroupProduct.objects.create(
        group=group, customer_id=group.customer_id, branch_id=group.branch_id, contract=contract, offering=offering,
        name=told, quantity=quantity, monthly_fee=monthly_fee, since=since,
    )  # fmt: skip
    record(ProductSet(product=told, quantity=quantity, change="added"), about=made, by=actor)
    return made


def end_product(*, actor: Actor, product: GroupProduct, on: date) -> None:
    """The group gives something up. Raises Conflict."""
    require(actor, "keyaccounts.work")
    if product.until is not None:
        raise Conflict
    product.until = on
    product.save(update_fields=["until"])
    event = ProductSet(product=product.name, quantity=product.quantity, change="ended")
    record(event, about=product, by=actor)


def _check(name: str, starts_on: date, ends_on: date, value: Decimal, notice_days: int) -> None:
    if not clean(name, 200):
        raise Invalid(field="name", reason=_("Please fill this in."))
    if ends_on < starts_on:
        raise Invalid(field="ends_on", reason=_("A contract does not end before it starts."))
    if not 0 <= value < MOST:
        raise Invalid(field="value", reason=_("Give an amount that is not negative."))
    if not 0 <= notice_days <= 730:
        raise Invalid(field="notice_days", reason=_("Give a number between 0 and 730."))
