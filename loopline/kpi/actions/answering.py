"""Answering a breach: saying what was done."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.kpi.events import BreachAnswered
from loopline.kpi.models import Breach, BreachStep, StepKind
from loopline.worklist import api as worklist

LONGEST = 2000


class NothingSaid(Invalid):
    """An answer without what was done."""

    code = "measure_missing"
    sentence = _("Say in a sentence what was done: the superior and the next one in your place will read it.")


def answer(*, actor: Actor, breach: Breach, task: worklist.Task, text: str, now: datetime) -> None:
    """Keep what was done; the task is closed, and with it those that went up.

    Refuses an empty text (NothingSaid), a task that is done (NoLongerOpen) or somebody else's (TakenByAnother).
    """
    said = text.strip()[:LONGEST]
    if not said:
        raise NothingSaid(field="note")
    own = worklist.lock_open_task(actor=actor, task=task.public_id)
    worklist.close_task(actor=actor, task=own, result=said, now=now)
    breach.answered_at, breach.due_at = now, None
    breach.save(update_fields=["answered_at", "due_at"])
    BreachStep.objects.create(
        breach=breach, kind=StepKind.MEASURE, text=said, person_id=actor.staff_id or None, at=now
    )
    record(BreachAnswered(indicator=breach.indicator.code, measure=said), about=breach, by=actor)


def take_back(*, actor: Actor, breach: Breach, task: worklist.Task, now: datetime) -> None:
    """The answer was a slip: the task is to be done again, and goes up when it is not."""
    own = worklist.lock_task(actor=actor, task=task.public_id)
    if own.closed_by_id != actor.staff_id:
        raise worklist.NoLongerOpen(who=own.closed_by_name, result=own.result)
    worklist.reopen_task(actor=actor, task=own)
    breach.answered_at = None
    breach.wait_from(now)
    breach.save(update_fields=["answered_at", "due_at"])
    BreachStep.objects.create(
        breach=breach, kind=StepKind.TAKEN_BACK, person_id=actor.staff_id or None, at=now
    )
