"""Every endpoint survives whatever fits, or does not fit, its schema: no 5xx, and nobody gets in without a token."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from loopline.testing import found_operator


@pytest.fixture(scope="module")
def administrator(database: object) -> str:
    """The token of somebody who may do everything in an operator of his own."""
    return found_operator().token("admin")


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_no_endpoint_breaks(case, administrator):
    case.call_and_validate(headers={"Authorization": f"Bearer {administrator}"}, checks=[not_a_server_error])


def test_no_endpoint_answers_without_a_token(database):
    from loopline.config.api import api

    client = Client()
    for path, methods in api.get_openapi_schema()["paths"].items():
        address = path.replace("{", "").replace("}", "")
        for method in methods:
            answer = client.generic(method.upper(), address, "{}", content_type="application/json")
            assert answer.status_code in {401, 404}, (method, path, answer.status_code)


def test_whatever_is_refused_is_refused_in_json_that_says_why(administrator):
    call = {"headers": {"authorization": f"Bearer {administrator}"}}
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
