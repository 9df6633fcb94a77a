"""Subscriptions for programs: every one there is."""

from django.db.models import QuerySet

from loopline.kernel.permission import Actor, require
from loopline.subscriptions.models import Subscription


def subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """Every subscription that the actor may see, with its customer, account and plan."""
    require(actor, "customers.view")
    return Subscription.objects.select_related("customer", "account", "offering")


def count_of(customer_id: int) -> int:
    """How many subscriptions a customer has or had."""
    return Subscription.objects.filter(customer_id=customer_id).count()
