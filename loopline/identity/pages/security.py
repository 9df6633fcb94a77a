"""One's own security: the second step, where one is signed in, tokens for programs, and who stands in."""

import re
from dataclasses import dataclass
from datetime import date, datetime

import segno
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from loopline.identity import actions, queries
from loopline.identity.door import COOKIE, ticket_of_cookie
from loopline.identity.models import Delegation, SecondStep, Session, Staff, Token
from loopline.identity.pages.forms import Empty
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo

LIVES = {"30": 30, "90": 90, "365": 365, "": None}
"""How long a token may live: what the form sends → days."""
BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser in which one is signed in."""

    agent: str
    is_phone: bool
    address: str
    since: str
    exact: str
    is_this: bool
    end_url: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of a program."""

    label: str
    since: str
    expires: str
    revoke_url: str


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """Who stands in for whom, and when."""

    text: str
    period: str
    reason: str
    end_url: str


@dataclass(frozen=True, slots=True)
class SecurityPage:
    """Everything about one's own sign-in. `new_token` is shown once."""

    title: str
    second_since: str
    spare_left: str
    sessions: list[SessionRow]
    tokens: list[TokenRow]
    new_token: str
    lives: list[tuple[str, str]]
    delegations: list[DelegationRow]
    colleagues: list[tuple[str, str]]
    values: dict[str, str]
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class SecondStepPage:
    """Setting the second step up. `spare` are the codes that are shown once, when it is done."""

    title: str
    picture: Markup
    secret: str
    error: str
    spare: list[str]


@require_safe
def security(request: Request) -> HttpResponse:
    """All of it on one page."""
    return _page(request, {}, {})


@require_http_methods(["GET", "POST"])
def second_step(request: Request) -> HttpResponse:
    """Show what the device must read, and prove with a first code that it has."""
    title, error = _("Second step of signing in"), ""
    if request.method == "POST":
        try:
            spare = actions.confirm_second_step(actor=request.actor, code=request.POST.get("code", ""))
        except Refusal as refusal:
            error = refusal.message
        else:
            actions.admit_session(actor=request.actor, key=_key(request))
            return _second_page(request, SecondStepPage(title, Markup(), "", "", spare))
    if _confirmed(request) is not None:
        return HttpResponseRedirect(reverse("identity:security"))
    offer = actions.offer_second_step(actor=request.actor)
    secret = " ".join(re.findall(".{1,4}", offer.secret))
    page = SecondStepPage(title, _picture_of(offer.address), secret, error, [])
    return _second_page(request, page, 401 if error else 200)


@require_POST
def second_step_remove(request: Request) -> HttpResponse:
    """Sign in with the password alone again."""
    staff = Staff.objects.get(pk=request.actor.staff_id)
    actions.remove_second_step(actor=request.actor, staff=staff)
    return HttpResponseRedirect(reverse("identity:security"))


@require_POST
def sessions_end(request: Request) -> HttpResponse:
    """End every other session of one's own, or a single one."""
    only = request.POST.get("session", "")
    actions.end_sessions(actor=request.actor, keep=_key(request), only=only if _is_id(only) else "")
    return HttpResponseRedirect(reverse("identity:security"))


@require_POST
def token_add(request: Request) -> HttpResponse:
    """Make a token for a program; it is shown once."""
    label, life = request.POST.get("label", "").replace("\0", "").strip()[:80], request.POST.get("life", "90")
    if not label or life not in LIVES:
        return _page(request, {"label": label}, {"label": Empty().message})
    token = actions.issue_own_token(actor=request.actor, label=label, days=LIVES[life])
    return _page(request, {}, {}, token)


@require_POST
def token_revoke(request: Request, public_id: str) -> HttpResponse:
    """Make a token void."""
    actions.revoke_own_token(actor=request.actor, public_id=public_id)
    return HttpResponseRedirect(reverse("identity:security"))


@require_POST
def delegate(request: Request) -> HttpResponse:
    """Let a colleague stand in."""
    names = ("to", "first_day", "last_day", "reason")
    values = {name: request.POST.get(name, "").replace("\0", "").strip() for name in names}
    try:
        to = Staff.objects.filter(public_id=values["to"]).first() if _is_id(values["to"]) else None
        days = [_day(values, "first_day"), _day(values, "last_day")]
        if to is None:
            raise Empty(field="to")
        actions.delegate(
            actor=request.actor, to=to, first_day=days[0], last_day=days[1], reason=values["reason"][:200]
        )
    except Refusal as refusal:
        undo(request)
        return _page(request, values, {refusal.field or "to": refusal.message})
    return HttpResponseRedirect(reverse("identity:security"))


@require_POST
def delegation_end(request: Request, public_id: str) -> HttpResponse:
    """Nobody stands in any longer."""
    actions.end_delegation(actor=request.actor, public_id=public_id)
    return HttpResponseRedirect(reverse("identity:security"))


def _page(
    request: Request, values: dict[str, str], errors: dict[str, str], new_token: str = ""
) -> HttpResponse:
    kept = _confirmed(request)
    page = SecurityPage(
        title=_("Sign-in and security"),
        second_since=_since(kept.confirmed_at.astimezone(request.actor.zone))
        if kept and kept.confirmed_at
        else "",
        spare_left=_("%(count)s spare codes left") % {"count": len(kept.spare_codes)} if kept else "",
        sessions=_sessions(request),
        tokens=[_token_row(row) for row in _own(request, Token)],
        new_token=new_token,
        lives=[("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("", _("Until revoked"))],
        delegations=_delegations(request),
        colleagues=[
            (str(one.public_id), f"{formats.named(one)} · {formats.named(one.unit)}")
            for one in Staff.objects.filter(is_active=True)
            .exclude(pk=request.actor.staff_id)
            .select_related("unit")
            .order_by("unit__path", "name")
        ],
        values={"first_day": clock.today(request.actor.zone).isoformat()} | values,
        errors=errors,
    )
    return render(request, "identity/security.html", page, status=422 if errors else 200)


def _second_page(request: Request, page: SecondStepPage, status: int = 200) -> HttpResponse:
    crumbs = [Crumb(_("Sign-in and security"), reverse("identity:security")), Crumb(page.title)]
    return render(request, "identity/second_step.html", page, status=status, breadcrumbs=crumbs)


def _confirmed(request: Request) -> SecondStep | None:
    return SecondStep.objects.filter(staff_id=request.actor.staff_id, confirmed_at__isnull=False).first()


def _own[Row: (Session, Token)](request: Request, kind: type[Row]) -> list[Row]:
    now = clock.now()
    rows = kind.objects.filter(staff_id=request.actor.staff_id).order_by("-created_at")
    return [row for row in rows if row.expires_at is None or row.expires_at > now]


def _sessions(request: Request) -> list[SessionRow]:
    this = queries.digest(_key(request))
    return [
        SessionRow(
            _agent(row.agent),
            any(name in row.agent for name in ("iPhone", "iPad", "Android")),
            row.address or "–",
            formats.ago(row.created_at),
            formats.moment(row.created_at),
            bytes(row.key_digest) == this,
            str(row.public_id),
        )
        for row in _own(request, Session)
    ]


def _since(moment: datetime) -> str:
    return _("since %(day)s") % {"day": formats.day(moment)}


def _token_row(row: Token) -> TokenRow:
    expires = formats.day(row.expires_at) if row.expires_at else _("Until revoked")
    revoke = reverse("identity:token_revoke", kwargs={"public_id": row.public_id})
    return TokenRow(row.label or "–", formats.day(row.created_at), expires, revoke)


def _delegations(request: Request) -> list[DelegationRow]:
    me, today = request.actor.staff_id, clock.today(request.actor.zone)
    rows = Delegation.objects.filter(ended_at=None, last_day__gte=today).select_related("staff", "to")
    return [
        DelegationRow(
            _("%(name)s stands in for me") % {"name": formats.named(row.to)}
            if row.staff_id == me
            else _("I stand in for %(name)s") % {"name": formats.named(row.staff)},
            f"{formats.day(row.first_day)} – {formats.day(row.last_day)}",
            row.reason,
            reverse("identity:delegation_end", kwargs={"public_id": row.public_id}),
        )
        for row in rows.filter(staff_id=me).union(rows.filter(to_id=me), all=True)
    ]


def _picture_of(address: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004), drawn as SVG without styles."""
    code = segno.make(address, error="m")
    return Markup(code.svg_inline(scale=5, border=2, svgclass="qr", lineclass=None, omitsize=False))


def _agent(text: str) -> str:
    """ "Chrome · Windows" of what a browser says of itself."""
    parts = [
        next((name for sign, name in signs.items() if sign in text), "") for signs in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(part for part in parts if part) or _("Unknown browser")


def _day(values: dict[str, str], field: str) -> date:
    try:
        day = parse_date(values[field])
    except ValueError:
        day = None
    if day is None:
        raise Empty(field=field)
    return day


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def _key(request: Request) -> str:
    ticket = ticket_of_cookie(request.COOKIES.get(COOKIE, ""))
    return ticket.key if ticket else ""


patterns = [
    path("me/security", security, name="security"),
    path("me/second-step", second_step, name="second_step"),
    path("me/second-step/remove", second_step_remove, name="second_step_remove"),
    path("me/sessions/end", sessions_end, name="sessions_end"),
    path("me/tokens", token_add, name="token_add"),
    path("me/tokens/<uuid:public_id>/revoke", token_revoke, name="token_revoke"),
    path("me/delegations", delegate, name="delegate"),
    path("me/delegations/<uuid:public_id>/end", delegation_end, name="delegation_end"),
]
