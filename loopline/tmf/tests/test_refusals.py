"""Every way in which an Open API says no."""

import pytest

from loopline.tmf.engine import limits
from loopline.tmf.tests.conftest import COMPANY, CUSTOMER, PERSON, ROLE, Partner, token_of

JSON = "application/json;charset=utf-8"


def told(answer):
    body = answer.json()
    assert answer["Content-Type"] == JSON
    assert body["reason"]
    assert body["message"]
    assert body["status"] == str(answer.status_code)
    return answer.status_code, body["code"]


def test_nobody_is_answered_without_a_token_that_holds(operator):
    for client in (Partner(""), Partner("llt_1_nothing"), Partner(token_of(operator)[:-1])):
        for answer in (
            client.get(ROLE),
            client.post(ROLE, {}),
            client.delete(f"{ROLE}/x"),
            client.get(f"{ROLE}/x"),
        ):
            assert told(answer) == (401, "40")
            assert answer["WWW-Authenticate"] == "Bearer"


def test_a_browsers_session_is_no_token(operator):
    assert told(operator.client("admin").get(ROLE)) == (401, "40")


def test_a_token_does_what_its_scopes_say(operator):
    reader = Partner(token_of(operator, "admin", "partyRoleManagement:read"))
    assert reader.get(ROLE).status_code == 200
    assert told(reader.post(ROLE, {"name": "Dealer"})) == (403, "50")
    assert told(reader.get(PERSON)) == (403, "50")
    assert reader.get("/tmf-api/partyRoleManagement/v4/hub").json() == []
    assert reader.get("/api/v1/customers").status_code == 403
    assert reader.get("/customers").status_code == 302


def test_a_role_without_the_permission_is_refused_and_nothing_changes(operator, partner):
    analyst = Partner(token_of(operator, "analyst"))
    assert told(analyst.post(ROLE, {"name": "Dealer"})) == (403, "50")
    assert told(analyst.post(COMPANY, {"tradingName": "Coffee"})) == (403, "50")
    assert partner.get(ROLE).json() == partner.get(COMPANY).json() == []


def test_what_is_not_there_is_not_found(partner):
    for address in (f"{ROLE}/nothing", f"{ROLE}/01a2017e-512e-7b93-bf06-dd5d0a3a8ae2", "/tmf-api/x/v4/y"):
        assert told(partner.get(address)) == (404, "60")
    role = partner.made(ROLE, name="Dealer")
    assert partner.delete(role["href"]).status_code == 204
    assert told(partner.get(role["href"])) == (404, "60")
    assert told(partner.delete(role["href"])) == (404, "60")
    assert told(partner.patch(role["href"], {"name": "x"})) == (404, "60")
    assert partner.get("/tmf-api/nowhere").json()["reason"]


def test_a_method_that_is_not_known_says_which_are(partner):
    answer = partner.client.put(ROLE, "{}", content_type="application/json")
    assert (told(answer), answer["Allow"]) == ((405, "61"), "GET, POST")
    bill = partner.post("/tmf-api/customerBillManagement/v4/customerBill", {})
    assert (told(bill), bill["Allow"]) == ((405, "61"), "GET")


def test_what_is_neither_sent_nor_accepted_as_json_is_refused(partner):
    assert told(partner.post(ROLE, "name=x", "application/x-www-form-urlencoded")) == (415, "65")
    assert told(partner.get(ROLE, accept="text/csv")) == (406, "64")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"x"',
        '{"name": NaN}',
        '{"name": "a\\u0000b"}',
        '{"name": "\\ud800"}',
        '{"name": 1e999}',
        "[" * 5000,
    ],
)
def test_a_body_that_is_no_resource_is_refused(partner, body):
    assert told(partner.post(ROLE, body)) == (400, "22")


def test_what_is_required_is_required(partner):
    answer = partner.post(PERSON, {"givenName": "Jane"})
    assert told(answer) == (400, "23")
    assert answer.json()["message"].startswith("familyName:")


def test_a_suspected_duplicate_is_a_conflict_that_names_nobody(partner):
    phone = [{"mediumType": "phone", "characteristic": {"phoneNumber": "138 0013 8000"}}]
    partner.made(PERSON, familyName="Lamborgizzia", givenName="Jane", contactMedium=phone)
    answer = partner.post(PERSON, {"familyName": "Doe", "givenName": "John", "contactMedium": phone})
    assert told(answer) == (409, "possible_duplicate")
    assert "Lamborgizzia" not in answer.content.decode()
    assert len(partner.get(PERSON).json()) == 1


def test_a_rule_of_the_house_is_an_unprocessable_entity(partner):
    paper = [{"identificationType": "nationalId", "identificationId": "110105194912310021"}]
    body = {"familyName": "Doe", "givenName": "John", "individualIdentification": paper}
    assert told(partner.post(PERSON, body)) == (422, "unlikely_document")
    assert partner.get(PERSON).json() == []


def test_a_party_is_a_customer_once(partner):
    firm = partner.made(COMPANY, tradingName="Moon Football Club")
    party = {"id": firm["id"], "@referredType": "Organization"}
    customer = partner.made(CUSTOMER, name="Moon Football Club", engagedParty=party)
    assert (customer["id"], customer["status"]) == (firm["id"], "active")
    assert told(partner.post(CUSTOMER, {"name": "Moon", "engagedParty": party})) == (409, "is_customer")
    assert partner.delete(customer["href"]).status_code == 204
    assert told(partner.get(customer["href"])) == (404, "60")
    assert partner.get(firm["href"]).json()["tradingName"] == "Moon Football Club"


def test_a_token_that_asks_too_often_is_told_when_to_come_back(partner, monkeypatch):
    monkeypatch.setattr(limits, "buckets", limits.Buckets(rate=0.5))
    assert partner.get(ROLE).status_code == 200
    answer = partner.get(ROLE)
    assert told(answer) == (429, "too_many_requests")
    assert answer["Retry-After"] == "2"


def test_a_bucket_fills_again():
    buckets = limits.Buckets(rate=10)
    assert [buckets.take("a", 0.0) for _ in range(20)] == [0.0] * 20
    assert buckets.take("a", 0.0) == pytest.approx(0.1)
    assert buckets.take("b", 0.0) == 0.0
    assert buckets.take("a", 0.1) == 0.0
    assert buckets.take("a", 0.1) > 0


def test_a_repeated_post_with_its_key_is_carried_out_once(operator, partner):
    key = {"idempotency-key": "order-4711"}
    first = partner.post(ROLE, {"name": "Dealer"}, **key)
    again = partner.post(ROLE, {"name": "Dealer"}, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert told(partner.post(ROLE, {"name": "Agent"}, **key)) == (409, "idempotency_key_used")
    assert told(partner.post(COMPANY, {"tradingName": "Dealer"}, **key)) == (409, "idempotency_key_used")
    failed = {"idempotency-key": "order-4712"}
    assert told(partner.post(ROLE, {}, **failed)) == (400, "23")
    assert partner.post(ROLE, {"name": "Agent"}, **failed).status_code == 201
    assert len(partner.get(ROLE).json()) == 2
