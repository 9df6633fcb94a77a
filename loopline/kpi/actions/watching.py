"""The watch: values are held against their thresholds; a breach is given to somebody, goes up, and may recover."""

from datetime import datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from loopline.identity.api import Staff
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.kpi import wording
from loopline.kpi.events import BreachEscalated, IndicatorRecovered, ThresholdPassed
from loopline.kpi.models import Breach, BreachStep, Indicator, StepKind
from loopline.kpi.queries import people
from loopline.kpi.queries.book import Book, Standing, present_period
from loopline.kpi.queries.tree import Tree
from loopline.kpi.rules import judging
from loopline.kpi.rules.judging import Status
from loopline.messaging import api as messaging
from loopline.worklist import api as worklist

TASK = "kpi.breach"


def source_of(breach: Breach) -> str:
    """What the tasks of a breach come from."""
    return f"{TASK}:{breach.pk}"


def judge_values(*, actor: Actor, book: Book, chosen: list[Indicator], now: datetime) -> int:
    """Hold the running periods against their thresholds. Returns how many breaches are new. For the watch."""
    known = {
        (row.indicator_id, row.branch_id, row.period): row
        for row in Breach.objects.select_related("indicator").filter(
            indicator__in=chosen, period__in={present_period(each, book.today) for each in chosen}
        )
    }
    new = 0
    for indicator in chosen:
        period = present_period(indicator, book.today)
        for unit in book.tree.units:
            standing = book.standing(indicator, unit, period)
            breach = known.get((indicator.pk, unit, period))
            if standing.status is Status.BREACH and breach is None:
                _open(actor, book, standing, now)
                new += 1
            elif breach is not None and standing.value is not None:
                _go_on(actor, book, breach, standing, now)
    return new


def judge_the_past(*, actor: Actor, book: Book, now: datetime) -> int:
    """See whether what was breached in a period that is over has recovered in the one that runs."""
    recovered = 0
    for breach in Breach.objects.select_related("indicator").filter(recovered_at=None):
        period = present_period(breach.indicator, book.today)
        if (
            breach.period >= period
            or not breach.indicator.is_active
            or breach.branch_id not in book.tree.units
        ):
            continue
        standing = book.standing(breach.indicator, breach.branch_id, period)
        if (
            standing.value is not None
            and standing.limits is not None
            and standing.status is not Status.BREACH
        ):
            _recover(actor, breach, standing.value, now)
            recovered += 1
    return recovered


def _open(actor: Actor, book: Book, standing: Standing, now: datetime) -> None:
    value, limits = standing.value, standing.limits
    assert value is not None and limits is not None  # there is no breach without them
    indicator = standing.indicator
    breach = Breach(
        branch_id=standing.unit,
        indicator=indicator,
        period=standing.period,
        first_seen_at=now,
        value=value,
        worst=value,
        latest=value,
        bound=limits.breach,
        minutes_to_answer=book.minutes_to_answer(indicator, standing.unit),
    )
    breach.wait_from(now)
    breach.save()
    breach.refresh_from_db(fields=["public_id"])
    _step(breach, StepKind.SEEN, now, value=value)
    record(
        ThresholdPassed(indicator=indicator.code, value=str(value), bound=str(limits.breach)),
        about=breach,
        by=actor,
    )
    owner = standing.target.owner if standing.target else 0
    _give(actor, breach, people.responsible(book.tree, standing.unit, owner), StepKind.GIVEN, now)


def _go_on(actor: Actor, book: Book, breach: Breach, standing: Standing, now: datetime) -> None:
    """A breach that is known: worse, recovered, or there again."""
    assert standing.value is not None
    if standing.status is Status.BREACH:
        bound = standing.limits.breach if standing.limits else breach.bound
        worst = judging.worse(breach.worst, standing.value, breach.indicator.higher_is_better)
        if (breach.latest, breach.worst, breach.bound) != (standing.value, worst, bound):
            breach.latest, breach.worst, breach.bound = standing.value, worst, bound
            breach.save(update_fields=["latest", "worst", "bound"])
        if breach.recovered_at is not None:
            _again(actor, book, breach, standing, now)
    elif breach.recovered_at is None:
        _recover(actor, breach, standing.value, now)


def _again(actor: Actor, book: Book, breach: Breach, standing: Standing, now: datetime) -> None:
    breach.recovered_at, breach.answered_at = None, None
    breach.minutes_to_answer = book.minutes_to_answer(breach.indicator, breach.branch_id)
    breach.wait_from(now)
    breach.save(update_fields=["recovered_at", "answered_at", "due_at", "minutes_to_answer"])
    _step(breach, StepKind.AGAIN, now, value=standing.value)
    owner = standing.target.owner if standing.target else 0
    _give(actor, breach, people.responsible(book.tree, breach.branch_id, owner), StepKind.GIVEN, now)


def _recover(actor: Actor, breach: Breach, value: Decimal, now: datetime) -> None:
    breach.recovered_at, breach.due_at, breach.latest = now, None, value
    breach.save(update_fields=["recovered_at", "due_at", "latest"])
    _step(breach, StepKind.RECOVERED, now, value=value)
    record(IndicatorRecovered(indicator=breach.indicator.code, value=str(value)), about=breach, by=actor)
    worklist.cancel_tasks(actor=actor, source=source_of(breach), reason=_("It has recovered."), now=now)


def escalate(*, actor: Actor, tree: Tree, now: datetime) -> int:
    """Tell the superior of what nobody answered in time. Returns how many went up. For the watch."""
    waiting = Breach.objects.select_for_update(of=("self",)).select_related("indicator__owner")
    gone_up = 0
    for breach in waiting.filter(due_at__lte=now, answered_at=None, recovered_at=None).order_by("pk"):
        told = set(
            breach.steps.filter(
                kind__in=(StepKind.GIVEN, StepKind.ESCALATED), person__isnull=False
            ).values_list("person_id", flat=True)
        )
        charged = (
            people.superior(tree, breach.indicator, breach.branch_id, told)
            if breach.branch_id in tree.units
            else None
        )
        breach.due_at = None
        if charged is not None:
            breach.wait_from(now)
            breach.level += 1
        breach.save(update_fields=["due_at", "level"])
        if charged is None:
            continue
        _give(actor, breach, charged, StepKind.ESCALATED, now)
        record(
            BreachEscalated(
                indicator=breach.indicator.code,
                to=charged.person.name if charged.person else charged.unit.name,
                level=breach.level,
            ),
            about=breach,
            by=actor,
        )
        gone_up += 1
    return gone_up


def _give(actor: Actor, breach: Breach, to: people.Charged, kind: StepKind, now: datetime) -> None:
    """A task for whoever answers, and a message to him; the tasks of those below stay with them."""
    _step(breach, kind, now, person=to.person.pk if to.person else None, unit=to.unit.pk)
    indicator, person = breach.indicator, to.person
    with translation.override(_language(person)):
        title = wording.breach_title(indicator, breach.branch)
        body = wording.breach_sentence(breach)
    worklist.keep_task(
        actor=actor,
        task=worklist.NewTask(
            kind=TASK,
            title=title,
            branch=to.unit.pk,
            subject=f"{TASK}:{breach.pk}" if breach.level == 0 else f"{TASK}:{breach.pk}:{breach.level}",
            source=source_of(breach),
            source_name=title,
            detail={
                "breach": str(breach.public_id),
                "indicator": {"en": indicator.name_en, "zh-hans": indicator.name},
                "unit": {"en": breach.branch.name_en, "zh-hans": breach.branch.name},
            },
            priority=90 if breach.level == 0 else 95,
            due_at=breach.due_at,
            assignee=person.pk if person else None,
            created_at=now,
        ),
    )
    if person is not None:
        messaging.send_message(
            actor=actor, recipient=person, subject=title, body=body, link=wording.breach_address(breach)
        )


def _language(person: Staff | None) -> str:
    return (person.language if person else "") or translation.get_language() or "en"


def _step(
    breach: Breach,
    kind: StepKind,
    now: datetime,
    *,
    text: str = "",
    value: Decimal | None = None,
    person: int | None = None,
    unit: int | None = None,
) -> None:
    BreachStep.objects.create(
        breach=breach, kind=kind, text=text, value=value, person_id=person, unit_id=unit, at=now
    )


def settle_answered(*, actor: Actor, now: datetime) -> None:
    """Whoever was told besides has nothing to do any more once somebody has answered. For the watch."""
    answered = Breach.objects.filter(answered_at__isnull=False, recovered_at=None)
    sources = {source_of(breach): breach for breach in answered}
    waiting = worklist.Task.objects.filter(source__in=sources, status=worklist.TaskStatus.OPEN)
    for task in waiting:
        said = sources[task.source].steps.filter(kind=StepKind.MEASURE).order_by("-pk").first()
        worklist.settle_task(actor=actor, subject=task.subject, result=said.text if said else "", now=now)
