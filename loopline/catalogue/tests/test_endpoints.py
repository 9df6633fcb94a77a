"""The catalogue for programs: an offer is designed, priced, launched and replaced."""

import pytest
from django.test import Client

from loopline.catalogue.api import Offering
from loopline.catalogue.tests.ground import specification


@pytest.fixture
def call(operator):
    def make(who):
        headers = {"authorization": f"Bearer {operator.token(who)}"}

        def send(method, path, body=None):
            client = Client()
            return getattr(client, method)(
                f"/api/v1/catalogue/offers{path}", body, content_type="application/json", headers=headers
            )

        return send

    return make


def test_an_offer_from_design_to_the_next_version(operator, call):
    with operator.door("marketer") as actor:
        spec = specification(actor)
    send = call("marketer")
    sheet = {
        "code": "M99", "name": "畅享99", "name_en": "Enjoy 99", "specification": str(spec.public_id),
        "prices": [
            {"kind": "recurring", "name": "月租", "amount": "99"},
            {"kind": "discount", "name": "首年八折", "percent": "20", "months": 12},
        ],
    }  # fmt: skip
    made = send("post", "", sheet)
    assert made.status_code == 201, made.content
    offer = made.json()
    quote = send("post", f"/{offer['id']}/price", {"start": "2026-11-22"}).json()
    assert (quote["monthly"], quote["after_discount"], quote["first_bill"]["total"]) == (
        "79.20",
        "99.00",
        "23.76",
    )
    assert quote["first_bill"]["lines"][0]["how"] == "9 of 30 days of ¥99.00"
    for to in ("in_test", "active", "launched"):
        assert send("post", f"/{offer['id']}/state", {"to": to}).status_code == 200
    assert send("put", f"/{offer['id']}", sheet).json()["code"] == "offering_not_a_draft"
    second = send("post", f"/{offer['id']}/versions").json()
    assert (second["revision"], second["state"]) == (2, "in_design")
    listed = send("get", "").json()
    assert [(row["code"], row["revision"]) for row in listed["items"]] == [("M99", 1), ("M99", 2)]
    assert send("delete", f"/{second['id']}").status_code == 204
    assert send("delete", f"/{offer['id']}").status_code == 409


def test_a_clerk_reads_and_prices_but_does_not_design(operator, call):
    send = call("clerk1")
    assert send("post", "", {"code": "X", "name": "x"}).status_code == 403
    assert send("get", "").json() == {"items": [], "next": None}
    with operator.door():
        assert Offering.objects.count() == 0
