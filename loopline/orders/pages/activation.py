"""The activation code of an eSIM: asked for on purpose, shown once as a picture to scan or on the form."""

from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import segno
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from markupsafe import Markup

from loopline.kernel import clock, formats
from loopline.kernel.errors import Invalid
from loopline.kernel.pages import Crumb, Request, render, undo
from loopline.kernel.permission import require
from loopline.orders import api, paper, queries, wording
from loopline.orders.actions import profiles, signing
from loopline.orders.models import EsimProfile
from loopline.orders.rules.activation import ActivationCode


@dataclass(frozen=True, slots=True)
class ActivationPage:
    """Before the code is shown (`picture` is empty), and with it."""

    title: str
    subtitle: str
    order_url: str
    show_url: str
    print_url: str
    facts: list[tuple[str, str]]
    is_spent: bool
    asks_reason: bool
    reason: str
    error: str
    picture: Markup
    code: list[tuple[str, str]]


@require_http_methods(["GET", "POST"])
def activation(request: Request, item: UUID) -> HttpResponse:
    """Who has seen the code so far; posting shows it."""
    require(request.actor, "orders.accept")
    if request.method == "GET":
        return _page(request, queries.get_profile(request.actor, item))
    try:
        profile, code = _shown(request, item, profiles.ON_SCREEN)
    except (Invalid, profiles.CodeSpent) as refusal:
        undo(request)
        return _page(request, queries.get_profile(request.actor, item), error=refusal.message)
    return _page(request, profile, code)


@require_POST
def activation_form(request: Request, item: UUID) -> HttpResponse:
    """The order's form as PDF with the code on it."""
    try:
        profile, code = _shown(request, item, profiles.ON_PAPER)
    except (Invalid, profiles.CodeSpent) as refusal:
        undo(request)
        return _page(request, queries.get_profile(request.actor, item), error=refusal.message)
    order = queries.get_order(request.actor, profile.item.order.public_id)
    content = paper.make(signing.form_of(request.actor, order, (item, code)))
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(order.number)}.pdf"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _shown(request: Request, item: UUID, how: str) -> tuple[EsimProfile, ActivationCode]:
    return api.show_activation_code(
        actor=request.actor,
        item=item,
        now=clock.now(),
        reason=request.POST.get("reason", "").replace("\0", ""),
        how=how,
        address=request.META.get("REMOTE_ADDR", ""),
    )


def _page(
    request: Request, profile: EsimProfile, code: ActivationCode | None = None, error: str = ""
) -> HttpResponse:
    item, order = profile.item, profile.item.order
    address = {"item": item.public_id}
    order_url = reverse("orders:one", kwargs={"public_id": order.public_id})
    page = ActivationPage(
        title=_("Activation code"),
        subtitle=f"{order.number} · {wording.who(order)}",
        order_url=order_url,
        show_url=reverse("orders:activation", kwargs=address),
        print_url=reverse("orders:activation_form", kwargs=address),
        facts=_facts(request, profile),
        is_spent=profile.sealed is None or bool(item.leaving),
        asks_reason=profile.shown > 0,
        reason=request.POST.get("reason", ""),
        error=error,
        picture=_picture(code.text) if code else Markup(""),
        code=[
            (_("Address of the profile (SM-DP+)"), code.address),
            (_("Activation code"), code.matching_id),
            (_("All in one"), code.text),
        ]
        if code
        else [],
    )
    crumbs = [Crumb(_("Orders"), reverse("orders:list")), Crumb(order.number, order_url), Crumb(page.title)]
    answer = render(request, "orders/activation.html", page, status=422 if error else 200, breadcrumbs=crumbs)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _facts(request: Request, profile: EsimProfile) -> list[tuple[str, str]]:
    item = profile.item
    told = [
        (_("What is asked for"), wording.what(item)),
        (_("Telephone number"), wording.masked(item.number, request.actor)),
        (_("eSIM"), f"…{profile.iccid[-6:]}"),
        (_("Ready since"), formats.moment(profile.prepared_at)),
    ]
    if profile.shown_at is not None:
        last = f"{formats.moment(profile.shown_at)} · {profile.shown_by}"
        told.append((_("Shown last"), last))
    if profile.installed_at is not None:
        told.append((_("Installed"), formats.moment(profile.installed_at)))
    return [(label, value) for label, value in told if value]


def _picture(text: str) -> Markup:
    """The code as a QR picture (ISO/IEC 18004), drawn as SVG without styles."""
    drawn = segno.make(text, error="m").svg_inline(
        scale=6, border=2, svgclass="activation-qr", lineclass=None, omitsize=False
    )
    return Markup(drawn)
