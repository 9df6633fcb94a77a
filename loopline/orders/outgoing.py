"""Orders as a file: the list with its filters, masked as on screen."""

from collections.abc import Callable
from dataclasses import replace

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.exports.api import Outgoing, Rows, bring, moment
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.orders import files, queries, wording
from loopline.orders.models import Channel, Kind, Order, OrderItem, OrderState

HEADS = (
    _("Order"), _("Customer"), _("What"), _("State"), _("Channel"), _("Branch"), _("Accepted on"), _("Due"),
    _("Done on"), _("Due now"), _("Monthly"), _("Accepted by"),
)  # fmt: skip


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Order]:
    return queries.orders(actor, replace(queries.wanted_from(asked.dict()), after=0))


def _writer(actor: Actor) -> Callable[[Order], list[str]]:
    def cells(order: Order) -> list[str]:
        return [
            order.number,
            wording.who(order),
            "; ".join(str(Kind(item.kind).label) for item in order.items.all()) or order.category,
            str(OrderState(order.state).label),
            str(Channel(order.channel).label),
            formats.named(order.branch),
            moment(order.created_at, actor),
            moment(order.due_at, actor),
            moment(order.completed_at, actor),
            str(order.due_now),
            str(order.monthly),
            order.staff_name,
        ]

    return cells


def _items(actor: Actor, asked: QueryDict) -> QuerySet[OrderItem]:
    """What is asked for in the orders of the list, one order after the other."""
    orders = _rows(actor, asked).order_by().values("pk")
    return (
        OrderItem.objects.filter(order__in=orders)
        .select_related(*files.RELATED)
        .order_by("order", "position")
    )


def _told(actor: Actor) -> Callable[[OrderItem], list[str]]:
    def cells(item: OrderItem) -> list[str]:
        told = files.told_of(item)
        return [told.get(name, "") for name in files.COLUMNS]

    return cells


bring(
    Outgoing(
        "orders",
        _("Orders"),
        "orders.view",
        Rows(HEADS, _rows, _writer),
        clear=Rows(files.COLUMNS, _items, _told),
        page="orders:list",
    )
)
