"""The plan form: what a person typed, what it means, and what can be seen with an audience of that size."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loopline.campaigns import queries
from loopline.campaigns.actions import CHANNELS, Plan
from loopline.campaigns.models import Campaign, Goal
from loopline.campaigns.rules import effect
from loopline.campaigns.rules.plan import Audience, ContactRules
from loopline.catalogue.api import Offering
from loopline.identity import api as identity
from loopline.interactions.api import Channel
from loopline.kernel import formats
from loopline.kernel.errors import Invalid
from loopline.kernel.permission import Actor
from loopline.subscriptions.api import Service

DEFAULTS: dict[str, str] = {
    "name": "",
    "goal": Goal.RETAINED.value,
    "offering": "",
    "channel": "call",
    "script": "",
    "control_share": "20",
    "waves": "1",
    "wave_days": "7",
    "starts_on": "",
    "window_days": "60",
    "budget": "",
    "contact_cost": "3",
    "frequency_days": "30",
    "frequency_max": "1",
    "quiet_from": "20:00",
    "quiet_to": "09:00",
    "consent": "not_refused",
    "value": "",
    "risk": "",
    "unit": "",
    "service": "",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """What the audience is and what a campaign on it can show."""

    subscriptions: str
    customers: str
    treated: str
    control: str
    sentence: str
    tone: str


@dataclass(frozen=True, slots=True)
class FormPage:
    """The plan form."""

    title: str
    subtitle: str
    action: str
    cancel_url: str
    hint_url: str
    is_new: bool
    values: dict[str, str]
    errors: dict[str, str]
    audience: str
    goals: list[tuple[str, str, str]]
    offers: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    consents: list[tuple[str, str, str]]
    classes: list[tuple[str, str]]
    units: list[tuple[str, str]]
    services: list[tuple[str, str]]
    hint: Hint


def values_of(campaign: Campaign) -> dict[str, str]:
    """A draft as the form shows it."""
    audience, rules = Audience.read(campaign.audience), ContactRules.read(campaign.rules)
    shown = {name: getattr(campaign, name) for name in DEFAULTS if hasattr(campaign, name)}
    shown |= {name: getattr(rules, name) for name in ContactRules.__dataclass_fields__}
    shown |= {name: getattr(audience, name) or "" for name in Audience.__dataclass_fields__}
    shown["offering"] = campaign.offering.public_id if campaign.offering else ""
    shown["control_share"] = f"{campaign.control_share * 100:f}".rstrip("0").rstrip(".")
    shown["starts_on"] = campaign.starts_on.isoformat() if campaign.starts_on else ""
    return {name: str(shown[name]) for name in DEFAULTS}


def plan_of(given: Mapping[str, str]) -> Plan:
    """The plan that the form means. Raises Invalid with the field that is no number or day."""
    audience = audience_of(given)
    rules = ContactRules(
        frequency_days=_whole(given, "frequency_days"),
        frequency_max=_whole(given, "frequency_max"),
        quiet_from=given.get("quiet_from", ""),
        quiet_to=given.get("quiet_to", ""),
        consent="granted" if given.get("consent") == "granted" else "not_refused",
    )
    return Plan(
        name=given.get("name", "")[:200],
        audience=audience,
        goal=given.get("goal", ""),
        offering=_key(given.get("offering", "")),
        channel=given.get("channel", ""),
        script=given.get("script", "")[:5000],
        contact_rules=rules,
        control_share=_number(given, "control_share") / 100,
        waves=_whole(given, "waves"),
        wave_days=_whole(given, "wave_days"),
        starts_on=_day(given, "starts_on"),
        window_days=_whole(given, "window_days"),
        budget=_number(given, "budget"),
        contact_cost=_number(given, "contact_cost"),
    )


def audience_of(given: Mapping[str, str]) -> Audience:
    """The audience in a form or an address; what is not understood is left out."""
    unit = given.get("unit", "")
    return Audience(
        value=given.get("value", "") if given.get("value") in ("high", "low") else "",
        risk=given.get("risk", "") if given.get("risk") in ("high", "low") else "",
        unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 16 else 0,
        service=given.get("service", "") if given.get("service") in Service.values else "",
    )


def page(
    actor: Actor,
    values: Mapping[str, str],
    *,
    urls: tuple[str, str, str],
    is_new: bool,
    errors: dict[str, str] | None = None,
) -> FormPage:
    """The form filled with values; `urls` are where it goes, where cancelling leads, and the hint's."""
    filled = DEFAULTS | {name: values[name] for name in DEFAULTS if name in values}
    audience = audience_of(filled)
    if not filled["offering"]:
        offer = suggested_offer(actor, audience)
        filled["offering"] = str(offer.public_id) if offer else ""
    if not filled["name"] and is_new:
        filled["name"] = suggested_name(audience)
    return FormPage(
        title=_("Plan a campaign") if is_new else _("Change the plan"),
        subtitle=_("Nobody is contacted before it is started; until then everything can be changed."),
        action=urls[0],
        cancel_url=urls[1],
        hint_url=urls[2],
        is_new=is_new,
        values=filled,
        errors=errors or {},
        audience=audience_words(audience),
        goals=[
            (Goal.RETAINED, _("Customers stay"), _("Counts who is still there when the window ends.")),
            (Goal.TAKEN_UP, _("The offer is taken up"), _("Counts who takes the offer within the window.")),
        ],
        offers=[(str(row.public_id), _offer_words(row)) for row in queries.offers(actor)],
        channels=[(channel, str(Channel(channel).label)) for channel in CHANNELS],
        consents=[
            ("not_refused", _("Has not refused"), _("Leaves out whoever said no to this channel.")),
            ("granted", _("Has agreed"), _("Contacts only those who said yes to this channel.")),
        ],
        classes=[("", _("All")), ("high", _("High")), ("low", _("Low"))],
        units=[("", _("All branches")), *((str(row.pk), formats.named(row)) for row in _units())],
        services=[("", _("All services")), *((code, str(label)) for code, label in Service.choices)],
        hint=hint(actor, filled),
    )


def hint(actor: Actor, values: Mapping[str, str]) -> Hint:
    """The size of the audience and the smallest effect that it can show."""
    size = queries.size_of(actor, audience_of(values))
    try:
        share = float(_number(values, "control_share") / 100)
    except Invalid:
        share = 0.2
    share = min(max(share, 0.05), 0.5)
    control = round(size.customers * share)
    base = 1 - size.mean_risk if values.get("goal") != Goal.TAKEN_UP else 0.02
    base = min(max(base, 0.02), 0.98)
    smallest = effect.smallest_detectable(base=base, members=size.customers, control_share=share)
    needed = effect.size_needed(base=base, smallest=min(0.05, (1 - base) / 2), control_share=share)
    return Hint(
        subscriptions=formats.number(size.subscriptions),
        customers=formats.number(size.customers),
        treated=formats.number(size.customers - control),
        control=formats.number(control),
        sentence=_hint_sentence(control, smallest, needed, min(0.05, (1 - base) / 2)),
        tone="warn" if smallest is None or control < effect.ENOUGH else "info",
    )


def _hint_sentence(control: int, smallest: float | None, needed: int, aim: float) -> str:
    words = {
        "needed": formats.number(needed),
        "aim": formats.number(100 * aim, 1),
        "enough": effect.ENOUGH,
        "smallest": formats.number(100 * smallest, 1) if smallest is not None else "",
    }
    if control < effect.ENOUGH:
        return (
            _(
                "The control group would have fewer than %(enough)s members: no effect could be shown. Widen the "
                "audience or the share. An effect of %(aim)s points needs about %(needed)s customers."
            )
            % words
        )
    if smallest is None:
        return (
            _(
                "So few customers show no effect of a likely size. For %(aim)s points about %(needed)s are needed."
            )
            % words
        )
    return _("An effect of %(smallest)s percentage points or more would be seen four times in five.") % words


# Words


def audience_words(audience: Audience) -> str:
    """An audience in a few words."""
    named = {"high": _("high"), "low": _("low")}
    parts = []
    if audience.value:
        parts.append(_("value %(class)s") % {"class": named[audience.value]})
    if audience.risk:
        parts.append(_("risk %(class)s") % {"class": named[audience.risk]})
    if audience.service:
        parts.append(str(Service(audience.service).label))
    if audience.unit:
        unit = identity.Unit.objects.filter(pk=audience.unit).first()
        parts.append(formats.named(unit) if unit else _("a unit that is gone"))
    return " · ".join(parts) or _("Every scored customer")


def suggested_name(audience: Audience) -> str:
    """A name to begin with."""
    strategy = {
        ("high", "high"): _("Named retention"),
        ("high", "low"): _("Care for valued customers"),
        ("low", "high"): _("Retention by cheap channels"),
        ("low", "low"): _("Growth by recommendation"),
    }.get((audience.value, audience.risk))
    return strategy or _("Retention")


def suggested_offer(actor: Actor, audience: Audience) -> Offering | None:
    """The most generous retention offer that costs less than what is at stake of a customer in a year.

    None where no discount is due: valued customers who do not think of leaving are cared for instead.
    """
    if (audience.value, audience.risk) == ("high", "low"):
        return None
    stake = queries.size_of(actor, audience).yearly_stake
    offers = sorted(queries.offers(actor, audience.service), key=_whole_cost)
    affordable = [offer for offer in offers if _whole_cost(offer) <= stake]
    return (affordable or offers)[-1 if affordable else 0] if offers else None


def _whole_cost(offering: Offering) -> Decimal:
    return offering.monthly_cost * max(offering.term_months, 1)


def _offer_words(offering: Offering) -> str:
    cost = formats.money(offering.monthly_cost)
    told = ngettext(
        "%(name)s (costs us %(cost)s a month, %(months)s month)",
        "%(name)s (costs us %(cost)s a month, %(months)s months)",
        offering.term_months,
    )
    return told % {"name": formats.named(offering), "cost": cost, "months": offering.term_months}


def _units() -> list[Any]:
    return list(identity.Unit.objects.filter(is_active=True).exclude(level="team").order_by("path"))


# Numbers as people type them


def _number(given: Mapping[str, str], name: str) -> Decimal:
    text = given.get(name, "").replace(",", "").replace("，", "").strip() or "0"
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > Decimal(10) ** 14:
        raise Invalid(field=name, reason=_("This is not a number."))
    return value


def _whole(given: Mapping[str, str], name: str) -> int:
    value = _number(given, name)
    if value != value.to_integral_value():
        raise Invalid(field=name, reason=_("This is not a whole number."))
    return int(value)


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(field=name, reason=_("This is not a day.")) from None


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(field="offering", reason=_("This offer is not on sale.")) from None
