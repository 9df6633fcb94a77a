"""Two steps to sign in: set up, used, lost, taken away; and passwords that somebody else chose."""

import re
from datetime import timedelta

import pyotp
import pytest
from django.test import Client

from loopline.identity.models import SecondStep, Session, Staff
from loopline.kernel import clock
from loopline.testing import PASSWORD


def _signs_in(operator, who="clerk1", password=PASSWORD):
    client = Client(headers={"accept-language": "en"})
    answer = client.post("/sign-in", {"operator": operator.code, "user_name": who, "password": password})
    return client, answer


def _sets_up(operator, who="clerk1"):
    """Returns the authenticator and the spare codes."""
    client = operator.client(who)
    secret = re.search(r'setup-secret">([A-Z2-7 ]+)<', client.get("/me/second-step").content.decode())[1]
    device = pyotp.TOTP(secret.replace(" ", ""))
    page = client.post("/me/second-step", {"code": device.at(clock.now())}).content.decode()
    spare = re.findall(r"<li>([0-9a-f]{4}-[0-9a-f]{4})</li>", page)
    assert len(spare) == 10
    return device, spare


def test_the_password_alone_opens_nothing_any_more(operator):
    device, _spare = _sets_up(operator)
    client, answer = _signs_in(operator)
    assert answer.status_code == 302
    for page in ("/", "/customers", "/me/security", "/me/second-step", "/me/password"):
        assert client.get(page).headers["Location"] == f"/sign-in/code?next={page}"
    assert client.get("/api/v1/identity/me").status_code == 401
    with clock.frozen(clock.now() + timedelta(seconds=31)):
        code = device.at(clock.now())
        assert (
            client.post("/sign-in/code", {"code": code, "next": "/me/security"}).headers["Location"]
            == "/me/security"
        )
        assert client.get("/me/security").status_code == 200
        again, _answer = _signs_in(operator)
        assert again.post("/sign-in/code", {"code": code}).status_code == 401, "no code serves twice"


def test_the_code_of_the_set_up_does_not_sign_in(operator):
    with clock.frozen(clock.now()):
        device, _spare = _sets_up(operator)
        client, _answer = _signs_in(operator)
        assert client.post("/sign-in/code", {"code": device.at(clock.now())}).status_code == 401


def test_a_spare_code_works_once(operator):
    _device, spare = _sets_up(operator)
    first, _answer = _signs_in(operator)
    assert first.post("/sign-in/code", {"code": spare[3].upper()}).status_code == 302
    assert "9 spare codes left" in first.get("/me/security").content.decode()
    second, _answer = _signs_in(operator)
    assert second.post("/sign-in/code", {"code": spare[3]}).status_code == 401


def test_five_wrong_codes_lock_the_name_as_wrong_passwords_do(operator):
    device, _spare = _sets_up(operator)
    client, _answer = _signs_in(operator)
    for wrong in ("000000", "", "12", "x" * 500, "１２３４５６"):
        assert client.post("/sign-in/code", {"code": wrong}).status_code == 401
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        assert client.post("/sign-in/code", {"code": device.at(clock.now())}).status_code == 429


def test_the_secret_is_sealed_and_shown_only_while_it_is_set_up(operator):
    device, spare = _sets_up(operator)
    with operator.door():
        kept = SecondStep.objects.get()
        assert device.secret.encode() not in bytes(kept.sealed) + bytes(kept.wrapped)
        assert not set(spare) & set(kept.spare_codes)
    client, _answer = _signs_in(operator)
    assert client.post("/sign-in/code", {"code": spare[0]}).status_code == 302
    assert client.get("/me/second-step").headers["Location"] == "/me/security"


def test_an_administrator_helps_whoever_has_lost_his_device(operator):
    _sets_up(operator)
    with operator.door():
        clerk = Staff.objects.get(user_name="clerk1")
    assert operator.client("north").post(f"/staff/{clerk.public_id}/second-step/remove").status_code == 403
    assert operator.client("admin").post(f"/staff/{clerk.public_id}/second-step/remove").status_code == 302
    client, _answer = _signs_in(operator)
    assert client.get("/me/security").status_code == 200


def test_a_role_may_ask_for_the_second_step(operator):
    admin = operator.client("admin")
    form = {"name": "营业员", "name_en": "Clerk", "permissions": ["customers.view", "tasks.work"]}
    assert admin.post("/roles/clerk", form | {"needs_second_step": "on"}).status_code == 302
    client, _answer = _signs_in(operator)
    assert client.get("/").headers["Location"] == "/me/second-step?next=/"
    secret = re.search(r'setup-secret">([A-Z2-7 ]+)<', client.get("/me/second-step").content.decode())[1]
    device = pyotp.TOTP(secret.replace(" ", ""))
    assert client.post("/me/second-step", {"code": "000000"}).status_code == 401
    assert client.get("/customers").status_code == 302
    client.post("/me/second-step", {"code": device.at(clock.now())})
    assert client.get("/customers").status_code == 200


def test_a_password_that_somebody_else_chose_must_be_changed_first(operator):
    with operator.door("admin") as actor:
        from loopline.identity import actions

        staff = Staff.objects.get(user_name="clerk1")
        actions.reset_password(actor=actor, staff=staff, new="Given-by-admin-7")
    client, _answer = _signs_in(operator, password="Given-by-admin-7")
    assert client.get("/customers").headers["Location"] == "/me/password?next=/customers"
    page = client.get("/me/password").content.decode()
    assert "Choose one that only you know." in page
    new = {"old": "Given-by-admin-7", "new": "Only-mine-2026", "again": "Only-mine-2026"}
    assert client.post("/me/password", new).status_code == 302
    client, _answer = _signs_in(operator, password="Only-mine-2026")
    assert client.get("/customers").status_code == 200


def test_sessions_elsewhere_can_be_ended_one_or_all(operator):
    here, phone, old = (operator.client("clerk1") for _ in range(3))
    page = here.get("/me/security").content.decode()
    ids = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
    assert len(ids) == 2
    stranger = operator.client("clerk2")
    assert stranger.post("/me/sessions/end", {"session": ids[0]}).status_code == 302
    with operator.door():
        assert Session.objects.filter(staff__user_name="clerk1").count() == 3, "only one's own"
    here.post("/me/sessions/end", {"session": ids[0]})
    assert sorted(client.get("/me/security").status_code for client in (phone, old)) == [200, 302]
    here.post("/me/sessions/end")
    assert [client.get("/me/security").status_code for client in (here, phone, old)] == [200, 302, 302]


@pytest.mark.parametrize(("life", "days"), [("30", 31), ("90", 91)])
def test_a_token_of_ones_own_lives_as_long_as_it_was_asked_for(operator, life, days):
    client = operator.client("clerk1")
    page = client.post("/me/tokens", {"label": "billing", "life": life}).content.decode()
    token = re.search(r'new-token">(llt_[^<]+)<', page)[1]
    call = {"headers": {"authorization": f"Bearer {token}"}}
    assert Client().get("/api/v1/identity/me", **call).json()["user_name"] == "clerk1"
    with clock.frozen(clock.now() + timedelta(days=days)):
        assert Client().get("/api/v1/identity/me", **call).status_code == 401
    revoke = re.search(r'action="(/me/tokens/[^"]+/revoke)"', client.get("/me/security").content.decode())[1]
    assert operator.client("clerk2").post(revoke).status_code == 404
    assert client.post(revoke).status_code == 302
    assert Client().get("/api/v1/identity/me", **call).status_code == 401
