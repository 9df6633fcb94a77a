"""The kind of task that no module brings: something to do, written in a sentence, done or not."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.worklist import actions
from loopline.worklist.kinds import Answered, Card, Choice, Kind, kinds
from loopline.worklist.models import Task


@dataclass(frozen=True, slots=True)
class PlainBody:
    """What is to be done."""

    text: str


def _card(actor: Actor, task: Task) -> Card:
    body = PlainBody(str(task.detail.get("text", "")))
    return Card("worklist/plain.html", body, [Choice("done", _("Done"), "check", "1", "primary")])


def _answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    locked = actions.lock_open_task(actor=actor, task=task.public_id)
    actions.close_task(actor=actor, task=locked, result=form.get("note", "").strip(), now=clock.now())
    return Answered(_("Done: %(title)s") % {"title": task.title})


def _undo(actor: Actor, task: Task) -> None:
    locked = actions.lock_task(actor=actor, task=task.public_id)
    if locked.closed_by_id != actor.staff_id:
        raise actions.NoLongerOpen(who=locked.closed_by_name, result=locked.result)
    actions.reopen_task(actor=actor, task=locked)


kinds.add("other", Kind(gettext_lazy("To do"), "checklist", _card, _answer, _undo))
