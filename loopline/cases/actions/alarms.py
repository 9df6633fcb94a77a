"""Raising alarms when a clock reaches a share of its time, and closing what nobody objected to."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from loopline.cases import clocks, wording
from loopline.cases.actions import keeping
from loopline.cases.actions.states import take_step
from loopline.cases.events import TicketEscalated
from loopline.cases.models import EntryKind, Ticket
from loopline.cases.queries import people
from loopline.cases.rules import levels, states
from loopline.identity import api as identity
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.messaging import api as messaging
from loopline.worklist import api as worklist

BATCH = 200


def raise_alarms(*, actor: Actor, now: datetime, limit: int = BATCH) -> int:
    """Look after the tickets whose time has come, at most `limit`; returns how many. For the job, as the system."""
    rows = Ticket.objects.select_for_update(of=("self",), skip_locked=True).filter(alarm_at__lte=now)
    due = list(rows.order_by("alarm_at", "id")[:limit])
    rules = clocks.Standards.of(actor)
    for ticket in due:
        if ticket.state == states.RESOLVED:
            reason = _("The customer did not object.")
            take_step(actor=actor, ticket=ticket.pk, to=states.CLOSED, reason=reason, now=now)
        else:
            _alarm(actor, ticket, rules, now)
    return len(due)


def _alarm(actor: Actor, ticket: Ticket, rules: clocks.Standards, now: datetime) -> None:
    for step, at in clocks.alarms(ticket, rules, now):
        if at > now:
            continue
        ticket.alarms = [*ticket.alarms, clocks.mark(step)]
        told = _tell(actor, ticket, step, now)
        keeping.tell(
            actor, ticket, EntryKind.ALARM, "", now,
            detail={"clock": step.clock, "percent": step.percent, "to": told},
        )  # fmt: skip
        record(
            TicketEscalated(number=ticket.number, clock=step.clock, percent=step.percent, to=told),
            about=ticket,
            by=actor,
        )
    keeping.save(actor, ticket, now, rules)


def _tell(actor: Actor, ticket: Ticket, step: levels.Step, now: datetime) -> str:
    """Send word to whom the step names; returns whom, in words."""
    unit = identity.Unit.objects.select_related("parent").get(pk=ticket.unit_id or ticket.branch_id)
    if step.to == "person" and ticket.assignee is not None:
        _message(actor, ticket, step, [ticket.assignee])
        return ticket.assignee.name
    if step.to == "above":
        unit = unit.parent or unit
    leaders = people.supervisors(unit.pk)
    if leaders:
        _message(actor, ticket, step, leaders)
    if step.to != "person":
        _task(actor, ticket, step, unit, now)
    return "、".join(leader.name for leader in leaders) or unit.name


def _message(actor: Actor, ticket: Ticket, step: levels.Step, to: list[identity.Staff]) -> None:
    for person in to:
        with translation.override(person.language or translation.get_language()):
            subject = _alarm_text(ticket, step)
        messaging.send_message(
            actor=actor,
            recipient=person,
            subject=subject,
            body=ticket.title,
            link=f"/tickets/{ticket.public_id}",
        )


def _task(actor: Actor, ticket: Ticket, step: levels.Step, unit: identity.Unit, now: datetime) -> None:
    worklist.keep_task(
        actor=actor,
        task=worklist.NewTask(
            kind="cases.alarm",
            title=_alarm_text(ticket, step),
            branch=unit.pk,
            customer=ticket.customer_id,
            subject=f"cases.alarm:{ticket.pk}:{clocks.mark(step)}",
            priority=95,
            due_at=now,
            detail={
                "ticket": str(ticket.public_id),
                "text": ticket.title,
                "number": ticket.number,
                "clock": step.clock,
                "percent": step.percent,
            },
        ),
    )


def _alarm_text(ticket: Ticket, step: levels.Step) -> str:
    return wording.alarm(ticket.number, step.clock, step.percent)
