"""A customer of another branch stands at the counter."""

from contextlib import suppress
from dataclasses import dataclass, replace

from django.core import signing
from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.events import WalkInOpened
from loopline.customers.models import Customer
from loopline.customers.queries import Card
from loopline.identity import api as identity
from loopline.kernel import numbers
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import change

CARD_SECONDS = 900
_SALT = "walk-in"


class ReasonMissing(Refusal):
    """Looking beyond one's own branch needs a reason."""

    code = "reason_missing"
    sentence = _("Say in a few words why you need this customer.")


class CardTooOld(Refusal):
    """The card was found too long ago, or by somebody else."""

    code = "card_too_old"
    sentence = _("This card is no longer valid. Search for the customer again.")


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A masked card and the ticket with which its finder may open it."""

    card: Card
    ticket: str


def find_walk_in(*, actor: Actor, text: str, reason: str) -> list[FoundCard]:
    """Look for exactly this number or document in the whole operator; audited, but what was typed is not kept."""
    require(actor, "customers.walk_in")
    told = _checked_reason(reason)
    typed = inputs.text("text", text, required=True, longest=40)
    _audit(actor, "walk_in_search", None, told)
    cards = queries.find_cards(_as_numbers(typed, actor.country), typed)
    return [FoundCard(card, signing.dumps([card.id, actor.staff_id], salt=_SALT)) for card in cards]


def open_walk_in(*, actor: Actor, ticket: str, reason: str) -> Customer:
    """Open a found customer to the actor until the operator's day ends."""
    require(actor, "customers.walk_in")
    told = _checked_reason(reason)
    try:
        customer_id, staff_id = signing.loads(ticket, salt=_SALT, max_age=CARD_SECONDS)
    except signing.BadSignature as fault:
        raise CardTooOld from fault
    if staff_id != actor.staff_id:
        raise CardTooOld
    identity.open_for_the_day(actor=actor, customer_key=customer_id, reason=told)
    change(replace(actor.scope, customers=(*actor.scope.customers, customer_id)))
    customer = Customer.objects.get(pk=customer_id)
    _audit(actor, "walk_in", customer_id, told)
    record(WalkInOpened(reason=told), about=customer, by=actor)
    return customer


def _checked_reason(reason: str) -> str:
    told = inputs.text("reason", reason)
    if len(told) < 2:
        raise ReasonMissing(field="reason")
    return told


def _as_numbers(typed: str, country: str) -> list[str]:
    wanted = [typed.upper().replace(" ", "")]
    with suppress(numbers.NotANumber):
        wanted.append(numbers.e164(typed, country))
    return wanted


def _audit(actor: Actor, kind: str, customer_id: int | None, reason: str) -> None:
    AccessRecord.objects.create(
        kind=kind, staff_id=actor.staff_id, staff_name=actor.name, customer_id=customer_id, reason=reason
    )
