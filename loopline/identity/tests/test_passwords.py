"""What an operator asks of passwords: set on screen, told in words, held at every door."""

from datetime import timedelta

import pytest
from django.test import Client

from loopline.identity.models import FormerPassword, SignInRules, Staff
from loopline.kernel import clock
from loopline.testing import PASSWORD

CHANGED = "Lantern-over-the-quay"


def _change(client, old, new):
    return client.post("/me/password", {"old": old, "new": new, "again": new})


def _try(operator, password, who="clerk1"):
    data = {"operator": operator.code, "user_name": who, "password": password}
    return Client(headers={"accept-language": "en"}).post("/sign-in", data)


def _set(operator, **rules):
    with operator.door():
        SignInRules.objects.update_or_create(defaults=rules)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("Short-1", "This password is too short. It must contain at least 10 characters."),
        ("1029384756102", "This password is entirely numeric."),
        ("basketball", "This password is too common."),
        ("my-Clerk1-password", "Your own name must not be in the password."),
        ("我是钱一呀我是钱一呀", "Your own name must not be in the password."),
        (PASSWORD, "This was one of your last 5 passwords."),
    ],
)
def test_a_refused_password_is_told_why(operator, new, why):
    answer = _change(operator.client("clerk1"), PASSWORD, new)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert _try(operator, PASSWORD).status_code == 302


def test_the_last_passwords_do_not_come_again_until_enough_others_were_used(operator):
    _set(operator, history=2)
    old = PASSWORD
    for new in (CHANGED, "Willow-by-the-bridge"):
        assert _change(_signed_in(operator, old), old, new).status_code == 302
        old = new
    assert _change(_signed_in(operator, old), old, CHANGED).status_code == 422
    assert _change(_signed_in(operator, old), old, PASSWORD).status_code == 302
    with operator.door():
        assert FormerPassword.objects.filter(staff_id=operator.staff["clerk1"]).count() == 2


def _signed_in(operator, password):
    client = Client(headers={"accept-language": "en"})
    data = {"operator": operator.code, "user_name": "clerk1", "password": password}
    assert client.post("/sign-in", data).status_code == 302
    return client


def test_an_old_password_must_be_renewed_before_anything_else_opens(operator):
    _set(operator, days_valid=90)
    with operator.door():
        Staff.objects.filter(pk=operator.staff["clerk1"]).update(
            password_set_at=clock.now() - timedelta(days=91)
        )
    client = operator.client("clerk1")
    assert client.get("/")["Location"].startswith("/me/password")
    assert "Your password is too old." in client.get("/me/password").content.decode()
    assert _change(client, PASSWORD, CHANGED).status_code == 302
    assert _signed_in(operator, CHANGED).get("/").status_code == 200


def test_whose_password_somebody_else_chose_must_change_it_at_the_first_sign_in(operator):
    form = {"user_name": "new", "name": "新人", "unit": operator.units["north-1"], "roles": "clerk"}
    admin = operator.client("admin")
    assert admin.post("/staff/add", form | {"password": CHANGED, "email": "n@x.cn"}).status_code == 302
    data = {"operator": operator.code, "user_name": "new", "password": CHANGED}
    client = Client(headers={"accept-language": "en"})
    client.post("/sign-in", data)
    assert "Somebody else gave you this password." in client.get("/me/password").content.decode()
    assert client.get("/")["Location"].startswith("/me/password")


def test_each_further_lock_lasts_twice_as_long_until_somebody_signs_in(operator):
    _set(operator, failures_to_lock=3, lock_minutes=10)
    start = clock.now()
    for lock in range(3):
        # The locks of the address itself must not come into it.
        start += timedelta(hours=2)
        with clock.frozen(start):
            for _failure in range(3):
                assert _try(operator, "wrong").status_code == 401
            answer = _try(operator, PASSWORD)
            assert answer.status_code == 429
            assert f"locked for {10 * 2**lock} minutes" in answer.content.decode()
    with clock.frozen(start + timedelta(minutes=41)):
        assert _try(operator, PASSWORD).status_code == 302
    with operator.door():
        assert Staff.objects.get(pk=operator.staff["clerk1"]).locks == 0


def test_an_administrator_sets_the_rules_on_screen_within_reason(operator):
    page = "/administration/sign-in"
    rules = {
        "min_length": "14",
        "history": "3",
        "days_valid": "180",
        "failures_to_lock": "4",
        "lock_minutes": "30",
    }
    assert operator.client("clerk1").get(page).status_code == 403
    admin = operator.client("admin")
    refused = admin.post(page, rules | {"min_length": "4"})
    assert (refused.status_code, "from 8 to 64" in refused.content.decode()) == (422, True)
    assert admin.post(page, rules).status_code == 302
    with operator.door():
        kept = SignInRules.objects.get()
        assert {name: str(getattr(kept, name)) for name in rules} == rules
    assert "At least 14 characters" in operator.client("clerk1").get("/me/password").content.decode()
    assert _change(operator.client("clerk1"), PASSWORD, "Twelve-chars").status_code == 422


def test_an_e_mail_belongs_to_one_person(operator):
    admin = operator.client("admin")
    form = {"name": "新人", "unit": operator.units["north-1"], "roles": "clerk", "password": CHANGED}
    assert admin.post("/staff/add", form | {"user_name": "one", "email": "a@x.cn"}).status_code == 302
    second = admin.post("/staff/add", form | {"user_name": "two", "email": "A@X.cn"})
    assert (second.status_code, "already in use" in second.content.decode()) == (409, True)
