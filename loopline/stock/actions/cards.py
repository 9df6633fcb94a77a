"""A SIM card or eSIM profile from stock to subscription; once used it is never handed out again."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.stock.events import SimAssigned, SimReleased, SimReserved, SimRetired
from loopline.stock.models import ItemState, SimCard


class CardTaken(Conflict):
    """The card is not free."""

    code = "card_taken"
    sentence = _("The SIM %(iccid)s cannot be handed out: %(why)s.")


class NoCardLeft(Conflict):
    """There is no free card of the kind."""

    code = "no_card_left"
    sentence = _("There is no %(kind)s left in stock.")


def reserve_sim(*, actor: Actor, iccid: str, holder: str) -> SimCard:
    """Keep a card for an order; the same holder may ask twice."""
    require(actor, "orders.accept")
    row = _locked(iccid)
    if row.state == ItemState.RESERVED and row.holder == holder:
        return row
    if row.state != ItemState.AVAILABLE:
        raise CardTaken(field="iccid", iccid=row.iccid, why=ItemState(row.state).label)
    return _reserve(actor, row, holder)


def pick_sim(*, actor: Actor, kind: str, holder: str) -> SimCard:
    """Keep any free card of a kind for an order. Clerks who pick at once get different ones."""
    require(actor, "orders.accept")
    mine = SimCard.objects.filter(holder=holder, state=ItemState.RESERVED).first()
    if mine is not None:
        return mine
    rows = SimCard.objects.select_for_update(skip_locked=True).filter(state=ItemState.AVAILABLE, kind=kind)
    row = rows.order_by("iccid").first()
    if row is None:
        raise NoCardLeft(
            field="iccid", kind=dict(SimCard._meta.get_field("kind").choices or ()).get(kind, kind)
        )
    return _reserve(actor, row, holder)


def release_sim(*, actor: Actor, iccid: str, holder: str) -> None:
    """The order does not need the card; another holder's is left as it is."""
    row = _locked(iccid)
    if row.state == ItemState.RESERVED and row.holder == holder:
        row.state, row.holder = ItemState.AVAILABLE, ""
        _save(row, "state", "holder")
        record(SimReleased(), about=row, by=actor)


def assign_sim(*, actor: Actor, iccid: str, holder: str, subscription: int) -> SimCard:
    """The card reserved for this holder is in use by a subscription from now on."""
    row = _locked(iccid)
    if row.state == ItemState.IN_USE and row.subscription_id == subscription:
        return row
    if row.state != ItemState.RESERVED or row.holder != holder:
        raise CardTaken(field="iccid", iccid=row.iccid, why=ItemState(row.state).label)
    row.state, row.holder, row.subscription_id = ItemState.IN_USE, "", subscription
    _save(row, "state", "holder", "subscription")
    record(SimAssigned(subscription=subscription), about=row, by=actor)
    return row


def retire_sim(*, actor: Actor, subscription: int, keep: str = "") -> None:
    """Use up the cards of a subscription, except `keep`."""
    rows = SimCard.objects.select_for_update().filter(subscription_id=subscription, state=ItemState.IN_USE)
    for row in rows.exclude(iccid=keep).order_by("iccid"):
        row.state = ItemState.SPENT
        _save(row, "state")
        record(SimRetired(), about=row, by=actor)


def _locked(iccid: str) -> SimCard:
    row = SimCard.objects.select_for_update().filter(iccid=iccid).first()
    if row is None:
        raise NotFound(field="iccid")
    return row


def _reserve(actor: Actor, row: SimCard, holder: str) -> SimCard:
    row.state, row.holder = ItemState.RESERVED, holder
    _save(row, "state", "holder")
    record(SimReserved(holder=holder), about=row, by=actor)
    return row


def _save(row: SimCard, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])
