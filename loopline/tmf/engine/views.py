"""The door of the Open APIs: who asks, what he may, and how the answer or the refusal is written."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.models import AccessRecord
from loopline.kernel.pages import undo
from loopline.tmf.engine import errors, hubs, limits, openapi, patches, query, reading, values, writing
from loopline.tmf.engine.resource import ROOT, Resource, View, resources

BODIES = ("application/json", "application/merge-patch+json")


def _answering(work: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a refusal become the error document of the APIs, and keep nothing of the request."""

    @csrf_exempt
    def answer(request: HttpRequest, *, api: str, **parts: str) -> HttpResponse:
        try:
            return work(request, api=api, **parts)
        except Refusal as refusal:
            return _refused(request, api, refusal)
        except DataError:
            return _refused(request, api, errors.BadQuery(reason="a value is out of its range"))

    return answer


@_answering
def many(request: HttpRequest, *, api: str, resource: str, **below: str) -> HttpResponse:
    """GET lists, POST creates."""
    declared = _declared(api, resource, below)
    if request.method == "POST" and declared.create is not None:
        return _create(request, declared, _below(_view(request, api, "write"), api, below))
    if request.method in ("GET", "HEAD"):
        return _list(request, declared, _below(_view(request, api, "read"), api, below))
    raise _wrong_method(["GET", "POST"] if declared.create else ["GET"])


@_answering
def one(request: HttpRequest, *, api: str, resource: str, key: str, **below: str) -> HttpResponse:
    """GET shows, PATCH changes, DELETE deletes."""
    declared = _declared(api, resource, below)
    if request.method in ("GET", "HEAD"):
        view = _below(_view(request, api, "read"), api, below)
        row = reading.entity(declared, view, key)
        asked = query.understand(request.GET)
        _audit(view, declared, [row])
        return _json(reading.documents(declared, view, [row], asked.fields)[0])
    if request.method == "PATCH" and declared.patch is not None:
        view = _below(_view(request, api, "write"), api, below)
        kind = _media_type(request, (*BODIES, patches.JSON_PATCH))
        sent = values.load(request.body)
        return _json(writing.patch(declared, view, key, sent, is_merge=kind != patches.JSON_PATCH))
    if request.method == "DELETE" and declared.delete is not None:
        writing.delete(declared, _below(_view(request, api, "write"), api, below), key)
        return HttpResponse(status=204)
    others = [("PATCH", declared.patch), ("DELETE", declared.delete)]
    raise _wrong_method(["GET", *(name for name, done in others if done)])


@_answering
def hub(request: HttpRequest, *, api: str, key: str = "", **below: str) -> HttpResponse:
    """POST registers a listener, GET shows it, DELETE ends it. Below an entity it hears what is told there."""
    _known_api(api)
    if request.method not in (("GET", "DELETE") if key else ("GET", "POST")):
        raise _wrong_method(["GET", "DELETE"] if key else ["GET", "POST"])
    view = _below(_view(request, api, "read"), api, below)
    line = hubs.line_below(api, below["above"], view.above) if below else api
    if request.method == "POST":
        _media_type(request, BODIES)
        made = hubs.register(view, line, values.load(request.body))
        return _json(made, 201, Location=f"{view.base}{request.path}/{made['id']}")
    if request.method == "DELETE":
        hubs.unregister(view, line, key)
        return HttpResponse(status=204)
    return _json(hubs.show(view, line, key) if key else hubs.all_of(view, line))


@_answering
def document(request: HttpRequest, *, api: str) -> HttpResponse:
    """The OpenAPI document of an API, for everybody."""
    _known_api(api)
    return _json(openapi.document(api, _base(request)))


def _list(request: HttpRequest, declared: Resource, view: View) -> HttpResponse:
    asked = query.understand(request.GET)
    found = reading.page(declared, view, asked)
    answer = _json(found.documents)
    answer["X-Total-Count"] = str(found.total)
    answer["X-Result-Count"] = str(len(found.documents))
    if link := reading.links(f"{view.base}{request.path}", request.GET, asked, found):
        answer["Link"] = link
    if found.documents:
        _audit(view, declared, [])
    return answer


def _create(request: HttpRequest, declared: Resource, view: View) -> HttpResponse:
    _media_type(request, BODIES)
    sent = values.load(request.body)
    key = request.headers.get("Idempotency-Key", "")
    repeated = False
    if key:
        made, repeated = writing.once(declared, view, key, request.body, sent)
    else:
        made = writing.create(declared, view, sent)
    answer = _json(made, 201, Location=made["href"])
    if repeated:
        answer["Idempotency-Replayed"] = "true"
    return answer


def _view(request: HttpRequest, api: str, right: str) -> View:
    """Who asks, if he has a token that may do this here and does not ask too often."""
    token, actor = getattr(request, "token", None), getattr(request, "actor", None)
    if token is None or actor is None:
        raise errors.NoCredentials
    limits.admit((token.tenant_id, token.pk))
    if not token.allows(api, right):
        raise errors.OutOfScope(scope=f"{api}:{right}")
    accept = request.headers.get("Accept", "*/*")
    if not any(kind in accept for kind in ("json", "*/*", "application/*")):
        raise errors.NotAcceptable
    clear = token.allows(api, "clear", unless_named=False) and actor.may("customers.reveal")
    return View(actor, _base(request), clear)


def _audit(view: View, declared: Resource, rows: list[Any]) -> None:
    """An answer with personal data in clear is a look at it."""
    if not view.clear or not any(attribute.mask for attribute in declared.attributes):
        return
    row = rows[0] if rows else None
    is_customer = row is not None and row._meta.label_lower == "customers.customer"
    AccessRecord.objects.create(
        kind="api_clear",
        staff_id=view.actor.staff_id,
        staff_name=view.actor.name,
        customer_id=row.pk if is_customer and row is not None else getattr(row, "customer_id", None),
        field=declared.path,
    )


def _declared(api: str, name: str, below: dict[str, str]) -> Resource:
    path = f"{api}/{name}"
    if path not in resources or below.get("above", "") not in resources[path].holders:
        raise NotFound
    return resources[path]


def _below(view: View, api: str, below: dict[str, str]) -> View:
    """What he sees below an entity. Raises NotFound for one that is not there or not visible."""
    if not below:
        return view
    holder = f"{api}/{below['above']}"
    if not any(each.within and f"{each.api}/{each.within.resource}" == holder for each in resources):
        raise NotFound
    return replace(view, above=reading.entity(resources[holder], view, below["above_key"]))


def _known_api(api: str) -> None:
    if not any(resource.api == api for resource in resources):
        raise NotFound


def _media_type(request: HttpRequest, known: tuple[str, ...]) -> str:
    kind = (request.content_type or "").lower()
    if kind not in known:
        raise errors.WrongMediaType(types=", ".join(known))
    return kind


def _wrong_method(methods: list[str]) -> errors.WrongMethod:
    return errors.WrongMethod(methods=", ".join(methods))


def _refused(request: HttpRequest, api: str, refusal: Refusal) -> HttpResponse:
    undo(request)
    reference = f"{_base(request)}{ROOT}/{api}/v4/openapi.json"
    answer = _json(errors.body_of(refusal, reference), refusal.status)
    if isinstance(refusal, errors.WrongMethod):
        answer["Allow"] = str(refusal.values["methods"])
    if isinstance(refusal, errors.TooMany):
        answer["Retry-After"] = str(refusal.values["seconds"])
    if refusal.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def _json(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    answer = HttpResponse(values.dump(body), status=status, content_type=values.JSON, headers=headers)
    answer["Cache-Control"] = "no-store"
    return answer


def _base(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
