"""Administration: the audit, found again and taken away as a file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loopline.identity.models import Staff
from loopline.kernel import formats
from loopline.kernel.models import AccessRecord
from loopline.kernel.pages import MenuItem, Request, menu, render
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import enter

PAGE = 50
EXPORTED = 100_000
"""Rows of one file; a longer time is taken in parts."""
KINDS = {
    "sign_in": gettext_lazy("Signed in"),
    "sign_in_failed": gettext_lazy("Failed sign-in"),
    "sign_out": gettext_lazy("Signed out"),
    "reveal": gettext_lazy("Personal data shown"),
    "walk_in": gettext_lazy("Customer of another branch opened"),
    "export": gettext_lazy("Export"),
    "figure": gettext_lazy("Customers behind a figure"),
}

menu.add(
    "identity.audit",
    MenuItem(
        "administration", gettext_lazy("Audit"), "identity:audit", "shield-check", "administration.audit", "a"
    ),
)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One look or sign-in."""

    what: str
    who: str
    about: str
    reason: str
    address: str
    ago: str
    exact: str
    tone: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Sign-ins and looks at personal data, newest first, as far as the search goes."""

    title: str
    rows: list[AuditRow]
    kinds: list[dict[str, Any]]
    kind: str
    who: str
    first_day: str
    last_day: str
    is_searched: bool
    next_url: str
    export_url: str


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; days are the operator's, both included."""

    kind: str = ""
    who: str = ""
    first_day: date | None = None
    last_day: date | None = None

    def query(self, **other: str) -> str:
        """The same search as a query string."""
        parts = {
            "kind": self.kind,
            "who": self.who,
            "from": self.first_day.isoformat() if self.first_day else "",
            "until": self.last_day.isoformat() if self.last_day else "",
        } | other
        return "?" + urlencode({key: value for key, value in parts.items() if value})


@require_safe
def audit(request: Request) -> HttpResponse:
    """Who signed in and who looked at what."""
    require(request.actor, "administration.audit")
    search, before = _search(request), request.GET.get("before", "")
    found = _found(search, request.actor)
    if before.isascii() and before.isdigit() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    kinds = [{"label": _("All"), "url": search.query(kind=""), "active": not search.kind}] + [
        {"label": str(label), "url": search.query(kind=code), "active": code == search.kind}
        for code, label in KINDS.items()
    ]
    page = AuditPage(
        _("Audit"),
        [_audit_row(row) for row in rows[:PAGE]],
        kinds,
        search.kind,
        search.who,
        search.first_day.isoformat() if search.first_day else "",
        search.last_day.isoformat() if search.last_day else "",
        is_searched=search != Search(),
        next_url=search.query(before=str(rows[PAGE - 1].pk)) if len(rows) > PAGE else "",
        export_url="audit.csv" + search.query(),
    )
    return render(request, "identity/audit.html", page)


@require_safe
def audit_file(request: Request) -> HttpResponseBase:
    """The same rows as a file; taking it away is written into the audit too."""
    actor, search = request.actor, _search(request)
    require(actor, "administration.audit")
    AccessRecord.objects.create(
        kind="export", staff_id=actor.staff_id, staff_name=actor.name, field="audit", reason=search.query()
    )
    head = [_("What"), _("Who"), _("About"), _("Reason"), _("Address"), _("When")]
    answer = StreamingHttpResponse(_lines(actor, search, head), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _lines(actor: Actor, search: Search, head: list[str]) -> Iterator[bytes]:
    """Runs after the request's door has closed, in one of its own."""
    yield "\ufeff".encode() + _line(head)
    with enter(actor.scope):
        for row in _found(search, actor)[:EXPORTED].iterator(chunk_size=2_000):
            what = str(KINDS.get(row.kind, row.kind))
            moment = row.at.astimezone(actor.zone).isoformat(sep=" ", timespec="seconds")
            yield _line([what, row.staff_name, row.field, row.reason, row.address, moment])


def _line(cells: list[str]) -> bytes:
    out = StringIO()
    # A cell that begins like a formula would be run by a spreadsheet.
    csv.writer(out).writerow(f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells)
    return out.getvalue().encode()


def _search(request: Request) -> Search:
    kind = request.GET.get("kind", "")
    return Search(
        kind if kind in KINDS else "",
        request.GET.get("who", "").replace("\0", "").strip()[:80],
        _day(request.GET.get("from", "")),
        _day(request.GET.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _found(search: Search, actor: Actor) -> QuerySet[AccessRecord]:
    found = AccessRecord.objects.order_by("-id")
    if search.kind:
        found = found.filter(kind=search.kind)
    if search.who:
        named = Q(name__icontains=search.who) | Q(user_name__icontains=search.who)
        people = Staff.objects.filter(named | Q(name_en__icontains=search.who))
        found = found.filter(staff_id__in=list(people.values_list("pk", flat=True)))
    if search.first_day:
        found = found.filter(at__gte=datetime.combine(search.first_day, time.min, tzinfo=actor.zone))
    if search.last_day and search.last_day < date.max:
        end = datetime.combine(search.last_day + timedelta(days=1), time.min, tzinfo=actor.zone)
        found = found.filter(at__lt=end)
    return found


def _audit_row(row: AccessRecord) -> AuditRow:
    return AuditRow(
        what=str(KINDS.get(row.kind, row.kind)),
        who=row.staff_name or "–",
        about=row.field or "",
        reason=row.reason,
        address=row.address,
        ago=formats.ago(row.at),
        exact=formats.moment(row.at),
        tone={"sign_in_failed": "bad", "reveal": "warn", "walk_in": "warn"}.get(row.kind, "neutral"),
    )


patterns = [path("audit", audit, name="audit"), path("audit.csv", audit_file, name="audit_file")]
