"""My desk: what I should do next and why, what came in, how my day stands, and the loop in small."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from loopline.campaigns import api as campaigns
from loopline.customers import api as customers
from loopline.kernel import clock, formats
from loopline.kernel.models import Event
from loopline.kernel.pages import MenuItem, Request, menu, render
from loopline.kernel.permission import Actor
from loopline.scores import api as scores
from loopline.web import loop, steps
from loopline.web.api import banners
from loopline.web.nextsteps import Proposal, proposals
from loopline.web.pages.messages import Letter, letters_of
from loopline.web.pages.notices import NoticeCard, notice_cards
from loopline.web.places import page_of
from loopline.worklist import api as worklist

menu.add(
    "web.desk", MenuItem("desk", gettext_lazy("My desk"), "web:desk", "layout-dashboard", key="d"), order=10
)
SHOWN = 7


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task: what, for whom (masked), why, until when."""

    title: str
    customer: str
    why: str
    kind: str
    icon: str
    due: str
    exact: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One of my figures of today."""

    label: str
    value: str
    note: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class BannerView:
    """Long work that concerns everybody."""

    label: str
    percent: int
    detail: str


@dataclass(frozen=True, slots=True)
class DeskPage:
    """My desk; what a person may not do is empty."""

    title: str
    subtitle: str
    banners: list[BannerView]
    first: TaskRow | None
    tasks: list[TaskRow]
    tasks_url: str
    tasks_more: str
    works: bool
    proposals: list[Proposal]
    letters: list[Letter]
    notices: list[NoticeCard]
    figures: list[Figure]
    steps: list[steps.Step]
    loop_url: str
    finds: bool
    walk_in_url: str


@require_safe
def desk(request: Request) -> HttpResponse:
    """What I should do next."""
    actor = request.actor
    now = clock.now()
    tasks, waiting, late = _tasks(actor, now)
    sees_loop = actor.may("campaigns.view")
    page = DeskPage(
        title=_greeting(actor, now),
        subtitle=_day(waiting, late) if actor.may("tasks.work") else formats.day(clock.today(actor.zone)),
        banners=_banners(actor),
        first=tasks[0] if tasks else None,
        tasks=tasks[1:],
        tasks_url=page_of(actor, "worklist"),
        tasks_more=_("All %(count)s") % {"count": _capped(waiting)},
        works=actor.may("tasks.work"),
        proposals=proposals(actor),
        letters=[letter for letter in letters_of(actor, 20) if not letter.is_read][:5],
        notices=[notice for notice in notice_cards(actor, 10) if not notice.is_read][:3],
        figures=_figures(actor, now, late),
        steps=_steps(actor) if sees_loop else [],
        loop_url=reverse("web:loop") if sees_loop else "",
        finds=actor.may("customers.view"),
        walk_in_url=reverse("customers:walk_in") if actor.may("customers.walk_in") else "",
    )
    return render(request, "web/desk.html", page)


def _greeting(actor: Actor, now: datetime) -> str:
    hour = now.astimezone(actor.zone).hour
    if hour < 5 or hour >= 18:
        return _("Good evening, %(name)s") % {"name": actor.name}
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": actor.name}
    return _("Good afternoon, %(name)s") % {"name": actor.name}


def _day(waiting: int, late: int) -> str:
    if not waiting:
        return _("No task is waiting for you.")
    count = _capped(waiting)
    told = ngettext("%(count)s task waits", "%(count)s tasks wait", waiting) % {"count": count}
    if late:
        overdue = ngettext("%(num)s is overdue", "%(num)s are overdue", late)
        return _("%(tasks)s, %(overdue)s.") % {"tasks": told, "overdue": overdue % {"num": _capped(late)}}
    return _("%(tasks)s, none is overdue.") % {"tasks": told}


def _capped(count: int) -> str:
    return formats.number(count) + ("+" if count >= worklist.COUNTED_TO else "")


def _banners(actor: Actor) -> list[BannerView]:
    told = (banner(actor) for banner in banners)
    return [BannerView(b.label, b.percent, b.detail) for b in told if b is not None]


# Tasks


def _tasks(actor: Actor, now: datetime) -> tuple[list[TaskRow], int, int]:
    """The most pressing tasks (overdue ones first), how many wait, and how many are overdue."""
    if not actor.may("tasks.work"):
        return [], 0, 0
    overdue = worklist.worklist(actor, worklist.Filter(due="overdue"), now)
    late = list(overdue[: SHOWN + 1])
    others = worklist.worklist(actor, worklist.Filter(), now).exclude(pk__in=[task.pk for task in late])
    found = (late + list(others[: SHOWN + 1 - len(late)]))[: SHOWN + 1]
    reasons = _reasons(task.customer_id for task in found)
    rows = [_row(task, reasons.get(task.customer_id or 0, ""), now) for task in found]
    return rows, worklist.open_count(actor), overdue[: worklist.COUNTED_TO].count()


def _reasons(keys: Iterable[int | None]) -> dict[int, str]:
    """Why a customer is likely to leave, where that is known: the strongest reason."""
    known = scores.top_scores([key for key in keys if key])
    return {
        customer: formats.bilingual(score.reasons[0]["text"])
        for customer, score in known.items()
        if score.reasons and score.risk_class == scores.HIGH
    }


def _row(task: worklist.Task, reason: str, now: datetime) -> TaskRow:
    kind = worklist.kind_of(task)
    if task.due_at is None:
        due, tone = "", "neutral"
    elif task.due_at < now:
        due, tone = _("due %(when)s") % {"when": formats.ago(task.due_at)}, "bad"
    else:
        soon = (task.due_at - now).total_seconds() < 86400
        due, tone = _("due %(when)s") % {"when": formats.ago(task.due_at)}, "warn" if soon else "neutral"
    return TaskRow(
        worklist.title_of(task),
        customers.masks.name(task.customer.kind, task.customer.name) if task.customer else "",
        reason or task.source_name,
        str(kind.label),
        kind.icon,
        due,
        formats.moment(task.due_at),
        tone,
        reverse("worklist:one", kwargs={"public_id": task.public_id}),
    )


# Figures


def _figures(actor: Actor, now: datetime, late: int) -> list[Figure]:
    today = datetime.combine(clock.local_day(now, actor.zone), time.min, tzinfo=actor.zone)
    log = reverse("web:log")
    figures = []
    if actor.may("tasks.work"):
        done = worklist.Task.objects.filter(closed_by_id=actor.staff_id, closed_at__gte=today)
        figures.append(
            Figure(_("Tasks done"), formats.number(done.count()), _("by me today"), log, "circle-check")
        )
        tasks = page_of(actor, "worklist")
        figures.append(
            Figure(_("Overdue"), _capped(late), _("waiting now"), f"{tasks}?due=overdue", "clock-exclamation")
        )
        answers = campaigns.Member.objects.filter(answered_by_id=actor.staff_id, answered_on=today.date())
        counted = answers.aggregate(
            all=Count("id"), yes=Count("id", filter=Q(answer=campaigns.Answer.ACCEPTED))
        )
        note = _("of %(count)s answers today") % {"count": formats.number(counted["all"])}
        figures.append(
            Figure(_("Offers accepted"), formats.number(counted["yes"]), note, log, "heart-handshake")
        )
    changes = Event.objects.filter(actor_id=actor.staff_id, at__gte=today).count()
    figures.append(Figure(_("Changes"), formats.number(changes), _("by me today"), log, "edit"))
    return figures


def _steps(actor: Actor) -> list[steps.Step]:
    """The loop in small; the measured effect stays on the dashboard, it is read from the warehouse."""
    return [
        steps.integrate(actor, loop.integrated(actor)),
        steps.analyse(actor, loop.analysed(actor)),
        steps.act(actor, loop.acted(actor)),
    ]


patterns = [path("", desk, name="desk")]
