"""What a customer agreed to: by purpose and channel."""

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.events import ConsentGiven, ConsentWithdrawn
from loopline.customers.models import Consent, Customer
from loopline.kernel import clock
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

CHANNELS = ("call", "sms", "email", "wechat")
PURPOSES: dict[str, tuple[str, ...]] = {
    "marketing": CHANNELS,
    "survey": CHANNELS,
    "profiling": ("",),
    "partners": ("",),
}
"""Purpose → the channels on which it is asked for; "" where no channel is meant."""


def give_consent(*, actor: Actor, customer: Customer, channel: str, purpose: str = "marketing") -> None:
    """Note that the customer agrees to a purpose on a channel."""
    _decide(actor, customer, purpose, channel, granted=True)


def withdraw_consent(*, actor: Actor, customer: Customer, channel: str, purpose: str = "marketing") -> None:
    """Note that the customer does not agree to a purpose on a channel."""
    _decide(actor, customer, purpose, channel, granted=False)


def _decide(actor: Actor, customer: Customer, purpose: str, channel: str, *, granted: bool) -> None:
    # Whoever works for the customer may note his wish: an agent on the telephone as well as the campaign's people.
    require(actor, "tasks.work")
    inputs.choice("purpose", purpose, list(PURPOSES))
    inputs.choice("channel", channel, list(PURPOSES[purpose]))
    row = queries.locked(customer)
    consent, created = Consent.objects.get_or_create(
        customer=row,
        purpose=purpose,
        channel=channel,
        defaults={"branch_id": row.branch_id, "granted": granted, "at": clock.now()},
    )
    if not created and consent.granted == granted:
        return
    if not created:
        consent.granted, consent.at = granted, clock.now()
        consent.save(update_fields=["granted", "at"])
    event = ConsentGiven if granted else ConsentWithdrawn
    record(event(purpose=purpose, channel=channel), about=row, by=actor)
