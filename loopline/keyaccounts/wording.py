"""Key accounts in words: levels, occasions, steps of care, and the module's events in a customer's history."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from loopline.customers.panels import Wording, wordings
from loopline.kernel import formats
from loopline.keyaccounts.models import CareStep, PersonRole, RunKind, RunState
from loopline.keyaccounts.rules import care, occasions

TIERS = {
    "diamond": gettext_lazy("Diamond"),
    "gold": gettext_lazy("Gold"),
    "silver": gettext_lazy("Silver"),
}
TIER_TONES = {"diamond": "accent", "gold": "warn", "silver": "neutral"}
WAYS = {
    care.VISIT: (gettext_lazy("Visit"), "map-pin"),
    care.CALL: (gettext_lazy("Call"), "phone"),
    care.GIFT: (gettext_lazy("Gift"), "gift"),
    care.PRIVILEGE: (gettext_lazy("Privilege"), "star"),
    care.REVIEW: (gettext_lazy("Review"), "file-analytics"),
}
STEPS = {
    "quarterly_visit": gettext_lazy("Visit each quarter"),
    "half_yearly_visit": gettext_lazy("Visit each half-year"),
    "call": gettext_lazy("Call and ask how things go"),
    "review": gettext_lazy("Go through plan and bill together"),
    "festival": gettext_lazy("Greeting and gift for the festival"),
    "lounge": gettext_lazy("Explain the airport lounge and green channel"),
}
PLANS = {
    "diamond": gettext_lazy("Care for diamond customers"),
    "gold": gettext_lazy("Care for gold customers"),
    "silver": gettext_lazy("Care for silver customers"),
    "group": gettext_lazy("Care for group customers"),
    "": gettext_lazy("Simple care"),
}
OCCASIONS = {
    occasions.BIRTHDAY: (gettext_lazy("Birthday of the customer"), "gift"),
    occasions.PERSON_BIRTHDAY: (gettext_lazy("Birthday of a key person"), "gift"),
    occasions.CONTRACT: (gettext_lazy("The contract of a line ends"), "calendar-time"),
    occasions.AGREEMENT: (gettext_lazy("A group contract must be renewed"), "contract"),
    occasions.USAGE: (gettext_lazy("Usage is falling"), "trending-down"),
    occasions.CARE: (gettext_lazy("Care plan"), "heart-handshake"),
}
RUN_KINDS = {
    RunKind.RULES: gettext_lazy("By rules"),
    RunKind.HAND: gettext_lazy("By hand"),
    RunKind.HAND_OVER: gettext_lazy("Hand-over"),
}
RUN_TONES = {
    RunState.WAITING: "info",
    RunState.RUNNING: "info",
    RunState.DONE: "good",
    RunState.STOPPED: "warn",
    RunState.UNDONE: "neutral",
}
ROLE_TONES = {PersonRole.DECIDES: "accent", PersonRole.INFLUENCES: "info"}
CLASSES = {"high": gettext_lazy("High value"), "low": gettext_lazy("Low value")}
KINDS = {"person": gettext_lazy("Person"), "organisation": gettext_lazy("Organisation")}
SERVICES = {
    "mobile": pgettext_lazy("line", "mobile"),
    "broadband": pgettext_lazy("line", "broadband"),
    "fixed": pgettext_lazy("line", "fixed line"),
    "iptv": pgettext_lazy("line", "IPTV"),
    "data_line": pgettext_lazy("line", "data line"),
}


_SENTENCES = {
    occasions.BIRTHDAY: gettext_lazy("Birthday on %(on)s"),
    occasions.PERSON_BIRTHDAY: gettext_lazy("Birthday of %(person)s on %(on)s"),
    occasions.CONTRACT: gettext_lazy("Contract (%(line)s) ends on %(on)s"),
    occasions.AGREEMENT: gettext_lazy("Group contract %(number)s ends on %(on)s"),
    occasions.USAGE: gettext_lazy("Data %(percent)s %% below the last three months"),
    "minutes": gettext_lazy("Calls %(percent)s %% below the last three months"),
}


def step_of(what: str, title: str) -> str:
    """A step of a care plan."""
    return str(STEPS[what]) if what in STEPS else title


def care_title(step: CareStep) -> str:
    """A step of a care plan as a row has it."""
    return step_of(step.what, step.title)


def rhythm(months: int) -> str:
    """How often a step comes again."""
    if not months:
        return _("once")
    return _("every year") if months == 12 else _("every %(months)s months") % {"months": months}


def occasion(detail: Mapping[str, Any]) -> str:
    """An occasion in a sentence, from the detail of its task."""
    kind = str(detail.get("occasion", ""))
    if kind not in _SENTENCES:
        return step_of(str(detail.get("what", "")), str(detail.get("title", "")))
    sentence = _SENTENCES["minutes" if detail.get("what") == "minutes" else kind]
    told = {name: str(detail.get(name, "")) for name in ("person", "number", "percent")}
    told["on"] = formats.day(date.fromisoformat(str(detail["on"]))) if detail.get("on") else "–"
    told["line"] = str(SERVICES.get(str(detail.get("service")), ""))
    return str(sentence) % told


def _hands(payload: Mapping[str, Any]) -> str:
    return f"{payload.get('before') or '–'} → {payload.get('to') or '–'}"


def _care(payload: Mapping[str, Any]) -> str:
    told = str(payload.get("step", ""))
    return " · ".join(part for part in (step_of(told, told), str(payload.get("result", ""))) if part)


def _field(name: str) -> Any:
    return lambda payload: str(payload.get(name, ""))


for _name, _wording in {
    "charge_taken": Wording("user-check", gettext_lazy("Account manager changed"), _hands),
    "visit_planned": Wording("calendar-plus", gettext_lazy("Visit planned"), _field("purpose")),
    "visit_done": Wording("map-pin", gettext_lazy("Visited"), _field("result"), "good"),
    "visit_cancelled": Wording("circle-x", gettext_lazy("Visit cancelled"), _field("reason"), "warn"),
    "care_planned": Wording("heart-handshake", gettext_lazy("Care planned")),
    "care_given": Wording("heart-handshake", gettext_lazy("Care plan: step done or dropped"), _care),
    "group_made": Wording("building", gettext_lazy("Became a group customer"), _field("number")),
    "group_changed": Wording("building", gettext_lazy("Group changed")),
    "member_joined": Wording("users-group", gettext_lazy("Joined a group"), _field("group")),
    "member_left": Wording("user-minus", gettext_lazy("Left a group"), _field("group")),
    "key_person_set": Wording("user-circle", gettext_lazy("Key person changed"), _field("masked")),
    "contract_signed": Wording("contract", gettext_lazy("Group contract signed"), _field("number"), "good"),
    "contract_terminated": Wording(
        "contract", gettext_lazy("Group contract ended early"), _field("number"), "warn"
    ),
    "product_set": Wording("package", gettext_lazy("Group product changed"), _field("product")),
}.items():
    wordings.add(f"keyaccounts.{_name}", _wording)
