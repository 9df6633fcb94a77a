"""Our own JSON API: each module brings a router; a refusal is a problem document (RFC 9457)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.parser import Parser

from loopline.identity.door import signed_in
from loopline.kernel.errors import NotFound, NotSignedIn, Refusal
from loopline.kernel.modules import brought
from loopline.kernel.pages import undo

NUL = "\x00"
"""PostgreSQL keeps no text that has it."""


class PlainParser(Parser):
    """JSON and query strings, of which a text with a NUL is refused before anybody reads it."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value; the framework answers 400 to any error here."""
        found = super().parse_body(request)
        if b"\\u0000" in request.body and _has_nul(found):
            raise ValueError("a text with a NUL")
        return found

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The parameters of an address or the fields of a form."""
        if _has_nul(dict(data.lists())):
            raise HttpError(400, "A text with a NUL cannot be read.")
        return super().parse_querydict(data, list_fields, request)


def _has_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return any(map(_has_nul, value)) if isinstance(value, list) else isinstance(value, str) and NUL in value


class Fault(Schema):
    """One thing that is wrong with the input."""

    field: str
    reason: str


class Problem(Schema):
    """Every answer that is not what was asked for. `code` is stable; a refusal may tell more facts beside it."""

    code: str
    title: str
    field: str | None = None
    faults: list[Fault] | None = None


REFUSALS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in.",
    403: "Not allowed.",
    404: "Not there, or not within what the caller may see.",
    409: "It is no longer in the state that the request assumes.",
    410: "It was there.",
    422: "The input is not valid, or a rule refuses it.",
    429: "Too many tries.",
}
"""What every operation may answer instead of what was asked for."""


class Api(NinjaAPI):
    """An API whose description says of every operation how it refuses."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The description with the refusals."""
        made = super().get_openapi_schema(**options)
        described = Problem.model_json_schema(ref_template=REF_TEMPLATE)
        made["components"]["schemas"] |= described.pop("$defs") | {"Problem": described}
        body = {"application/json": {"schema": {"$ref": REF_TEMPLATE.format(model="Problem")}}}
        for methods in made["paths"].values():
            for operation in methods.values():
                for status, told in REFUSALS.items():
                    operation["responses"].setdefault(status, {"description": told, "content": body})
        return made


api = Api(
    title="Loopline",
    version="1",
    description="Everything a person does on screen, for programs. Sign in with a bearer token.",
    auth=signed_in,
    docs_url=None,
    parser=PlainParser(),
)


def problem(request: HttpRequest, status: int, code: str, title: str, **more: object) -> HttpResponse:
    """The body of every answer that is not what was asked for."""
    return api.create_response(request, {"code": code, "title": title, **more}, status=status)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """An expected refusal, and nothing of the request is kept."""
    undo(request)
    return problem(
        request, refusal.status, refusal.code, refusal.message, field=refusal.field, **refusal.facts
    )


@api.exception_handler(AuthenticationError)
def unknown_caller(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token or session, or one that holds no longer."""
    return refused(request, NotSignedIn())


@api.exception_handler(Http404)
def nothing_there(request: HttpRequest, error: Http404) -> HttpResponse:
    """Nothing of this name, or nothing that the caller may see."""
    return refused(request, NotFound())


@api.exception_handler(HttpError)
def not_understood(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses, such as a body that is no JSON."""
    undo(request)
    return problem(request, error.status_code, "bad_request", error.message)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Input that does not fit the schema; every fault with the field it is in."""
    undo(request)
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"]), "reason": fault["msg"]}
        for fault in error.errors
    ]
    return problem(request, 422, "invalid", "The input is not valid.", faults=faults)


for module, endpoints in brought("endpoints").items():
    api.add_router(f"/{module}", endpoints.router, tags=[module])
