"""The steps of a ticket."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.cases import clocks
from loopline.cases.actions import keeping
from loopline.cases.events import TicketStateChanged
from loopline.cases.models import EntryKind, Kind, PendingFor, State, Ticket
from loopline.cases.queries.people import SUPERVISES, whole_operator
from loopline.cases.refusals import IllegalStep, ReasonMissing, TooLateToReopen
from loopline.cases.rules import states
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require


@dataclass(frozen=True, slots=True)
class Move:
    """A step as it is asked for."""

    to: str
    now: datetime
    reason: str
    pending_for: str
    confirmed: bool | None


def take_step(
    *,
    actor: Actor,
    ticket: UUID | int,
    to: str,
    now: datetime,
    reason: str = "",
    pending_for: str = "",
    confirmed: bool | None = None,
    version: int | None = None,
) -> Ticket:
    """Bring a ticket into another state.

    `reason` is what the history keeps; that of `resolved` is the solution, told to the customer. `pending_for`
    says whom it waits for, `confirmed` at closing whether the customer agreed (None: he did not object).
    Raises IllegalStep, ReasonMissing, WorkedByAnother, TooLateToReopen, Conflict.
    """
    found = keeping.lock(actor, ticket, version=version)
    if to == states.CANCELLED and found.opened_by_id != actor.staff_id:
        require(actor, SUPERVISES)
    if to not in (states.CLOSED, states.REOPENED):  # asking the customer is anybody's work
        keeping.check_hands(actor, found)
    rules = clocks.Standards.of(actor)
    move = Move(to, now, keeping.words(reason, required=False), pending_for, confirmed)
    _step(actor, found, move, rules)
    if found.mass and to in (states.RESOLVED, states.CLOSED):
        _step_children(actor, found, move, rules)
    return found


def _step(actor: Actor, ticket: Ticket, move: Move, rules: clocks.Standards) -> None:
    before, now = ticket.state, move.now
    _check(ticket, move, rules)
    ticket.pending_for = move.pending_for if move.to == states.PENDING else ""
    ticket.state, ticket.state_at, ticket.state_reason = move.to, now, move.reason
    _set_clocks(ticket, move.to, rules, now)
    match move.to:
        case states.IN_PROGRESS if ticket.assignee_id is None and actor.staff_id:
            _take(actor, ticket, now)
        case states.RESOLVED:
            _solve(actor, ticket, before, move, rules)
        case states.CLOSED:
            ticket.closed_at, ticket.confirmed = now, move.confirmed
        case states.REOPENED:
            ticket.reopened += 1
            ticket.closed_at = ticket.solved_at = ticket.confirmed = None
            ticket.first_contact = False
        case states.CANCELLED | states.REJECTED:
            ticket.closed_at = now
    _settle_interaction(actor, ticket, before, now)
    keeping.save(actor, ticket, now, rules)
    with whole_operator():
        _tell(actor, ticket, before, move)


def _tell(actor: Actor, ticket: Ticket, before: str, move: Move) -> None:
    detail: dict[str, object] = {"before": before, "pending_for": ticket.pending_for}
    if move.to == states.CLOSED:
        detail["confirmed"] = move.confirmed
    keeping.tell(
        actor, ticket, EntryKind.STATE, move.reason, move.now,
        public=move.to in (states.RESOLVED, states.CLOSED, states.REJECTED), state=move.to, detail=detail,
    )  # fmt: skip
    event = TicketStateChanged(number=ticket.number, before=before, after=move.to, reason=move.reason)
    record(event, about=ticket, by=actor)


def _check(ticket: Ticket, move: Move, rules: clocks.Standards) -> None:
    to = move.to
    if not states.may_follow(ticket.state, to):
        after = State(to).label if to in State.values else to
        raise IllegalStep(before=State(ticket.state).label, after=after)
    if to == states.PENDING and move.pending_for not in PendingFor.values:
        raise Invalid(field="pending_for", reason=gettext_lazy("Please choose whom it waits for."))
    if to in states.NEEDS_REASON and not move.reason:
        raise ReasonMissing(field="reason")
    last = ticket.closed_at + timedelta(days=rules.terms.reopen_days) if ticket.closed_at else move.now
    if ticket.state == states.CLOSED and move.now > last:
        raise TooLateToReopen(days=rules.terms.reopen_days)


def _set_clocks(ticket: Ticket, to: str, rules: clocks.Standards, now: datetime) -> None:
    if states.pauses(to, ticket.pending_for, regulator=ticket.regulator):
        clocks.answered(ticket, now)  # who is asked something has heard from us
        clocks.pause(ticket, rules, now)
    else:
        clocks.go_on(ticket, rules, now)
    if to in (states.RESOLVED, states.REJECTED):
        clocks.answered(ticket, now)
    if to == states.REOPENED:
        ticket.alarms = [mark for mark in ticket.alarms if mark.startswith("answer:")]
        if not ticket.regulator:  # the statutory clock goes on from where it was
            ticket.solution_due_at, ticket.solution_left = None, ticket.solution_minutes * 60
            clocks.go_on(ticket, rules, now)


def _take(actor: Actor, ticket: Ticket, now: datetime) -> None:
    ticket.assignee_id, ticket.unit_id, ticket.assigned_at = actor.staff_id, actor.unit_id, now
    with whole_operator():
        keeping.pass_on(ticket)


def _solve(actor: Actor, ticket: Ticket, before: str, move: Move, rules: clocks.Standards) -> None:
    """On first contact: by whoever opened it, at once, without handing it on."""
    ticket.solution, ticket.solved_at = move.reason, move.now
    if ticket.assignee_id is None and actor.staff_id:
        _take(actor, ticket, move.now)
    at_once = move.now - ticket.opened_at <= timedelta(minutes=rules.terms.first_contact_minutes)
    ticket.first_contact = (
        at_once
        and not ticket.handed_over
        and not ticket.reopened
        and before in (states.ACKNOWLEDGED, states.IN_PROGRESS)
        and ticket.opened_by_id == actor.staff_id
    )


def _settle_interaction(actor: Actor, ticket: Ticket, before: str, now: datetime) -> None:
    """The contact in the customer's history is solved when the ticket is, and open again when it is reopened."""
    if ticket.interaction_id is None or ticket.kind not in (Kind.COMPLAINT, Kind.FAULT):
        return
    done = (states.RESOLVED, *states.OVER)
    if (before in done) == (ticket.state in done):
        return
    on = clock.local_day(now, actor.zone) if ticket.state in done else None
    with whole_operator():
        interactions.settle_interaction(interaction=ticket.interaction_id, on=on)


def _step_children(actor: Actor, parent: Ticket, move: Move, rules: clocks.Standards) -> None:
    """Solving a mass fault solves its parts; closing it closes those that are solved."""
    reason = _("Solved with the mass fault %(number)s: %(solution)s") % {
        "number": parent.number,
        "solution": parent.solution,
    }
    with whole_operator():
        parts = keeping.lock_children(parent) if move.to == states.RESOLVED else _solved_children(parent)
    for part in parts:
        if states.may_follow(part.state, move.to):
            _step(actor, part, replace(move, reason=reason, confirmed=None), rules)


def _solved_children(parent: Ticket) -> list[Ticket]:
    rows = Ticket.objects.select_for_update(of=("self",)).filter(parent=parent, state=states.RESOLVED)
    return list(rows.order_by("id"))
