"""Every declared resource: its document, and what it refuses."""

import json

import pytest

from loopline.testing import found_operator
from loopline.tmf.engine import openapi, urls
from loopline.tmf.engine.resource import resources
from loopline.tmf.tests.conftest import Partner, token_of

assert urls.urlpatterns


@pytest.fixture(scope="module")
def token(database: object) -> str:
    return token_of(found_operator(), "admin", "*:read", "*:write", "*:clear")


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
