"""A partner's system opens, finds and changes persons and organisations."""

import json

import pytest
from django.test import Client

from loopline.testing import Operator

PERSON = "/tmf-api/partyManagement/v4/individual"


@pytest.fixture
def partner(operator: Operator) -> Client:
    return Client(headers={"authorization": f"Bearer {operator.token('admin')}", "accept-language": "en"})


def post(client: Client, address: str, **body: object):
    return client.post(address, json.dumps(body), content_type="application/json")


def test_a_person_is_created_shown_found_changed_and_deleted(partner):
    made = post(
        partner, PERSON, familyName="Lamborgizzia", givenName="Jane", nationality="IT", gender="female"
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Content-Type"] == "application/json;charset=utf-8"
    assert made["Location"] == body["href"] == f"http://testserver{PERSON}/{body['id']}"
    assert (body["familyName"], body["givenName"], body["fullName"]) == (
        "Lamborgizzia",
        "Jane",
        "Jane Lamborgizzia",
    )
    assert (body["nationality"], body["gender"], body["@type"]) == ("IT", "female", "Individual")
    shown = partner.get(body["href"]).json()
    assert (shown["familyName"], shown["givenName"]) == ("L***********", "****")
    assert "nationality" not in shown
    found = partner.get(PERSON, {"familyName": "Lamborgizzia", "givenName": "Jane"})
    assert [each["id"] for each in found.json()] == [body["id"]]
    assert found["X-Total-Count"] == "1"
    changed = partner.patch(body["href"], json.dumps({"givenName": "Joan"}), content_type="application/json")
    assert changed.status_code == 200, changed.content
    assert partner.get(PERSON, {"givenName": "Joan"}).json()[0]["id"] == body["id"]
    assert partner.delete(body["href"]).status_code == 204
    gone = partner.get(body["href"])
    assert (gone.status_code, gone.json()["code"]) == (404, "60")
