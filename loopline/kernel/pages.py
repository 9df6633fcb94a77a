"""Server-rendered pages: the Jinja2 environment, the shell around every page, and how a refusal looks.

A page gathers a frozen dataclass of finished values; the template only places it.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import jinja2
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy, ngettext
from markupsafe import Markup

from loopline.kernel import formats
from loopline.kernel.errors import PageTooOld, Refusal
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry

log = logging.getLogger("loopline.pages")
ROOT = Path(__file__).parent.parent
TOAST = "loopline_toast"


class Request(HttpRequest):
    """A request that has come through the door: its actor is known."""

    actor: Actor
    htmx: bool


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the menu."""

    label: Any
    icon: str


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A page in the menu: shown to whoever holds the permission. `key` is its go-key (`g` then `key`)."""

    area: str
    label: Any
    url_name: str
    icon: str
    permission: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A menu entry ready to be placed."""

    label: str
    url: str
    icon: str
    active: bool
    key: str


@dataclass(frozen=True, slots=True)
class MenuArea:
    """An area with the entries that this person needs."""

    name: str
    label: str
    icon: str
    items: list[MenuLink]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to this page."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Who is signed in, as the shell shows him."""

    name: str
    unit: str
    initials: str


@dataclass(frozen=True, slots=True)
class Creation:
    """Something that can be made from anywhere (`c`), by whoever holds the permission."""

    label: Any
    url_name: str
    icon: str
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence said in passing on the next page. Posting to `undo_url` takes the act back."""

    text: str
    tone: str = "good"
    undo_url: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form of this page that was refused: where it was sent, what was typed (as JSON), and why it is not taken."""

    url: str
    typed: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around the page itself."""

    path: str
    partial: bool
    language: str
    languages: list[tuple[str, str]]
    csrf_token: str
    operator: str
    user: User | None
    menu: list[MenuArea]
    tasks_open: int
    unread: int
    push_url: str
    query: str = ""
    breadcrumbs: list[Crumb] = field(default_factory=list)
    create: list[MenuLink] = field(default_factory=list)
    toasts: list[Toast] = field(default_factory=list)
    refused: Refused | None = None
    exits: Callable[[str], list[MenuLink]] = lambda _name: []
    """The ways in which the person may take a list out, by the list's name, with the filters of this page."""


areas: Registry[Area] = Registry("menu area")
menu: Registry[MenuItem] = Registry("menu entry")
creations: Registry[Creation] = Registry("thing to create")
counters: Registry[Callable[[Actor], int]] = Registry("shell counter")
exits: Registry[Callable[[Actor, str, str], list[MenuLink]]] = Registry("way out of a list")

for _order, (_name, _label, _icon) in enumerate(
    [
        ("desk", gettext_lazy("Desk"), "layout-dashboard"),
        ("customers", gettext_lazy("Customers"), "users"),
        ("market", gettext_lazy("Market"), "speakerphone"),
        ("analysis", gettext_lazy("Analysis"), "chart-bar"),
        ("mining", gettext_lazy("Mining"), "brain"),
        ("performance", gettext_lazy("Performance"), "target-arrow"),
        ("administration", gettext_lazy("Administration"), "settings"),
    ]
):
    areas.add(_name, Area(_label, _icon), order=_order)


@cache
def environment() -> jinja2.Environment:
    """The one Jinja2 environment; templates live in `loopline/<module>/templates/`."""
    folders = [ROOT / module / "templates" for module in settings.MODULES]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder for folder in folders if folder.is_dir()]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(icon=icon, static=static, url=_url)
    made.filters.update(formats.FILTERS)
    return made


@cache
def icon(name: str, classes: str = "") -> Markup:
    """The Tabler outline icon `name` as inline SVG."""
    path = ROOT / "web" / "static" / "vendor" / "icons" / f"{name}.svg"
    if not path.is_file():
        raise FileNotFoundError(f"icon {name!r}: add it to loopline/web/icons.txt and run `make assets`")
    svg = path.read_text().replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
    return Markup(svg.replace('class="', f'class="{classes} ', 1) if classes else svg)


def _url(name: str, **parts: Any) -> str:
    if parts.keys() <= {"public_id"}:
        return address_of(name, parts.get("public_id"))
    return reverse(name, kwargs=parts)


def address_of(name: str, public_id: UUID | str | None = None) -> str:
    """The address of a page, or of the page about one thing. Looked up once: a list names it dozens of times."""
    if public_id is None:
        return _address(name)
    before, after = _around(name)
    return f"{before}{public_id}{after}"


@cache
def _address(name: str) -> str:
    return reverse(name)


@cache
def _around(name: str) -> tuple[str, str]:
    nobody = UUID(int=0)
    before, _nobody, after = reverse(name, kwargs={"public_id": nobody}).partition(str(nobody))
    return before, after


def render(
    request: HttpRequest,
    template: str,
    page: Any,
    *,
    status: int = 200,
    breadcrumbs: list[Crumb] | None = None,
) -> HttpResponse:
    """Answer with a template filled from `page`, inside the shell (or alone, for a part asked by htmx)."""
    text = environment().get_template(template).render(page=page, shell=_shell(request, breadcrumbs or []))
    response = HttpResponse(text, status=status)
    response["Vary"] = "HX-Request, Cookie, Accept-Language"
    response["Cache-Control"] = "no-store"
    if TOAST in request.COOKIES and not is_part(request):
        response.delete_cookie(TOAST)
    return response


def with_toast(response: HttpResponse, text: str, *, tone: str = "good", undo_url: str = "") -> HttpResponse:
    """Have the page that follows a redirect say a sentence, once. Parts say it by `HX-Trigger` instead."""
    value = signing.dumps(asdict(Toast(text, tone, undo_url)), salt=TOAST)
    response.set_cookie(TOAST, value, max_age=60, httponly=True, samesite="Lax")
    return response


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def _toasts(request: HttpRequest) -> list[Toast]:
    refused: Refused | None = getattr(request, "refused", None)
    if refused is not None:
        return [Toast(refused.message, "bad")]
    try:
        return [Toast(**signing.loads(request.COOKIES.get(TOAST, ""), salt=TOAST, max_age=60))]
    except (signing.BadSignature, TypeError):
        return []


def _shell(request: HttpRequest, breadcrumbs: list[Crumb]) -> Shell:
    actor: Actor | None = getattr(request, "actor", None)
    partial = is_part(request)
    whole = actor is not None and not partial and not getattr(request, "broken", False)
    return Shell(
        path=request.path,
        query=request.GET.urlencode(),
        partial=partial,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        languages=list(settings.LANGUAGES),
        csrf_token=get_token(request),
        operator=actor.operator if actor else "",
        user=User(actor.name, actor.unit_name, actor.name[:1].upper()) if actor else None,
        menu=_menu(actor, request.path) if whole and actor else [],
        tasks_open=_count("tasks", actor) if whole else 0,
        unread=_count("unread", actor) if whole else 0,
        push_url="/push/stream" if actor else "",
        breadcrumbs=breadcrumbs,
        create=_creations(actor) if whole and actor else [],
        toasts=[] if partial else _toasts(request),
        refused=getattr(request, "refused", None),
        exits=lambda name: _exits(actor, name, request.GET.urlencode()),
    )


def _exits(actor: Actor | None, name: str, query: str) -> list[MenuLink]:
    return [link for ways in exits for link in ways(actor, name, query)] if actor else []


def _count(name: str, actor: Actor | None) -> int:
    return counters[name](actor) if actor is not None and name in counters else 0


def _menu(actor: Actor, path: str) -> list[MenuArea]:
    shown = [item for item in menu if not item.permission or actor.may(item.permission)]
    urls = {item.url_name: address_of(item.url_name) for item in shown}
    active = max((url for url in urls.values() if _leads_to(url, path)), key=len, default="")
    result = []
    for name in areas.names():
        links = [
            MenuLink(str(item.label), urls[item.url_name], item.icon, urls[item.url_name] == active, item.key)
            for item in shown
            if item.area == name
        ]
        if links:
            result.append(MenuArea(name, str(areas[name].label), areas[name].icon, links))
    return result


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _creations(actor: Actor) -> list[MenuLink]:
    allowed = (item for item in creations if not item.permission or actor.may(item.permission))
    return [
        MenuLink(str(item.label), address_of(item.url_name), item.icon, active=False, key="")
        for item in allowed
    ]


# Refusals and breakdowns


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What happened, what to do, and a code to quote."""

    title: str
    message: str
    status: int
    code: str
    field: str | None = None


FOR_PROGRAMS = ("/api/", "/tmf-api/")
"""Addresses below this answer in JSON, whatever happens."""


def undo(request: HttpRequest) -> None:
    """Keep nothing of what this request has written: the door rolls its transaction back."""
    request.undo = True  # type: ignore[attr-defined]


def again(request: HttpRequest, back: str, refusal: Refusal) -> HttpResponse:
    """The page on which a refused form stands, once more, with what was typed and why it is not taken. `back` is that
    page's address; what the request wrote is not kept."""
    undo(request)
    parts = urlsplit(back)
    try:
        found = resolve(parts.path)
    except Resolver404:
        return refuse(request, refusal)
    typed = [[name, value] for name, values in request.POST.lists() for value in values]
    private = {"csrfmiddlewaretoken", "password", "back"}
    told = json.dumps([each for each in typed if each[0] not in private], ensure_ascii=False)
    request.refused = Refused(request.path, told, refusal.message, refusal.field or "")  # type: ignore[attr-defined]
    request.method, request.GET = "GET", QueryDict(parts.query)
    request.path = request.path_info = parts.path
    answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
    answer.status_code = refusal.status
    return answer


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page of an expected refusal; nothing the request did is kept."""
    undo(request)
    return _error(request, refusal.status, refusal.message, refusal.code, refusal.field)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request is not understood."""
    return _error(request, 400, gettext("This request could not be understood."), "bad_request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 outside of a refusal."""
    return _error(request, 403, gettext("You are not allowed to do this."), "forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    return _error(request, 404, gettext("There is no page at this address."), "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: always a bug; the code finds its log entry."""
    code = uuid4().hex[:8]
    log.error("server error %s at %s", code, request.path)
    undo(request)
    request.broken = True  # type: ignore[attr-defined]
    return _error(
        request, 500, gettext("Something broke on our side. Nothing was changed; please try again."), code
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from our own pages, or whose page is too old."""
    return refuse(request, PageTooOld())


def _error(
    request: HttpRequest, status: int, message: str, code: str, about: str | None = None
) -> HttpResponse:
    if request.path.startswith(FOR_PROGRAMS):
        told = {"code": code, "title": message, "field": about, "reason": message, "status": str(status)}
        return JsonResponse(told, status=status)
    page = ErrorPage(_titles().get(status, gettext("Not possible")), message, status, code, about)
    return render(request, "shell/error.html", page, status=status)


def _titles() -> dict[int, str]:
    return {
        400: gettext("Not understood"),
        403: gettext("Not allowed"),
        404: gettext("Not found"),
        409: gettext("Changed meanwhile"),
        429: gettext("Too many tries"),
        500: gettext("Something broke"),
    }
