"""What a file in clear says of tickets: the heads of the export, which are the fields of the import."""

from loopline.cases.models import Ticket
from loopline.exports.api import moment
from loopline.imports import api as imports
from loopline.kernel.permission import Actor

COLUMNS = (
    "number", "external_id", "category", "kind", "title", "description", "customer_number", "line", "contact",
    "channel", "priority", "severity", "state", "pending_for", "state_reason", "solution", "regulator",
    "regulator_number", "mass", "place", "unit", "assignee", "requested_for", "opened_at", "state_at",
)  # fmt: skip
RELATED = ("category", "customer", "subscription", "unit", "assignee")
PLAIN = (
    "number", "external_id", "kind", "title", "description", "contact", "channel", "priority", "severity", "state",
    "pending_for", "state_reason", "solution", "regulator", "regulator_number", "mass", "place",
)  # fmt: skip


def told_of(ticket: Ticket, actor: Actor) -> imports.Told:
    """What the file says of a ticket that came with its RELATED."""
    return imports.said(
        {name: getattr(ticket, name) for name in PLAIN}
        | {
            "category": ticket.category.code if ticket.category else "",
            "customer_number": ticket.customer.number if ticket.customer else "",
            "line": ticket.subscription.number if ticket.subscription else "",
            "unit": ticket.unit.code if ticket.unit else "",
            "assignee": ticket.assignee.user_name if ticket.assignee else "",
            "requested_for": moment(ticket.requested_for, actor),
            "opened_at": moment(ticket.opened_at, actor),
            "state_at": moment(ticket.state_at, actor),
        }
    )
