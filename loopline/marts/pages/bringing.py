"""Bringing a table: the file, what each column is, and how it went."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.imports import api as imports
from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, address_of, render, undo
from loopline.kernel.permission import require
from loopline.marts import actions, columns, jobs, queries, wording
from loopline.marts.models import Kind, MartLoad, Role, Status

SHOWN = 50


@dataclass(frozen=True, slots=True)
class BringPage:
    """The form that takes a file."""

    title: str
    subtitle: str
    steps: list[dict[str, str]]
    url: str
    back_url: str
    limits: str
    typed: str
    title_error: str
    file_error: str


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file, some of its values, and what it probably is."""

    place: int
    column: str
    samples: str
    note: str
    role: str
    kind: str


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    """What each column is."""

    title: str
    subtitle: str
    steps: list[dict[str, str]]
    columns: list[ColumnLine]
    roles: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    error: str
    start_url: str
    discard_url: str


@dataclass(frozen=True, slots=True)
class LoadPart:
    """A file on its way, or how it went."""

    running: bool
    poll_url: str
    steps: list[dict[str, str]]
    message: str
    tone: str
    links: list[tuple[str, str, str]]
    faults: list[tuple[str, str, str]]
    more: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LoadPage:
    """The page around it."""

    title: str
    subtitle: str
    part: LoadPart


@require_http_methods(["GET", "POST"])
def bring(request: Request) -> HttpResponse:
    """The form, or a file through it; a refused file is said why beside the form."""
    require(request.actor, queries.BRINGS)
    if request.method == "GET":
        return _form(request)
    try:
        file = imports.uploaded(request)
        load = actions.receive(
            actor=request.actor,
            source=file.chunks(1024 * 1024),
            file_name=file.name or "",
            title=request.POST.get("title", ""),
        )
    except Refusal as refusal:
        undo(request)
        return _form(request, refusal)
    load.refresh_from_db()
    return HttpResponseRedirect(address_of("marts:load", load.public_id))


@require_safe
def show(request: Request, public_id: UUID) -> HttpResponse:
    """The columns of a draft, else how the file is getting on."""
    load = queries.find_load(request.actor, public_id)
    if load.status == Status.DRAFT:
        return _columns(request, load)
    page = LoadPage(load.mart.title, load.file_name, part_of(load))
    return render(request, "marts/load.html", page, breadcrumbs=_crumbs(page.title))


@require_POST
def start(request: Request, public_id: UUID) -> HttpResponse:
    """Decide on the columns and have the file brought."""
    load = queries.find_load(request.actor, public_id)
    chosen = _chosen(request, load)
    try:
        jobs.start(actor=request.actor, load=load, chosen=chosen)
    except Refusal as refusal:
        undo(request)
        return _columns(request, load, refusal, chosen)
    return HttpResponseRedirect(address_of("marts:load", load.public_id))


@require_POST
def discard(request: Request, public_id: UUID) -> HttpResponse:
    """Let go of a draft."""
    actions.discard(actor=request.actor, load=queries.find_load(request.actor, public_id))
    return HttpResponseRedirect(reverse("marts:list"))


@require_safe
def progress(request: Request, public_id: UUID) -> HttpResponse:
    """The part that asks for itself while the file is brought."""
    return render(request, "marts/load_part.html", part_of(queries.find_load(request.actor, public_id)))


def part_of(load: MartLoad) -> LoadPart:
    """How a file is getting on."""
    running = load.status in (Status.QUEUED, Status.RUNNING)
    message, tone = _message(load)
    faults = [(formats.number(row), column, why) for row, column, why in wording.faults_of(load)]
    links = []
    if load.status == Status.DONE:
        links.append((_("Pivot"), reverse("olap:pivot", args=[load.mart.name]), "box"))
        links.append((_("The table"), reverse("marts:mart", args=[load.mart.name]), "table"))
    elif not running:
        again = load.mart.brought_at is not None
        where = reverse("marts:mart", args=[load.mart.name]) if again else reverse("marts:bring")
        links.append((_("Bring it again"), where, "upload"))
    left = len(faults) - SHOWN
    return LoadPart(
        running,
        address_of("marts:progress", load.public_id),
        steps(
            "load",
            failed=load.status in (Status.REFUSED, Status.INTERRUPTED),
            done=load.status == Status.DONE,
        ),
        message,
        tone,
        links,
        faults[:SHOWN],
        _("%(count)s more") % {"count": formats.number(left)} if left > 0 else "",
        []
        if running
        else [
            (_("Rows"), formats.number(load.rows)),
            (_("Unknown keys"), wording.unknown_of(load) or "0"),
            (_("Way"), load.get_way_display()),
            (_("Size"), imports.readable(load.size)),
            (_("By"), load.actor_name),
            (_("Finished"), formats.moment(load.finished_at) if load.finished_at else ""),
        ],
    )


def steps(now: str, *, failed: bool = False, done: bool = False) -> list[dict[str, str]]:
    """The way of a file, and where it is."""
    names = {"file": _("File"), "columns": _("Columns and roles"), "load": _("Warehouse")}
    at = [*names].index(now)
    states = [
        "done" if place < at or done else "now" if place == at else "next" for place in range(len(names))
    ]
    if failed:
        states[at] = "failed"
    return [{"label": label, "state": state} for label, state in zip(names.values(), states, strict=True)]


def limits() -> str:
    """What may be brought."""
    told = {"rows": formats.number(columns.MOST_ROWS), "size": imports.readable(columns.LIMITS.file_bytes)}
    return _("csv, gz, xlsx or parquet, UTF-8 or GB 18030; up to %(rows)s rows and %(size)s") % told


def _form(request: Request, refusal: Refusal | None = None) -> HttpResponse:
    field = refusal.field if refusal else ""
    why = refusal.message if refusal else ""
    page = BringPage(
        title=_("Bring a table"),
        subtitle=_("Nothing is written before you have seen what each column is."),
        steps=steps("file"),
        url=reverse("marts:bring"),
        back_url=reverse("marts:list"),
        limits=limits(),
        typed=request.POST.get("title", ""),
        title_error=why if field == "title" else "",
        file_error=why if field != "title" else "",
    )
    status = refusal.status if refusal else 200
    return render(request, "marts/bring.html", page, status=status, breadcrumbs=_crumbs(page.title))


def _columns(
    request: Request, load: MartLoad, refusal: Refusal | None = None, chosen: dict[str, str] | None = None
) -> HttpResponse:
    found = {one.column: (one.role, one.kind) for one in actions.chosen_of(load)}
    for column, text in (chosen or {}).items():
        role, _colon, kind = text.partition(":")
        found[column] = (role, kind)
    lines = [
        ColumnLine(
            place,
            one.column,
            formats.listed(one.samples),
            _("may tell who somebody is") if one.telling else "",
            found[one.column][0],
            found[one.column][1] if found[one.column][0] in columns.FIGURES else "",
        )
        for place, one in enumerate(actions.seen_of(load))
    ]
    kinds = [(value, str(Kind(value).label)) for value in (Kind.WHOLE, Kind.NUMBER, Kind.MONEY)]
    page = ColumnsPage(
        title=load.mart.title,
        subtitle=f"{load.file_name} · {imports.readable(load.size)}",
        steps=steps("columns"),
        columns=lines,
        roles=[(str(value), str(label)) for value, label in Role.choices],
        kinds=[("", _("As it is")), *kinds],
        error=refusal.message if refusal else "",
        start_url=address_of("marts:start", load.public_id),
        discard_url=address_of("marts:discard", load.public_id),
    )
    status = refusal.status if refusal else 200
    return render(request, "marts/columns.html", page, status=status, breadcrumbs=_crumbs(page.title))


def _chosen(request: Request, load: MartLoad) -> dict[str, str]:
    """Column → role or `role:kind`, as the form has it."""
    chosen = {}
    for place, one in enumerate(actions.seen_of(load)):
        role, kind = request.POST.get(f"role-{place}", ""), request.POST.get(f"kind-{place}", "")
        if role:
            chosen[one.column] = f"{role}:{kind}" if kind and role in columns.FIGURES else role
    return chosen


def _message(load: MartLoad) -> tuple[str, str]:
    told = {"name": load.mart.title, "rows": formats.number(load.rows)}
    if load.status in (Status.QUEUED, Status.RUNNING):
        return _("The worker brings the file; this takes some seconds."), "info"
    if load.status == Status.DONE:
        return _("“%(name)s” is a cube now: %(rows)s rows were brought.") % told, "good"
    if load.status == Status.INTERRUPTED:
        return _("The work was interrupted before anything was written. Bring the file again."), "warn"
    return load.error or _("Nothing was changed: some cells could not be read."), "bad"


def _crumbs(title: str) -> list[Crumb]:
    return [Crumb(_("Data marts"), reverse("marts:list")), Crumb(title)]
