"""Taking customers out: the list as shown, at once; in clear, once a second person has approved it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from loopline.customers import api, exporting, panels
from loopline.customers.models import ClearExport
from loopline.customers.pages.listing import wanted_from
from loopline.kernel import clock, formats, sheets
from loopline.kernel.errors import NotAllowed, Refusal
from loopline.kernel.models import AccessRecord
from loopline.kernel.pages import Crumb, Request, address_of, render, undo, with_toast
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import enter

SHOWN = 50
TONES = {"asked": "info", "approved": "good", "refused": "bad", "over": "neutral"}


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A clear export, and what may be done about it."""

    asked_by: str
    ago: str
    exact: str
    reason: str
    wanted: str
    list_url: str
    state: str
    tone: str
    decided: str
    decide_url: str
    fetch_url: str


@dataclass(frozen=True, slots=True)
class ExportsPage:
    """Clear exports, the newest first."""

    title: str
    rows: list[ExportRow]


@dataclass(frozen=True, slots=True)
class AskPage:
    """Asking for an export in clear."""

    title: str
    url: str
    cancel_url: str
    count: str
    formats: list[tuple[str, str]]
    values: dict[str, str]
    error: str = ""
    error_field: str = ""


@require_GET
def export(request: Request) -> HttpResponseBase:
    """What the list shows, all pages of it: masked like on screen, streamed in a transaction of its own."""
    panels.load()
    wanted, actor = wanted_from(request.GET), request.actor
    api.list_page(actor, api.Wanted(wanted.text, wanted.chosen, wanted.sort, size=1))  # refuses first
    AccessRecord.objects.create(
        kind="export", staff_id=actor.staff_id, staff_name=actor.name, field="customers"
    )
    form = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return _streamed(actor, wanted, form, clear=False)


@require_GET
def exports(request: Request) -> HttpResponse:
    """Clear exports asked for: one's own, and all of them for who approves."""
    actor = request.actor
    if not (actor.may("customers.export_clear") or actor.may("customers.approve_export")):
        raise NotAllowed(permission="customers.export_clear")
    rows = ClearExport.objects.order_by("-id")
    if not actor.may("customers.approve_export"):
        rows = rows.filter(asked_by_id=actor.staff_id)
    page = ExportsPage(_("Exports in clear"), [_row(actor, row) for row in rows[:SHOWN]])
    return render(request, "customers/exports.html", page, breadcrumbs=_crumbs(page.title))


@require_http_methods(["GET", "POST"])
def ask(request: Request) -> HttpResponse:
    """Ask for the customers of a list in clear, with a reason."""
    require(request.actor, "customers.export_clear")
    panels.load()
    told = (request.POST if request.method == "POST" else request.GET).copy()
    query = told.get("wanted", "") if request.method == "POST" else told.urlencode()
    wanted = wanted_from(QueryDict(query))
    found = api.list_page(request.actor, api.Wanted(wanted.text, wanted.chosen, wanted.sort, size=1))
    page = AskPage(
        _("Ask for an export in clear"),
        address_of("customers:ask_export"),
        f"{reverse('customers:list')}?{query}",
        formats.number(found.count) + ("+" if found.more else ""),
        [("csv", "CSV"), ("xlsx", "Excel")],
        {"wanted": query, "reason": told.get("reason", ""), "format": told.get("format", "csv")},
    )
    crumb = _crumbs(page.title)
    if request.method == "GET":
        return render(request, "customers/ask_export.html", page, breadcrumbs=crumb)
    try:
        api.ask_export(
            actor=request.actor, wanted=query, reason=page.values["reason"], form=page.values["format"]
        )
    except Refusal as refusal:
        undo(request)
        page = AskPage(
            page.title, page.url, page.cancel_url, page.count, page.formats, page.values,
            refusal.message, refusal.field or "",
        )  # fmt: skip
        return render(request, "customers/ask_export.html", page, status=refusal.status, breadcrumbs=crumb)
    back = HttpResponseRedirect(address_of("customers:exports"))
    return with_toast(back, _("Asked. A second person decides."))


@require_POST
def decide(request: Request, public_id: UUID) -> HttpResponse:
    """Approve or refuse."""
    approve = request.POST.get("approve") == "1"
    api.decide_export(actor=request.actor, export=str(public_id), approve=approve)
    back = HttpResponseRedirect(address_of("customers:exports"))
    return with_toast(back, _("Approved for a day.") if approve else _("Refused."))


@require_POST
def fetch(request: Request, public_id: UUID) -> HttpResponseBase:
    """The file in clear, to who asked for it, while the approval holds."""
    panels.load()
    row = api.fetch_export(actor=request.actor, export=str(public_id))
    return _streamed(request.actor, wanted_from(QueryDict(row.wanted)), row.format, clear=True)


def _streamed(actor: Actor, wanted: api.Wanted, form: str, *, clear: bool) -> StreamingHttpResponse:
    language = translation.get_language() or "en"

    def blocks() -> Iterator[sheets.Block]:
        with translation.override(language), enter(actor.scope):
            yield from (exporting.clear_blocks if clear else exporting.listed_blocks)(actor, wanted)

    body = sheets.as_xlsx(blocks()) if form == "xlsx" else sheets.as_csv(blocks())
    kind = sheets.XLSX if form == "xlsx" else "text/csv; charset=utf-8"
    response = StreamingHttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="customers.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _row(actor: Actor, row: ClearExport) -> ExportRow:
    over = row.state == "approved" and row.expires_at is not None and row.expires_at <= clock.now()
    state = "over" if over else row.state
    words = {
        "asked": _("waits for a second person"),
        "approved": _("approved"),
        "refused": _("refused"),
        "over": _("over"),
    }
    mine = row.asked_by_id == actor.staff_id
    at = f"{reverse('customers:exports')}/{row.public_id}"
    decided = [row.decided_by, formats.moment(row.decided_at) if row.decided_at else ""]
    fetched = _("fetched %(count)s times") % {"count": row.downloads} if row.downloads else ""
    return ExportRow(
        row.asked_by,
        formats.ago(row.asked_at),
        formats.moment(row.asked_at),
        row.reason,
        row.wanted or _("all customers"),
        f"{reverse('customers:list')}?{row.wanted}",
        words[state],
        TONES[state],
        " · ".join(part for part in [*decided, fetched] if part),
        f"{at}/decide" if state == "asked" and not mine and actor.may("customers.approve_export") else "",
        f"{at}/fetch" if state == "approved" and mine else "",
    )


def _crumbs(title: str) -> list[Crumb]:
    return [Crumb(_("Customers"), address_of("customers:list")), Crumb(title)]
