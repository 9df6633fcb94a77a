"""A device from stock to customer."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict, NotFound
from loopline.kernel.permission import Actor, require
from loopline.stock.models import Device, ItemState


class DeviceTaken(Conflict):
    """The device is not free."""

    code = "device_taken"
    sentence = _("The device %(imei)s cannot be handed out: %(why)s.")


def reserve_device(*, actor: Actor, imei: str, holder: str) -> Device:
    """Keep a device for an order; the same holder may ask twice."""
    require(actor, "orders.accept")
    row = _locked(imei)
    if row.state == ItemState.RESERVED and row.holder == holder:
        return row
    if row.state != ItemState.AVAILABLE:
        raise DeviceTaken(field="imei", imei=imei, why=ItemState(row.state).label)
    return _change(row, ItemState.RESERVED, holder, None)


def release_device(*, actor: Actor, imei: str, holder: str) -> None:
    """The order does not need the device; another holder's is left as it is."""
    row = _locked(imei)
    if row.state == ItemState.RESERVED and row.holder == holder:
        _change(row, ItemState.AVAILABLE, "", None)


def assign_device(*, actor: Actor, imei: str, holder: str, subscription: int) -> Device:
    """The device reserved for this holder is the customer's from now on."""
    row = _locked(imei)
    if row.state == ItemState.IN_USE and row.subscription_id == subscription:
        return row
    if row.state != ItemState.RESERVED or row.holder != holder:
        raise DeviceTaken(field="imei", imei=imei, why=ItemState(row.state).label)
    return _change(row, ItemState.IN_USE, "", subscription)


def _locked(imei: str) -> Device:
    row = Device.objects.select_for_update().filter(imei=imei).first()
    if row is None:
        raise NotFound(field="imei")
    return row


def _change(row: Device, state: ItemState, holder: str, subscription: int | None) -> Device:
    row.state, row.holder, row.subscription_id = state, holder, subscription
    row.version += 1
    row.save(update_fields=["state", "holder", "subscription", "version"])
    return row
