"""History in words: who did what, when, from what to what. Each module words its own events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers.models import Customer
from loopline.customers.wording import CHANNELS, FIELDS, LIFE_CYCLES, MEDIA, SEXES, TIERS, Words, word
from loopline.kernel import formats
from loopline.kernel.models import Event
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
        event.actor_name,
        wording.tone,
    )


def events_of(customer: Customer, limit: int = 100, before: int = 0) -> list[Event]:
    """The newest events of a customer and of all that hangs on him, before an event if given."""
    rows = Event.objects.filter(customer_id=customer.pk)
    if before:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-id")[:limit])


_VALUES: dict[str, Words] = {"tier": TIERS, "life_cycle": LIFE_CYCLES, "sex": SEXES}


def _changes(payload: Mapping[str, Any]) -> str:
    def shown(field: str, value: object) -> str:
        return word(_VALUES.get(field, {}), str(value)) if value else "–"

    lines = [
        f"{word(FIELDS, field)}: {shown(field, old)} → {shown(field, new)}"
        for field, (old, new) in payload.get("changes", {}).items()
    ]
    return " · ".join(lines)


def _channel(payload: Mapping[str, Any]) -> str:
    return word(CHANNELS, payload["channel"])


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
