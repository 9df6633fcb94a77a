"""Importing on screen: bring a file, look at what becomes of its columns, import, read the ledger."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from loopline.imports import actions, jobs, queries, screens
from loopline.imports.inspection import readable
from loopline.imports.models import ImportRun, Reject, Status
from loopline.imports.refusals import FileRefused, MappingRefused
from loopline.imports.rejects import RejectsFile
from loopline.imports.storage import UPLOAD_BYTES
from loopline.imports.targets import targets_for
from loopline.imports.uploads import bounded, uploaded
from loopline.kernel import formats
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo
from loopline.kernel.permission import require

PAGE = 50
menu.add(
    "imports",
    MenuItem("customers", gettext_lazy("Import"), "imports:list", "file-import", "customers.import", "i"),
    order=200,
)


@dataclass(frozen=True, slots=True)
class ListPage:
    """Imports, newest first."""

    title: str
    subtitle: str
    rows: list[screens.RunRow]
    new_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form that takes a file."""

    title: str
    limit: str
    targets: list[tuple[str, str]]
    target: str
    error: str
    back_url: str


@dataclass(frozen=True, slots=True)
class MappingPage:
    """What becomes of each column, and the first rows."""

    title: str
    subtitle: str
    steps: list[dict[str, str]]
    columns: list[screens.ColumnRow]
    preview: screens.PreviewPart
    as_of: str
    error: str
    preview_url: str
    start_url: str
    discard_url: str
    discard_question: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """An import at work or done."""

    title: str
    subtitle: str
    run: screens.RunPart
    new_url: str


@dataclass(frozen=True, slots=True)
class RejectsPage:
    """Everything that was rejected."""

    title: str
    subtitle: str
    rows: list[screens.RejectRow]
    count: str
    next_url: str
    back_url: str
    download_url: str


@require_GET
def list_page(request: Request) -> HttpResponse:
    """Every import that the person may see."""
    before = request.GET.get("before", "")
    place = int(before) if before.isdecimal() and len(before) < 18 else 0
    runs = queries.list_runs(request.actor, before=place, count=PAGE + 1)
    page = ListPage(
        _("Imports"),
        _("Customer bases from files: every row read is created, updated, a duplicate or rejected."),
        [screens.run_row(run) for run in runs[:PAGE]],
        reverse("imports:new"),
        f"?before={runs[PAGE - 1].pk}" if len(runs) > PAGE else "",
    )
    return render(request, "imports/list.html", page, breadcrumbs=_crumbs())


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The form, or a file through it; a refused file is said why beside the form."""
    require(request.actor, "customers.import")
    if request.method == "GET":
        return _upload_form(request, "")
    try:
        file = uploaded(request)
        blocks = file.chunks(1024 * 1024)
        run = actions.receive_file(
            actor=request.actor,
            name=file.name or "",
            source=blocks,
            target=request.POST.get("target") or actions.CUSTOMER_BASE,
            allowed=UPLOAD_BYTES,
        )
    except (FileRefused, Invalid) as refusal:
        undo(request)
        return _upload_form(request, refusal.message, refusal.status)
    return HttpResponseRedirect(screens.link("show", run))


@require_GET
def show(request: Request, public_id: UUID) -> HttpResponse:
    """The mapping of a file that is not started, else its progress or its ledger."""
    run = queries.find_run(request.actor, public_id)
    if run.status == Status.UPLOADED or (run.status == Status.TRIED and "change" in request.GET):
        return _mapping_form(request, run, "", run.mapping if run.status == Status.TRIED else None)
    return _run_page(request, run)


@require_POST
def preview(request: Request, public_id: UUID) -> HttpResponse:
    """The first rows under the mapping as it stands in the form."""
    run = queries.find_run(request.actor, public_id)
    part = _preview(request, run, _chosen(request, run))
    return render(request, "imports/preview_part.html", part, status=422 if part.error else 200)


@require_POST
def start(request: Request, public_id: UUID) -> HttpResponse:
    """Begin, try, or continue."""
    run = queries.find_run(request.actor, public_id)
    chosen = _chosen(request, run) if "column-0" in request.POST else None
    try:
        jobs.start(
            actor=request.actor,
            run=run,
            mapping=chosen,
            as_of=_day(request.POST.get("as_of", "")),
            dry_run=request.POST.get("act") == "try",
        )
    except (MappingRefused, Invalid) as refusal:
        undo(request)
        return _mapping_form(request, run, refusal.message, None, refusal.status)
    return HttpResponseRedirect(screens.link("show", run))


@require_GET
def progress(request: Request, public_id: UUID) -> HttpResponse:
    """The part that asks for itself while the import runs, and becomes its ledger."""
    run = queries.find_run(request.actor, public_id)
    return _run_part(request, run)


@require_POST
def stop(request: Request, public_id: UUID) -> HttpResponse:
    """Stop behind the batch at work."""
    run = actions.stop(actor=request.actor, run=queries.find_run(request.actor, public_id))
    if request.headers.get("HX-Request") == "true":
        return _run_part(request, run)
    return HttpResponseRedirect(screens.link("show", run))


@require_POST
def discard(request: Request, public_id: UUID) -> HttpResponse:
    """Remove a file of which nothing was imported."""
    actions.discard(actor=request.actor, run=queries.find_run(request.actor, public_id))
    return HttpResponseRedirect(reverse("imports:list"))


@require_GET
def rejects(request: Request, public_id: UUID) -> HttpResponse:
    """Every rejected value with its reason."""
    run = queries.find_run(request.actor, public_id)
    found = queries.rejects_of(run, after=_place(request.GET.get("after", "")), count=PAGE + 1)
    page = RejectsPage(
        _("Rejected rows"),
        run.file_name,
        [screens.reject_row(each) for each in found[:PAGE]],
        _("%(count)s rejected rows") % {"count": formats.number(run.rejected)},
        _after(found[PAGE - 1]) if len(found) > PAGE else "",
        screens.link("show", run),
        screens.link("rejects_file", run),
    )
    return render(request, "imports/rejects.html", page, breadcrumbs=_crumbs(run))


@require_GET
def rejects_file(request: Request, public_id: UUID) -> FileResponse:
    """All of it as csv, in the reader's language, safe to open in a spreadsheet."""
    run = queries.find_run(request.actor, public_id)
    # The file is written while the door is open; it has no name by the time it is sent.
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "rejects.csv"
        with RejectsFile(written) as out:
            out.write(queries.as_rejected(each) for each in queries.rejects_of(run))
        content = written.open("rb")
    return FileResponse(
        content,
        as_attachment=True,
        filename=f"{run.file_name}.rejected.csv",
        content_type="text/csv; charset=utf-8",
    )


def _upload_form(request: Request, error: str, status: int = 200) -> HttpResponse:
    page = UploadPage(
        _("Import a file"),
        readable(UPLOAD_BYTES),
        [(target.name, str(target.label)) for target in targets_for(request.actor)],
        request.POST.get("target") or request.GET.get("target", actions.CUSTOMER_BASE),
        error,
        reverse("imports:list"),
    )
    crumbs = [*_crumbs(), Crumb(page.title)]
    return render(request, "imports/upload.html", page, status=status, breadcrumbs=crumbs)


def _mapping_form(
    request: Request, run: ImportRun, error: str, chosen: dict[str, str] | None, status: int = 200
) -> HttpResponse:
    found = queries.preview(request.actor, run, chosen)
    told = {"columns": formats.number(len(found.columns)), "size": readable(run.size)}
    page = MappingPage(
        run.file_name,
        _("%(columns)s columns, %(size)s. Nothing is imported yet.") % told,
        [
            {"label": _("File"), "state": "done"},
            {"label": _("Mapping"), "state": "now"},
            {"label": _("Import"), "state": "next"},
            {"label": _("Ledger"), "state": "next"},
        ],
        screens.column_rows(found.columns, found.fields),
        screens.preview_part(found),
        run.as_of.isoformat(),
        error,
        screens.link("preview", run),
        screens.link("start", run),
        screens.link("discard", run),
        _("The file is removed. Nothing of it was imported."),
    )
    return render(request, "imports/mapping.html", page, status=status, breadcrumbs=_crumbs(run))


def _run_page(request: Request, run: ImportRun) -> HttpResponse:
    page = RunPage(
        run.file_name, str(Status(run.status).label), screens.run_part(run), reverse("imports:new")
    )
    return render(request, "imports/run.html", page, breadcrumbs=_crumbs(run))


def _run_part(request: Request, run: ImportRun) -> HttpResponse:
    part = screens.run_part(run)
    response = render(request, "imports/run_part.html", part)
    if not part.running:
        response["HX-Retarget"], response["HX-Reswap"] = "#run-part", "outerHTML"
    return response


def _preview(request: Request, run: ImportRun, chosen: dict[str, str]) -> screens.PreviewPart:
    try:
        actions.checked_mapping(request.actor, run, chosen)
        return screens.preview_part(queries.preview(request.actor, run, chosen))
    except Refusal as refusal:
        return screens.PreviewPart(refusal.message, "", "bad", [], [], [])


def _chosen(request: Request, run: ImportRun) -> dict[str, str]:
    """Column → target, as the form has it."""
    columns = run.format["columns"]
    told = ((column, request.POST.get(f"column-{place}", "")) for place, column in enumerate(columns))
    return {column: target for column, target in told if target}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(field="as_of", reason=_("This is not a date.")) from error


def _place(text: str) -> tuple[int, int]:
    row, _dot, key = text.partition(".")
    sound = row.isdecimal() and key.isdecimal() and len(row) < 10 and len(key) < 18
    return (int(row), int(key)) if sound else (0, 0)


def _after(reject: Reject) -> str:
    return f"?after={reject.row_number}.{reject.pk}"


def _crumbs(run: ImportRun | None = None) -> list[Crumb]:
    crumbs = [Crumb(_("Imports"), reverse("imports:list"))]
    return [*crumbs, Crumb(run.file_name, screens.link("show", run))] if run else crumbs


_patterns = [
    path("imports", list_page, name="list"),
    path("imports/new", bounded(new), name="new"),
    path("imports/<uuid:public_id>", show, name="show"),
    path("imports/<uuid:public_id>/preview", preview, name="preview"),
    path("imports/<uuid:public_id>/start", start, name="start"),
    path("imports/<uuid:public_id>/progress", progress, name="progress"),
    path("imports/<uuid:public_id>/stop", stop, name="stop"),
    path("imports/<uuid:public_id>/discard", discard, name="discard"),
    path("imports/<uuid:public_id>/rejects", rejects, name="rejects"),
    path("imports/<uuid:public_id>/rejects.csv", rejects_file, name="rejects_file"),
]
urlpatterns = [path("", include((_patterns, "imports")))]
