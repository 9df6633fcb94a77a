"""Background work on screen: what waits, runs and has failed for good, who listens to events, and the clock."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import backlog, formats
from loopline.kernel.pages import MenuItem, Request, menu, render, with_toast
from loopline.kernel.permission import Actor

menu.add(
    "web.jobs",
    MenuItem(
        "administration", gettext_lazy("Background work"), "web:jobs", "server", "administration.jobs", "j"
    ),
    order=190,
)
TASKS = {
    "imports.run": gettext_lazy("Import of a file"),
    "campaigns.start": gettext_lazy("Start of a campaign"),
    "warehouse.refresh": gettext_lazy("Refresh of the warehouse"),
    "mining.train": gettext_lazy("Training of a model"),
    "mining.score": gettext_lazy("Scoring of the customers"),
}
STATES = {
    backlog.FAILED: gettext_lazy("Failed for good"),
    backlog.RUNNING: gettext_lazy("Running"),
    backlog.WAITING: gettext_lazy("Waiting"),
    backlog.DONE: gettext_lazy("Done"),
    backlog.GIVEN_UP: gettext_lazy("Given up"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work in the list."""

    number: str
    name: str
    code: str
    about: str
    tries: str
    ago: str
    exact: str
    error: str
    trace: str
    again_url: str
    give_up_url: str


@dataclass(frozen=True, slots=True)
class Handler:
    """An event handler in the list."""

    name: str
    events: str
    behind: str
    state: str
    tone: str
    error: str


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Work that the clock asks for."""

    name: str
    every: str
    next: str
    exact: str


@dataclass(frozen=True, slots=True)
class JobsPage:
    """Background work."""

    title: str
    tabs: list[dict[str, Any]]
    state: str
    failed: bool
    jobs: list[Job]
    handlers: list[Handler]
    rhythms: list[Rhythm]
    next_url: str
    own_url: str
    at_work: bool


@require_safe
def jobs(request: Request) -> HttpResponse:
    """The jobs of one state, with handlers and schedule. Without a choice: the failed ones, else what goes on."""
    counts = backlog.counts(request.actor)
    asked, before = request.GET.get("state", ""), request.GET.get("before", "")
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 0
    status = asked if asked in STATES else next((s for s in STATES if counts.get(s)), backlog.WAITING)
    found = backlog.work(request.actor, status, before=below)
    base = reverse("web:jobs")
    page = JobsPage(
        _("Background work"),
        [
            {
                "label": str(label),
                "url": f"{base}?state={code}",
                "active": code == status,
                "count": formats.number(counts.get(code, 0)),
            }
            for code, label in STATES.items()
        ],
        str(STATES[status]),
        status == backlog.FAILED,
        [_job(work) for work in found],
        [_handler(listener) for listener in backlog.listeners(request.actor)],
        _rhythms(request.actor),
        f"{base}?state={status}&before={found[-1].id}" if len(found) == 50 else "",
        request.get_full_path(),
        bool(counts.get(backlog.WAITING) or counts.get(backlog.RUNNING)),
    )
    return render(request, "web/jobs.html", page)


def _job(work: backlog.Work) -> Job:
    failed = work.status == backlog.FAILED
    keys = {"job": work.id}
    moment = work.due if work.status == backlog.WAITING and work.due else work.touched
    return Job(
        formats.number(work.id),
        _task(work.task),
        work.task,
        " · ".join(f"{name} {value}" for name, value in work.about.items()),
        formats.number(work.attempts),
        formats.ago(moment),
        formats.moment(moment),
        work.error,
        work.trace,
        reverse("web:job_again", kwargs=keys) if failed else "",
        reverse("web:job_give_up", kwargs=keys) if failed else "",
    )


def _task(name: str) -> str:
    return str(TASKS.get(name, name))


def _handler(listener: backlog.Listener) -> Handler:
    if listener.failures:
        tries = ngettext("%(num)s failure", "%(num)s failures", listener.failures)
        again = _("again %(when)s") % {"when": formats.ago(listener.retry_at)}
        state, tone = f"{tries % {'num': listener.failures}} · {again}", "bad"
    elif listener.behind:
        state, tone = _("Working"), "info"
    else:
        state, tone = _("Up to date"), "good"
    behind = "1,000+" if listener.behind >= 1000 else formats.number(listener.behind)
    return Handler(listener.name, ", ".join(listener.events), behind, state, tone, listener.error)


def _rhythms(actor: Actor) -> list[Rhythm]:
    return [
        Rhythm(
            _task(rhythm.task),
            ngettext("every %(num)s minute", "every %(num)s minutes", rhythm.minutes)
            % {"num": rhythm.minutes},
            formats.ago(rhythm.next_at),
            formats.moment(rhythm.next_at),
        )
        for rhythm in backlog.rhythms(actor)
    ]


@require_POST
def again(request: Request, job: int) -> HttpResponse:
    """Try failed work again."""
    backlog.try_again(actor=request.actor, job=job)
    return with_toast(HttpResponseRedirect(reverse("web:jobs")), _("It is tried again now."))


@require_POST
def give_up(request: Request, job: int) -> HttpResponse:
    """Leave failed work undone."""
    backlog.give_up(actor=request.actor, job=job)
    return with_toast(HttpResponseRedirect(reverse("web:jobs")), _("Given up. It stays in the books."))


patterns = [
    path("administration/jobs", jobs, name="jobs"),
    path("administration/jobs/<int:job>/again", again, name="job_again"),
    path("administration/jobs/<int:job>/give-up", give_up, name="job_give_up"),
]
