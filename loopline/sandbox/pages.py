"""The sandbox on screen: the tables one may ask, an editor, what came out, what was asked before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.errors import NotAllowed, NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, again, menu, render, with_toast
from loopline.kernel.permission import Actor, require
from loopline.kernel.sheets import XLSX
from loopline.sandbox import api, showing
from loopline.sandbox.models import Statement, Status
from loopline.sandbox.running import LIMITS
from loopline.warehouse import api as warehouse

ASKS, AUDITS = "olap.sql", "administration.audit"
TITLE = gettext_lazy("Ask in SQL")
TONES = {
    Status.WAITING: "info",
    Status.RUNNING: "info",
    Status.DONE: "good",
    Status.REFUSED: "bad",
    Status.FAILED: "bad",
    Status.STOPPED: "neutral",
}
FIRST = """\
SELECT month, count(*) AS subscriptions, sum(revenue) AS revenue
FROM fact_subscription_month
GROUP BY month
ORDER BY month DESC"""
menu.add("sandbox", MenuItem("analysis", TITLE, "sandbox:editor", "code", ASKS), order=70)


@dataclass(frozen=True, slots=True)
class TableCard:
    """A table that one may ask; each column with its type and meaning."""

    name: str
    about: str
    columns: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A statement that was asked."""

    url: str
    sql: str
    ago: str
    exact: str
    status: str
    tone: str
    rows: str
    took: str
    who: str = ""
    tables: str = ""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A statement under a name."""

    name: str
    url: str
    note: str
    forget_url: str


@dataclass(frozen=True, slots=True)
class Answered:
    """How a statement stands: on its way, with its rows, or why there are none."""

    status: str
    tone: str
    under_way: bool
    percent: int
    detail: str
    state_url: str
    stop_url: str
    fault: str = ""
    fault_detail: str = ""
    where: str = ""
    gone: str = ""
    summary: str = ""
    cut: str = ""
    heads: list[showing.Head] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    count: str = ""
    previous_url: str = ""
    next_url: str = ""
    files: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EditorPage:
    """The editor with everything around it."""

    title: str
    subtitle: str
    sql: str
    at: int
    tables: list[TableCard]
    not_loaded: str
    kept: list[KeptRow]
    asked: list[AskedRow]
    answered: Answered | None
    may_share: bool
    log_url: str
    limits: str


@dataclass(frozen=True, slots=True)
class StatePart:
    """How a statement stands, alone."""

    title: str
    answered: Answered


@dataclass(frozen=True, slots=True)
class LogPage:
    """What everybody has asked."""

    title: str
    rows: list[AskedRow]
    next_url: str


@require_safe
def editor(request: Request, public_id: UUID | None = None) -> HttpResponse:
    """The editor; with a statement that was asked, or one that is kept (`?kept=`)."""
    actor = request.actor
    require(actor, ASKS)
    row = api.get_statement(actor, public_id) if public_id else None
    kept = api.kept(actor)
    chosen = next((one for one in kept if str(one.public_id) == request.GET.get("kept")), None)
    tables, not_loaded = _tables(actor)
    page = EditorPage(
        title=str(TITLE),
        subtitle=_("Read-only questions to the tables of the warehouse, within what you may see."),
        sql=row.sql if row else chosen.sql if chosen else FIRST,
        at=row.at if row else -1,
        tables=tables,
        not_loaded=not_loaded,
        kept=[_kept_row(actor, one) for one in kept],
        asked=[_asked_row(one) for one in api.asked(actor)],
        answered=_answered(actor, row, _first(request)) if row else None,
        may_share=actor.may("olap.share"),
        log_url=reverse("sandbox:log") if actor.may(AUDITS) else "",
        limits=_("At most %(seconds)s seconds, %(memory)s MB and %(rows)s rows.")
        % {
            "seconds": LIMITS.seconds,
            "memory": formats.number(LIMITS.memory_mb),
            "rows": formats.number(LIMITS.rows),
        },
    )
    crumbs = [Crumb(page.title, reverse("sandbox:editor"))]
    return render(request, "sandbox/editor.html", page, breadcrumbs=crumbs)


@require_safe
def state(request: Request, public_id: UUID) -> HttpResponse:
    """How a statement stands, as a part of the editor's page."""
    row = api.get_statement(request.actor, public_id)
    part = StatePart(str(TITLE), _answered(request.actor, row, _first(request)))
    return render(request, "sandbox/state.html", part)


@require_safe
def log(request: Request) -> HttpResponse:
    """What everybody has asked, for who looks after that."""
    below = request.GET.get("below", "")
    rows = api.audit(request.actor, below=int(below) if below.isdecimal() and len(below) < 19 else 2**62)
    more = f"{reverse('sandbox:log')}?below={rows[-1].pk}" if len(rows) == 50 else ""
    page = LogPage(_("Statements asked"), [_asked_row(row, audit=True) for row in rows], more)
    crumbs = [Crumb(str(TITLE), reverse("sandbox:editor")), Crumb(page.title)]
    return render(request, "sandbox/log.html", page, breadcrumbs=crumbs)


@require_safe
def file(request: Request, public_id: UUID) -> HttpResponseBase:
    """What came out, as csv or Excel."""
    actor = request.actor
    row = api.get_statement(actor, public_id)
    table = api.result(actor, row)
    form = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    api.note_taken_out(actor=actor, row=row, form=form)
    answer: HttpResponseBase
    if form == "csv":
        answer = StreamingHttpResponse(showing.as_csv(table), content_type="text/csv; charset=utf-8")
    else:
        facts = [
            (_("Asked by"), row.staff_name),
            (_("Asked at"), formats.moment(row.asked_at)),
            (_("Snapshot of the warehouse"), str(row.snapshot)),
            (_("Rows"), formats.number(row.rows) + ("+" if row.is_cut else "")),
            ("SQL", row.sql),
        ]
        answer = HttpResponse(showing.as_xlsx(table, facts), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="sql-{row.pk}.{form}"'
    answer["Cache-Control"] = "no-store"
    return answer


type Act = Callable[..., tuple[str, str]]


def acting(act: Act) -> Callable[..., HttpResponse]:
    """A page that only acts; a refusal is said on the page that it was sent from, which keeps what was typed."""

    @wraps(act)
    def answer(request: Request, **keys: Any) -> HttpResponse:
        try:
            said, target = act(request, **keys)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            return again(request, reverse("sandbox:editor"), refusal)
        back = HttpResponseRedirect(target)
        return with_toast(back, said) if said else back

    return require_POST(answer)


def act_ask(request: Request) -> tuple[str, str]:
    """Ask a statement; its page follows."""
    row = api.ask(actor=request.actor, sql=request.POST.get("sql", ""))
    api.start(actor=request.actor, row=row)
    return "", reverse("sandbox:statement", kwargs={"public_id": row.public_id})


def act_stop(request: Request, public_id: UUID) -> tuple[str, str]:
    """Stop a statement."""
    api.stop(actor=request.actor, public_id=public_id)
    return _("Stopping."), reverse("sandbox:statement", kwargs={"public_id": public_id})


def act_keep(request: Request) -> tuple[str, str]:
    """Keep what is in the editor under a name."""
    told = request.POST
    row = api.keep(
        actor=request.actor,
        name=told.get("name", ""),
        sql=told.get("sql", ""),
        shared=told.get("shared") == "on",
    )
    return _("Kept."), f"{reverse('sandbox:editor')}?kept={row.public_id}"


def act_forget(request: Request, public_id: UUID) -> tuple[str, str]:
    """A kept statement is kept no longer."""
    api.forget(actor=request.actor, public_id=public_id)
    return _("Removed."), reverse("sandbox:editor")


def _tables(actor: Actor) -> tuple[list[TableCard], str]:
    try:
        found = api.tables(actor)
    except warehouse.NotLoaded as refusal:
        return [], refusal.message
    return [
        TableCard(
            table.name,
            formats.bilingual(table.about) if table.about else "",
            [
                (one.name, one.type.lower(), formats.bilingual(one.about) if one.about else "")
                for one in table.columns
            ],
        )
        for table in found
    ], ""


def _first(request: Request) -> int:
    text = request.GET.get("from", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _asked_row(row: Statement, *, audit: bool = False) -> AskedRow:
    return AskedRow(
        url="" if audit else reverse("sandbox:statement", kwargs={"public_id": row.public_id}),
        sql=" ".join(row.sql.split())[:300],
        ago=formats.ago(row.asked_at),
        exact=formats.moment(row.asked_at),
        status=str(Status(row.status).label),
        tone=TONES[Status(row.status)],
        rows=formats.number(row.rows) + ("+" if row.is_cut else "") if row.status == Status.DONE else "",
        took=_seconds(row),
        who=row.staff_name,
        tables=formats.listed(name for name, _columns in row.tables),
    )


def _seconds(row: Statement) -> str:
    return _("%(seconds)s s") % {"seconds": formats.number(row.seconds, 2)} if row.seconds else ""


def _kept_row(actor: Actor, row: api.KeptStatement) -> KeptRow:
    mine = row.staff_id == actor.staff_id
    note = (_("shared") if row.is_shared else "") if mine else row.staff_name
    forget = reverse("sandbox:forget", kwargs={"public_id": row.public_id}) if mine else ""
    return KeptRow(row.name, f"{reverse('sandbox:editor')}?kept={row.public_id}", note, forget)


def _answered(actor: Actor, row: Statement, first: int) -> Answered:
    own = {"public_id": row.public_id}
    under_way = row.status in (Status.WAITING, Status.RUNNING) and not api.is_lost(row)
    fault, detail, where = api.explain(row)
    lost = row.status in (Status.WAITING, Status.RUNNING) and not under_way
    common: dict[str, Any] = {
        "status": str(Status(row.status).label),
        "tone": TONES[Status(row.status)],
        "under_way": under_way,
        "percent": row.percent,
        "detail": _under_way(row),
        "state_url": reverse("sandbox:state", kwargs=own),
        "stop_url": reverse("sandbox:stop", kwargs=own),
        "fault": _("The process that ran this statement is gone. Ask it again.") if lost else fault,
        "fault_detail": detail,
        "where": where,
    }
    if row.status != Status.DONE:
        return Answered(**common)
    if not api.has_result(actor, row):
        gone = _("Results are kept for a day, while what you may see stays the same. Ask again to see it.")
        return Answered(**common, gone=gone)
    return Answered(**common, **_rows(actor, row, first))


def _under_way(row: Statement) -> str:
    """What a statement is doing, and how long it will take where that can be told."""
    if not row.reading:
        return _("waiting for its turn")
    told = _("reading %(table)s") % {"table": row.reading}
    left = api.seconds_left(row)
    if left is None:
        return told
    return _("%(doing)s, about %(seconds)s s to go") % {"doing": told, "seconds": formats.number(left)}


def _rows(actor: Actor, row: Statement, first: int) -> dict[str, Any]:
    table = api.result(actor, row)
    at = reverse("sandbox:statement", kwargs={"public_id": row.public_id})
    take = reverse("sandbox:file", kwargs={"public_id": row.public_id})
    last = min(first + showing.PAGE, table.num_rows)
    span = f"{formats.number(first + 1)}–{formats.number(last)} / {formats.number(table.num_rows)}"
    return {
        "summary": _("%(rows)s rows in %(seconds)s s, snapshot %(snapshot)s")
        % {
            "rows": formats.number(row.rows),
            "seconds": formats.number(row.seconds, 2),
            "snapshot": str(row.snapshot),
        },
        "cut": _("There is more: only the first %(rows)s rows are kept.") % {"rows": formats.number(row.rows)}
        if row.is_cut
        else "",
        "heads": showing.heads(table),
        "rows": showing.page(table, first),
        "count": span if table.num_rows else formats.number(0),
        "previous_url": f"{at}?from={max(first - showing.PAGE, 0)}#answer" if first else "",
        "next_url": f"{at}?from={last}#answer" if last < table.num_rows else "",
        "files": [
            (_("As csv"), take, "file-text"),
            (_("As Excel"), f"{take}?format=xlsx", "file-spreadsheet"),
        ],
    }


_patterns = [
    path("", editor, name="editor"),
    path("/ask", acting(act_ask), name="ask"),
    path("/log", log, name="log"),
    path("/keep", acting(act_keep), name="keep"),
    path("/kept/<uuid:public_id>/forget", acting(act_forget), name="forget"),
    path("/<uuid:public_id>", editor, name="statement"),
    path("/<uuid:public_id>/state", state, name="state"),
    path("/<uuid:public_id>/stop", acting(act_stop), name="stop"),
    path("/<uuid:public_id>/file", file, name="file"),
]
urlpatterns = [path("analysis/sql", include((_patterns, "sandbox")))]
