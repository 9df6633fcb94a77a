"""How the events of modules without a page of history read: staff, notices, background work."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from loopline.customers.panels import Wording, wordings


def _unit(payload: Mapping[str, Any]) -> str:
    return f"{payload['unit']} · {payload['parent']}"


def _changes(payload: Mapping[str, Any]) -> str:
    def shown(value: object) -> str:
        return "、".join(map(str, value)) if isinstance(value, list) else str(value)

    return " · ".join(f"{shown(old)} → {shown(new)}" for old, new in payload["changes"].values())


for _name, _wording in {
    "identity.staff_joined": Wording(
        "user-plus", _("Member of staff added"), lambda payload: f"{payload['user_name']} · {payload['unit']}"
    ),
    "identity.staff_changed": Wording("user-cog", _("Member of staff changed"), _changes),
    "identity.password_changed": Wording("key", _("Password changed")),
    "identity.unit_added": Wording("sitemap", _("Unit added"), _unit),
    "identity.unit_changed": Wording("sitemap", _("Unit changed"), _changes),
    "messaging.notice_published": Wording("bell", _("Notice published"), lambda payload: payload["title"]),
    "jobs.sent_back": Wording("refresh", _("Failed work tried again"), lambda payload: payload["task"]),
    "jobs.given_up": Wording("x", _("Failed work given up"), lambda payload: payload["task"]),
}.items():
    wordings.add(_name, _wording)
