"""Every day of every till, tills to set up, and what the operator has decided."""

from dataclasses import dataclass, field

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.till import api, queries, wording
from loopline.till.models import Session, SessionState

PAGE = 50


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of a till in finished strings."""

    url: str
    till: str
    branch: str
    day: str
    state: str
    tone: str
    difference: str
    by: str


@dataclass(frozen=True, slots=True)
class DaysPage:
    """Days, the newest first."""

    title: str
    rows: list[DayRow]
    count: str
    next_url: str


@dataclass(frozen=True, slots=True)
class TermsPage:
    """What the operator has decided."""

    title: str
    url: str
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@require_safe
def days(request: Request) -> HttpResponse:
    """The list of days."""
    after = request.GET.get("after", "")
    before = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    found = list(queries.sessions(request.actor, before)[: PAGE + 1])
    here = reverse("till:days")
    page = DaysPage(
        title=_("Day closes"),
        rows=[_row(row) for row in found[:PAGE]],
        count=_("%(count)s days") % {"count": len(found[:PAGE])},
        next_url=f"{here}?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    )
    crumbs = [Crumb(_("Till"), reverse("till:here")), Crumb(page.title)]
    return render(request, "till/days.html", page, breadcrumbs=crumbs)


@require_POST
def set_up(request: Request) -> HttpResponse:
    """Give my unit another till."""
    made = api.set_up_till(
        actor=request.actor, code=request.POST.get("code", ""), name=request.POST.get("name", "")
    )
    answer = HttpResponseRedirect(reverse("till:here") + "?all=1")
    return with_toast(answer, _("Till %(code)s is set up.") % {"code": made.code})


@require_http_methods(["GET", "POST"])
def terms(request: Request) -> HttpResponse:
    """Decide about refunds and leaving early; the rate is typed in per cent."""
    require(request.actor, "till.terms")
    held = queries.terms()
    values = {
        "refund_limit": str(held.refund_limit),
        "rate": f"{held.rate * 100:f}".rstrip("0").rstrip("."),
        "most_months": str(held.most_months),
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = {name: request.POST.get(name, "").strip()[:20] for name in values}
        try:
            api.set_terms(actor=request.actor, changes=values | {"rate": f"{values['rate']}E-2"})
        except Refusal as refusal:
            undo(request)
            errors[refusal.field or "refund_limit"] = refusal.message
        else:
            return with_toast(HttpResponseRedirect(reverse("till:terms")), _("Saved."))
    page = TermsPage(_("Refunds and early termination"), reverse("till:terms"), values, errors)
    crumbs = [Crumb(_("Till"), reverse("till:here")), Crumb(page.title)]
    return render(request, "till/terms.html", page, status=422 if errors else 200, breadcrumbs=crumbs)


def _row(session: Session) -> DayRow:
    return DayRow(
        url=reverse("till:day", kwargs={"public_id": session.public_id}),
        till=wording.till_name(session),
        branch=formats.named(session.branch),
        day=formats.day(session.day),
        state=str(SessionState(session.state).label),
        tone=wording.TONES[SessionState(session.state)],
        difference=formats.money(session.difference) if session.state != SessionState.OPEN else "–",
        by=session.closed_by or session.opened_by,
    )
