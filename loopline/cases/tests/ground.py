"""An operator with the usual standards and a customer, for the stories of tickets."""

from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from loopline.cases import api as cases
from loopline.customers import api as customers
from loopline.testing import Operator

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """A moment in the operator's zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


MONDAY = at("2026-11-23 09:00")


def set_up(operator: Operator) -> None:
    """The usual standards."""
    with operator.door("admin") as admin:
        cases.set_up(actor=admin)


def customer(operator: Operator, branch: str = "north-1", tier: str = "") -> customers.Customer:
    """A customer of a branch."""
    with operator.door():
        made = customers.write_customers(
            {"branch_id": [operator.units[branch]], "name": ["张三丰"], "tier": [tier]}, source=uuid4().hex
        )
        return customers.Customer.objects.get(pk=made.customer_ids[0])


def opened(operator: Operator, who: str = "clerk1", now: datetime = MONDAY, **parts: object) -> cases.Ticket:
    """A ticket that somebody opened; committed."""
    parts.setdefault("title", "上网慢")
    with operator.door(who) as actor:
        return cases.open_ticket(actor=actor, new=cases.NewTicket(**parts), now=now)  # type: ignore[arg-type]


def step(
    operator: Operator, ticket: cases.Ticket, to: str, now: datetime, who: str = "clerk1", **parts: object
) -> cases.Ticket:
    """Somebody takes a step; committed."""
    parts.setdefault("reason", "因为")
    with operator.door(who) as actor:
        return cases.take_step(actor=actor, ticket=ticket.public_id, to=to, now=now, **parts)  # type: ignore[arg-type]


def fresh(operator: Operator, ticket: cases.Ticket) -> cases.Ticket:
    """The ticket as it is now."""
    with operator.door():
        return cases.Ticket.objects.select_related("unit", "assignee").get(pk=ticket.pk)
