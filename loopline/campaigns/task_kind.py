"""A campaign's contact as a task: who it is, why he is called, what he is offered, what to say, what he answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loopline.campaigns import answers, queries
from loopline.campaigns.models import Answer, Member
from loopline.campaigns.rules.plan import ContactRules
from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.interactions.api import Channel
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor
from loopline.scores import api as scores
from loopline.worklist.api import Answered, Card, Choice, Kind, Task, kinds

ANSWERS = [
    (Answer.ACCEPTED, gettext_lazy("Accepted"), "thumb-up", "primary"),
    (Answer.DECLINED, gettext_lazy("Declined"), "thumb-down", "plain"),
    (Answer.CALL_BACK, gettext_lazy("Call back"), "phone-call", "plain"),
    (Answer.UNREACHABLE, gettext_lazy("Not reached"), "phone-off", "plain"),
    (Answer.DO_NOT_CONTACT, gettext_lazy("No contact"), "ban", "danger"),
]
"""Answer, short label, icon and look of its button; the keys are 1, 2, 3 …"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered, in words."""

    name: str
    terms: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked value and the address that shows it in clear (empty: not allowed, or nothing is hidden)."""

    value: str
    reveal_url: str


@dataclass(frozen=True, slots=True)
class ContactBody:
    """The customer's card, the reasons, the offer and the script.

    `number` is that of the service; `telephone` stands where the customer is called on another one.
    """

    name: Masked
    initials: str
    customer_number: str
    customer_url: str
    number: Masked
    telephone: Masked | None
    service: str
    plan: str
    since: str
    contract_ends: str
    value: str
    risk: str
    risk_percent: int
    risk_tone: str
    reasons: list[str]
    offer: Offer | None
    script: list[str]
    channel: str
    quiet: str
    former_answer: str


def member_of_task(task: Task) -> Member:
    """The member a task is about, within what the person may see. Raises NotFound."""
    key = queries.member_of(task.subject)
    rows = Member.objects.select_related("customer", "subscription__offering")
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def card(actor: Actor, task: Task) -> Card:
    """The body of the task."""
    member = member_of_task(task)
    line, score = (
        member.subscription,
        scores.scores_of([member.subscription_id]).get(member.subscription_id),
    )
    offering = Offering.objects.filter(pk=task.detail.get("offering")).first()
    risk = score.risk if score else member.risk_at_start
    number, telephone = _numbers(actor, member)
    body = ContactBody(
        name=_name(actor, member.customer),
        initials=member.customer.name[:1].upper(),
        customer_number=member.customer.number,
        customer_url=reverse("customers:view", kwargs={"public_id": member.customer.public_id}),
        number=number,
        telephone=telephone,
        service=str(line.get_service_display()),
        plan=formats.named(line.offering) if line.offering else "–",
        since=formats.day(line.started_on),
        contract_ends=formats.day(line.contract_ends_on),
        value=formats.money(score.value if score else member.value_at_start),
        risk=formats.percent(risk, 0),
        risk_percent=round(100 * (risk or 0)),
        risk_tone=_risk_tone(risk),
        reasons=[formats.bilingual(reason["text"]) for reason in (score.reasons if score else [])],
        offer=Offer(formats.named(offering), offer_terms(offering)) if offering else None,
        script=[line for line in str(task.detail.get("script", "")).splitlines() if line.strip()],
        channel=str(Channel(task.detail.get("channel", "call")).label),
        quiet=_quiet(task, actor),
        former_answer=str(Answer(member.answer).label) if member.answer else "",
    )
    choices = [
        Choice(value, str(label), icon, str(key), look)
        for key, (value, label, icon, look) in enumerate(ANSWERS, start=1)
    ]
    return Card("campaigns/task.html", body, choices)


def offer_terms(offering: Offering) -> str:
    """What an offer costs and how long it binds, in words."""
    parts = []
    if offering.monthly_fee:
        parts.append(_("%(fee)s a month") % {"fee": formats.money(offering.monthly_fee)})
    if offering.monthly_cost:
        parts.append(_("costs us %(cost)s a month") % {"cost": formats.money(offering.monthly_cost)})
    if offering.term_months:
        months = ngettext("%(months)s month", "%(months)s months", offering.term_months)
        parts.append(months % {"months": offering.term_months})
    return " · ".join(parts)


def answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    """Record what the customer said."""
    member = member_of_task(task)
    said = form.get("answer", "")
    answers.record_answer(
        actor=actor,
        member=member.public_id,
        answer=said,
        note=form.get("note", "").strip()[:2000],
        now=clock.now(),
    )
    name = customers.masks.name(member.customer.kind, member.customer.name)
    return Answered(_("%(name)s: %(answer)s") % {"name": name, "answer": Answer(said).label})


def undo(actor: Actor, task: Task) -> None:
    """Take the answer back."""
    answers.undo_answer(actor=actor, member=member_of_task(task).public_id, now=clock.now())


def _name(actor: Actor, customer: customers.Customer) -> Masked:
    is_person = customer.kind == customers.Kind.PERSON
    return Masked(
        customers.masks.name(customer.kind, customer.name),
        _reveal_url(actor, customer, "name") if is_person else "",
    )


def _numbers(actor: Actor, member: Member) -> tuple[Masked, Masked | None]:
    """The number of the service, and the telephone to call where that is another one.

    Only a telephone of the customer's file can be shown in clear: that look is logged under the customer.
    """
    customer, own = member.customer, member.subscription.number
    telephones = customers.telephones_of(customer)

    def masked(number: str) -> Masked:
        medium = telephones.get(number)
        url = _reveal_url(actor, customer, f"medium:{medium}") if medium else ""
        return Masked(customers.masks.medium("telephone", number, actor.country), url)

    other = next(iter(telephones), None) if own not in telephones else None
    return masked(own) if own else Masked("–", ""), masked(other) if other else None


def _reveal_url(actor: Actor, customer: customers.Customer, field: str) -> str:
    if not actor.may("customers.reveal"):
        return ""
    return reverse("customers:reveal", kwargs={"public_id": customer.public_id, "field": field})


def _risk_tone(risk: float | None) -> str:
    if risk is None:
        return "neutral"
    return "bad" if risk >= 0.4 else "warn" if risk >= 0.15 else "good"


def _quiet(task: Task, actor: Actor) -> str:
    rules = ContactRules(
        quiet_from=task.detail.get("quiet_from", "20:00"), quiet_to=task.detail.get("quiet_to", "09:00")
    )
    if not rules.is_quiet(clock.now(), actor.zone):
        return ""
    return _("Quiet hours: contact again from %(time)s.") % {"time": rules.quiet_to}


kinds.add(queries.TASK_KIND, Kind(gettext_lazy("Campaign contact"), "speakerphone", card, answer, undo))
