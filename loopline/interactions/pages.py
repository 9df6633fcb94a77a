"""Noting from the customer's page what was said."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path
from django.views.decorators.http import require_POST

from loopline.customers import api as customers
from loopline.customers.panels import Subject
from loopline.interactions import notes, panels
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Request, render, undo


@require_POST
def note(request: Request, public_id: UUID) -> HttpResponse:
    """Add a note; answers with the time line for htmx, else with the customer's page."""
    customer = customers.by_public_id(request.actor, public_id)
    subject, error, draft = Subject(customer, request.actor), "", ""
    try:
        notes.note_interaction(
            actor=request.actor,
            customer=customer,
            kind=request.POST.get("kind", ""),
            channel=request.POST.get("channel", ""),
            summary=request.POST.get("summary", ""),
            result=request.POST.get("result", ""),
        )
    except Refusal as refusal:
        if request.headers.get("HX-Request") != "true":
            raise
        undo(request)
        error, draft = refusal.message, request.POST.get("summary", "")
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(f"/customers/{public_id}")
    panel = panels.show(subject, panels.gather(subject), error, draft)
    return render(request, "interactions/said_part.html", panel, status=422 if error else 200)


_patterns = [path("customers/<uuid:public_id>/notes", note, name="note")]
urlpatterns = [path("", include((_patterns, "interactions")))]
