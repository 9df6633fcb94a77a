"""What a customer has: his subscriptions with plan, state, contract and characteristics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.customers.panels import HAVE, Panel, Subject, Wording, panels, wordings
from loopline.kernel import clock, formats
from loopline.kernel.period import months_between
from loopline.kernel.postgres.compiled import Compiled, Given
from loopline.subscriptions import holding
from loopline.subscriptions.facts import lines, payers
from loopline.subscriptions.models import LEFT, Payer, Service, Sharing, SharingRole, State, Subscription
from loopline.subscriptions.sharing import sharings_of

__all__ = ["holding"]
MOST = 20
ICONS = {
    "mobile": "device-mobile",
    "broadband": "wifi",
    "fixed": "device-landline-phone",
    "iptv": "device-desktop",
    "data_line": "network",
}
TONES = {
    State.ACTIVE: "good",
    State.PRE_PROVISIONED: "info",
    State.PRE_TERMINATED: "bad",
    State.TERMINATED: "neutral",
    State.PORTED_OUT: "neutral",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One subscription in plain values; the number is masked."""

    id: str
    service: str
    number: str
    state: str
    plan: dict[str, str]
    monthly_fee: Decimal | None
    started_on: date | None
    contract_ends_on: date | None
    ended_on: date | None
    retention: dict[str, str]
    characteristics: dict[str, Any]
    shares: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class HaveFacts:
    """Subscriptions, those in use first; `more` when there are more than are listed."""

    lines: list[Line]
    more: bool


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A subscription in finished strings."""

    icon: str
    service: str
    number: str
    reveal: str
    plan: str
    fee: str
    state: str
    tone: str
    since: str
    contract: str
    contract_tone: str
    retention: str
    characteristics: list[tuple[str, str]]
    shares: list[str]
    left: bool


@dataclass(frozen=True, slots=True)
class HavePanel:
    """What they have."""

    title: str
    note: str
    lines: list[ShownLine]


def gather(subject: Subject) -> HaveFacts:
    """The customer's subscriptions, and in a second query with whom they share if they do."""
    found = _lines(files=subject.files)
    found.sort(key=lambda row: row.state in LEFT)
    shares = _shares(subject) if any(row.shares for row in found) else {}
    lines = [_line(row, subject.actor.country, shares.get(row.pk, [])) for row in found[:MOST]]
    return HaveFacts(lines, len(found) > MOST)


@Compiled
def _lines() -> "QuerySet[Any]":
    shared = Sharing.objects.filter(ended_on=None)
    first, second = shared.filter(primary_id=OuterRef("pk")), shared.filter(member_id=OuterRef("pk"))
    rows = Subscription.objects.filter(customer_id__any_of=Given("files")).annotate(
        shares=Exists(first) | Exists(second)
    )
    return rows.select_related("offering", "retention_offering").order_by("ended_on", "started_on", "id")[
        : MOST + 1
    ]


def _shares(subject: Subject) -> dict[int, list[dict[str, str]]]:
    """Line → the lines with which it shares: the other's masked number (empty: of another branch), what this one is,
    and who pays."""
    told: dict[int, list[dict[str, str]]] = {}
    for row in sharings_of(subject.files):
        for line, other, part in (
            (row.primary, row.member_number, "primary"),
            (row.member, row.primary_number, row.role),
        ):
            number = customers.masks.medium("telephone", other, subject.actor.country) if other else ""
            told.setdefault(line, []).append({"as": part, "other": number, "payer": row.payer})
    return told


def _line(row: Subscription, country: str, shares: list[dict[str, str]]) -> Line:
    def named(offering: Any) -> dict[str, str]:
        return {"zh-hans": offering.name, "en": offering.name_en or offering.name} if offering else {}

    return Line(
        id=str(row.public_id),
        service=row.service,
        number=customers.masks.medium("telephone", row.number, country) if row.number else "",
        state=row.state,
        plan=named(row.offering),
        monthly_fee=row.monthly_fee,
        started_on=row.started_on,
        contract_ends_on=row.contract_ends_on,
        ended_on=row.ended_on,
        retention=named(row.retention_offering),
        characteristics=row.characteristics,
        shares=shares,
    )


def show(subject: Subject, facts: HaveFacts) -> HavePanel:
    """The lines in finished strings."""
    living = sum(line.state not in LEFT for line in facts.lines)
    note = _("%(count)s in use") % {"count": f"{living}+" if facts.more else living}
    return HavePanel(_("What they have"), note, [_shown(subject, line) for line in facts.lines])


def _shown(subject: Subject, line: Line) -> ShownLine:
    contract, tone = _contract(line, clock.today(subject.actor.zone))
    may_reveal = subject.actor.may("customers.reveal") and line.number
    return ShownLine(
        icon=ICONS.get(line.service, "device-sim"),
        service=str(dict(Service.choices).get(line.service, line.service)),
        number=line.number,
        reveal=f"/customers/{subject.customer.public_id}/lines/{line.id}/reveal" if may_reveal else "",
        plan=formats.bilingual(line.plan) if line.plan else "",
        fee=_("%(fee)s a month") % {"fee": formats.money(line.monthly_fee)} if line.monthly_fee else "",
        state=str(dict(State.choices).get(line.state, line.state)),
        tone=TONES.get(State(line.state), "warn"),
        since=formats.day(line.started_on),
        contract=contract,
        contract_tone=tone,
        retention=formats.bilingual(line.retention) if line.retention else "",
        characteristics=[(name, _plain(value)) for name, value in line.characteristics.items()],
        shares=[_share(share) for share in line.shares],
        left=line.state in LEFT,
    )


def _share(share: dict[str, str]) -> str:
    """With whom a line shares, in a sentence."""
    other = share["other"] or _("a line of another branch")
    if share["as"] == "primary":
        return _("Shares with %(number)s") % {"number": other}
    payer = str(Payer(share["payer"]).label)
    return f"{SharingRole(share['as']).label} · {other} · {payer}"


def _contract(line: Line, today: date) -> tuple[str, str]:
    if line.state in LEFT:
        return (_("left %(day)s") % {"day": formats.day(line.ended_on)} if line.ended_on else ""), "neutral"
    if line.contract_ends_on is None:
        return _("no contract"), "neutral"
    if line.contract_ends_on < today:
        return _("contract ended %(day)s") % {"day": formats.day(line.contract_ends_on)}, "warn"
    soon = months_between(today, line.contract_ends_on) < 3
    return _("contract to %(day)s") % {
        "day": formats.day(line.contract_ends_on)
    }, "warn" if soon else "neutral"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return formats.number(value) if isinstance(value, int | float) else str(value)


def _offer_told(payload: Mapping[str, Any]) -> str:
    return _("given") if payload.get("offering") else _("taken back")


wordings.add(
    "subscriptions.retention_offer_set",
    Wording("gift", gettext_lazy("Retention offer"), _offer_told, "accent"),
)
customers.sources.add("lines", lines, order=10)
customers.relations.add("payers", payers, order=10)


def _state_told(payload: Mapping[str, Any]) -> str:
    if payload.get("before") == payload.get("after"):
        return _("at another address")
    return str(dict(State.choices).get(str(payload.get("after")), payload.get("after")))


def _nothing_told(payload: Mapping[str, Any]) -> str:
    return ""


for _name, _icon, _label, _told in (
    ("opened", "device-sim", gettext_lazy("Subscription prepared"), _nothing_told),
    ("state_changed", "progress", gettext_lazy("Subscription"), _state_told),
    ("plan_changed", "arrows-exchange", gettext_lazy("Plan changed"), _nothing_told),
    ("number_changed", "number", gettext_lazy("Number changed"), _nothing_told),
    ("sharing_began", "users-group", gettext_lazy("Shares a primary line"), _nothing_told),
    ("sharing_ended", "user-minus", gettext_lazy("Shares no more"), _nothing_told),
    ("service_added", "circle-plus", gettext_lazy("Service added"), _nothing_told),
    ("service_removed", "minus", gettext_lazy("Service removed"), _nothing_told),
):
    wordings.add(f"subscriptions.{_name}", Wording(_icon, _label, _told))
panels.add("have", Panel(HAVE, "subscriptions/have.html", gather, show), order=10)
