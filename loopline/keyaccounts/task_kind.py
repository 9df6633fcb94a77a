"""A reminder as a task: whom it is about, why, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor
from loopline.keyaccounts import api, wording
from loopline.keyaccounts.models import CareStep
from loopline.keyaccounts.reminding import TASK
from loopline.keyaccounts.rules import occasions
from loopline.worklist import api as worklist
from loopline.worklist.api import Answered, Card, Choice, Kind, Task, kinds

VISIT_IN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class ReminderBody:
    """What is to be thought of."""

    icon: str
    occasion: str
    told: str
    customer: str
    customer_number: str
    customer_url: str


def title(task: Task) -> str:
    """The occasion, in the reader's language."""
    return wording.occasion(task.detail)


def card(actor: Actor, task: Task) -> Card:
    """The body of the task."""
    who = task.customer
    label, icon = wording.OCCASIONS[str(task.detail.get("occasion", occasions.CARE))]
    body = ReminderBody(
        icon=icon,
        occasion=str(label),
        told=title(task),
        customer=customers.masks.name(who.kind, who.name) if who else "",
        customer_number=who.number if who else "",
        customer_url=reverse("customers:view", kwargs={"public_id": who.public_id}) if who else "",
    )
    choices = [
        Choice("done", _("Done"), "check", "1", "primary"),
        Choice("visit", _("Plan a visit"), "map-pin", "2"),
    ]
    return Card("keyaccounts/reminder.html", body, choices)


def answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    """Done, with a note; or a visit is planned instead. A step of the care plan is done with it."""
    locked = worklist.lock_open_task(actor=actor, task=task.public_id)
    note, now = form.get("note", "").strip(), clock.now()
    today = now.astimezone(actor.zone).date()
    if form.get("answer") == "visit" and task.customer is not None:
        at = datetime.combine(today + VISIT_IN, time(10), tzinfo=actor.zone).astimezone(UTC)
        api.plan_visit(actor=actor, customer=task.customer, at=at, purpose=note or title(task))
        worklist.close_task(actor=actor, task=locked, result=_("A visit is planned"), now=now)
        return Answered(_("A visit is planned: %(title)s") % {"title": title(task)}, can_undo=False)
    step = _open_step(task)
    if step is not None:
        api.do_step(actor=actor, step=step, result=note, today=today)
    worklist.close_task(actor=actor, task=locked, result=note, now=now)
    return Answered(_("Done: %(title)s") % {"title": title(task)}, can_undo=step is None)


def undo(actor: Actor, task: Task) -> None:
    """Open the reminder again; what is done about a care plan stays done."""
    locked = worklist.lock_task(actor=actor, task=task.public_id)
    if locked.closed_by_id != actor.staff_id or task.detail.get("step"):
        raise worklist.NoLongerOpen(who=locked.closed_by_name, result=locked.result)
    worklist.reopen_task(actor=actor, task=locked)


def _open_step(task: Task) -> CareStep | None:
    key = task.detail.get("step")
    if not key:
        return None
    try:
        return CareStep.objects.filter(public_id=UUID(str(key)), done_on=None, dropped=False).first()
    except ValueError as fault:
        raise NotFound from fault


kinds.add(TASK, Kind(gettext_lazy("Care reminder"), "heart-handshake", card, answer, undo, title))
