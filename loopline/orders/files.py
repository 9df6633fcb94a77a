"""Orders as a file in clear, and that file as an import: what is asked for, accepted as at the counter.

A row is one thing that is asked for; rows of one order name it before the slash (O00000042/1, O00000042/2).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from loopline.catalogue import api as catalogue
from loopline.customers import api as customers
from loopline.imports import api as imports
from loopline.kernel import clock
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.permission import Actor
from loopline.orders import asking
from loopline.orders.actions import WantedItem, WantedOrder
from loopline.orders.models import Channel, Order, OrderItem
from loopline.orders.rules import decomposition, states
from loopline.subscriptions import api as subscriptions

SOURCE = "file:"
"""What the request key of an order from a file begins with; the rest is the order's name in it."""

COLUMNS = (
    "item", "customer_number", "channel", "state", "kind", "line", "plan", "number", "iccid", "sim", "when", "needs",
    "detail", "description",
)  # fmt: skip
RELATED = ("order", "customer", "offering", "subscription")
OWN = ("sim", "on", "member_id", "slot")
"""Parts of an item's detail that have a column of their own, or mean nothing in another operator."""

PARTICULARS = ("reason", "site", "code", "donor", "slot", "deposit", "device", "months", "member", "payer")


def told_of(item: OrderItem) -> imports.Told:
    """What the file says of an item that came with its RELATED."""
    order, detail = item.order, item.detail
    kept = {name: value for name, value in detail.items() if name not in OWN and value not in ("", None)}
    return imports.said(
        {
            "item": f"{_name(order)}/{item.position}",
            "customer_number": item.customer.number if item.customer else "",
            "channel": order.channel,
            "state": item.state,
            "kind": item.kind,
            "line": _line(item) if item.kind not in decomposition.NEW else "",
            "plan": item.offering.code if item.offering and item.kind in decomposition.WITH_OFFERING else "",
            "number": item.number if item.kind in decomposition.WITH_NUMBER else "",
            "iccid": item.iccid,
            "sim": detail.get("sim", ""),
            "when": detail.get("on", "") if item.not_before else "now",
            "needs": " ".join(map(str, item.needs)),
            "detail": json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else "",
            "description": order.description,
        }
    )


def _name(order: Order) -> str:
    return order.request_key.removeprefix(SOURCE) if order.request_key.startswith(SOURCE) else order.number


def _line(item: OrderItem) -> str:
    line = item.subscription
    return (line.number or str(line.public_id)) if line else ""


class OrderFiles(imports.Files):
    """Accepts orders as the counter does; those that are there are changed on their own pages."""

    columns, key = COLUMNS, "item"
    names = {
        "offering": "plan",
        "subscription": "line",
        "items": "needs",
        **dict.fromkeys(
            ("reason", "site", "code", "donor", "deposit", "device", "months", "member", "payer"), "detail"
        ),
    }

    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """Items by order and place, the order by its number here or its name in the file it came from."""
        orders = {key.partition("/")[0] for key in keys}
        rows = OrderItem.objects.select_related("order")
        ours = rows.filter(order__number__in=orders).exclude(order__request_key__startswith=SOURCE)
        theirs = rows.filter(order__request_key__in=[f"{SOURCE}{name}" for name in orders])
        found = {f"{_name(row.order)}/{row.position}": row.pk for row in [*ours, *theirs]}
        return {key: found[key] for key in keys if key in found}

    def on_file(self, ids: Sequence[int]) -> dict[int, imports.Told]:
        """What the export says."""
        rows = OrderItem.objects.filter(pk__in=ids).select_related(*RELATED)
        return {row.pk: told_of(row) for row in rows}

    def make_all(self, rows: Sequence[imports.Told]) -> list[int | Refusal]:
        """One order of all rows that name it, wholly or not at all."""
        orders: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            name = row.get("item", "").partition("/")[0]
            orders.setdefault(name or f"#{place}", []).append(place)
        found: dict[int, int | Refusal] = {}
        for name, places in orders.items():
            places.sort(key=lambda place: _position(rows[place]))
            try:
                with transaction.atomic():
                    made = self._accepted(name, [rows[place] for place in places])
                found |= dict(zip(places, made, strict=True))
            except Refusal as refusal:
                found |= dict.fromkeys(places, refusal)
        return [found[place] for place in range(len(rows))]

    def make(self, row: imports.Told) -> int:
        """An order of one thing."""
        (made,) = self.make_all([row])
        if isinstance(made, Refusal):
            raise made
        return made

    def alter(self, key: int, changes: imports.Told, on_file: imports.Told) -> None:
        """Refused: an order that is under way is amended or cancelled with all that follows from it."""
        raise Invalid(field=min(changes), reason=_("An order is changed or cancelled on its own page."))

    def _accepted(self, name: str, rows: Sequence[imports.Told]) -> list[int]:
        if any(_position(row) != place for place, row in enumerate(rows, start=1)):
            raise Invalid(
                field="item", reason=_("The things of an order are numbered 1, 2, 3 without a gap.")
            )
        customer = customers.by_number(self.actor, rows[0].get("customer_number", ""))
        order = asking.accept_order(
            actor=self.actor,
            wanted=WantedOrder(
                customer=customer.public_id,
                items=tuple(self._item(customer, row) for row in rows),
                channel=rows[0].get("channel", Channel.COUNTER.value),
                request_key="" if name.startswith("#") else f"{SOURCE}{name}",
                description=rows[0].get("description", ""),
            ),
            now=clock.now(),
        )
        made = list(OrderItem.objects.filter(order=order).order_by("position").values_list("pk", flat=True))
        if len(made) != len(rows):
            raise Invalid(field="item", reason=_("This order has been accepted with other things."))
        return made

    def _item(self, customer: customers.Customer, row: imports.Told) -> WantedItem:
        if row.get("customer_number", "") != customer.number:
            raise Invalid(field="customer_number", reason=_("An order belongs to one customer."))
        if row.get("state", states.ACKNOWLEDGED) not in states.OPEN:
            raise Invalid(field="state", reason=_("Only what is still to be done is accepted."))
        needs = row.get("needs", "").replace(",", " ").split()
        if not all(need.isascii() and need.isdigit() and len(need) < 4 for need in needs):
            raise Invalid(field="needs", reason=_("The places of the things that come first, such as 1 2."))
        return WantedItem(
            kind=row.get("kind", ""),
            offering=self._plan(row["plan"]) if "plan" in row else None,
            subscription=self._subscription(customer, row["line"], self.actor) if "line" in row else None,
            number=row.get("number", ""),
            iccid=row.get("iccid", ""),
            sim=row.get("sim", "plain"),
            when=row.get("when", "now"),
            needs=tuple(map(int, needs)),
            detail=_detail(row),
        )

    def _plan(self, code: str) -> UUID:
        found = catalogue.sold_named(code)
        if found is None:
            raise Invalid(field="plan", reason=_("This is not on sale."))
        return found.public_id

    def _subscription(self, customer: customers.Customer, text: str, actor: Actor) -> UUID:
        """A line of the customer by its number, the name of it, or its key."""
        lines = subscriptions.Subscription.objects.filter(
            customer=customer, state__in=subscriptions.lifecycle.LIVING
        )
        number = f"+{text[2:]}" if text.startswith("00") else text
        for line in lines.order_by("-pk"):
            if text == str(line.public_id) or number == line.number:
                return line.public_id
        raise Invalid(field="line", reason=_("The customer has no line in use of this number or name."))


def _position(row: Mapping[str, str]) -> int:
    place = row.get("item", "").partition("/")[2]
    return int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 1


def _detail(row: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(row.get("detail") or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid(field="detail", reason=_('A JSON object such as {"reason": "lost"}.'))
    return found
