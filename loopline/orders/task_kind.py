"""An order in jeopardy as a task: why, and the order one press away."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.orders import wording
from loopline.orders.actions.watching import TASK_KIND
from loopline.worklist import api as worklist
from loopline.worklist.api import Answered, Card, Choice, Kind, Task, kinds


@dataclass(frozen=True, slots=True)
class JeopardyBody:
    """Why, and where the order is."""

    text: str
    order: str
    url: str


def _card(actor: Actor, task: Task) -> Card:
    stuck = task.detail.get("reason") == "stuck"
    body = JeopardyBody(
        text=_("The other side does not answer.") if stuck else _("It will not be done in time."),
        order=str(task.detail.get("number", "")),
        url=reverse("orders:one", kwargs={"public_id": task.detail["order"]}),
    )
    return Card("orders/task.html", body, [Choice("done", _("Looked after"), "check", "1", "primary")])


def _answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    locked = worklist.lock_open_task(actor=actor, task=task.public_id)
    worklist.close_task(actor=actor, task=locked, result=form.get("note", "").strip(), now=clock.now())
    return Answered(_("Done: %(title)s") % {"title": _title(task)})


def _undo(actor: Actor, task: Task) -> None:
    worklist.reopen_task(actor=actor, task=worklist.lock_task(actor=actor, task=task.public_id))


def _title(task: Task) -> str:
    if "number" not in task.detail:
        return task.title
    return wording.late(task.detail["number"])


kinds.add(
    TASK_KIND, Kind(gettext_lazy("Order in jeopardy"), "clock-exclamation", _card, _answer, _undo, _title)
)
