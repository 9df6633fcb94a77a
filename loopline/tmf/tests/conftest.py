"""A partner's system and how it speaks."""

import json
from typing import Any

import pytest
from django.test import Client

from loopline.testing import Operator

ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
PERSON = "/tmf-api/partyManagement/v4/individual"
COMPANY = "/tmf-api/partyManagement/v4/organization"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


class Partner:
    """A client with a token: bodies go out and come in as JSON."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})

    def get(self, address: str, query: str = "", **headers: str) -> Any:
        return self.client.get(f"{address}?{query}" if query else address, headers=headers or None)

    def post(self, address: str, body: Any, kind: str = "application/json", **headers: str) -> Any:
        return self.client.post(address, _text(body), content_type=kind, headers=headers or None)

    def patch(self, address: str, body: Any, kind: str = "application/merge-patch+json") -> Any:
        return self.client.patch(address, _text(body), content_type=kind)

    def delete(self, address: str) -> Any:
        return self.client.delete(address)

    def made(self, address: str, **body: Any) -> dict[str, Any]:
        answer = self.post(address, body)
        assert answer.status_code == 201, answer.content.decode()
        return answer.json()


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def token_of(operator: Operator, who: str = "admin", *scopes: str) -> str:
    from loopline.identity import api as identity

    with operator.door():
        staff = identity.Staff.objects.get(pk=operator.staff[who])
        return identity.issue_token(staff=staff, label="test", scopes=scopes)


@pytest.fixture
def partner(operator: Operator) -> Partner:
    """May read and write, and sees personal data masked."""
    return Partner(token_of(operator))


@pytest.fixture
def trusted(operator: Operator) -> Partner:
    """Sees personal data in clear besides."""
    return Partner(token_of(operator, "admin", "*:read", "*:write", "*:clear"))
