"""The care plan of a customer: steps put in, done, dropped; and when the operator reminds."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import CareGiven, CarePlanned, RemindersSet
from loopline.keyaccounts.models import CareStep, Terms
from loopline.keyaccounts.refusals import NotOpen
from loopline.keyaccounts.rules import care
from loopline.keyaccounts.rules.words import clean

MOST_MONTHS = 60


def plan_care(*, actor: Actor, customer: customers.Customer, plan: str, today: date) -> list[CareStep]:
    """Put the usual steps of a plan (a tier, `group`, or empty) in, without those that are open already."""
    require(actor, "keyaccounts.work")
    if plan not in care.PLANS:
        raise Invalid(field="plan", reason=_("There is no such plan."))
    there = set(
        CareStep.objects.filter(customer=customer, done_on=None, dropped=False).values_list("what", flat=True)
    )
    made = CareStep.objects.bulk_create(
        CareStep(
            customer=customer,
            branch_id=customer.branch_id,
            what=step.what,
            way=step.way,
            due_on=today + timedelta(days=step.days),
            every_months=step.months,
        )
        for step in care.PLANS[plan]
        if step.what not in there
    )
    if made:
        record(CarePlanned(steps=len(made)), about=customer, by=actor)
    return made


def add_step(
    *, actor: Actor, customer: customers.Customer, title: str, way: str, due_on: date, every_months: int = 0
) -> CareStep:
    """Put one step of one's own in."""
    require(actor, "keyaccounts.work")
    told = clean(title, 200)
    if not told:
        raise Invalid(field="title", reason=_("Please fill this in."))
    if way not in care.WAYS or not 0 <= every_months <= MOST_MONTHS:
        raise Invalid(field="way", reason=_("There is no such choice."))
    made = CareStep.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        title=told,
        way=way,
        due_on=due_on,
        every_months=every_months,
    )
    record(CarePlanned(steps=1), about=customer, by=actor)
    return made


def do_step(*, actor: Actor, step: CareStep, result: str, today: date) -> CareStep | None:
    """A step is done; one that comes again is put in anew, so many months after today. Raises NotOpen."""
    found = _open(actor, step)
    found.done_on, found.result, found.by_name = today, clean(result, 2000), actor.name
    found.save(update_fields=["done_on", "result", "by_name"])
    record(CareGiven(step=found.what or found.title, result=found.result), about=found, by=actor)
    if not found.every_months:
        return None
    return CareStep.objects.create(
        customer_id=found.customer_id,
        branch_id=found.branch_id,
        what=found.what,
        title=found.title,
        way=found.way,
        due_on=care.months_later(today, found.every_months),
        every_months=found.every_months,
    )


def drop_step(*, actor: Actor, step: CareStep, reason: str = "") -> None:
    """A step is not wanted any more, nor what would follow it. Raises NotOpen."""
    found = _open(actor, step)
    found.dropped, found.result, found.by_name = True, clean(reason, 2000), actor.name
    found.save(update_fields=["dropped", "result", "by_name"])
    event = CareGiven(step=found.what or found.title, result=found.result, dropped=True)
    record(event, about=found, by=actor)


def set_terms(*, actor: Actor, birthday_days: int, contract_days: int, fall_percent: int) -> Terms:
    """Decide when account managers are reminded. Raises Invalid."""
    require(actor, "keyaccounts.chain")
    for field, value, most in (
        ("birthday_days", birthday_days, 60),
        ("contract_days", contract_days, 365),
        ("fall_percent", fall_percent, 100),
    ):
        if not 1 <= value <= most:
            raise Invalid(field=field, reason=_("Give a number between 1 and %(most)s.") % {"most": most})
    terms, _made = Terms.objects.get_or_create()
    wanted = {"birthday_days": birthday_days, "contract_days": contract_days, "fall_percent": fall_percent}
    changes: dict[str, list[object]] = {
        name: [getattr(terms, name), value] for name, value in wanted.items() if getattr(terms, name) != value
    }
    if changes:
        for name, value in wanted.items():
            setattr(terms, name, value)
        terms.save(update_fields=list(wanted))
        record(RemindersSet(changes=changes), about=terms, by=actor)
    return terms


def _open(actor: Actor, step: CareStep) -> CareStep:
    require(actor, "keyaccounts.work")
    found = CareStep.objects.select_for_update().get(pk=step.pk)
    if found.done_on is not None or found.dropped:
        raise NotOpen
    return found
