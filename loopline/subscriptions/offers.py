"""The retention offer of a subscription."""

from datetime import date

from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.subscriptions.events import RetentionOfferSet
from loopline.subscriptions.models import Subscription


def set_retention_offer(*, actor: Actor, subscription: int, offering: int | None, since: date | None) -> None:
    """The subscription has this retention offer since that day; None takes it off."""
    row = Subscription.objects.select_for_update(of=("self",)).filter(pk=subscription).first()
    if row is None:
        raise NotFound
    before, row.retention_offering_id, row.retention_since = row.retention_offering_id, offering, since
    row.version += 1
    row.save(update_fields=["retention_offering", "retention_since", "version"])
    record(RetentionOfferSet(before=before, offering=offering), about=row, by=actor)
