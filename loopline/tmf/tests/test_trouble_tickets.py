"""A partner's system opens, finds, works and deletes trouble tickets: the tickets that our screens show."""

import base64
import json

import pytest
from django.test import Client

from loopline.cases import api as cases
from loopline.cases.tests.ground import customer, set_up
from loopline.testing import Operator

TICKETS = "/tmf-api/troubleTicket/v4/troubleTicket"


@pytest.fixture
def partner(operator: Operator) -> Client:
    return Client(headers={"authorization": f"Bearer {operator.token('admin')}", "accept-language": "en"})


def _post(client: Client, **body: object):
    whole = {"description": "No service since noon", "severity": "High", "ticketType": "device"} | body
    return client.post(TICKETS, json.dumps(whole), content_type="application/json")


def _patch(client: Client, address: str, **changes: object):
    return client.patch(address, json.dumps(changes), content_type="application/merge-patch+json")


def test_a_ticket_of_a_partner_is_a_ticket_of_ours(operator, partner):
    set_up(operator)
    who = customer(operator)
    made = _post(
        partner,
        ticketType="fault.broadband",
        externalId="P-7",
        priority="Critical",
        status="nonsense",
        channel={"name": "Phone"},
        relatedParty=[{"id": str(who.public_id), "role": "customer", "@referredType": "Customer"}],
        note=[{"author": "Ann", "text": "First"}, {"author": "Bob", "text": "Second"}],
        attachment=[{"name": "a.txt", "content": base64.b64encode(b"hello").decode()}],
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["status"], body["priority"], body["severity"]) == ("acknowledged", "Critical", "High")
    assert [(note["author"], note["text"]) for note in body["note"]] == [("Ann", "First"), ("Bob", "Second")]
    assert [file["mimeType"] for file in body["attachment"]] == ["text/plain"]
    with operator.door("clerk1") as clerk:
        ours = cases.get_ticket(clerk, body["id"])
        assert (ours.kind, ours.category.code, ours.channel, ours.priority) == (
            "fault",
            "fault.broadband",
            "call",
            "urgent",
        )
        assert (ours.customer_id, ours.external_id) == (who.pk, "P-7")
    for address, count in [
        ("?severity=High", 1),
        ("?severity=Low", 0),
        ("?ticketType=fault.broadband&status=acknowledged", 1),
        ("?externalId=P-7", 1),
        (f"?relatedParty.id={who.public_id}", 1),
        ("?creationDate.gt=2020-01-01T00:00:00Z", 1),
        ("?priority=Critical", 1),
    ]:
        found = partner.get(TICKETS + address)
        assert (found.status_code, len(found.json())) == (200, count), address
        assert found["X-Total-Count"] == str(count)
    assert partner.get(TICKETS + "?nonsense=1").status_code == 400


def test_steps_follow_our_rules_and_reopened_reads_as_in_progress(operator, partner):
    own = _post(partner).json()["href"]
    assert _patch(partner, own, status="closed").status_code == 409
    assert _patch(partner, own, status="inProgress").json()["status"] == "inProgress"
    waits = _patch(partner, own, status="pending", statusChangeReason="Which phone?").json()
    assert waits["statusChangeReason"] == "Which phone?"
    assert "expectedResolutionDate" not in waits
    solved = _patch(partner, own, status="resolved", statusChangeReason="Restarted").json()
    assert solved["resolutionDate"]
    assert _patch(partner, own, status="reopened").json()["code"] == "reason_missing"
    assert (
        _patch(partner, own, status="reopened", statusChangeReason="Again").json()["status"] == "inProgress"
    )
    assert len(partner.get(TICKETS + "?status=inProgress").json()) == 1
    told = [change["status"] for change in partner.get(own).json()["statusChange"]]
    assert told == ["acknowledged", "inProgress", "pending", "resolved", "inProgress"]
    assert _patch(partner, own, creationDate="2020-01-01T00:00:00Z").status_code == 400
    assert partner.delete(own).status_code == 409


def test_what_is_missing_or_misshapen_is_refused_and_what_nobody_worked_on_is_deleted(operator, partner):
    bare = {"description": "x", "severity": "High"}
    assert partner.post(TICKETS, json.dumps(bare), content_type="application/json").status_code == 400
    assert _post(partner, note={"author": "x"}).status_code == 400
    own = _post(partner).json()["href"]
    changed = _patch(partner, own, severity="Urgent", name="Dead phone").json()
    assert (changed["severity"], changed["name"]) == ("Urgent", "Dead phone")
    assert partner.delete(own).status_code == 204
    assert partner.get(own).status_code == 404
    assert partner.get(TICKETS).json() == []


def test_a_ticket_of_another_branch_is_not_there(operator, partner):
    made = _post(partner).json()
    stranger = Client(headers={"authorization": f"Bearer {operator.token('southerner')}"})
    assert stranger.get(TICKETS).json() == []
    assert stranger.get(made["href"]).status_code == 404
    assert _patch(stranger, made["href"], severity="Low").status_code == 404
