"""A breach as a task: what is wrong, by how much, since when, who was told; answered by what was done."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import address_of
from loopline.kernel.permission import Actor
from loopline.kpi import api, wording
from loopline.kpi.actions.watching import TASK
from loopline.kpi.models import Breach
from loopline.worklist.api import Answered, Card, Choice, Kind, Task, kinds


@dataclass(frozen=True, slots=True)
class BreachBody:
    """The breach in short."""

    sentence: str
    about: str
    unit: str
    value: str
    bound: str
    worst: str
    chain: list[tuple[str, str, str]]
    breach_url: str
    indicator_url: str


def _breach(task: Task) -> Breach:
    rows = Breach.objects.select_related("indicator", "branch")
    found = rows.filter(public_id=task.detail.get("breach")).first()
    if found is None:
        raise NotFound
    return found


def card(actor: Actor, task: Task) -> Card:
    """The body of the task."""
    breach = _breach(task)
    indicator = breach.indicator
    steps = breach.steps.select_related("person", "unit").order_by("pk")
    body = BreachBody(
        sentence=wording.breach_sentence(breach),
        about=wording.about(indicator),
        unit=formats.named(breach.branch),
        value=wording.value_of(indicator, breach.latest),
        bound=wording.value_of(indicator, breach.bound),
        worst=wording.value_of(indicator, breach.worst),
        chain=[
            (str(step.get_kind_display()), wording.step_detail(step, indicator), formats.ago(step.at))
            for step in steps
        ],
        breach_url=address_of("kpi:breach", breach.public_id),
        indicator_url=address_of("kpi:indicator", indicator.public_id) + f"?unit={breach.branch.code}",
    )
    return Card(
        "kpi/task.html",
        body,
        [Choice("done", _("This was done"), "check", "1", "primary")],
        _("What was done"),
    )


def answer(actor: Actor, task: Task, form: Mapping[str, str]) -> Answered:
    """Keep what was done."""
    api.answer(actor=actor, breach=_breach(task), task=task, text=form.get("note", ""), now=clock.now())
    return Answered(_("Kept. The indicator goes on being watched."))


def undo(actor: Actor, task: Task) -> None:
    """Take the answer back."""
    api.take_back(actor=actor, breach=_breach(task), task=task, now=clock.now())


def title(task: Task) -> str:
    """The task in the reader's language."""
    told = task.detail
    if "indicator" not in told:
        return task.title
    return _("%(indicator)s breached: %(unit)s") % {
        "indicator": formats.bilingual(told["indicator"]), "unit": formats.bilingual(told["unit"]),
    }  # fmt: skip


kinds.add(TASK, Kind(gettext_lazy("Indicator breached"), "target-arrow", card, answer, undo, title=title))
