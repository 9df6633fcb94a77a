"""Every address of the house, found where Django and the API look for it; and what each asks of a user."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from loopline.tmf.engine import openapi, urls
from loopline.tmf.engine.resource import ROOT, resources

assert urls.urlpatterns

KEPT = Path(__file__).parent / "routes.json"
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)\}")
OUTSIDE = ("healthz", "readyz", "tmf-api/", "api/v1/")
"""Addresses of no page: open to machines that watch, or asked about below."""
NEEDS = re.compile(r"\(([a-z_]+\.[a-z_]+)\)")


EVALUATION = "mining.run of a table"
OBJECTS = {
    "/administration/sign-in/providers/": "identity.provider",
    "/calendar/": "desk.appointment",
    "/campaigns/": "campaigns.campaign",
    "/campaigns/members/": "campaigns.member",
    "/cases/": "cases.ticket",
    "/catalogue/": "catalogue.offering",
    "/customers/": "customers.customer",
    "/exports/": "exports.clearexport",
    "/desk/appointments/": "desk.appointment",
    "/documents/": "documents.document",
    "/groups/": "keyaccounts.group",
    "/groups/contracts/": "keyaccounts.groupcontract",
    "/groups/members/": "keyaccounts.member",
    "/groups/people/": "keyaccounts.keyperson",
    "/groups/products/": "keyaccounts.groupproduct",
    "/identity/providers/": "identity.provider",
    "/imports/": "imports.importrun",
    "/key-accounts/chain/": "keyaccounts.post",
    "/key-accounts/customers/": "customers.customer",
    "/key-accounts/rules/": "keyaccounts.rule",
    "/key-accounts/runs/": "keyaccounts.run",
    "/key-accounts/steps/": "keyaccounts.carestep",
    "/key-accounts/visits/": "keyaccounts.visit",
    "/keyaccounts/care/": "keyaccounts.carestep",
    "/keyaccounts/customers/": "customers.customer",
    "/keyaccounts/groups/": "keyaccounts.group",
    "/keyaccounts/posts/": "keyaccounts.post",
    "/keyaccounts/runs/": "keyaccounts.run",
    "/keyaccounts/visits/": "keyaccounts.visit",
    "/me/delegations/": "identity.delegation",
    "/me/tokens/": "identity.token",
    "/messages/": "messaging.message",
    "/messaging/notices/": "messaging.notice",
    "/messaging/threads/": "messaging.message",
    "/mining/": "mining.run",
    "/mining/evaluate/": EVALUATION,
    "/mining/evaluations/": EVALUATION,
    "/notices/": "messaging.notice",
    "/orders/": "orders.order",
    "/orders/items/": "orders.orderitem",
    "/orders/visits/": "orders.visit",
    "/staff/": "identity.staff",
    "/tasks/": "worklist.task",
    "/tickets/": "cases.ticket",
    "/till/days/": "till.session",
    "/till/deposits/": "till.deposit",
    "/till/receipts/": "till.movement",
    "/worklist/": "worklist.task",
}
"""Whose public id stands in an address that begins like this; the longest beginning counts."""
PARTS = {
    "account": "customers.account",
    "address": "customers.address",
    "campaign": "campaigns.campaign",
    "contact": "customers.contactmedium",
    "document": "customers.identitydocument",
    "line": "subscriptions.subscription",
    "merge": "customers.merge",
    "receipt": "till.movement",
}
"""Whose public id a placeholder of this name means, wherever it stands."""


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A method and an address with placeholders."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Kind and name of each placeholder."""
        return [(m[1] or "str", m[2] or m[3]) for m in PARAMETER.finditer(self.path)]

    def object_of(self, name: str) -> str:
        """The label of the model whose public id a placeholder means; "" where it means something else."""
        start = self.path.removeprefix("/api/v1")
        fitting = [begin for begin in OBJECTS if start.startswith(begin)]
        return PARTS.get(name) or OBJECTS.get(max(fitting, key=len, default=""), "")

    @property
    def is_for_programs(self) -> bool:
        return self.path.startswith(("/api/", f"{ROOT}/"))

    def filled(self, values: dict[str, str]) -> str:
        return PARAMETER.sub(lambda m: values[m[2] or m[3]], self.path)


def pages() -> list[Route]:
    """Every page, for looking and for sending a form."""
    paths = sorted(path for path in _paths(get_resolver(), "/") if not path[1:].startswith(OUTSIDE))
    return [Route(method, path) for path in paths for method in ("GET", "POST")]


def endpoints() -> list[Route]:
    """Every operation of our own API."""
    paths = described()["paths"]
    return sorted(Route(method.upper(), path) for path, methods in paths.items() for method in methods)


@cache
def described() -> dict[str, Any]:
    """The document of our own API, as clients get it."""
    from loopline.config.api import api

    return json.loads(json.dumps(api.get_openapi_schema(), default=str))


def open_apis() -> list[Route]:
    """Every operation of the TM Forum's APIs."""
    return sorted(
        Route(method.upper(), f"{ROOT}/{api}/v4{path}")
        for api in sorted({resource.api for resource in resources})
        for path, methods in openapi.document(api, "")["paths"].items()
        for method in methods
        if method != "parameters"
    )


def least_body(route: Route) -> Any:
    """The least that an operation takes, drawn from its own description; nothing of it exists."""
    known = described()
    content = known["paths"][route.path][route.method.lower()].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return _least(schema, known["components"]["schemas"]) if schema else {}


def _least(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _least(known[schema["$ref"].rpartition("/")[2]], known)
    for several in ("anyOf", "allOf", "oneOf"):
        if several in schema:
            return _least(schema[several][0], known)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [""])[0])
    match schema.get("type"):
        case "object":
            required = schema.get("required", [])
            return {name: _least(schema["properties"][name], known) for name in required}
        case "array":
            return [_least(schema["items"], known)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    formats = {"uuid": str(UUID(int=1)), "date": "2026-05-01", "date-time": "2026-05-01T00:00:00Z"}
    words = re.fullmatch(r"\^\((\w+).*\)\$", schema.get("pattern", ""))
    return words[1] if words else formats.get(schema.get("format", ""), "x")


def _paths(resolver: URLResolver, before: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from _paths(entry, path)


def kept() -> dict[str, dict[str, Any]]:
    """What is written down: route → `needs` (permissions, none for everybody who is signed in), `ids`."""
    return json.loads(KEPT.read_text()) if KEPT.is_file() else {}


def keep(found: dict[str, dict[str, Any]]) -> None:
    KEPT.write_text(json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def writes_down() -> bool:
    return os.environ.get("LOOPLINE_KEEP_ROUTES") == "1"


def ask(client: Client, route: Route, values: dict[str, str], body: dict[str, Any] | None = None) -> Any:
    """One request; a write carries `body`, or else the least that it takes, a form nothing."""
    address = route.filled(values)
    if route.is_read:
        return client.get(address)
    files = {
        name: SimpleUploadedFile("file.txt", part) for name, part in (body or {}).items() if _is_file(part)
    }
    if files or not route.is_for_programs:
        return client.post(address, (body or {}) | files)
    if body is None:
        body = least_body(route) if route.path.startswith("/api/") else {}
    return client.generic(route.method, address, json.dumps(body), content_type="application/json")


def _is_file(part: Any) -> bool:
    return isinstance(part, bytes)


def lacking(answer: Any) -> str:
    """The permission for want of which a request was refused; "" where it was not."""
    if answer.status_code != 403:
        return ""
    found = NEEDS.search(answer.content.decode())
    return found[1] if found else "?"
