"""What happens to subscriptions."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionOfferSet(Happened):
    """The subscription has another retention offer (its key), or none."""

    name = "subscriptions.retention_offer_set"
    before: int | None
    offering: int | None
