"""Tickets in words: icons, tones, clocks, and how their events read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.cases.models import Category, Kind, PendingFor, Priority, Severity, State, Ticket
from loopline.cases.queries.standards import Calendars
from loopline.cases.rules import levels, states
from loopline.customers.panels import Wording, wordings
from loopline.kernel import formats

KIND_ICONS = {
    Kind.COMPLAINT: "mood-sad",
    Kind.ENQUIRY: "question-mark",
    Kind.FAULT: "tool",
    Kind.SUGGESTION: "bulb",
}
STATE_TONES = {
    State.ACKNOWLEDGED: "info",
    State.IN_PROGRESS: "accent",
    State.PENDING: "warn",
    State.HELD: "warn",
    State.RESOLVED: "good",
    State.CLOSED: "neutral",
    State.REOPENED: "bad",
    State.CANCELLED: "neutral",
    State.REJECTED: "neutral",
}
PRIORITY_TONES = {
    Priority.URGENT: "bad",
    Priority.HIGH: "warn",
    Priority.NORMAL: "neutral",
    Priority.LOW: "neutral",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A clock as a bar: how much is used, and in words how it stands."""

    label: str
    percent: int
    tone: str
    text: str
    exact: str


def kind_of(ticket: Ticket) -> str:
    """What it is about."""
    return str(Kind(ticket.kind).label)


def state_of(ticket: Ticket) -> str:
    """Where it stands; a waiting one says for whom."""
    if ticket.state == states.PENDING and ticket.pending_for:
        return _("Waiting for %(whom)s") % {"whom": PendingFor(ticket.pending_for).label}
    return str(State(ticket.state).label)


def severity_of(ticket: Ticket) -> str:
    """How bad it is; a client's own word stands as it is."""
    known = ticket.severity in Severity.values
    return str(Severity(ticket.severity).label) if known else ticket.severity


def path_of(category: Category, known: Mapping[int, Category]) -> str:
    """A category with those above it: Fault › Broadband fault."""
    keys = [int(part) for part in category.path.strip("/").split("/")]
    return " › ".join(formats.named(known[key]) for key in keys if key in known)


def handler_of(ticket: Ticket) -> str:
    """Who works on it."""
    if ticket.assignee:
        return formats.named(ticket.assignee)
    return formats.named(ticket.unit) if ticket.unit else ""


def bar(ticket: Ticket, calendars: Calendars, now: datetime) -> Bar:
    """The clock that matters now: the first answer while it is owed, else the solution."""
    return (
        answer_bar(ticket, calendars, now) if _owes_answer(ticket) else solution_bar(ticket, calendars, now)
    )


def answer_bar(ticket: Ticket, calendars: Calendars, now: datetime) -> Bar:
    """The clock of the first answer."""
    return _bar(
        _("First answer"),
        levels.clock(
            calendars.of(ticket.calendar_id),
            due=ticket.answer_due_at,
            minutes=ticket.answer_minutes,
            left=0,
            now=ticket.answered_at or now,
        ),
        ticket.answered_at,
    )


def solution_bar(ticket: Ticket, calendars: Calendars, now: datetime) -> Bar:
    """The clock of the solution: running, standing still, kept or missed."""
    done = ticket.solved_at or ticket.closed_at
    clock = levels.clock(
        calendars.of(ticket.calendar_id, regulator=ticket.regulator),
        due=ticket.solution_due_at,
        minutes=ticket.solution_minutes,
        left=ticket.solution_left,
        now=done or now,
    )
    return _bar(_("Statutory answer") if ticket.regulator else _("Solution"), clock, done)


def _owes_answer(ticket: Ticket) -> bool:
    unsolved = ticket.answered_at is None and ticket.state in states.WORKED
    return unsolved and (ticket.solution_due_at is None or ticket.answer_due_at <= ticket.solution_due_at)


def _bar(label: str, clock: levels.Clock, done: datetime | None) -> Bar:
    percent = min(100, round(100 * clock.share))
    exact = formats.moment(clock.due)
    if clock.due is None:
        return Bar(
            label, percent, "info", _("paused"), _("The clock stands still while the customer answers.")
        )
    if done is not None:
        kept = done <= clock.due
        text = _("in time") if kept else _("too late")
        return Bar(label, percent, "good" if kept else "bad", text, formats.moment(done))
    if clock.share >= 1:
        return Bar(label, 100, "bad", _("due %(when)s") % {"when": formats.ago(clock.due)}, exact)
    tone = "warn" if clock.share >= 0.8 else "good"
    return Bar(label, percent, tone, _("due %(when)s") % {"when": formats.ago(clock.due)}, exact)


def alarm(number: str, clock: str, percent: int) -> str:
    """An alarm in the reader's language: which clock of a ticket, and how much of its time is used."""
    named = _("first answer") if clock == levels.ANSWER else _("solution")
    if percent >= 100:
        return _("%(number)s: the time for the %(clock)s is over") % {"number": number, "clock": named}
    return _("%(number)s: %(percent)s%% of the time for the %(clock)s is used") % {
        "number": number, "percent": percent, "clock": named,
    }  # fmt: skip


def _number(payload: Mapping[str, Any]) -> str:
    return str(payload["number"])


def _step(payload: Mapping[str, Any]) -> str:
    before, after = State(payload["before"]).label, State(payload["after"]).label
    told = f"{payload['number']}: {before} → {after}"
    return f"{told} · {payload['reason']}" if payload["reason"] else told


for _name, _wording in {
    "cases.opened": Wording(
        "ticket", gettext_lazy("Ticket opened"), lambda payload: f"{payload['number']} {payload['title']}"
    ),
    "cases.state_changed": Wording("arrow-right", gettext_lazy("Ticket: next step"), _step),
    "cases.changed": Wording("edit", gettext_lazy("Ticket changed"), _number),
    "cases.handed_over": Wording(
        "arrows-exchange",
        gettext_lazy("Ticket handed over"),
        lambda payload: f"{payload['number']}: {payload['before']} → {payload['to']}",
    ),
    "cases.noted": Wording("note", gettext_lazy("Note on a ticket"), _number),
    "cases.replied": Wording("send", gettext_lazy("Ticket answered"), _number),
    "cases.linked": Wording(
        "link",
        gettext_lazy("Part of a mass fault"),
        lambda payload: f"{payload['number']} → {payload['parent'] or '–'}",
    ),
    "cases.notice_given": Wording("speakerphone", gettext_lazy("Notice to those concerned"), _number),
    "cases.file_attached": Wording(
        "file", gettext_lazy("File on a ticket"), lambda payload: f"{payload['number']}: {payload['file']}"
    ),
    "cases.escalated": Wording(
        "clock-exclamation",
        gettext_lazy("Ticket escalated"),
        lambda payload: f"{payload['number']} · {payload['percent']} % → {payload['to']}",
    ),
    "cases.deleted": Wording("trash", gettext_lazy("Ticket taken out"), _number),
    "cases.standards_changed": Wording(
        "adjustments", gettext_lazy("Service standards changed"), lambda payload: payload["text"]
    ),
    "documents.removed": Wording("trash", gettext_lazy("File removed"), lambda payload: payload["file"]),
}.items():
    wordings.add(_name, _wording)
