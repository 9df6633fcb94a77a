"""Open matters: what is still to be done for a customer, on his page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from loopline.customers.panels import USE, Panel, Subject, panels
from loopline.kernel import clock, formats
from loopline.kernel.pages import address_of
from loopline.worklist import queries
from loopline.worklist.kinds import kind_of, title_of
from loopline.worklist.models import Task

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Matter:
    """A task that is open."""

    id: str
    kind: str
    title: str
    due_at: datetime | None
    assignee: str
    branch: str


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A task in words."""

    url: str
    icon: str
    title: str
    note: str
    due: str
    exact: str
    tone: str


@dataclass(frozen=True, slots=True)
class MattersPanel:
    """What is open."""

    title: str
    rows: list[MatterRow]


def gather(subject: Subject) -> list[Matter] | None:
    """The open tasks of the customer, in one query."""
    rows = queries.open_of_customer(subject.files)[:SHOWN]
    return [
        Matter(
            id=str(row.public_id),
            kind=row.kind,
            title=title_of(row),
            due_at=row.due_at,
            assignee=row.assignee.name if row.assignee else "",
            branch=formats.named(row.branch),
        )
        for row in rows
    ] or None


def show(subject: Subject, facts: list[Matter]) -> MattersPanel:
    """The tasks as finished strings."""
    return MattersPanel(_("Open matters"), [_row(matter) for matter in facts])


def _row(matter: Matter) -> MatterRow:
    late = matter.due_at is not None and matter.due_at < clock.now()
    kind = kind_of(Task(kind=matter.kind))
    return MatterRow(
        url=address_of("worklist:one", matter.id),
        icon=kind.icon,
        title=matter.title,
        note=f"{kind.label} · {matter.assignee or matter.branch}",
        due=formats.ago(matter.due_at) if matter.due_at else "",
        exact=formats.moment(matter.due_at),
        tone="bad" if late else "neutral",
    )


panels.add("matters", Panel(USE, "worklist/matters.html", gather, show, permission="tasks.work"), order=50)
