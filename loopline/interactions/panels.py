"""What was said: the time line over every channel, and satisfaction at a glance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loopline.customers.panels import (
    GLANCE,
    SAID,
    Panel,
    Subject,
    Told,
    Wording,
    events_of,
    panels,
    told,
    wordings,
)
from loopline.interactions import queries
from loopline.interactions.models import Channel, Interaction, InteractionKind, Result
from loopline.interactions.notes import NOTED_KINDS
from loopline.interactions.queries import TROUBLE, Satisfaction
from loopline.kernel import clock, formats
from loopline.kernel.models import Event

SHOWN = 30
ICONS = {
    "enquiry": "question-mark",
    "complaint": "mood-sad",
    "fault": "tool",
    "visit": "building-store",
    "campaign": "speakerphone",
    "note": "note",
}
CHANNELS_IN = {
    "call": "phone-incoming",
    "shop": "building-store",
    "app": "device-mobile",
    "wechat": "message-circle",
}


@dataclass(frozen=True, slots=True)
class Touch:
    """One entry of the time line in plain values: an interaction, or an event of the customer's file."""

    at: datetime
    kind: str
    channel: str
    inbound: bool
    topic: str
    summary: str
    by: str
    resolved_on: date | None
    event: str = ""
    payload: Mapping[str, Any] | None = None
    by_id: int = 0
    result: str = ""


@dataclass(frozen=True, slots=True)
class SaidFacts:
    """The newest entries first, interactions and events together."""

    touches: list[Touch]
    more: bool


@dataclass(frozen=True, slots=True)
class SaidPanel:
    """The time line and the form to add to it."""

    title: str
    entries: list[Told]
    note_url: str
    more_url: str
    kinds: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    results: list[tuple[str, str]]
    may_note: bool
    error: str = ""
    draft: str = ""


@dataclass(frozen=True, slots=True)
class SatisfactionPanel:
    """Satisfaction at a glance."""

    title: str
    icon: str
    text: str
    detail: str
    tone: str


def gather(subject: Subject) -> SaidFacts:
    """Interactions and events, in two queries."""
    said = [_touch(row) for row in queries.touches(subject.files, SHOWN)]
    done = [_event(row) for row in events_of(subject.files, SHOWN) if not _is_touch(row)]
    both = sorted([*said, *done], key=lambda touch: touch.at, reverse=True)
    return SaidFacts(both[:SHOWN], len(both) > SHOWN)


def show(subject: Subject, facts: SaidFacts, error: str = "", draft: str = "") -> SaidPanel:
    """The time line in words."""
    public_id = subject.customer.public_id
    kinds = dict(InteractionKind.choices)
    return SaidPanel(
        title=_("Said to us"),
        entries=[_told(touch, subject) for touch in facts.touches],
        note_url=f"/customers/{public_id}/notes",
        more_url=f"/customers/{public_id}/history",
        kinds=[(kind.value, str(kinds[kind.value])) for kind in NOTED_KINDS],
        channels=[(code, str(label)) for code, label in Channel.choices],
        results=[("", _("Result"))] + [(code, str(label)) for code, label in Result.choices],
        may_note=subject.actor.may("tasks.work"),
        error=error,
        draft=draft,
    )


def gather_satisfaction(subject: Subject) -> Satisfaction:
    """Open and past complaints, in one query."""
    return queries.satisfaction(subject.files, clock.today(subject.actor.zone))


def show_satisfaction(subject: Subject, facts: Satisfaction) -> SatisfactionPanel:
    """In three degrees: content, had reason to complain, waits for us."""
    title = _("Satisfaction")
    year = ngettext(
        "%(count)s complaint in twelve months", "%(count)s complaints in twelve months", facts.last_year
    ) % {"count": facts.last_year}
    if facts.open and facts.open_since:
        waits = (clock.today(subject.actor.zone) - facts.open_since).days
        text = ngettext(
            "Has waited for us for %(days)s day", "Has waited for us for %(days)s days", waits
        ) % {"days": waits}
        return SatisfactionPanel(title, "mood-sad", text, year, "bad")
    if facts.last_year:
        return SatisfactionPanel(title, "mood-neutral", _("All complaints solved"), year, "warn")
    return SatisfactionPanel(title, "mood-happy", _("No complaints"), _("in twelve months"), "good")


def _touch(row: Interaction) -> Touch:
    return Touch(
        row.at,
        row.kind,
        row.channel,
        row.inbound,
        row.topic,
        row.summary,
        row.staff_name,
        row.resolved_on,
        result=row.result,
    )


def _event(row: Event) -> Touch:
    return Touch(row.at, "", "", False, "", "", row.actor_name, None, row.name, row.payload, row.actor_id)


def _is_touch(row: Event) -> bool:
    return row.name.startswith("interactions.")


def _told(touch: Touch, subject: Subject) -> Told:
    if touch.event:
        event = Event(
            name=touch.event, payload=touch.payload, at=touch.at, actor_name=touch.by, actor_id=touch.by_id
        )
        return told(event)
    kind = str(dict(InteractionKind.choices).get(touch.kind, touch.kind))
    if touch.kind == InteractionKind.VISIT and not touch.inbound:
        kind = _("Visit to the customer")
    channel = str(dict(Channel.choices).get(touch.channel, touch.channel))
    title = " · ".join(part for part in (kind, channel, touch.topic) if part)
    open_trouble = touch.kind in TROUBLE and touch.resolved_on is None
    result = (
        "" if touch.result == Result.SOLVED else str(dict(Result.choices).get(touch.result, touch.result))
    )
    solved = _("Solved on %(day)s") % {"day": formats.day(touch.resolved_on)} if touch.resolved_on else ""
    detail = " · ".join(
        part for part in (touch.summary, result, solved, _("still open") if open_trouble else "") if part
    )
    tone = "bad" if open_trouble else "warn" if touch.kind in TROUBLE else "neutral"
    return Told(
        ICONS.get(touch.kind, "message"),
        title,
        detail,
        formats.ago(touch.at),
        formats.moment(touch.at),
        touch.by,
        "accent" if touch.kind == "campaign" else tone,
    )


wordings.add("interactions.recorded", Wording("message", gettext_lazy("Contact noted")))
wordings.add("interactions.withdrawn", Wording("message", gettext_lazy("Contact taken back")))
panels.add(
    "satisfaction",
    Panel(GLANCE, "interactions/satisfaction.html", gather_satisfaction, show_satisfaction),
    order=30,
)
panels.add("said", Panel(SAID, "interactions/said.html", gather, show), order=10)
