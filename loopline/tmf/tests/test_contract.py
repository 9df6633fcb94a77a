"""Every declared resource: its document, what it refuses, and that nothing a client sends breaks it."""

import json

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from loopline.testing import found_operator
from loopline.tmf.engine import openapi, urls
from loopline.tmf.engine.resource import resources
from loopline.tmf.tests.conftest import Partner, token_of

APIS = sorted({resource.api for resource in resources})
assert urls.urlpatterns


@pytest.fixture(scope="module")
def operator_of_module(database: object):
    return found_operator()


@pytest.fixture(scope="module")
def token(operator_of_module) -> str:
    return token_of(operator_of_module, "admin", "*:read", "*:write", "*:clear")


@pytest.mark.parametrize("api", APIS)
def test_nothing_that_is_sent_breaks_an_api(api, token):
    schema = schemathesis.openapi.from_wsgi(f"/tmf-api/{api}/v4/openapi.json", get_wsgi_application())
    for result in schema.get_all_operations():
        _hold(result.ok(), token)


def _hold(operation, token: str) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=8,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    def hold(case):
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=[not_a_server_error])

    hold()


@pytest.mark.parametrize("path", [name for name in resources.names() if "" in resources[name].holders])
def test_a_resource_lists_refuses_unknown_filters_and_is_described(path, token):
    partner = Partner(token)
    resource = resources[path]
    address = f"/tmf-api/{resource.api}/v4/{resource.name}"
    listed = partner.get(address)
    assert listed.status_code == 200, listed.content
    assert int(listed["X-Result-Count"]) == len(listed.json())
    assert partner.get(address, "noSuchAttribute=1").json()["code"] == "28"
    assert partner.get(f"{address}/no-such-id").status_code == 404
    described = partner.get(f"/tmf-api/{resource.api}/v4/openapi.json").json()
    assert described == json.loads(json.dumps(openapi.document(resource.api, "http://testserver")))
    assert f"/{resource.name}" in described["paths"]
    for attribute in resource.attributes:
        found = partner.get(address, f"{attribute.name}=1&sort={attribute.name}")
        assert found.status_code in {200, 400}, (attribute.name, found.content)
        for operator in ("ne", "gt", "lte", "regex"):
            found = partner.get(address, f"{attribute.name}.{operator}=2026-01-01")
            assert found.status_code in {200, 400}, (attribute.name, operator, found.content)
