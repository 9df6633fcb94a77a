"""What is known of a customer when it is asked whether he may buy."""

from loopline.catalogue.api import Buyer
from loopline.customers import api as customers
from loopline.identity.api import Unit
from loopline.kernel.permission import Actor
from loopline.subscriptions import api as subscriptions


def buyer_of(actor: Actor, customer: customers.Customer | None, channel: str = "") -> Buyer:
    """The facts that rules ask for; of somebody unknown only the channel."""
    if customer is None:
        return Buyer(channel=channel)
    home = Unit.objects.get(pk=customer.branch_id)
    above = [int(part) for part in home.path.split("/") if part]
    lines = subscriptions.subscriptions(actor).filter(customer=customer).exclude(state__in=subscriptions.LEFT)
    plans = lines.exclude(offering=None).values_list("offering__code", flat=True)
    extras = subscriptions.AddOn.objects.filter(subscription__in=lines, ended_on=None)
    return Buyer(
        kind=customer.kind,
        segment=customer.tier,
        units=tuple(Unit.objects.filter(pk__in=above).values_list("code", flat=True)),
        channel=channel,
        birth_date=customer.birth_date,
        joined_on=customer.joined_on,
        held=frozenset([*plans, *extras.values_list("offering__code", flat=True)]),
    )
