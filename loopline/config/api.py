"""Our own JSON API: each module brings a router; a refusal is a problem document (RFC 9457)."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from loopline.identity.door import signed_in
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import undo

api = NinjaAPI(
    title="Loopline",
    version="1",
    description="Everything a person does on screen, for programs. Sign in with a bearer token.",
    auth=signed_in,
    docs_url=None,
)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """An expected refusal, and nothing of the request is kept."""
    undo(request)
    problem = {"code": refusal.code, "title": refusal.message, "field": refusal.field, **refusal.facts}
    return api.create_response(request, problem, status=refusal.status)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Input that does not fit the schema; every fault with the field it is in."""
    undo(request)
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"]), "reason": fault["msg"]}
        for fault in error.errors
    ]
    return api.create_response(
        request,
        {"code": "invalid", "title": "The input is not valid.", "faults": faults},
        status=422,
    )


for module in settings.MODULES:
    if find_spec(f"loopline.{module}.endpoints"):
        api.add_router(
            f"/{module}",
            import_module(f"loopline.{module}.endpoints").router,
            tags=[module],
        )
