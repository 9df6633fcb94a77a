"""History in words: who did what, when, from what to what. Each module words its own events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers.rules.lifecycle import RULES
from loopline.customers.wording import (
    ACCOUNT_KINDS,
    ACCOUNT_STATUSES,
    CHANNELS,
    DOCUMENT_STATES,
    FIELDS,
    HOUSEHOLD_ROLES,
    LIFE_CYCLES,
    LINKS,
    MEDIA,
    PLACES,
    PURPOSES,
    SEXES,
    STOP_REASONS,
    TIERS,
    Words,
    word,
)
from loopline.kernel import formats
from loopline.kernel.models import Event
from loopline.kernel.postgres.compiled import Compiled, Given
from loopline.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Wording:
    """How an event reads: a title, and perhaps a detail made from its payload."""

    icon: str
    title: str | Promise
    detail: Callable[[Mapping[str, Any]], str] = lambda payload: ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of history, in finished words."""

    icon: str
    title: str
    detail: str
    ago: str
    exact: str
    by: str
    tone: str
    url: str = ""


wordings: Registry[Wording] = Registry("event wording")
"""Event name → how it reads."""


def told(event: Event) -> Told:
    """An event in words; one that nobody has worded keeps its name."""
    wording = wordings[event.name] if event.name in wordings else Wording("history", event.name)
    return Told(
        wording.icon,
        str(wording.title),
        wording.detail(event.payload),
        formats.ago(event.at),
        formats.moment(event.at),
        formats.author(event.actor_name, event.actor_id),
        wording.tone,
    )


def events_of(files: Sequence[int], limit: int = 100, before: int = 0) -> list[Event]:
    """The newest events of a customer's files and of all that hangs on them, before an event if given."""
    return _events(limit, bool(before), files=list(files), before=before)


@Compiled
def _events(limit: int, paged: bool) -> QuerySet[Event]:
    rows = Event.objects.filter(customer_id__any_of=Given("files"))
    rows = rows.filter(pk__lt=Given("before")) if paged else rows
    return rows.order_by("-id")[:limit]


_VALUES: dict[str, Words] = {
    "tier": TIERS,
    "life_cycle": LIFE_CYCLES,
    "sex": SEXES,
    "state": DOCUMENT_STATES,
    "status": ACCOUNT_STATUSES,
    "kind": ACCOUNT_KINDS,
    "address_kind": PLACES,
}


def _changes(payload: Mapping[str, Any]) -> str:
    def shown(field: str, value: object) -> str:
        return word(_VALUES.get(field, {}), str(value)) if value else "–"

    lines = [
        f"{word(FIELDS, field)}: {shown(field, old)} → {shown(field, new)}"
        for field, (old, new) in payload.get("changes", {}).items()
    ]
    return " · ".join(lines)


def _channel(payload: Mapping[str, Any]) -> str:
    """Marketing is what is meant unless another purpose is named."""
    channel = word(CHANNELS, payload["channel"])
    purpose = "" if payload["purpose"] == "marketing" else word(PURPOSES, payload["purpose"])
    return " · ".join(part for part in (purpose, channel) if part)


for _name, _wording in {
    "customers.created": Wording(
        "user-plus", gettext_lazy("Customer file opened"), lambda payload: payload["number"], "accent"
    ),
    "customers.changed": Wording("edit", gettext_lazy("Customer file changed"), _changes),
    "customers.contact_added": Wording(
        "address-book",
        gettext_lazy("Contact added"),
        lambda payload: f"{word(MEDIA, payload['kind'])} {payload['masked']}",
    ),
    "customers.document_added": Wording(
        "id", gettext_lazy("Identity document added"), lambda payload: payload["masked"]
    ),
    "customers.consent_given": Wording("thumb-up", gettext_lazy("Agrees to be contacted"), _channel, "good"),
    "customers.consent_withdrawn": Wording(
        "hand-stop", gettext_lazy("Does not want to be contacted"), _channel, "warn"
    ),
    "customers.account_opened": Wording(
        "wallet", gettext_lazy("Account opened"), lambda payload: payload["number"]
    ),
    "customers.contact_changed": Wording(
        "address-book",
        gettext_lazy("Contact changed"),
        lambda payload: f"{payload['masked']} · {_changes(payload)}",
    ),
    "customers.address_added": Wording(
        "map-pin", gettext_lazy("Address added"), lambda payload: payload["masked"]
    ),
    "customers.address_changed": Wording("map-pin", gettext_lazy("Address changed"), _changes),
    "customers.document_checked": Wording(
        "user-check",
        gettext_lazy("Real name checked"),
        lambda payload: f"{payload['masked']} · {_changes(payload)}",
    ),
    "customers.account_changed": Wording(
        "wallet",
        gettext_lazy("Account changed"),
        lambda payload: f"{payload['number']} · {_changes(payload)}",
    ),
    "customers.life_cycle_moved": Wording(
        "refresh",
        gettext_lazy("Moved to another status"),
        lambda payload: f"{_changes(payload)} · {word(RULES, payload['rule'])}",
        "accent",
    ),
    "customers.opened_beside": Wording(
        "users",
        gettext_lazy("Opened although there may be another file"),
        lambda payload: " · ".join([*payload["others"], payload["reason"]]),
        "warn",
    ),
    "customers.merged": Wording(
        "arrows-exchange",
        gettext_lazy("Another file was merged into this one"),
        lambda payload: payload["merged"],
    ),
    "customers.merged_away": Wording(
        "arrows-exchange", gettext_lazy("Merged into another file"), lambda payload: payload["survivor"]
    ),
    "customers.merge_undone": Wording(
        "arrow-back-up", gettext_lazy("Merge undone"), lambda payload: payload["other"]
    ),
    "customers.household_joined": Wording(
        "home",
        gettext_lazy("Joined a household or group"),
        lambda payload: f"{payload['household']} · {word(HOUSEHOLD_ROLES, payload['role'])}",
    ),
    "customers.household_left": Wording(
        "home", gettext_lazy("Left a household or group"), lambda payload: payload["household"]
    ),
    "customers.told_apart": Wording(
        "arrows-split",
        gettext_lazy("Told apart from another file"),
        lambda payload: f"{payload['other']} · {word(LINKS, payload['kind'])}",
    ),
    "customers.service_stopped": Wording(
        "ban",
        gettext_lazy("Not to be served"),
        lambda payload: " · ".join(
            part for part in [word(STOP_REASONS, payload["reason"]), payload["note"]] if part
        ),
        "bad",
    ),
    "customers.service_resumed": Wording(
        "circle-check", gettext_lazy("To be served again"), lambda payload: payload["reason"], "good"
    ),
    "customers.moved": Wording(
        "switch-horizontal",
        gettext_lazy("Moved to another branch"),
        lambda payload: _("%(old)s → %(new)s") % {"old": payload["branch_from"], "new": payload["branch_to"]},
    ),
    "customers.walk_in_opened": Wording(
        "door-exit", gettext_lazy("Opened by another branch"), lambda payload: payload["reason"], "info"
    ),
    "customers.person_erased": Wording(
        "trash", gettext_lazy("Personal data erased"), lambda payload: payload["reason"], "bad"
    ),
}.items():
    wordings.add(_name, _wording)
