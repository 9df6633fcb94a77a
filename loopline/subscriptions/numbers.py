"""The number of a subscription in clear."""

from uuid import UUID

from loopline.customers import api as customers
from loopline.kernel import numbers
from loopline.kernel.errors import NotFound
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require
from loopline.subscriptions.models import Subscription


def reveal_number(*, actor: Actor, customer: customers.Customer, line: UUID, address: str = "") -> str:
    """The number as people of the country write it; the look is written into the audit. Raises NotFound."""
    require(actor, "customers.reveal")
    row = Subscription.objects.filter(customer__in=customers.together(customer), public_id=line).first()
    if row is None:
        raise NotFound
    AccessRecord.objects.create(
        kind="reveal",
        staff_id=actor.staff_id,
        staff_name=actor.name,
        customer_id=customer.pk,
        field="number",
        address=address,
    )
    return numbers.national(row.number, actor.country)
