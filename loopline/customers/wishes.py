"""A customer says that he does not want to be contacted, on any channel."""

from loopline.customers.events import ConsentGiven, ConsentWithdrawn
from loopline.customers.models import Consent, Customer
from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor

CHANNELS = ("call", "sms", "email", "wechat")


def withdraw_consents(*, actor: Actor, customer: int, purpose: str) -> dict[str, bool | None]:
    """Refuse every channel for a purpose. Returns what held before, by channel (None: never asked)."""
    found = _locked(customer)
    rows = {row.channel: row for row in Consent.objects.filter(customer=found, purpose=purpose)}
    before = {channel: rows[channel].granted if channel in rows else None for channel in CHANNELS}
    for channel in CHANNELS:
        _set(found, purpose, channel, False)
        if before[channel] is not False:
            record(ConsentWithdrawn(purpose=purpose, channel=channel), about=found, by=actor)
    return before


def restore_consents(*, actor: Actor, customer: int, purpose: str, consents: dict[str, bool | None]) -> None:
    """Put back what `withdraw_consents` returned, when it had been a mistake."""
    found = _locked(customer)
    for channel, granted in consents.items():
        _set(found, purpose, channel, granted)
        if granted:
            record(ConsentGiven(purpose=purpose, channel=channel), about=found, by=actor)


def _locked(customer: int) -> Customer:
    found = Customer.objects.select_for_update().filter(pk=customer).first()
    if found is None:
        raise NotFound
    return found


def _set(customer: Customer, purpose: str, channel: str, granted: bool | None) -> None:
    if granted is None:
        Consent.objects.filter(customer=customer, purpose=purpose, channel=channel).delete()
        return
    kept = {"granted": granted, "branch_id": customer.branch_id}
    Consent.objects.update_or_create(customer=customer, purpose=purpose, channel=channel, defaults=kept)
