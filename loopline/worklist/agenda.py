"""Tasks with a due time, for the calendar: one's own, or those of the people of one's unit."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.agenda import MOST, Due, Source, Span, sources
from loopline.kernel.permission import Actor
from loopline.worklist.kinds import kind_of
from loopline.worklist.models import Task, TaskStatus


def _find(actor: Actor, span: Span) -> list[Due]:
    people = identity.Staff.objects.filter(unit_id=actor.unit_id).values("pk")
    whose = {"assignee__in": people} if span.team else {"assignee_id": actor.staff_id}
    rows = Task.objects.filter(
        status=TaskStatus.OPEN, due_at__gte=span.start, due_at__lt=span.end, **whose
    ).select_related("assignee")
    return [_due(row) for row in rows.order_by("due_at")[:MOST]]


def _due(row: Task) -> Due:
    assert row.due_at is not None  # filtered
    kind = kind_of(row)
    who = formats.named(row.assignee) if row.assignee else ""
    url = reverse("worklist:one", kwargs={"public_id": row.public_id})
    return Due(row.due_at, row.title, str(kind.label), who, url, kind.icon)


sources.add("tasks", Source(_("Tasks"), "tasks.work", _find))
