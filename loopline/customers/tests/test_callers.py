"""Who has a number: found by it in any spelling, with the first screen, and only by whoever may see him."""

from datetime import date

import pytest
from django.test import Client

from loopline.customers import api as customers
from loopline.subscriptions import api as subscriptions
from loopline.testing import found_operator, same_query_count

NUMBER = "+8613805350099"


@pytest.fixture(scope="module")
def operator(database):
    made = found_operator()
    with made.door():
        who = customers.write_customers(
            {
                "branch_id": [made.units["north-1"], made.units["south-1"], made.units["south-1"]],
                "name": ["张三丰", "李四光", "王五"],
                "telephone": ["", "+8613900001111", "+8613900001111"],
            },
            source="t",
        )
        subscriptions.write_subscriptions(
            {
                "customer_id": [who.customer_ids[0]],
                "branch_id": [made.units["north-1"]],
                "account_id": [who.account_ids[0]],
                "number": [NUMBER],
                "started_on": [date(2026, 1, 1)],
            },
            source="t",
        )
    return made


def asked(operator, number, who="admin", token="", **more):
    caller = {"authorization": f"Bearer {token or operator.token(who)}"}
    return Client().get("/api/v1/customers/by-number", {"number": number, **more}, headers=caller)


@pytest.mark.parametrize(
    "spelling", ["13805350099", "138 0535 0099", "+86 138-0535-0099", "0086138 05350099"]
)
def test_a_caller_is_found_by_his_line_and_shown_masked(operator, spelling):
    told = asked(operator, spelling).json()
    assert [one["name"] for one in told["customers"]] == ["张**"]
    assert [line["state"] for line in told["panels"]["have"]["lines"]] == ["active"]
    assert sorted(told["panels"]) == ["have", "said", "tickets"]


def test_a_number_of_two_shows_both_and_no_first_screen(operator):
    told = asked(operator, "13900001111").json()
    assert [one["name"] for one in told["customers"]] == ["李**", "王*"]
    assert told["panels"] == {}


def test_the_caller_says_what_he_wants_to_see(operator):
    assert list(asked(operator, NUMBER, panels="have,nothing").json()["panels"]) == ["have"]


def test_nobody_is_shown_a_caller_of_another_branch(operator):
    assert asked(operator, NUMBER, "clerk2").json() == {"customers": [], "panels": {}}
    assert len(asked(operator, NUMBER, "clerk1").json()["customers"]) == 1


def test_what_is_no_number_is_refused_in_words(operator):
    answer = asked(operator, "nobody")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_telephone_number")


def test_the_first_screen_asks_so_often(operator):
    token = operator.token("admin")
    asked(operator, NUMBER, token=token)
    with same_query_count("GET /api/v1/customers/by-number"):
        asked(operator, NUMBER, token=token)
