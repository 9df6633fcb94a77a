"""Recording what a contacted customer said: member, task, offer, consent, interaction and event in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from loopline.campaigns import queries
from loopline.campaigns.events import AnswerRecorded, AnswerUndone
from loopline.campaigns.models import Answer, Arm, Member
from loopline.campaigns.rules.plan import ContactRules
from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.events import history, record
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require
from loopline.subscriptions import api as subscriptions
from loopline.worklist import api as worklist
from loopline.worklist.api import Task

UNDO_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer said, and when."""

    answer: str
    note: str
    at: datetime


class NotToBeContacted(Conflict):
    """The member is in the control group or was left out: there is nothing to answer."""

    code = "not_to_be_contacted"
    sentence = _("This customer is in the control group or was left out and must not be contacted.")


class NothingToUndo(Conflict):
    """The answer is not the person's own, or it is too old."""

    code = "nothing_to_undo"
    sentence = _("Only an answer of your own from the last minutes can be taken back. Change it instead.")


def record_answer(
    *,
    actor: Actor,
    member: UUID,
    answer: str,
    now: datetime,
    note: str = "",
    call_back_at: datetime | None = None,
) -> Member:
    """Record the answer of a member of the treatment arm and close his task.

    An accepted offer is set on the subscription, "do not contact" withdraws every consent to marketing, "call
    back" leaves the task open until `call_back_at` (the next day's opening by default). Raises NoLongerOpen when
    somebody else was faster, TakenByAnother, NotToBeContacted, Invalid.
    """
    require(actor, "tasks.work")
    row = _locked(member)
    task = worklist.lock_open_task(actor=actor, subject=queries.subject_of(row))
    _record(actor, row, task, Said(answer, note, now))
    if answer == Answer.CALL_BACK:
        _call_back_later(actor, row, task, call_back_at, now)
    else:
        worklist.close_task(actor=actor, task=task, result=answer, now=now)
    return row


def correct_answer(*, actor: Actor, member: UUID, answer: str, now: datetime, note: str = "") -> Member:
    """Replace an answer given before; what followed from it is taken back first. Both stay in the history."""
    require(actor, "tasks.work")
    row = _locked(member)
    task = worklist.lock_task(actor=actor, subject=queries.subject_of(row))
    last = _last_answer(row)
    if last is None or not row.answer:
        raise Invalid(field="answer", reason=_("There is no answer yet that could be changed."))
    if answer == Answer.CALL_BACK:
        raise Invalid(field="answer", reason=_("A closed task cannot become a call back."))
    _take_back(actor, row, last)
    if task.status == worklist.TaskStatus.OPEN:
        worklist.close_task(actor=actor, task=task, result=answer, now=now)
    else:
        task.result = answer
        task.save(update_fields=["result"])
    _record(actor, row, task, Said(answer, note, now))
    return row


def undo_answer(*, actor: Actor, member: UUID, now: datetime) -> Member:
    """Take back one's own answer of the last minutes: the task is open again, as if it had not been given."""
    require(actor, "tasks.work")
    row = _locked(member)
    task = worklist.lock_task(actor=actor, subject=queries.subject_of(row))
    last = _last_answer(row)
    own = last is not None and last.actor_id == actor.staff_id and last.payload["answer"] == row.answer
    if last is None or not own or now - (row.contacted_at or now) > UNDO_WITHIN:
        raise NothingToUndo
    _take_back(actor, row, last)
    interactions.withdraw_interaction(actor=actor, interaction=last.payload["interaction"])
    undone, row.answer = row.answer, last.payload["before"]
    if not row.answer:
        row.answered_on, row.answered_by_id, row.contacted_at = None, None, None
    row.save(update_fields=["answer", "answered_on", "answered_by_id", "contacted_at"])
    if task.status != worklist.TaskStatus.OPEN:
        worklist.reopen_task(actor=actor, task=task)
    worklist.postpone_task(actor=actor, task=task, not_before=None, due_at=task.due_at)
    record(AnswerUndone(answer=undone), about=row, by=actor)
    return row


def _locked(member: UUID) -> Member:
    rows = Member.objects.select_for_update(of=("self",)).filter(public_id=member)
    row = queries.found(rows.select_related("subscription").first())
    if row.arm != Arm.TREATMENT:
        raise NotToBeContacted
    return row


def _record(actor: Actor, row: Member, task: Task, said: Said) -> None:
    if said.answer not in Answer.values:
        raise Invalid(field="answer", reason=_("There is no such answer."))
    today = clock.local_day(said.at, actor.zone)
    subscription = row.subscription
    before = (subscription.retention_offering_id, subscription.retention_since)
    offering = Offering.objects.filter(pk=task.detail.get("offering")).first()
    if said.answer == Answer.ACCEPTED and offering is not None:
        subscriptions.set_retention_offer(
            actor=actor, subscription=subscription.pk, offering=offering.pk, since=today
        )
    consents: dict[str, bool | None] = {}
    if said.answer == Answer.DO_NOT_CONTACT:
        consents = customers.withdraw_consents(actor=actor, customer=row.customer_id, purpose="marketing")
    interaction = _interaction(actor, row, task, said)
    former, row.answer, row.answered_on = row.answer, said.answer, today
    row.answered_by_id, row.contacted_at = actor.staff_id, said.at
    row.save(update_fields=["answer", "answered_on", "answered_by_id", "contacted_at"])
    event = AnswerRecorded(
        campaign=row.campaign_id,
        answer=said.answer,
        note=said.note,
        before=former,
        offering_before=before[0],
        offering_since_before=before[1].isoformat() if before[1] else "",
        offer_value=offering.monthly_cost * offering.term_months if offering else Decimal(0),
        consents_before=consents,
        interaction=interaction,
    )
    record(event, about=row, by=actor)


_RESULTS = {
    Answer.ACCEPTED: interactions.Result.AGREED,
    Answer.DECLINED: interactions.Result.DECLINED,
    Answer.CALL_BACK: interactions.Result.FOLLOW_UP,
    Answer.UNREACHABLE: interactions.Result.NOT_REACHED,
    Answer.DO_NOT_CONTACT: interactions.Result.DECLINED,
}


def _interaction(actor: Actor, row: Member, task: Task, said: Said) -> int:
    label = str(Answer(said.answer).label)
    made = interactions.record_interaction(
        actor=actor,
        customer=row.customer_id,
        branch=row.branch_id,
        subscription=row.subscription_id,
        kind="campaign",
        channel=task.detail.get("channel", "call"),
        inbound=False,
        at=said.at,
        on=clock.local_day(said.at, actor.zone),
        topic=task.title,
        summary=_text("%(answer)s: %(note)s") % {"answer": label, "note": said.note} if said.note else label,
        result=_RESULTS[Answer(said.answer)],
    )
    return int(made.pk)


def _call_back_later(actor: Actor, row: Member, task: Task, at: datetime | None, now: datetime) -> None:
    rules = ContactRules(
        quiet_from=task.detail.get("quiet_from", "20:00"), quiet_to=task.detail.get("quiet_to", "09:00")
    )
    tomorrow = clock.local_day(now, actor.zone) + timedelta(days=1)
    moment = at or rules.opening(tomorrow, actor.zone)
    if moment <= now:
        raise Invalid(field="call_back_at", reason=_("The call back must lie in the future."))
    due = max(task.due_at or moment, rules.closing(clock.local_day(moment, actor.zone), actor.zone))
    worklist.postpone_task(actor=actor, task=task, not_before=moment, due_at=due)


def _last_answer(row: Member) -> Event | None:
    return next((event for event in history(row) if event.name == AnswerRecorded.name), None)


def _take_back(actor: Actor, row: Member, last: Event) -> None:
    """Undo what an answer brought about besides itself: the offer and the consents."""
    if row.answer == Answer.ACCEPTED:
        since = last.payload["offering_since_before"]
        subscriptions.set_retention_offer(
            actor=actor,
            subscription=row.subscription_id,
            offering=last.payload["offering_before"],
            since=date.fromisoformat(since) if since else None,
        )
    if last.payload["consents_before"]:
        customers.restore_consents(
            actor=actor,
            customer=row.customer_id,
            purpose="marketing",
            consents=last.payload["consents_before"],
        )
