"""The day of a till: open it, see what passed it, count it, close it."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo, with_toast
from loopline.till import api, queries, wording
from loopline.till.models import Movement, MovementKind, Session, SessionState
from loopline.till.pages.amounts import amount_of, key_of
from loopline.till.rules import money

PAGE = 50
menu.add(
    "till.here",
    MenuItem("orders", gettext_lazy("Till"), "till:here", "cash", "till.work", "q"),
    order=43,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A movement in finished strings."""

    url: str
    number: str
    icon: str
    kind: str
    who: str
    amount: str
    given: bool
    by: str
    ago: str
    exact: str
    note: str


@dataclass(frozen=True, slots=True)
class Method:
    """A means of payment: what it ought to hold, what was counted, and the difference."""

    code: str
    label: str
    expected: str
    counted: str
    difference: str
    value: str


@dataclass(frozen=True, slots=True)
class TillRow:
    """A till that can be opened or is in use."""

    key: str
    label: str
    branch: str
    state: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The tills of the house, where none is open for me."""

    title: str
    tills: list[TillRow]
    free: list[tuple[str, str]]
    open_url: str
    set_up_url: str
    days_url: str
    terms_url: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class DayPage:
    """One day of a till."""

    title: str
    subtitle: str
    state: str
    tone: str
    methods: list[Method]
    total: str
    facts: list[tuple[str, str]]
    rows: list[Row]
    next_url: str
    count_url: str
    confirm_url: str
    reject_url: str
    days_url: str
    tills_url: str
    reason: str = ""
    error: str = ""
    typed: dict[str, str] = field(default_factory=dict)


@require_safe
def here(request: Request) -> HttpResponse:
    """The till at which I work; without one, those that can be opened."""
    mine = queries.session_of(request.actor)
    if mine is not None and "all" not in request.GET:
        return _day(request, mine)
    return _home(request)


@require_POST
def open_till(request: Request) -> HttpResponse:
    """Open a till with its change."""
    try:
        change = amount_of(request.POST.get("change", ""), "change")
        till = key_of(request.POST.get("till", ""))
        session = api.open_till(actor=request.actor, till=till, change=change, now=clock.now())
    except Refusal as refusal:
        undo(request)
        return _home(request, refusal.message)
    return HttpResponseRedirect(reverse("till:day", kwargs={"public_id": session.public_id}))


@require_safe
def one(request: Request, public_id: UUID) -> HttpResponse:
    """One day of a till."""
    return _day(request, queries.get_session(request.actor, public_id))


@require_POST
def count(request: Request, public_id: UUID) -> HttpResponse:
    """Count the till."""
    reason = request.POST.get("reason", "")
    typed = {code: request.POST.get(code, "") for code in money.METHODS}
    try:
        counted = {code: amount_of(text, code) for code, text in typed.items()}
        row = api.count_till(
            actor=request.actor, session=public_id, counted=counted, reason=reason, now=clock.now()
        )
    except Refusal as refusal:
        undo(request)
        session = queries.get_session(request.actor, public_id)
        return _day(request, session, refusal.message, typed, reason)
    closed = row.state == SessionState.CLOSED
    told = _("The day is closed.") if closed else _("Counted. A supervisor confirms the difference.")
    answer = HttpResponseRedirect(reverse("till:day", kwargs={"public_id": public_id}))
    return with_toast(answer, told, tone="good" if closed else "warn")


@require_POST
def confirm(request: Request, public_id: UUID) -> HttpResponse:
    """Confirm a difference and close the day."""
    api.confirm_count(actor=request.actor, session=public_id, now=clock.now())
    answer = HttpResponseRedirect(reverse("till:day", kwargs={"public_id": public_id}))
    return with_toast(answer, _("The day is closed."))


@require_POST
def reject(request: Request, public_id: UUID) -> HttpResponse:
    """Have it counted again."""
    api.reject_count(actor=request.actor, session=public_id, reason=request.POST.get("reason", ""))
    return HttpResponseRedirect(reverse("till:day", kwargs={"public_id": public_id}))


def _home(request: Request, error: str = "") -> HttpResponse:
    actor = request.actor
    running = {row.till_id: row for row in queries.running(actor)}
    every = queries.tills(actor)
    supervises = actor.may("till.supervise")
    page = HomePage(
        title=_("Till"),
        tills=[_till(till, running.get(till.pk)) for till in every],
        free=[
            (str(till.public_id), f"{till.code} {till.name}".strip())
            for till in every
            if till.pk not in running
        ],
        open_url=reverse("till:open"),
        set_up_url=reverse("till:set_up") if supervises else "",
        days_url=reverse("till:days"),
        terms_url=reverse("till:terms") if actor.may("till.terms") else "",
        error=error,
    )
    return render(
        request, "till/home.html", page, status=422 if error else 200, breadcrumbs=[Crumb(page.title)]
    )


def _till(till: api.Till, session: Session | None) -> TillRow:
    state = f"{SessionState(session.state).label} · {session.opened_by}" if session else _("Free")
    return TillRow(
        key=str(till.public_id),
        label=f"{till.code} {till.name}".strip(),
        branch=formats.named(till.branch),
        state=state,
        tone=wording.TONES[SessionState(session.state)] if session else "neutral",
        url=reverse("till:day", kwargs={"public_id": session.public_id}) if session else "",
    )


def _day(
    request: Request,
    session: Session,
    error: str = "",
    typed: dict[str, str] | None = None,
    reason: str = "",
) -> HttpResponse:
    after = request.GET.get("after", "")
    before = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    found = list(queries.movements(session, before)[: PAGE + 1])
    address = reverse("till:day", kwargs={"public_id": session.public_id})
    is_open, counted = session.state == SessionState.OPEN, session.state == SessionState.COUNTED
    supervises = counted and request.actor.may("till.supervise")
    methods = _methods(session)
    page = DayPage(
        title=_("Till %(code)s") % {"code": wording.till_name(session)},
        subtitle=f"{formats.day(session.day)} · {session.opened_by}",
        state=str(SessionState(session.state).label),
        tone=wording.TONES[SessionState(session.state)],
        methods=methods,
        total=formats.money(sum(queries.expected(session).values(), money.NOTHING)) if is_open else "",
        facts=_facts(session),
        rows=[row_of(row) for row in found[:PAGE]],
        next_url=f"{address}?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        count_url=f"{address}/count" if is_open else "",
        confirm_url=f"{address}/confirm" if supervises else "",
        reject_url=f"{address}/reject" if supervises else "",
        days_url=reverse("till:days"),
        tills_url=reverse("till:here") + "?all=1",
        reason=reason,
        error=error,
        typed=typed or {},
    )
    crumbs = [Crumb(_("Till"), reverse("till:here")), Crumb(page.title)]
    return render(request, "till/day.html", page, status=422 if error else 200, breadcrumbs=crumbs)


def _methods(session: Session) -> list[Method]:
    is_open = session.state == SessionState.OPEN
    expected = queries.expected(session) if is_open else {}
    told = []
    for code, label in wording.methods():
        ought = expected.get(code, money.NOTHING) if is_open else Decimal(session.expected[code])
        was = Decimal(session.counted[code]) if not is_open else money.NOTHING
        told.append(
            Method(
                code=code,
                label=label,
                expected=formats.money(ought),
                counted="" if is_open else formats.money(was),
                difference="" if is_open or was == ought else formats.money(was - ought),
                value="",
            )
        )
    return told


def _facts(session: Session) -> list[tuple[str, str]]:
    facts = [
        (_("Branch"), formats.named(session.branch)),
        (_("Opened by"), session.opened_by),
        (_("Opened at"), formats.moment(session.opened_at)),
        (_("Change put in"), formats.money(session.change)),
    ]
    if session.counted_at and session.state != SessionState.OPEN:
        facts += [
            (_("Counted by"), f"{session.counted_by} · {formats.moment(session.counted_at)}"),
            (_("Difference"), formats.money(session.difference)),
            (_("Reason"), session.reason),
        ]
    if session.closed_at:
        facts.append((_("Closed by"), f"{session.closed_by} · {formats.moment(session.closed_at)}"))
    return facts


def row_of(movement: Movement) -> Row:
    """A movement as a row."""
    return Row(
        url=reverse("till:receipt", kwargs={"public_id": movement.public_id}),
        number=movement.number,
        icon=wording.ICONS[MovementKind(movement.kind)],
        kind=str(MovementKind(movement.kind).label),
        who=wording.who(movement),
        amount=wording.signed(movement),
        given=movement.amount < 0,
        by=movement.by_name,
        ago=formats.ago(movement.at),
        exact=formats.moment(movement.at),
        note=movement.reason,
    )
