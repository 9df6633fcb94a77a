"""A ticket as a task: what it is, how its clock stands, and the next steps by one press."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.cases import wording
from loopline.cases.actions import keeping
from loopline.cases.actions.states import take_step
from loopline.cases.models import Priority, State, Ticket
from loopline.cases.queries import standards
from loopline.cases.rules import states
from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import address_of
from loopline.kernel.permission import Actor
from loopline.worklist import api as worklist
from loopline.worklist.api import Answered, Card, Choice, Kind, Task, kinds


@dataclass(frozen=True, slots=True)
class TicketBody:
    """The ticket in short."""

    url: str
    number: str
    title: str
    description: str
    customer: str
    customer_url: str
    state: str
    tone: str
    priority: str
    priority_tone: str
    bar: wording.Bar


CHOICES = {
    states.IN_PROGRESS: (gettext_lazy("Take up"), "player-play", "primary"),
    states.RESOLVED: (gettext_lazy("Solved"), "check", "primary"),
    "asked": (gettext_lazy("Waits for the customer"), "clock-pause", "plain"),
    states.CLOSED: (gettext_lazy("Customer agrees"), "thumb-up", "primary"),
    states.REOPENED: (gettext_lazy("Not solved"), "thumb-down", "danger"),
}
OFFERED = {
    states.ACKNOWLEDGED: (states.IN_PROGRESS, states.RESOLVED),
    states.IN_PROGRESS: (states.RESOLVED, "asked"),
    states.REOPENED: (states.IN_PROGRESS, states.RESOLVED),
    states.PENDING: (states.IN_PROGRESS, states.RESOLVED),
    states.HELD: (states.IN_PROGRESS, states.RESOLVED),
    states.RESOLVED: (states.CLOSED, states.REOPENED),
}


def _ticket(task: Task) -> Ticket:
    found = Ticket.objects.select_related("customer").filter(public_id=task.detail.get("ticket")).first()
    if found is None:
        raise NotFound
    return found


def card(actor: Actor, task: Task) -> Card:
    """The body of the task."""
    ticket = _ticket(task)
    who = ticket.customer
    body = TicketBody(
        url=address_of("cases:one", ticket.public_id),
        number=ticket.number,
        title=ticket.title,
        description=ticket.description,
        customer=customers.masks.name(who.kind, who.name) if who else "",
        customer_url=address_of("customers:view", who.public_id) if who else "",
        state=wording.state_of(ticket),
        tone=wording.STATE_TONES[State(ticket.state)],
        priority=str(ticket.get_priority_display()),
        priority_tone=wording.PRIORITY_TONES[Priority(ticket.priority)],
        bar=wording.bar(ticket, standards.calendars(actor.zone), clock.now()),
    )
    choices = [
        Choice(value, str(CHOICES[value][0]), CHOICES[value][1], str(key), CHOICES[value][2])
        for key, value in enumerate(OFFERED.get(ticket.state, ()), start=1)
    ]
    return Card("cases/task.html", body, choices)


def answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    """Take the step that was pressed; the note is its reason."""
    ticket, asked = _ticket(task), form.get("answer", "")
    waits = asked == "asked"
    take_step(
        actor=actor,
        ticket=ticket.public_id,
        to=states.PENDING if waits else asked,
        now=clock.now(),
        reason=form.get("note", ""),
        pending_for=states.WAITS_FOR_CUSTOMER if waits else "",
        confirmed=True if asked == states.CLOSED else None,
    )
    return Answered(_("%(number)s: step taken") % {"number": ticket.number}, can_undo=False)


def undo(actor: Actor, task: Task) -> None:
    """The steps of a ticket are told to the customer: they are not taken back, but followed by another one."""
    raise worklist.NoLongerOpen(who=task.closed_by_name, result=task.result)


def alarm_card(actor: Actor, task: Task) -> Card:
    """The ticket behind an alarm."""
    shown = card(actor, task)
    return Card(shown.template, shown.body, [Choice("seen", _("Looked after"), "check", "1", "primary")])


def alarm_answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    """Somebody looks after it."""
    locked = worklist.lock_open_task(actor=actor, task=task.public_id)
    worklist.close_task(actor=actor, task=locked, result=form.get("note", "").strip(), now=clock.now())
    return Answered(_("Done: %(title)s") % {"title": alarm_title(task)})


def alarm_undo(actor: Actor, task: Task) -> None:
    """Put an alarm back."""
    worklist.reopen_task(actor=actor, task=worklist.lock_task(actor=actor, task=task.public_id))


def alarm_title(task: Task) -> str:
    """The alarm in the reader's language."""
    told = task.detail
    if "clock" not in told:
        return task.title
    return wording.alarm(told["number"], told["clock"], told["percent"])


kinds.add(keeping.TASK, Kind(gettext_lazy("Ticket"), "ticket", card, answer, undo))
kinds.add(
    "cases.alarm",
    Kind(
        gettext_lazy("Alarm of a ticket"),
        "clock-exclamation",
        alarm_card,
        alarm_answer,
        alarm_undo,
        title=alarm_title,
    ),
)
