"""Bills for programs: every one there is."""

from django.db.models import QuerySet

from loopline.billing.models import Bill
from loopline.kernel.permission import Actor, require


def bills(actor: Actor) -> QuerySet[Bill]:
    """Every bill that the actor may see, with its customer, account and subscription."""
    require(actor, "customers.view")
    return Bill.objects.select_related("customer", "account", "subscription")


def latest_bill_of(actor: Actor, account_id: int) -> Bill | None:
    """The newest bill of an account."""
    return bills(actor).filter(account_id=account_id).order_by("-month", "-pk").first()
