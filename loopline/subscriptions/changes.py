"""What is done with a subscription from its opening to its end. Orders call these when their work is complete."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel.errors import Conflict, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.subscriptions.events import (
    NumberChanged,
    PlanChanged,
    ServiceAdded,
    ServiceRemoved,
    SubscriptionOpened,
    SubscriptionStateChanged,
)
from loopline.subscriptions.models import AddOn, State, Subscription
from loopline.subscriptions.rules import lifecycle

SOURCE = "order"


class NotInThisState(Conflict):
    """The subscription's state does not allow it."""

    code = "not_in_this_state"
    sentence = _("This cannot be done: the subscription is %(state)s.")


def open_subscription(
    *,
    actor: Actor,
    key: str,
    customer: customers.Customer,
    account: int,
    offering: int | None,
    service: str,
    number: str,
    monthly_fee: Decimal | None,
    contract_ends_on: date | None = None,
) -> Subscription:
    """Prepare a subscription that is not in use yet. `key` names what opens it; the same key opens it once."""
    require(actor, "orders.accept")
    known = Subscription.objects.filter(source=SOURCE, source_key=key).first()
    if known is not None:
        return known
    made = Subscription.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        account_id=account,
        offering_id=offering,
        service=service,
        number=number,
        state=State.PRE_PROVISIONED,
        monthly_fee=monthly_fee,
        contract_ends_on=contract_ends_on,
        source=SOURCE,
        source_key=key,
    )
    if number:
        customers.write_number_tokens([(number, customer.pk, customer.branch_id)], actor.country)
    record(SubscriptionOpened(service=service, offering=offering), about=made, by=actor)
    return made


def change_state(*, actor: Actor, subscription: int, done: str, on: date, reason: str = "") -> Subscription:
    """Do one of `rules.lifecycle.AFTER` to a subscription. Raises NotInThisState."""
    require(actor, "orders.accept")
    row = locked(subscription)
    following = lifecycle.after(row.state, done)
    if following is None:
        raise NotInThisState(state=State(row.state).label)
    before, row.state = row.state, following
    if done == "activate":
        row.started_on = on
    if done in ("pre_terminate", "terminate", "port_out", "void"):
        row.ended_on, row.end_reason = row.ended_on or on, row.end_reason or reason
    if done == "restore":
        row.ended_on, row.end_reason = None, ""
    _save(row, "state", "started_on", "ended_on", "end_reason")
    record(SubscriptionStateChanged(before=before, after=following, reason=reason), about=row, by=actor)
    return row


def change_plan(
    *,
    actor: Actor,
    subscription: int,
    offering: int | None,
    monthly_fee: Decimal | None,
    contract_ends_on: date | None,
) -> Subscription:
    """The subscription has another plan. An empty end of contract leaves the one that runs."""
    require(actor, "orders.accept")
    row = _changeable(subscription)
    before, row.offering_id, row.monthly_fee = row.offering_id, offering, monthly_fee
    row.contract_ends_on = contract_ends_on or row.contract_ends_on
    _save(row, "offering", "monthly_fee", "contract_ends_on")
    record(PlanChanged(before=before, offering=offering), about=row, by=actor)
    return row


def change_number(*, actor: Actor, subscription: int, number: str) -> str:
    """The subscription has another number; returns the former one."""
    require(actor, "orders.accept")
    row = _changeable(subscription)
    former, row.number = row.number, number
    _save(row, "number")
    customers.write_number_tokens([(number, row.customer_id, row.branch_id)], actor.country)
    record(NumberChanged(), about=row, by=actor)
    return former


def change_site(*, actor: Actor, subscription: int, site: str) -> Subscription:
    """The line is at another address."""
    require(actor, "orders.accept")
    row = _changeable(subscription)
    row.characteristics = {**row.characteristics, "site": site}
    _save(row, "characteristics")
    record(SubscriptionStateChanged(before=row.state, after=row.state, reason="moved"), about=row, by=actor)
    return row


def add_service(
    *, actor: Actor, subscription: int, offering: int, monthly_fee: Decimal | None, on: date
) -> AddOn:
    """The subscription has an add-on; one that it has already stays as it is."""
    require(actor, "orders.accept")
    row = _changeable(subscription)
    known = AddOn.objects.filter(subscription=row, offering_id=offering, ended_on=None).first()
    if known is not None:
        return known
    made = AddOn.objects.create(
        subscription=row,
        customer_id=row.customer_id,
        branch_id=row.branch_id,
        offering_id=offering,
        monthly_fee=monthly_fee,
        started_on=on,
    )
    record(ServiceAdded(offering=offering), about=row, by=actor)
    return made


def remove_service(*, actor: Actor, subscription: int, offering: int, on: date) -> None:
    """The subscription has the add-on no more."""
    require(actor, "orders.accept")
    row = _changeable(subscription)
    if AddOn.objects.filter(subscription=row, offering_id=offering, ended_on=None).update(ended_on=on):
        record(ServiceRemoved(offering=offering), about=row, by=actor)


def locked(subscription: int) -> Subscription:
    """The subscription's row, locked to the end of the transaction."""
    row = Subscription.objects.select_for_update(of=("self",)).filter(pk=subscription).first()
    if row is None:
        raise NotFound
    return row


def _changeable(subscription: int) -> Subscription:
    row = locked(subscription)
    if row.state not in lifecycle.CHANGEABLE:
        raise NotInThisState(state=State(row.state).label)
    return row


def _save(row: Subscription, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])
