"""Every operation of every API answers as its description says: our own API and the TM Forum's.

Each is asked a fixed number of times, with what fits its schema about an object that is there, with what fits it
about anything, and with what does not fit.
"""

import copy
import os
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given, settings
from ninja import Schema
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from loopline.customers import api as customers
from loopline.testing import Operator, found_operator
from loopline.tmf.engine import openapi, urls
from loopline.tmf.engine.resource import resources
from loopline.tmf.tests.conftest import token_of
from tests.full_customers import full_customer
from tests.routes import Route, described

assert urls.urlpatterns
APIS = sorted({resource.api for resource in resources})
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TIMES = int(os.environ.get("LOOPLINE_CONTRACT_TIMES", "1"))
FITTING, ANYWHERE, UNFIT = 3 * TIMES, TIMES, 2 * TIMES
"""How often each operation is asked: about an object that is there, about anything, with what does not fit."""


def _operations() -> list[Any]:
    documents = [described(), *(openapi.document(api, "http://testserver") for api in APIS)]
    found = []
    for document in documents:
        schema = schemathesis.openapi.from_dict(copy.deepcopy(document))
        schema.app = get_wsgi_application()
        found += [result.ok() for result in schema.get_all_operations()]
    return found


class World:
    """An operator with a customer of whom every module knows something, and who may do everything there."""

    def __init__(self) -> None:
        self.operator: Operator = found_operator()
        with self.operator.door("admin") as admin:
            customers.set_policy(actor=admin, changes={"duplicates": "warn"})
        full_customer(self.operator, "north-1", "张三丰", "+8613800138000")
        self.token = token_of(self.operator, "admin", "*:read", "*:write", "*:clear")

    def found(self, operation: Any) -> dict[str, str]:
        """The ids of objects that are there, as far as the address of an operation means any."""
        named = [each.name for each in operation.path_parameters]
        path = operation.path if operation.path.startswith("/api/") else ""
        rows = {name: self._model(Route("GET", path), operation, name) for name in named}
        return {name: row for name, row in rows.items() if row}

    def _model(self, route: Route, operation: Any, name: str) -> str:
        label = route.object_of(name)
        key = "thread" if name == "thread" else "public_id"
        with self.operator.door():
            if not route.path:
                return self._entity(operation, name)
            row = (
                apps.get_model(label.partition(" ")[0])._default_manager.order_by("pk").first()
                if label
                else None
            )
            return str(getattr(row, key, ""))

    def _entity(self, operation: Any, name: str) -> str:
        api = operation.schema.raw_schema["info"]["title"]
        steps = operation.path.strip("/").split("/")
        kind = f"{api}/{steps[steps.index('{' + name + '}') - 1]}"
        if kind not in resources:
            return ""
        row = resources[kind].rows(self.operator.actor("admin")).order_by("pk").first()
        return str(getattr(row, resources[kind].key, ""))


@pytest.fixture(scope="module")
def world(database: object) -> World:
    return World()


def _named(operation: Any) -> str:
    start = operation.schema.raw_schema["info"]["title"]
    return f"{operation.method.upper()} {'' if start == 'Loopline' else start}{operation.path}"


@pytest.mark.parametrize("operation", _operations(), ids=_named)
def test_an_operation_answers_as_it_is_described(operation, world):
    found = world.found(operation)
    _hold(operation.as_strategy(path_parameters=found), FITTING, world.token)
    if operation.path_parameters:
        _hold(operation.as_strategy(), ANYWHERE, world.token)
    if operation.query or operation.body:
        _hold(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=found), UNFIT, world.token)


def _hold(strategy: Any, times: int, token: str) -> None:
    @given(case=strategy)
    @settings(
        max_examples=times,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    def hold(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    hold()


def test_no_two_schemas_share_a_name():
    """In the document the later one would stand for both."""
    known: dict[str, set[type[Schema]]] = {}
    waiting = [Schema]
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if each.__module__.startswith("loopline."):
            known.setdefault(each.__name__, set()).add(each)
    assert {name: found for name, found in known.items() if len(found) > 1} == {}


def test_no_endpoint_answers_without_a_token(database):
    client = Client()
    assert client.get("/api/v1/openapi.json").json() == described()
    for path, methods in described()["paths"].items():
        address = path.replace("{", "").replace("}", "")
        for method in methods:
            answer = client.generic(method.upper(), address, "{}", content_type="application/json")
            assert answer.status_code in {401, 404}, (method, path, answer.status_code)


def test_whatever_is_refused_is_refused_in_json_that_says_why(world):
    call = {"headers": {"authorization": f"Bearer {world.token}"}}
    answers = {
        "/api/v1/customers": Client().get("/api/v1/customers"),
        "/api/v1/customers/nobody": Client().get("/api/v1/customers/nobody", **call),
        "/api/v1/no-such-thing": Client().get("/api/v1/no-such-thing", **call),
        "broken body": Client().post("/api/v1/customers", "{", content_type="application/json", **call),
        "wrong body": Client().post("/api/v1/customers", "{}", content_type="application/json", **call),
    }
    told = {what: (answer.status_code, answer.json()["code"]) for what, answer in answers.items()}
    assert told == {
        "/api/v1/customers": (401, "not_signed_in"),
        "/api/v1/customers/nobody": (404, "not_found"),
        "/api/v1/no-such-thing": (404, "not_found"),
        "broken body": (400, "bad_request"),
        "wrong body": (422, "invalid"),
    }
    assert all(answer.json()["title"] for answer in answers.values())
