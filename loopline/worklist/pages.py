"""My tasks: the list beside the task itself, answered in place."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import include, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from loopline.customers import api as customers
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Crumb, MenuItem, Request, address_of, counters, menu, render
from loopline.worklist import actions, plain, queries
from loopline.worklist.kinds import Answered, Card, kind_of, title_of
from loopline.worklist.models import Task, TaskStatus

PAGE = 25
menu.add(
    "worklist.tasks",
    MenuItem("desk", gettext_lazy("My tasks"), "worklist:list", "checklist", "tasks.work", "t"),
    order=20,
)
counters.add("tasks", queries.open_count)
__all__ = ["plain", "urlpatterns"]


@dataclass(frozen=True, slots=True)
class Row:
    """A task in the list."""

    url: str
    title: str
    customer: str
    customer_number: str
    kind: str
    icon: str
    due: str
    due_exact: str
    tone: str
    assignee: str
    current: bool


@dataclass(frozen=True, slots=True)
class TaskView:
    """The task that is open on the right."""

    url: str
    title: str
    kind: str
    icon: str
    status: str
    is_open: bool
    branch: str
    due: str
    due_exact: str
    is_late: bool
    waits_until: str
    assignee: str
    is_mine: bool
    result: str
    closed_by: str
    closed_ago: str
    closed_exact: str
    answer_url: str
    take_url: str
    give_back_url: str
    template: str
    body: Any
    choices: list[Any]
    note: str


@dataclass(frozen=True, slots=True)
class TasksPage:
    """The worklist."""

    title: str
    subtitle: str
    tabs: list[dict[str, Any]]
    chips: list[dict[str, str]]
    clear_url: str
    kinds: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    dues: list[dict[str, Any]]
    rows: list[Row]
    count: str
    next_url: str
    task: TaskView | None
    alone: bool


@require_safe
def task_list(request: Request) -> HttpResponse:
    """The worklist with its first task open."""
    return _show(request, _wanted(request.GET), None, alone=False)


@require_safe
def one_task(request: Request, public_id: UUID) -> HttpResponse:
    """The worklist with this task open."""
    return _show(request, _wanted(request.GET), queries.get_task(request.actor, public_id), alone=True)


@require_POST
def answer(request: Request, public_id: UUID) -> HttpResponse:
    """Answer a task and go on with the next one."""
    wanted = _wanted(request.GET)
    task = queries.get_task(request.actor, public_id)
    said = kind_of(task).answer(request.actor, task, request.POST.dict())
    following = queries.next_task(request.actor, wanted, task)
    target = _url(following, wanted) if following else _list_url(wanted)
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(target)
    response = _show(request, wanted, following, alone=following is not None)
    response["HX-Push-Url"] = target
    response["HX-Trigger"] = json.dumps({"toast": _toast(said, task)})
    return response


@require_POST
def undo(request: Request, public_id: UUID) -> HttpResponse:
    """Take the answer back and show the task again."""
    task = queries.get_task(request.actor, public_id)
    kind_of(task).undo(request.actor, task)
    target = _url(task, queries.Filter())
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


@require_POST
def take(request: Request, public_id: UUID) -> HttpResponse:
    """Make the task one's own."""
    task = actions.take_task(actor=request.actor, task=public_id)
    return HttpResponseRedirect(_url(task, _wanted(request.GET)))


@require_POST
def hand_over(request: Request, public_id: UUID) -> HttpResponse:
    """Give the task to another person, or back to the unit."""
    to = request.POST.get("to", "")
    try:
        person = UUID(to) if to else None
    except ValueError:
        raise NotFound from None
    actions.hand_over(actor=request.actor, task=public_id, to=person)
    return HttpResponseRedirect(_list_url(_wanted(request.GET)))


def _toast(said: Answered, task: Task) -> dict[str, str]:
    toast = {"text": said.text, "tone": "good"}
    if said.can_undo:
        toast["undo"] = address_of("worklist:undo", task.public_id)
    return toast


# The filter in the address


def _wanted(given: QueryDict) -> queries.Filter:
    whose, due = given.get("whose", "all"), given.get("due", "")
    status = given.get("status", TaskStatus.OPEN.value)
    priority, _dot, key = given.get("after", "").partition(".")
    return queries.Filter(
        whose=whose if whose in ("all", "mine", "unit") else "all",
        kind=given.get("kind", ""),
        source=given.get("source", ""),
        due=due if due in ("overdue", "today", "week") else "",
        status=status if status in TaskStatus.values else TaskStatus.OPEN.value,
        after=(int(priority), int(key)) if _is_place(priority, key) else None,
    )


def _is_place(priority: str, key: str) -> bool:
    return all(part.isascii() and part.isdigit() and len(part) < 16 for part in (priority, key))


def _query(wanted: queries.Filter) -> str:
    plain_parts = {
        "whose": "" if wanted.whose == "all" else wanted.whose,
        "kind": wanted.kind,
        "source": wanted.source,
        "due": wanted.due,
        "status": "" if wanted.status == TaskStatus.OPEN else wanted.status,
        "after": f"{wanted.after[0]}.{wanted.after[1]}" if wanted.after else "",
    }
    told = urlencode({name: value for name, value in plain_parts.items() if value})
    return f"?{told}" if told else ""


def _list_url(wanted: queries.Filter) -> str:
    return address_of("worklist:list") + _query(wanted)


def _url(task: Task, wanted: queries.Filter, name: str = "one") -> str:
    return address_of(f"worklist:{name}", task.public_id) + _query(wanted)


# The page


def _show(request: Request, wanted: queries.Filter, task: Task | None, *, alone: bool) -> HttpResponse:
    """The list with a task open beside it; not `alone`, that is the list's first."""
    found = list(queries.worklist(request.actor, wanted)[: PAGE + 1])
    rows, more = found[:PAGE], found[PAGE:]
    task = task or (rows[0] if rows and not alone else None)
    following = replace(wanted, after=(rows[-1].priority, rows[-1].pk)) if more else None
    page = TasksPage(
        title=_("My tasks"),
        subtitle=_("What waits for you and your unit, the most urgent first."),
        tabs=_tabs(request, wanted),
        chips=_chips(wanted, rows),
        clear_url=_list_url(queries.Filter(whose=wanted.whose)),
        kinds=_kind_options(request, wanted),
        sources=_source_options(request, wanted),
        dues=_due_options(wanted),
        rows=[_row(row, wanted, task) for row in rows],
        count=_count(len(rows), bool(more)),
        next_url=_list_url(following) if following else "",
        task=_view(request, task, wanted) if task else None,
        alone=alone,
    )
    crumbs = [Crumb(page.title, address_of("worklist:list"))] if alone else [Crumb(page.title)]
    if alone and page.task:
        crumbs.append(Crumb(page.task.title))
    return render(request, "worklist/tasks.html", page, breadcrumbs=crumbs)


def _count(shown: int, more: bool) -> str:
    if more:
        return _("The first %(count)s") % {"count": shown}
    return ngettext("%(count)s task", "%(count)s tasks", shown) % {"count": shown}


def _tabs(request: Request, wanted: queries.Filter) -> list[dict[str, Any]]:
    labels = [("all", _("All")), ("mine", _("Mine")), ("unit", _("My unit's"))]
    return [
        {
            "label": label,
            "url": _list_url(queries.Filter(whose=whose, kind=wanted.kind, source=wanted.source, due=wanted.due)),
            "active": wanted.whose == whose,
        }
        for whose, label in labels
    ]  # fmt: skip


def _kind_options(request: Request, wanted: queries.Filter) -> list[dict[str, Any]]:
    return [
        {
            "label": f"{kind_of(Task(kind=kind)).label} ({formats.number(count)})",
            "url": _list_url(replace(wanted, kind=kind, after=None)),
            "active": wanted.kind == kind,
        }
        for kind, count in queries.kind_counts(request.actor)
    ]


def _source_options(request: Request, wanted: queries.Filter) -> list[dict[str, Any]]:
    return [
        {
            "label": f"{name} ({formats.number(count)})",
            "url": _list_url(replace(wanted, source=source, after=None)),
            "active": wanted.source == source,
        }
        for source, name, count in queries.sources(request.actor)
    ]


def _dues() -> dict[str, str]:
    return {"overdue": _("Overdue"), "today": _("Until today"), "week": _("Within a week")}


def _due_options(wanted: queries.Filter) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": _list_url(replace(wanted, due=due, after=None)), "active": wanted.due == due}
        for due, label in _dues().items()
    ]


def _chips(wanted: queries.Filter, rows: list[Task]) -> list[dict[str, str]]:
    shown = []
    if wanted.kind:
        kind = kind_of(Task(kind=wanted.kind))
        shown.append((_("Kind"), str(kind.label), replace(wanted, kind="", after=None)))
    if wanted.source:
        name = next((row.source_name for row in rows), wanted.source)
        shown.append((_("From"), name, replace(wanted, source="", after=None)))
    if wanted.due:
        shown.append((_("Due"), _dues()[wanted.due], replace(wanted, due="", after=None)))
    if wanted.status != TaskStatus.OPEN:
        label = str(TaskStatus(wanted.status).label)
        shown.append((_("Status"), label, replace(wanted, status=TaskStatus.OPEN, after=None)))
    return [{"label": label, "value": value, "remove_url": _list_url(rest)} for label, value, rest in shown]


def _row(task: Task, wanted: queries.Filter, current: Task | None) -> Row:
    late = bool(task.due_at and task.due_at < clock.now())
    kind = kind_of(task)
    return Row(
        url=_url(task, wanted),
        title=title_of(task),
        customer=customers.masks.name(task.customer.kind, task.customer.name) if task.customer else "",
        customer_number=task.customer.number if task.customer else "",
        kind=str(kind.label),
        icon=kind.icon,
        due=formats.ago(task.due_at) if task.due_at else "",
        due_exact=formats.moment(task.due_at),
        tone="bad" if late else "neutral",
        assignee=task.assignee.name if task.assignee else "",
        current=current is not None and current.pk == task.pk,
    )


def _view(request: Request, task: Task, wanted: queries.Filter) -> TaskView:
    kind, now = kind_of(task), clock.now()
    card: Card = kind.card(request.actor, task)
    waits = task.not_before is not None and task.not_before > now
    return TaskView(
        url=_url(task, wanted),
        title=title_of(task),
        kind=str(kind.label),
        icon=kind.icon,
        status=str(TaskStatus(task.status).label),
        is_open=task.status == TaskStatus.OPEN,
        branch=formats.named(task.branch),
        due=formats.ago(task.due_at) if task.due_at else "",
        due_exact=formats.moment(task.due_at),
        is_late=bool(task.due_at and task.due_at < now),
        waits_until=formats.moment(task.not_before) if waits else "",
        assignee=task.assignee.name if task.assignee else "",
        is_mine=task.assignee_id == request.actor.staff_id,
        result=task.result,
        closed_by=task.closed_by_name,
        closed_ago=formats.ago(task.closed_at),
        closed_exact=formats.moment(task.closed_at),
        answer_url=_url(task, wanted, "answer"),
        take_url=_url(task, wanted, "take"),
        give_back_url=_url(task, wanted, "hand_over"),
        template=card.template,
        body=card.body,
        choices=card.choices if task.status == TaskStatus.OPEN else [],
        note=card.note,
    )


_patterns = [
    path("tasks", task_list, name="list"),
    path("tasks/<uuid:public_id>", one_task, name="one"),
    path("tasks/<uuid:public_id>/answer", answer, name="answer"),
    path("tasks/<uuid:public_id>/undo", undo, name="undo"),
    path("tasks/<uuid:public_id>/take", take, name="take"),
    path("tasks/<uuid:public_id>/hand-over", hand_over, name="hand_over"),
]
urlpatterns = [path("", include((_patterns, "worklist")))]
