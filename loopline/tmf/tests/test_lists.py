"""Lists: what is found, in which order, how much of it, and what is told about the rest."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loopline.tmf.tests.conftest import COMPANY, CUSTOMER, ROLE


@pytest.fixture
def roles(partner):
    """Five roles of which each part can be asked for."""
    for number, name in enumerate(["Dealer", "Supplier", "Agent", "Courier", "Bank"], start=1):
        partner.made(
            ROLE,
            name=name,
            status="active" if number % 2 else "waiting",
            validFor={"startDateTime": f"2026-0{number}-01T00:00:00+08:00"},
            relatedParty=[{"id": f"P{number}", "role": "owner"}, {"id": "P9", "role": "guarantor"}],
            characteristic=[{"name": "rank", "value": number}],
        )
    return partner


def names(answer):
    assert answer.status_code == 200, answer.content.decode()
    return [each["name"] for each in answer.json()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=Agent", ["Agent"]),
        ("name=Agent,Bank", ["Agent", "Bank"]),
        ("name=Agent;Bank", ["Agent", "Bank"]),
        ("name=Agent&name=Bank", ["Agent", "Bank"]),
        ("name=Agent,Bank&status=active", ["Agent", "Bank"]),
        ("status=waiting", ["Supplier", "Courier"]),
        ("status.ne=waiting", ["Dealer", "Agent", "Bank"]),
        ("name.regex=^[A-C]", ["Agent", "Courier", "Bank"]),
        ("name.gte=Courier&name.lt=E", ["Dealer", "Courier"]),
        ("relatedParty.id=P3", ["Agent"]),
        ("relatedParty.role=guarantor", ["Dealer", "Supplier", "Agent", "Courier", "Bank"]),
        ("characteristic.value.gt=3", ["Courier", "Bank"]),
        ("characteristic.value.lte=1", ["Dealer"]),
        ("characteristic.value=4", ["Courier"]),
        ("validFor.startDateTime=2026-02-28T16:00:00Z", ["Agent"]),
        ("validFor.startDateTime.gt=2026-03-01T00:00:00%2B08:00", ["Courier", "Bank"]),
        ("validFor.startDateTime.lt=2026-02-01T00:00:00 08:00", ["Dealer"]),
        ("@type=PartyRole&name=Bank", ["Bank"]),
        ("@type=Lender", []),
        ("name=Nobody", []),
        ("id=not-an-id", []),
    ],
)
def test_a_filter_finds(roles, query, found):
    assert names(roles.get(ROLE, query)) == found


def test_an_address_finds_what_it_names(roles):
    made = roles.get(ROLE, "name=Bank").json()[0]
    assert names(roles.get(ROLE, f"id={made['id']}")) == ["Bank"]
    assert names(roles.get(ROLE, f"href={made['href']}")) == ["Bank"]


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "name.first=A",
        "validFor.whenever=2026-01-01",
        "relatedParty.x'y=1",
        "name.regex=(a%2B)%2B$",
        "name.regex=(a)\\1",
        "name.regex=[",
        "name.regex=" + "a" * 101,
        "sort=colour",
        "limit=many",
        "offset=-1",
        "offset=10001",
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_a_reason(roles, query):
    answer = roles.get(ROLE, query)
    told = answer.json()
    assert (answer.status_code, told["code"], told["status"]) == (400, "28", "400")
    assert told["reason"]
    assert told["referenceError"].startswith("http://testserver/tmf-api/partyRoleManagement/v4/openapi.json#")


def test_lists_are_sorted_by_several_attributes_in_both_directions(roles):
    assert names(roles.get(ROLE, "sort=name")) == ["Agent", "Bank", "Courier", "Dealer", "Supplier"]
    assert names(roles.get(ROLE, "sort=-name")) == ["Supplier", "Dealer", "Courier", "Bank", "Agent"]
    assert names(roles.get(ROLE, "sort=-status,+name")) == ["Courier", "Supplier", "Agent", "Bank", "Dealer"]


def test_a_page_says_how_many_there_are_and_where_the_others_stand(roles):
    answer = roles.get(ROLE, "sort=name&offset=2&limit=2&fields=name")
    assert names(answer) == ["Courier", "Dealer"]
    assert (answer["X-Total-Count"], answer["X-Result-Count"]) == ("5", "2")
    base = f"http://testserver{ROLE}?sort=name&fields=name"
    assert answer["Link"] == (
        f'<{base}&offset=0&limit=2>; rel="first", <{base}&offset=0&limit=2>; rel="prev", '
        f'<{base}&offset=4&limit=2>; rel="next", <{base}&offset=4&limit=2>; rel="last"'
    )
    last = roles.get(ROLE, "offset=4&limit=2")
    assert 'rel="next"' not in last["Link"]
    beyond = roles.get(ROLE, "offset=100")
    assert (beyond.json(), beyond["X-Total-Count"], beyond["X-Result-Count"]) == ([], "5", "0")


def test_a_page_is_never_longer_than_allowed(roles):
    assert roles.get(ROLE, "limit=100000").status_code == 200
    assert 'limit=200>; rel="first"' in roles.get(ROLE, "limit=100000")["Link"]
    assert roles.get(ROLE, "limit=0").json() == []


def test_only_the_fields_asked_for_come_with_those_that_always_stay(roles):
    made = roles.get(ROLE, "name=Agent&fields=relatedParty.role,status").json()
    assert made == [
        {
            "id": made[0]["id"],
            "href": f"http://testserver{ROLE}/{made[0]['id']}",
            "name": "Agent",
            "status": "active",
            "relatedParty": [{"role": "owner"}, {"role": "guarantor"}],
            "@type": "PartyRole",
        }
    ]
    one = roles.get(made[0]["href"], "fields=none").json()
    assert list(one) == ["id", "href", "name", "@type"]


def test_a_list_of_many_costs_as_many_queries_as_a_list_of_one(partner):
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert partner.get(address).status_code == 200
        return len(captured)

    addresses = [COMPANY, CUSTOMER, ROLE, "/tmf-api/accountManagement/v4/billingAccount"]

    def add(number: int) -> None:
        partner.made(COMPANY, tradingName=f"Firm {number}")
        partner.made(ROLE, name=f"Role {number}")
        phone = {"mediumType": "phone", "characteristic": {"phoneNumber": f"1380013800{number}"}}
        partner.made(CUSTOMER, name=f"Club {number}", engagedParty={"id": "x"}, contactMedium=[phone])

    add(1)
    before = [queries(address) for address in addresses]
    for number in range(2, 7):
        add(number)
    assert [queries(address) for address in addresses] == before
