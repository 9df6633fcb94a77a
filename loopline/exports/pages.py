"""Files out on screen: every list, the file of one, asking for one in clear, and deciding about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from loopline.exports import actions
from loopline.exports.models import ClearExport
from loopline.exports.queries import APPROVES, ASKS, clear_exports
from loopline.exports.streaming import streamed
from loopline.exports.targets import COUNTED_TO, Outgoing, list_named, outgoing_lists
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, MenuLink, Request, exits, menu, render, undo, with_toast
from loopline.kernel.permission import Actor

TONES = {"asked": "info", "approved": "good", "refused": "bad", "over": "neutral"}
LISTS = gettext_lazy("Lists as files")
menu.add(
    "exports", MenuItem("administration", LISTS, "exports:lists", "download", "customers.view"), order=66
)
menu.add(
    "clear_exports",
    MenuItem("administration", gettext_lazy("Exports in clear"), "exports:clear", "lock-open", APPROVES),
)


@dataclass(frozen=True, slots=True)
class ListsPage:
    """The name of each list, and the ways in which it may be taken out."""

    title: str
    rows: list[tuple[str, list[MenuLink]]]
    clear_url: str


@dataclass(frozen=True, slots=True)
class AskPage:
    """Asking for a list in clear."""

    title: str
    what: str
    url: str
    cancel_url: str
    count: str
    formats: list[tuple[str, str]]
    values: dict[str, str]
    error: str = ""
    error_field: str = ""


@dataclass(frozen=True, slots=True)
class ClearRow:
    """A clear export, and what may be done about it."""

    asked_by: str
    ago: str
    exact: str
    reason: str
    what: str
    wanted: str
    list_url: str
    state: str
    tone: str
    decided: str
    decide_url: str
    fetch_url: str


@dataclass(frozen=True, slots=True)
class ClearPage:
    """Clear exports, the newest first."""

    title: str
    rows: list[ClearRow]
    lists_url: str


def ways_out(actor: Actor, name: str, query: str) -> Iterator[MenuLink]:
    """The ways in which somebody may take a list out, with the filters in `query`."""
    try:
        outgoing = list_named(name)
    except NotFound:
        return
    if not actor.may(outgoing.permission):
        return
    at, more = reverse("exports:file", args=[name]), f"{query}&" if query else ""
    told = f"{at}?{query}" if query else at
    csv, excel = _("As csv"), _("As Excel")
    if outgoing.personal:
        csv, excel = _("As csv, masked"), _("As Excel, masked")
    yield MenuLink(csv, told, "file-text", active=False, key="e")
    yield MenuLink(excel, f"{at}?{more}format=xlsx", "file-spreadsheet", active=False, key="")
    if outgoing.clear is None:
        return
    if not outgoing.personal:
        yield MenuLink(_("For import"), f"{at}?{more}for=import", "file-import", active=False, key="")
    elif actor.may(ASKS):
        ask = reverse("exports:ask", args=[name]) + (f"?{query}" if query else "")
        yield MenuLink(_("In clear, with approval"), ask, "lock-open", active=False, key="")


exits.add("exports", lambda actor, name, query: list(ways_out(actor, name, query)))


@require_safe
def lists(request: Request) -> HttpResponse:
    """Every list that one may take out as a whole."""
    found = [(str(each.label), list(ways_out(request.actor, each.name, ""))) for each in outgoing_lists()]
    sees = request.actor.may(ASKS) or request.actor.may(APPROVES)
    page = ListsPage(
        str(LISTS), [(label, ways) for label, ways in found if ways], reverse("exports:clear") if sees else ""
    )
    return render(request, "exports/lists.html", page, breadcrumbs=[Crumb(page.title)])


@require_safe
def file(request: Request, name: str) -> HttpResponseBase:
    """A list as a file, with the filters of the page that it was asked for on."""
    asked, form = _split(request.GET)
    clear = request.GET.get("for") == "import"
    table = actions.take_out(actor=request.actor, name=name, asked=asked, clear=clear)
    return streamed(request.actor, name, table, asked, form)


@require_http_methods(["GET", "POST"])
def ask(request: Request, name: str) -> HttpResponse:
    """Ask for a list in clear, with a reason."""
    outgoing = actions.require_clear(request.actor, name)
    told = request.POST if request.method == "POST" else request.GET
    query = told.get("wanted", "") if request.method == "POST" else _split(told)[0].urlencode()
    page = _ask_page(request.actor, outgoing, query, told)
    if request.method == "GET":
        return _asking(request, page)
    try:
        actions.ask_export(
            actor=request.actor,
            target=name,
            wanted=query,
            reason=page.values["reason"],
            form=page.values["format"],
        )
    except Refusal as refusal:
        undo(request)
        return _asking(request, _ask_page(request.actor, outgoing, query, told, refusal), refusal.status)
    back = HttpResponseRedirect(reverse("exports:clear"))
    return with_toast(back, _("Asked. A second person decides."))


@require_GET
def clear(request: Request) -> HttpResponse:
    """Clear exports asked for: one's own, and all of them for who approves."""
    shown = [_row(request.actor, row) for row in clear_exports(request.actor)]
    page = ClearPage(_("Exports in clear"), shown, reverse("exports:lists"))
    return render(request, "exports/clear.html", page, breadcrumbs=_crumbs(page.title))


@require_POST
def decide(request: Request, public_id: UUID) -> HttpResponse:
    """Approve or refuse."""
    approve = request.POST.get("approve") == "1"
    actions.decide_export(actor=request.actor, export=str(public_id), approve=approve)
    back = HttpResponseRedirect(reverse("exports:clear"))
    return with_toast(back, _("Approved for a day.") if approve else _("Refused."))


@require_POST
def fetch(request: Request, public_id: UUID) -> HttpResponseBase:
    """The file in clear, to who asked for it, while the approval holds."""
    row, table = actions.fetch_export(actor=request.actor, export=str(public_id))
    return streamed(request.actor, row.target, table, QueryDict(row.wanted), row.format)


def _split(given: QueryDict) -> tuple[QueryDict, str]:
    """What the list is asked for, and the form of the file."""
    asked = given.copy()
    form = asked.pop("format", ["csv"])[-1]
    asked.pop("for", None)
    return asked, str(form)


def _ask_page(
    actor: Actor, outgoing: Outgoing, query: str, told: QueryDict, refusal: Refusal | None = None
) -> AskPage:
    count = outgoing.shown.count(actor, QueryDict(query))
    at = reverse(outgoing.page) if outgoing.page else reverse("exports:lists")
    return AskPage(
        _("Ask for an export in clear"),
        str(outgoing.label),
        reverse("exports:ask", args=[outgoing.name]),
        f"{at}?{query}" if query and outgoing.page else at,
        formats.number(min(count, COUNTED_TO)) + ("+" if count > COUNTED_TO else ""),
        [("csv", "CSV"), ("xlsx", "Excel")],
        {"wanted": query, "reason": told.get("reason", ""), "format": told.get("format", "csv")},
        refusal.message if refusal else "",
        (refusal.field or "") if refusal else "",
    )


def _asking(request: Request, page: AskPage, status: int = 200) -> HttpResponse:
    return render(request, "exports/ask.html", page, status=status, breadcrumbs=_crumbs(page.title))


def _row(actor: Actor, row: ClearExport) -> ClearRow:
    over = row.state == "approved" and row.expires_at is not None and row.expires_at <= clock.now()
    state = "over" if over else row.state
    words = {
        "asked": _("waits for a second person"),
        "approved": _("approved"),
        "refused": _("refused"),
        "over": _("over"),
    }
    mine = row.asked_by_id == actor.staff_id
    outgoing = list_named(row.target)
    at = f"{reverse('exports:clear')}/{row.public_id}"
    decided = [row.decided_by, formats.moment(row.decided_at) if row.decided_at else ""]
    fetched = _("fetched %(count)s times") % {"count": row.downloads} if row.downloads else ""
    return ClearRow(
        row.asked_by,
        formats.ago(row.asked_at),
        formats.moment(row.asked_at),
        row.reason,
        str(outgoing.label),
        row.wanted or _("all"),
        f"{reverse(outgoing.page)}?{row.wanted}" if outgoing.page else "",
        words[state],
        TONES[state],
        " · ".join(part for part in [*decided, fetched] if part),
        f"{at}/decide" if state == "asked" and not mine and actor.may(APPROVES) else "",
        f"{at}/fetch" if state == "approved" and mine else "",
    )


def _crumbs(title: str) -> list[Crumb]:
    return [Crumb(str(LISTS), reverse("exports:lists")), Crumb(title)]


_patterns = [
    path("export", lists, name="lists"),
    path("export/<slug:name>", file, name="file"),
    path("export/<slug:name>/clear", ask, name="ask"),
    path("exports", clear, name="clear"),
    path("exports/<uuid:public_id>/decide", decide),
    path("exports/<uuid:public_id>/fetch", fetch),
]
urlpatterns = [path("", include((_patterns, "exports")))]
