"""Subscriptions for programs: every one there is."""

from django.db.models import QuerySet

from loopline.customers import api as customers
from loopline.kernel.permission import Actor, require
from loopline.subscriptions.models import Subscription


def subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """Every subscription that the actor may see, with its customer, plan and account (see `payer_of`)."""
    require(actor, "customers.view")
    # An inner join would lose the lines whose account belongs to another branch.
    return Subscription.objects.select_related("customer", "offering").prefetch_related("account")


def payer_of(line: Subscription) -> customers.Account | None:
    """The account that pays; None where it is another branch's, as of a secondary line whose primary line pays."""
    try:
        return line.account
    except customers.Account.DoesNotExist:
        return None


def count_of(customer_id: int) -> int:
    """How many subscriptions a customer has or had."""
    return Subscription.objects.filter(customer_id=customer_id).count()
