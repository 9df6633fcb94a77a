"""Mining on screen: the models, the model card, and judging a table that somebody brings."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo
from loopline.kernel.permission import require
from loopline.mining import actions, queries, trying
from loopline.mining.card import TONES, Card, Judged, card, judged
from loopline.mining.models import AT_WORK, EVALUATION, HISTORY, Run, Status
from loopline.mining.rules.tables import FILE_ORDER

menu.add(
    "mining.runs",
    MenuItem("mining", gettext_lazy("Models"), "mining:runs", "brain", "mining.view", "b"),
    order=70,
)
menu.add(
    "mining.evaluate",
    MenuItem("mining", gettext_lazy("Judge a table"), "mining:tables", "test-pipe", "mining.run", "e"),
    order=71,
)
STEPS = {
    "features": gettext_lazy("Reading the history"),
    "fit": gettext_lazy("Fitting the candidates"),
    "judge": gettext_lazy("Judging on what was not seen"),
    "done": gettext_lazy("Putting it together"),
    "predict": gettext_lazy("Computing risks"),
    "reasons": gettext_lazy("Finding reasons"),
    "write": gettext_lazy("Writing scores"),
    "read": gettext_lazy("Reading the file"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at work."""

    label: str
    percent: int
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """A run in a list."""

    url: str
    name: str
    status: str
    tone: str
    auc: str
    lift: str
    scored: str
    by: str
    ago: str
    exact: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A population that can be learnt from."""

    name: str
    detail: str
    icon: str
    population: str


@dataclass(frozen=True, slots=True)
class RunsPage:
    """All models and what else can be learnt from."""

    title: str
    subtitle: str
    progress: list[Progress]
    rows: list[Row]
    choices: list[Choice]
    train_url: str
    may_run: bool


@dataclass(frozen=True, slots=True)
class CardPage:
    """One model."""

    title: str
    subtitle: str
    status: str
    tone: str
    progress: Progress | None
    error: str
    judged: Judged | None
    card: Card | None
    scored: str
    matrix_url: str
    score_url: str
    train_url: str
    population: str


@dataclass(frozen=True, slots=True)
class TablesPage:
    """Tables that were judged, and the place to drop another."""

    title: str
    subtitle: str
    rows: list[Row]
    upload_url: str
    error: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """A table: what to judge it by, or how it was judged."""

    title: str
    subtitle: str
    status: str
    tone: str
    progress: Progress | None
    error: str
    columns: list[tuple[str, str]]
    orders: list[tuple[str, str]]
    values: dict[str, Any]
    judge_url: str
    forget_url: str
    judged: Judged | None
    counts: list[tuple[str, str]]
    left_out: list[tuple[str, str]]
    asking: bool


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """The part that shows a run at work."""

    title: str
    progress: Progress


@require_safe
def runs(request: Request) -> HttpResponse:
    """The models and their figures."""
    found = queries.runs(request.actor)
    names = queries.import_names(found)
    learnable = queries.learnable_imports(request.actor)
    page = RunsPage(
        title=_("Models"),
        subtitle=_("Who will leave, how surely and why: learnt from the past, judged on what was not seen."),
        progress=[_progress(run, names) for run in found if run.status in AT_WORK],
        rows=[_row(run, "mining:card", _name(run, names)) for run in found],
        choices=[
            Choice(
                _("History of the warehouse"),
                _("bills, usage and contacts of the months before each cut-off, who left after it"),
                "database",
                HISTORY,
            ),
            *(
                Choice(one.file_name, _("%(rows)s rows, label “%(label)s”") % {
                    "rows": formats.number(one.rows), "label": one.label}, "file-import", one.population)
                for one in learnable
            ),
        ],
        train_url=reverse("mining:train"),
        may_run=request.actor.may("mining.run"),
    )  # fmt: skip
    return render(request, "mining/runs.html", page)


@require_POST
def train(request: Request) -> HttpResponse:
    """Train a model and score with it."""
    run = actions.train(request.actor, request.POST.get("population", HISTORY), then_score=True)
    return HttpResponseRedirect(reverse("mining:card", kwargs={"public_id": run.public_id}))


@require_safe
def model_card(request: Request, public_id: UUID) -> HttpResponse:
    """The model card."""
    run = queries.find_run(request.actor, public_id)
    names = queries.import_names([run])
    population = _name(run, names)
    may_run, idle = request.actor.may("mining.run"), run.status not in AT_WORK
    page = CardPage(
        title=_("Who will leave · %(population)s") % {"population": population},
        subtitle=_("Model card"),
        status=str(Status(run.status).label),
        tone=TONES[Status(run.status)],
        progress=None if idle else _progress(run, names),
        error=queries.error_of(run),
        judged=judged(run),
        card=card(run, population) if run.figures else None,
        scored=formats.number(run.scored) if run.scored else "",
        matrix_url="/retention" if request.actor.may("retention.view") else "",
        score_url=_address("mining:score", run) if may_run and idle and run.figures else "",
        train_url=reverse("mining:train") if may_run and idle else "",
        population=run.population,
    )
    return render(
        request,
        "mining/card.html",
        page,
        breadcrumbs=[Crumb(_("Models"), reverse("mining:runs")), Crumb(population)],
    )


@require_POST
def score(request: Request, public_id: UUID) -> HttpResponse:
    """Score everybody of the model's population."""
    run = actions.score(request.actor, queries.find_run(request.actor, public_id))
    return HttpResponseRedirect(_address("mining:card", run))


@require_safe
def progress(request: Request, public_id: UUID) -> HttpResponse:
    """A run at work; once it is not, the page is loaded again."""
    subject = EVALUATION if request.GET.get("table") else "churn"
    run = queries.find_run(request.actor, public_id, subject=subject)
    if run.status not in AT_WORK:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    page = ProgressPage(_("Models"), _progress(run, queries.import_names([run])))
    return render(request, "mining/progress.html", page)


@require_http_methods(["GET", "POST"])
def tables(request: Request) -> HttpResponse:
    """Tables that were judged; a new one is dropped here."""
    require(request.actor, "mining.run")
    error, status = "", 200
    if request.method == "POST":
        brought = request.FILES.get("file")
        try:
            if brought is None:
                raise trying.NoFile(field="file")
            run = trying.bring_table(request.actor, brought.name or "", brought.chunks())
            return HttpResponseRedirect(_address("mining:table", run))
        except Refusal as refusal:
            undo(request)
            error, status = refusal.message, refusal.status
    found = queries.runs(request.actor, subject=EVALUATION)
    page = TablesPage(
        title=_("Judge a table"),
        subtitle=_(
            "How well can leaving be told on any table, and what smells of a leak? Nothing is imported."
        ),
        rows=[_row(run, "mining:table", run.population) for run in found],
        upload_url=reverse("mining:tables"),
        error=error,
    )
    return render(request, "mining/tables.html", page, status=status)


@require_http_methods(["GET", "POST"])
def table(request: Request, public_id: UUID) -> HttpResponse:
    """What to judge a table by; afterwards its figures and warnings."""
    require(request.actor, "mining.run")
    run = queries.find_run(request.actor, public_id, subject=EVALUATION)
    if request.method == "GET":
        return _table(request, run, {"target": "", "drop": [], "time": ""} | run.parameters)
    target, drop, time = (
        request.POST.get("target", ""),
        request.POST.getlist("drop"),
        request.POST.get("time", ""),
    )
    try:
        trying.judge_table(request.actor, run, target=target, drop=drop, time=time)
    except Refusal as refusal:
        undo(request)
        values = {"target": target, "drop": drop, "time": time}
        return _table(request, run, values, refusal.message, refusal.status)
    return HttpResponseRedirect(_address("mining:table", run))


@require_POST
def forget(request: Request, public_id: UUID) -> HttpResponse:
    """Remove a table and its judgement."""
    trying.forget_table(request.actor, queries.find_run(request.actor, public_id, subject=EVALUATION))
    return HttpResponseRedirect(reverse("mining:tables"))


def _table(
    request: Request, run: Run, values: dict[str, Any], error: str = "", status: int = 200
) -> HttpResponse:
    columns = [(name, name) for name in run.parameters["columns"]]
    state, tone = _state(run)
    page = TablePage(
        title=run.population,
        subtitle=_("Judged by the same protocol as our own models."),
        status=state,
        tone=tone,
        progress=_progress(run, {}) if run.status in AT_WORK else None,
        error=error or queries.error_of(run),
        columns=columns,
        orders=[("", _("no order: five random folds")), (FILE_ORDER, _("the rows as they stand")), *columns],
        values=values,
        judge_url=_address("mining:table", run),
        forget_url=_address("mining:forget", run),
        judged=judged(run),
        counts=_counts(run),
        left_out=[(one["column"], one["reason"]) for one in run.figures.get("left_out", [])],
        asking=run.status in (trying.UPLOADED, Status.FAILED),
    )
    crumbs = [Crumb(_("Judge a table"), reverse("mining:tables")), Crumb(run.population)]
    return render(request, "mining/table.html", page, status=status, breadcrumbs=crumbs)


def _counts(run: Run) -> list[tuple[str, str]]:
    if not run.figures:
        return []
    counts, splits = run.figures["counts"], {
        "random": _("five stratified random folds"),
        "time": _("the last part in the order of time, learnt from all before it"),
    }  # fmt: skip
    return [
        (_("Target"), f"{run.figures['target']} = {run.figures['positive']}"),
        (_("Rows read"), formats.number(counts["read"])),
        (_("Without a target"), formats.number(counts["without_target"])),
        (_("Repeated rows left out"), formats.number(counts["duplicates_removed"])),
        (_("Judged on"), splits.get(run.figures["split"], run.figures["split"])),
        (_("Brought by"), f"{run.started_by} · {formats.moment(run.started_at)}"),
    ]


def _name(run: Run, names: dict[str, str]) -> str:
    if run.population == HISTORY:
        return _("History of the warehouse")
    return names.get(run.population, run.population)


def _state(run: Run) -> tuple[str, str]:
    if run.status == trying.UPLOADED:
        return _("To be decided"), "neutral"
    status = Status(run.status)
    return (_("Judged") if run.subject == EVALUATION and run.figures else str(status.label)), TONES[status]


def _row(run: Run, address: str, name: str) -> Row:
    state, tone = _state(run)
    return Row(
        url=_address(address, run),
        name=name,
        status=state,
        tone=tone,
        auc=formats.number(run.figures["auc"], 3) if run.figures else "–",
        lift=formats.number(run.figures["lift10"], 2) if run.figures else "–",
        scored=formats.number(run.scored) if run.scored else "–",
        by=run.started_by,
        ago=formats.ago(run.started_at),
        exact=formats.moment(run.started_at),
    )


def _progress(run: Run, names: dict[str, str]) -> Progress:
    done, of = run.progress.get("done", 0), max(1, run.progress.get("of", 1))
    step = run.progress.get("step", "")
    detail = str(STEPS[step]) if step in STEPS else _("waiting for its turn")
    address = _address("mining:progress", run) + ("?table=1" if run.subject == EVALUATION else "")
    label = run.population if run.subject == EVALUATION else _name(run, names)
    return Progress(f"{Status(run.status).label} · {label}", round(100 * done / of), detail, address)


def _address(name: str, run: Run) -> str:
    return reverse(name, kwargs={"public_id": run.public_id})


_patterns = [
    path("", runs, name="runs"),
    path("/train", train, name="train"),
    path("/evaluate", tables, name="tables"),
    path("/evaluate/<uuid:public_id>", table, name="table"),
    path("/evaluate/<uuid:public_id>/forget", forget, name="forget"),
    path("/<uuid:public_id>", model_card, name="card"),
    path("/<uuid:public_id>/score", score, name="score"),
    path("/<uuid:public_id>/progress", progress, name="progress"),
]
urlpatterns = [path("mining", include((_patterns, "mining")))]
