"""Showing a subscription's number in clear."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import include, path
from django.utils.html import escape
from django.views.decorators.http import require_POST

from loopline.customers import api as customers
from loopline.kernel.pages import Request
from loopline.subscriptions import numbers


@require_POST
def reveal(request: Request, public_id: UUID, line: UUID) -> HttpResponse:
    """The number in the place of its mask; the look is written into the audit."""
    customer = customers.by_public_id(request.actor, public_id)
    address = request.META.get("REMOTE_ADDR", "")
    number = numbers.reveal_number(actor=request.actor, customer=customer, line=line, address=address)
    response = HttpResponse(f'<span class="num clear-value">{escape(number)}</span>')
    response["Cache-Control"] = "no-store"
    return response


_patterns = [path("customers/<uuid:public_id>/lines/<uuid:line>/reveal", reveal, name="reveal")]
urlpatterns = [path("", include((_patterns, "subscriptions")))]
