"""The members of a campaign as its page shows them: who is contacted, who is kept apart, who was left out and why."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from loopline.campaigns import queries
from loopline.campaigns.models import Answer, Arm, Campaign, Member
from loopline.campaigns.rules.exclusion import REASONS
from loopline.campaigns.views import ANSWER_TONES, address_of
from loopline.customers import api as customers
from loopline.kernel import formats, numbers
from loopline.kernel.permission import Actor

PAGE = 50
ARM_TONES = {"treatment": "accent", "control": "info", "excluded": "neutral"}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in the list."""

    customer_url: str
    name: str
    number: str
    branch: str
    arm: str
    arm_tone: str
    wave: str
    answer: str
    answer_tone: str
    when: str
    value: str
    risk: str


@dataclass(frozen=True, slots=True)
class MembersPage:
    """The members of a campaign."""

    title: str
    subtitle: str
    tabs: list[dict[str, Any]]
    chips: list[dict[str, str]]
    clear_url: str
    answers: list[dict[str, Any]]
    waves: list[dict[str, Any]]
    rows: list[MemberRow]
    next_url: str
    count: str


def members_page(actor: Actor, campaign: Campaign, given: QueryDict) -> MembersPage:
    """A page of members, narrowed by arm, answer, reason and wave."""
    wanted = _wanted(given)
    found = list(queries.members(actor, campaign, wanted)[: PAGE + 1])
    rows = found[:PAGE]
    kept = {"arm": wanted.arm, "answer": wanted.answer, "exclusion": wanted.exclusion, "wave": wanted.wave}
    following = address_of("members", campaign, **kept, after=rows[-1].pk) if len(found) > PAGE else ""
    arms = [("", _("All")), *Arm.choices]
    return MembersPage(
        title=_("Members of %(name)s") % {"name": campaign.name},
        subtitle=_("The control group is kept from every channel."),
        tabs=[
            {"label": label, "url": address_of("members", campaign, arm=arm), "active": wanted.arm == arm}
            for arm, label in arms
        ],
        chips=_chips(campaign, wanted, kept),
        clear_url=address_of("members", campaign, arm=wanted.arm),
        answers=[
            {"label": label, "url": address_of("members", campaign, **kept | {"answer": code})}
            for code, label in [("none", _("No answer yet")), *Answer.choices]
        ],
        waves=[
            {"label": str(wave), "url": address_of("members", campaign, **kept | {"wave": wave})}
            for wave in range(1, campaign.waves + 1)
        ],
        rows=[_member(actor, row) for row in rows],
        next_url=following,
        count=formats.number(len(rows)),
    )


def _wanted(given: QueryDict) -> queries.MemberFilter:
    arm, answer, exclusion = given.get("arm", ""), given.get("answer", ""), given.get("exclusion", "")
    numbers_given = {name: given.get(name, "") for name in ("wave", "after")}
    whole = {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
        for name, text in numbers_given.items()
    }
    return queries.MemberFilter(
        arm=arm if arm in Arm.values else "",
        answer=answer if answer in (*Answer.values, "none") else "",
        exclusion=exclusion if exclusion in REASONS else "",
        **whole,
    )


def _chips(campaign: Campaign, wanted: queries.MemberFilter, kept: dict[str, Any]) -> list[dict[str, str]]:
    chips = []
    if wanted.answer:
        label = _("No answer yet") if wanted.answer == "none" else str(Answer(wanted.answer).label)
        chips.append((_("Answer"), label, "answer"))
    if wanted.exclusion:
        chips.append((_("Left out"), str(REASONS[wanted.exclusion]), "exclusion"))
    if wanted.wave:
        chips.append((_("Wave"), str(wanted.wave), "wave"))
    return [
        {"label": label, "value": value, "remove_url": address_of("members", campaign, **kept | {name: ""})}
        for label, value, name in chips
    ]


def _member(actor: Actor, row: Member) -> MemberRow:
    line = row.subscription
    answered = str(Answer(row.answer).label) if row.answer else ""
    return MemberRow(
        customer_url=reverse("customers:view", kwargs={"public_id": row.customer.public_id}),
        name=customers.masks.name(row.customer.kind, row.customer.name),
        number=numbers.mask_number(line.number, actor.country) if line.number else "–",
        branch=formats.named(row.branch),
        arm=str(REASONS.get(row.exclusion, "")) if row.exclusion else str(Arm(row.arm).label),
        arm_tone=ARM_TONES[row.arm],
        wave=str(row.wave) if row.arm != Arm.EXCLUDED else "–",
        answer=answered,
        answer_tone=ANSWER_TONES.get(row.answer, "neutral"),
        when=formats.day(row.answered_on) if row.answered_on else formats.day(row.planned_on),
        value=formats.money(row.value_at_start),
        risk=formats.percent(row.risk_at_start, 0),
    )
