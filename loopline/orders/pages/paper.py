"""The form of an order on screen: drawn as PDF, signed with the finger, or its scan filed."""

from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.documents import api as documents
from loopline.kernel import clock
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.orders import paper, queries, wording
from loopline.orders.actions import signing

documents.permissions.add("orders.order", "orders.view")


@dataclass(frozen=True, slots=True)
class SignPage:
    """Where the customer signs."""

    title: str
    subtitle: str
    order_url: str
    form_url: str
    sign_url: str
    scan_url: str
    agreement: list[str]
    totals: list[tuple[str, str]]
    error: str = ""


@require_safe
def form(request: Request, public_id: UUID) -> HttpResponse:
    """The form as PDF, to read or to print; it is not signed."""
    order = queries.get_order(request.actor, public_id)
    content = paper.make(signing.form_of(request.actor, order))
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(order.number)}.pdf"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "POST"])
def sign(request: Request, public_id: UUID) -> HttpResponse:
    """What is agreed, and the box for the signature; posting it archives the signed form."""
    require(request.actor, "orders.accept")
    error = ""
    if request.method == "POST":
        try:
            signing.sign_on_screen(
                actor=request.actor,
                order=public_id,
                drawing=request.POST.get("signature", ""),
                now=clock.now(),
            )
        except Invalid as refusal:
            undo(request)
            error = refusal.message
        else:
            return _signed(public_id)
    return _page(request, public_id, error)


@require_POST
def scan(request: Request, public_id: UUID) -> HttpResponse:
    """File the scan of a form that was signed on paper."""
    require(request.actor, "orders.accept")
    given = request.FILES.get("file")
    try:
        if given is None or given.size is None or given.size > documents.LARGEST:
            raise Invalid(field="file", reason=_("Please choose the scan, at most 20 MB."))
        signing.file_scan(
            actor=request.actor,
            order=public_id,
            name=given.name or "scan",
            content=given.read(),
            now=clock.now(),
        )
    except Refusal as refusal:
        undo(request)
        return _page(request, public_id, refusal.message)
    return _signed(public_id)


def _signed(public_id: UUID) -> HttpResponse:
    answer = HttpResponseRedirect(reverse("orders:one", kwargs={"public_id": public_id}))
    return with_toast(answer, _("The form is signed and archived."))


def _page(request: Request, public_id: UUID, error: str) -> HttpResponse:
    order = queries.get_order(request.actor, public_id)
    address = {"public_id": public_id}
    told = signing.form_of(request.actor, order)
    page = SignPage(
        title=_("Sign the form"),
        subtitle=f"{order.number} · {wording.who(order)}",
        order_url=reverse("orders:one", kwargs=address),
        form_url=reverse("orders:form", kwargs=address),
        sign_url=reverse("orders:sign", kwargs=address),
        scan_url=reverse("orders:scan", kwargs=address),
        agreement=told.agreement,
        totals=told.totals,
        error=error,
    )
    crumbs = [
        Crumb(_("Orders"), reverse("orders:list")),
        Crumb(order.number, page.order_url),
        Crumb(page.title),
    ]
    return render(request, "orders/sign.html", page, status=422 if error else 200, breadcrumbs=crumbs)
