"""Setting a ticket's clocks after whatever happened to it: when what is due, and when to raise the alarm."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loopline.cases.models import Category, Terms, Ticket
from loopline.cases.queries import standards
from loopline.cases.queries.standards import Calendars
from loopline.cases.queries.tickets import FAR
from loopline.cases.rules import levels, states
from loopline.cases.rules.calendar import Calendar, add_working, working_between
from loopline.kernel.permission import Actor


@dataclass(frozen=True, slots=True)
class Standards:
    """All rules of the operator that clocks need, read once."""

    calendars: Calendars
    targets: list[levels.Target]
    steps: list[levels.Step]
    terms: Terms

    @classmethod
    def of(cls, actor: Actor) -> "Standards":
        """The operator's, in five queries."""
        return cls(standards.calendars(actor.zone), standards.targets(), standards.steps(), standards.terms())

    def calendar(self, ticket: Ticket) -> Calendar:
        """By which calendar a ticket's solution is counted."""
        return self.calendars.of(ticket.calendar_id, regulator=ticket.regulator)


def start(ticket: Ticket, rules: Standards, category: Category | None, tier: str) -> None:
    """Set both clocks of a new ticket, counted from its opening."""
    answer, solution = levels.target_of(
        rules.targets, line=standards.line_of(category), priority=ticket.priority, tier=tier
    )
    opened = ticket.opened_at
    ticket.answer_minutes = answer
    ticket.answer_due_at = add_working(rules.calendars.of(ticket.calendar_id), opened, _minutes(answer))
    if ticket.regulator:
        due = levels.end_of_day(opened, rules.terms.regulator_days, rules.calendars.always)
        ticket.solution_minutes, ticket.solution_due_at = round((due - opened).total_seconds() / 60), due
    else:
        calendar = rules.calendar(ticket)
        ticket.solution_minutes = solution
        ticket.solution_due_at = add_working(calendar, opened, _minutes(solution))


def restart(ticket: Ticket, rules: Standards, category: Category | None, tier: str, now: datetime) -> None:
    """After a change of category or priority: the new targets, less the time that is used already."""
    calendar = rules.calendar(ticket)
    before = ticket.solution_minutes
    left = (
        working_between(calendar, now, ticket.solution_due_at)
        if ticket.solution_due_at
        else timedelta(seconds=ticket.solution_left)
    )
    paused = ticket.solution_due_at is None
    start(ticket, rules, category, tier)
    if ticket.regulator:
        return
    rest = max(_minutes(ticket.solution_minutes) - (_minutes(before) - left), timedelta(0))
    ticket.solution_left = round(rest.total_seconds())
    ticket.solution_due_at = None if paused else add_working(calendar, now, rest)


def pause(ticket: Ticket, rules: Standards, now: datetime) -> None:
    """The clock of the solution stands still from now on."""
    if ticket.solution_due_at is not None:
        left = working_between(rules.calendar(ticket), now, ticket.solution_due_at)
        ticket.solution_left, ticket.solution_due_at = round(left.total_seconds()), None


def go_on(ticket: Ticket, rules: Standards, now: datetime) -> None:
    """The clock runs again. One that had run out before it paused is due at once."""
    if ticket.solution_due_at is None:
        left = timedelta(seconds=max(0, ticket.solution_left))
        ticket.solution_due_at = add_working(rules.calendar(ticket), now, left)
        ticket.solution_left = 0


def answered(ticket: Ticket, now: datetime) -> None:
    """The customer heard from us: the first time counts."""
    if ticket.answered_at is None:
        ticket.answered_at = now


def settle(ticket: Ticket, rules: Standards, now: datetime) -> None:
    """Work out `due_at`, `alarm_at` and `is_open` from the rest; the last thing before a ticket is saved."""
    ticket.is_open = ticket.state not in states.OVER
    if not ticket.is_open:
        ticket.due_at, ticket.alarm_at = FAR, None
    elif ticket.state == states.RESOLVED:
        asked = (ticket.solved_at or now) + timedelta(days=rules.terms.confirm_days)
        ticket.due_at = ticket.alarm_at = asked
    else:
        ticket.due_at = min((due for _clock, due, _minutes, _calendar in running(ticket, rules)), default=FAR)
        ticket.alarm_at = min((at for _step, at in alarms(ticket, rules, now)), default=None)


def running(ticket: Ticket, rules: Standards) -> list[tuple[str, datetime, int, Calendar]]:
    """The clocks that run: name, when due, minutes in all, calendar."""
    found = []
    if ticket.answered_at is None:
        calendar = rules.calendars.of(ticket.calendar_id)
        found.append((levels.ANSWER, ticket.answer_due_at, ticket.answer_minutes, calendar))
    if ticket.solution_due_at is not None:
        found.append(
            (levels.SOLUTION, ticket.solution_due_at, ticket.solution_minutes, rules.calendar(ticket))
        )
    return found


def alarms(ticket: Ticket, rules: Standards, now: datetime) -> list[tuple[levels.Step, datetime]]:
    """The alarms still to come (or due now), each with its moment."""
    return [
        (step, levels.alarm_at(calendar, due=due, minutes=minutes, percent=step.percent, now=now))
        for name, due, minutes, calendar in running(ticket, rules)
        for step in rules.steps
        if step.clock == name and mark(step) not in ticket.alarms
    ]


def mark(step: levels.Step) -> str:
    """How a ticket remembers that an alarm was raised."""
    return f"{step.clock}:{step.percent}:{step.to}"


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
