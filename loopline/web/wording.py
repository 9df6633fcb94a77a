"""How the events of modules without a page of history read: staff, notices, background work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from loopline.customers.panels import Wording, wordings
from loopline.kernel import formats


def _unit(payload: Mapping[str, Any]) -> str:
    return f"{payload['unit']} · {payload['parent']}"


def _changes(payload: Mapping[str, Any]) -> str:
    def shown(value: object) -> str:
        return formats.listed(value) if isinstance(value, list) else str(value)

    return " · ".join(f"{shown(old)} → {shown(new)}" for old, new in payload["changes"].values())


def _moment(text: str) -> str:
    return formats.moment(datetime.fromisoformat(text))


for _name, _wording in {
    "identity.staff_joined": Wording(
        "user-plus", _("Member of staff added"), lambda payload: f"{payload['user_name']} · {payload['unit']}"
    ),
    "identity.staff_changed": Wording("user-cog", _("Member of staff changed"), _changes),
    "identity.password_changed": Wording("key", _("Password changed")),
    "identity.unit_added": Wording("sitemap", _("Unit added"), _unit),
    "identity.unit_changed": Wording("sitemap", _("Unit changed"), _changes),
    "messaging.notice_published": Wording("bell", _("Notice published"), lambda payload: payload["title"]),
    "messaging.notice_withdrawn": Wording(
        "bell-off", _("Notice withdrawn"), lambda payload: payload["title"]
    ),
    "messaging.readers_reminded": Wording(
        "send", _("Readers of a notice reminded"), lambda payload: f"{payload['title']} · {payload['people']}"
    ),
    "identity.sign_in_rules_changed": Wording("password", _("Sign-in rules changed"), _changes),
    "identity.provider_set": Wording(
        "shield-check",
        _("Sign-in provider set up"),
        lambda payload: f"{payload['provider']} · {payload['issuer']}",
    ),
    "identity.provider_removed": Wording(
        "shield", _("Sign-in provider removed"), lambda payload: payload["provider"]
    ),
    "desk.appointment_made": Wording(
        "calendar-plus", _("Appointment made"), lambda payload: _moment(payload["starts_at"])
    ),
    "desk.appointment_changed": Wording(
        "calendar-event",
        _("Appointment changed"),
        lambda payload: f"{_moment(payload['before'])} → {_moment(payload['starts_at'])}",
    ),
    "desk.appointment_cancelled": Wording(
        "calendar", _("Appointment cancelled"), lambda payload: _moment(payload["starts_at"])
    ),
    "desk.calendar_shared": Wording("share", _("Calendar shared with other programs, or no longer")),
    "jobs.sent_back": Wording("refresh", _("Failed work tried again"), lambda payload: payload["task"]),
    "jobs.given_up": Wording("x", _("Failed work given up"), lambda payload: payload["task"]),
}.items():
    wordings.add(_name, _wording)
