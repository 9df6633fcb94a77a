"""The time line of a ticket in words."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from loopline.cases.models import Entry, EntryKind, PendingFor, State
from loopline.interactions.api import Channel
from loopline.kernel import formats

ICONS = {
    EntryKind.STATE: "arrow-right",
    EntryKind.NOTE: "note",
    EntryKind.REPLY: "send",
    EntryKind.NOTICE: "speakerphone",
    EntryKind.CHANGE: "edit",
    EntryKind.HANDED: "arrows-exchange",
    EntryKind.FILE: "file",
    EntryKind.ALARM: "clock-exclamation",
}
TONES = {EntryKind.REPLY: "accent", EntryKind.NOTICE: "accent", EntryKind.ALARM: "bad"}


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the time line."""

    icon: str
    title: str
    detail: str
    ago: str
    exact: str
    by: str
    tone: str
    public: bool
    url: str


def told(entry: Entry) -> Said:
    """An entry as finished strings."""
    kind = EntryKind(entry.kind)
    document = entry.detail.get("document")
    title = TITLES[kind](entry) if kind in TITLES else str(kind.label)
    return Said(
        icon=ICONS[kind],
        title=title,
        detail=DETAILS[kind](entry) if kind in DETAILS else entry.text,
        ago=formats.ago(entry.at),
        exact=formats.moment(entry.at),
        by=str(entry.detail.get("author") or formats.author(entry.by_name, entry.by_id)),
        tone=TONES.get(kind, "neutral"),
        public=entry.public,
        url=f"/documents/{document}" if document else "",
    )


def _step(entry: Entry) -> str:
    if not entry.detail.get("before"):
        return _("Opened · %(channel)s") % {"channel": Channel(entry.channel).label}
    if entry.detail.get("pending_for"):
        return _("Waiting for %(whom)s") % {"whom": PendingFor(entry.detail["pending_for"]).label}
    return str(State(entry.state).label)


def _alarm(entry: Entry) -> str:
    clock = _("first answer") if entry.detail["clock"] == "answer" else _("solution")
    return _("%(percent)s%% of the time for the %(clock)s is used") % {
        "percent": entry.detail["percent"],
        "clock": clock,
    }


def _change(entry: Entry) -> str:
    changed = entry.detail
    if "parent" in changed:
        return (
            _("Part of %(number)s") % {"number": changed["parent"]}
            if changed["parent"]
            else _("Stands alone")
        )
    if "mass" in changed:
        return _("Mass fault at %(place)s") % {"place": changed["mass"]}
    return " · ".join(f"{before or '–'} → {after or '–'}" for before, after in changed["changes"].values())


type Words = Callable[[Entry], str]
TITLES: dict[EntryKind, Words] = {
    EntryKind.STATE: _step,
    EntryKind.REPLY: lambda entry: _("Reply · %(channel)s") % {"channel": Channel(entry.channel).label},
    EntryKind.HANDED: lambda entry: f"{entry.detail['before']} → {entry.detail['to']}",
    EntryKind.ALARM: _alarm,
    EntryKind.NOTE: lambda entry: _("Note for the customer") if entry.public else _("Internal note"),
}
DETAILS: dict[EntryKind, Words] = {
    EntryKind.CHANGE: _change,
    EntryKind.ALARM: lambda entry: _("Told to %(whom)s") % {"whom": entry.detail["to"]},
}
