"""Lists and rules that concern all files: who is not to be served, who holds too many numbers, what is decided."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from loopline.customers import api
from loopline.customers.models import ServiceStop
from loopline.customers.queries.realname import over_limit
from loopline.customers.rules import masks
from loopline.customers.rules.documents import KINDS as DOCUMENTS
from loopline.customers.wording import DOCUMENT_STATES, STOP_REASONS, word
from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, address_of, render, undo, with_toast
from loopline.kernel.permission import require

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A customer on a list, with its figures as finished texts."""

    href: str
    name: str
    number: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class OfficeList:
    """A list of customers for a reason."""

    title: str
    note: str
    help: str
    icon: str
    heads: list[str]
    rows: list[Row]
    empty_title: str
    empty_text: str
    next_url: str


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What the operator has decided about customer files."""

    title: str
    values: dict[str, str]
    choices: list[tuple[str, str, str]]
    error: str = ""
    error_field: str = ""


@require_GET
def stopped(request: Request) -> HttpResponse:
    """Customers who are not to be served, the newest first."""
    require(request.actor, "customers.stop")
    rows = ServiceStop.objects.filter(lifted_at=None).select_related("customer__branch").order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    page = OfficeList(
        _("Not to be served"),
        _("Customers whom nobody may serve, and why"),
        _(
            "Who stands here gets no order and no second file under the same document. "
            "Put a customer on the list, or take him off it, on his file."
        ),
        "ban",
        [_("Customer"), _("Reason"), _("Note"), _("Since"), _("Until"), _("By"), _("Branch")],
        [
            Row(
                address_of("customers:file", stop.customer.public_id),
                masks.name(stop.customer.kind, stop.customer.name),
                stop.customer.number,
                [
                    word(STOP_REASONS, stop.reason),
                    stop.note,
                    formats.moment(stop.at),
                    formats.day(stop.until),
                    stop.by,
                    formats.named(stop.customer.branch),
                ],
            )
            for stop in found[:PAGE]
        ],
        _("Nobody stands on this list"),
        _("On a customer's file, “Stop serving” puts him here."),
        f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    )
    return render(request, "customers/office.html", page, breadcrumbs=_crumbs(page.title))


@require_GET
def real_name(request: Request) -> HttpResponse:
    """Documents under which more numbers stand than the operator allows."""
    require(request.actor, "customers.stop")
    limit = api.policy().lines_per_document
    parts = request.GET.get("before", "").split("-")
    before = (
        (int(parts[0]), int(parts[1]))
        if len(parts) == 2 and all(part.isdecimal() and len(part) < 18 for part in parts)
        else None
    )
    found = over_limit(before, PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    page = OfficeList(
        _("Real-name check"),
        _("Documents with more than %(count)s numbers in use") % {"count": limit},
        _(
            "Numbers are counted each night over all files that have the document. The limit is a rule of yours."
        ),
        "user-check",
        [_("Customer"), _("Document"), _("Numbers in use"), _("Real-name check"), _("Branch")],
        [
            Row(
                address_of("customers:file", paper.customer.public_id),
                masks.name(paper.customer.kind, paper.customer.name),
                paper.customer.number,
                [
                    f"{word(DOCUMENTS, paper.kind)} {paper.masked}",
                    formats.number(paper.lines),
                    word(DOCUMENT_STATES, paper.state),
                    formats.named(paper.customer.branch),
                ],
            )
            for paper in found[:PAGE]
        ],
        _("Nobody holds too many numbers"),
        _("Documents above the limit appear here after the night's count."),
        f"?before={last.lines}-{last.pk}" if last else "",
    )
    return render(request, "customers/office.html", page, breadcrumbs=_crumbs(page.title))


@require_http_methods(["GET", "POST"])
def rules(request: Request) -> HttpResponse:
    """The operator's rules for customer files."""
    require(request.actor, "customers.rules")
    known = api.policy()
    names = ("duplicates", "lines_per_document", "by_hand_days")
    values = {name: request.POST.get(name, str(getattr(known, name))) for name in names}
    choices = [
        (
            "refuse",
            _("Refuse"),
            _("A second file is opened only by who may, with a reason."),
        ),
        ("warn", _("Warn"), _("The file is opened, and the others are named beside it.")),
    ]
    page = RulesPage(_("Customer file rules"), values, choices)
    if request.method == "GET":
        return render(request, "customers/rules.html", page, breadcrumbs=[Crumb(page.title)])
    try:
        api.set_policy(actor=request.actor, changes=values)
    except Refusal as refusal:
        undo(request)
        page = RulesPage(page.title, values, choices, refusal.message, refusal.field or "")
        return render(
            request, "customers/rules.html", page, status=refusal.status, breadcrumbs=[Crumb(page.title)]
        )
    return with_toast(HttpResponseRedirect(address_of("customers:rules")), _("The rules hold from now on."))


def _crumbs(title: str) -> list[Crumb]:
    return [Crumb(_("Customers"), address_of("customers:list")), Crumb(title)]
