"""Branch, mask and audit hold for programs as they do for people."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from loopline.customers import api as customers
from loopline.kernel.models import AccessRecord
from loopline.tmf.models import Leftover
from loopline.tmf.tests.conftest import COMPANY, CUSTOMER, PERSON, ROLE, Partner, token_of

ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
TOUCH = "/tmf-api/partyInteraction/v4/partyInteraction"
BORN = "1995-05-01T00:00:00+08:00"


@pytest.fixture
def clerk(operator) -> Partner:
    return Partner(token_of(operator, "clerk1"))


@pytest.fixture
def other_clerk(operator) -> Partner:
    return Partner(token_of(operator, "clerk2"))


def test_what_belongs_to_a_customer_of_another_branch_is_not_there(clerk, other_clerk, partner):
    person = clerk.made(PERSON, familyName="Lamborgizzia", givenName="Jane", nationality="IT")
    party = {"id": person["id"], "@referredType": "Individual"}
    mine = [
        person,
        clerk.made(CUSTOMER, name="Jane", engagedParty=party),
        clerk.made(ROLE, name="Dealer", engagedParty=party),
        clerk.made(ACCOUNT, name="Home", relatedParty=[party]),
        clerk.made(TOUCH, reason="TV", direction="inbound", channel=[{"id": "store"}], relatedParty=[party]),
        clerk.made(TOUCH, reason="A question", direction="inbound", channel=[{"id": "555"}]),
    ]
    for each in mine:
        assert other_clerk.get(each["href"]).status_code == 404
        assert other_clerk.patch(each["href"], {"description": "x"}).status_code == 404
        assert clerk.get(each["href"]).status_code == partner.get(each["href"]).status_code == 200
    for address in (PERSON, CUSTOMER, ROLE, ACCOUNT, TOUCH):
        answer = other_clerk.get(address)
        assert (answer.json(), answer["X-Total-Count"]) == ([], "0")


def test_what_was_kept_moves_with_the_customer(operator, clerk, other_clerk):
    person = clerk.made(PERSON, familyName="Lamborgizzia", givenName="Jane", nationality="IT")
    with operator.door("admin") as admin:
        row = customers.by_public_id(admin, person["id"])
        customers.move_customer(actor=admin, customer=row, branch_id=operator.units["north-2"])
    assert clerk.get(person["href"]).status_code == 404
    assert other_clerk.get(person["href"]).status_code == 200
    with operator.door("clerk2"):
        assert Leftover.objects.get(about_id=row.pk).body["nationality"] == "IT"
    with operator.door("clerk1"):
        assert Leftover.objects.filter(about_id=row.pk).count() == 0


def test_a_masked_value_cannot_be_felt_out_by_comparisons(partner, trusted):
    partner.made(PERSON, familyName="Lamborgizzia", givenName="Jane")
    for query in ("familyName.regex=^L", "familyName.gt=A", "birthDate.gt=1990-01-01"):
        assert partner.get(PERSON, query).status_code == 400
        assert trusted.get(PERSON, query).status_code == 200
    assert len(partner.get(PERSON, "familyName=Lamborgizzia").json()) == 1


def test_personal_data_in_clear_is_for_tokens_made_for_it_and_stands_in_the_audit(operator, partner, trusted):
    phone = {"mediumType": "phone", "characteristic": {"phoneNumber": "138 0013 8000"}}
    person = partner.made(
        PERSON,
        familyName="王",
        givenName="小明",
        birthDate="1995-05-01T00:00:00+08:00",
        contactMedium=[phone],
    )
    assert (person["familyName"], person["fullName"]) == ("王", "王小明")
    masked, clear = partner.get(person["href"]).json(), trusted.get(person["href"]).json()
    assert (masked["familyName"], masked["givenName"], masked["fullName"]) == ("王", "**", "王**")
    assert "birthDate" not in masked
    assert masked["contactMedium"][0]["characteristic"]["phoneNumber"] == "138 **** 8000"
    assert (clear["givenName"], clear["birthDate"]) == ("小明", "1995-04-30T16:00:00.000Z")
    assert clear["contactMedium"][0]["characteristic"]["phoneNumber"] == "+8613800138000"
    without = Partner(token_of(operator, "marketer", "*:read", "*:clear"))
    assert without.get(person["href"]).json() == masked
    with operator.door():
        (look,) = AccessRecord.objects.filter(kind="api_clear")
        assert (look.staff_name, look.field) == ("高明", "partyManagement/individual")


def test_an_identity_document_is_sealed_and_never_given_back(operator, partner, trusted):
    paper = {"identificationType": "nationalId", "identificationId": "11010519491231002X"}
    person = partner.made(PERSON, familyName="Doe", givenName="John", individualIdentification=[paper])
    (shown,) = trusted.get(person["href"]).json()["individualIdentification"]
    assert shown == {"identificationType": "identity_card", "identificationId": "11**************2X"}
    with operator.door(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tmf_leftover WHERE body::text LIKE '%19491231%'")
        assert cursor.fetchone() == (0,)
    again = partner.post(
        PERSON, {"familyName": "Roe", "givenName": "Jack", "individualIdentification": [paper]}
    )
    assert again.status_code == 409


def test_twenty_repetitions_at_once_make_one_role(operator, partner):
    token = token_of(operator)

    def send(_: int) -> tuple[int, str]:
        try:
            answer = Partner(token).post(ROLE, {"name": "Dealer"}, **{"idempotency-key": "k1"})
            return answer.status_code, answer.json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        told = set(pool.map(send, range(20)))
    assert len(told) == 1
    assert next(iter(told))[0] == 201
    assert len(partner.get(ROLE).json()) == 1


def test_an_account_of_somebody_unknown_gets_an_owner_and_finds_him_again(partner):
    stranger = [{"id": "6838", "@referredType": "Organization", "name": "Richard Cole"}]
    first = partner.made(ACCOUNT, name="Home Account", relatedParty=stranger)
    second = partner.made(ACCOUNT, name="Second Account", relatedParty=stranger)
    assert first["relatedParty"] == second["relatedParty"] == stranger
    (owner,) = partner.get(COMPANY).json()
    assert owner["tradingName"] == "Richard Cole"
    assert partner.get(CUSTOMER).json() == []
    renamed = partner.patch(
        first["href"], {"name": "House Account", "creditLimit": {"unit": "CNY", "value": 500}}
    )
    assert (renamed.json()["name"], renamed.json()["creditLimit"]["value"]) == ("House Account", 500)
