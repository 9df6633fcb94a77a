"""Signing in: sessions, locks, tokens, what each person sees of the organisation."""

from datetime import timedelta

import pytest
from django.test import Client

from loopline.identity import api as identity
from loopline.identity.models import Session, Staff
from loopline.kernel import clock
from loopline.kernel.models import AccessRecord
from loopline.testing import PASSWORD, found_operator


def _try(operator, password, who="clerk1", code=None):
    data = {"operator": code or operator.code, "user_name": who, "password": password}
    return Client(headers={"accept-language": "en"}).post("/sign-in", data)


def test_a_clerk_signs_in_and_out_and_both_are_audited(operator):
    client = operator.client("clerk1")
    assert client.get("/me/password").status_code == 200
    client.post("/sign-out")
    assert client.get("/me/password").status_code == 302
    with operator.door():
        kinds = list(AccessRecord.objects.order_by("id").values_list("kind", "staff_name"))
        assert Session.objects.count() == 0
    assert kinds == [("sign_in", "钱一"), ("sign_out", "钱一")]


@pytest.mark.parametrize(
    ("password", "who", "code"),
    [("wrong", "clerk1", None), (PASSWORD, "nobody", None), (PASSWORD, "clerk1", "no-such"), ("", "", "")],
)
def test_what_is_wrong_is_never_told(operator, password, who, code):
    answer = _try(operator, password, who, code)
    assert answer.status_code == 401
    assert "The operator code, user name or password is wrong." in answer.content.decode()


def test_five_failures_lock_the_name_for_a_while_even_with_the_right_password(operator):
    for _ in range(5):
        assert _try(operator, "wrong").status_code == 401
    assert _try(operator, PASSWORD).status_code == 429
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert _try(operator, PASSWORD).status_code == 302


def test_thirty_failures_from_one_address_must_wait_whatever_the_name(operator):
    for number in range(30):
        _try(operator, "wrong", f"guess{number}")
    assert _try(operator, PASSWORD, "clerk2").status_code == 429


def test_a_session_cookie_of_one_operator_opens_no_other(operator):
    other = found_operator(operator.code + "z")
    client = operator.client("admin")
    page = client.get("/staff").content.decode()
    assert other.code not in page
    client.cookies["loopline_session"] = "tampered" + client.cookies["loopline_session"].value
    assert client.get("/staff").status_code == 302


def test_a_session_ends_after_its_hours(operator):
    client = operator.client("clerk1")
    with clock.frozen(clock.now() + timedelta(hours=13)):
        assert client.get("/me/password").status_code == 302


def test_a_token_carries_its_tenant_and_dies_with_its_owner(operator):
    token = operator.token("analyst")
    call = {"headers": {"authorization": f"Bearer {token}"}}
    me = Client().get("/api/v1/identity/me", **call).json()
    assert (me["user_name"], me["operator"]) == ("analyst", operator.code)
    assert Client().get("/api/v1/identity/me").status_code == 401
    other = found_operator(operator.code + "y")
    moved = token.replace(f"llt_{operator.tenant}_", f"llt_{other.tenant}_")
    assert (
        Client().get("/api/v1/identity/me", headers={"authorization": f"Bearer {moved}"}).status_code == 401
    )
    with operator.door():
        Staff.objects.filter(pk=operator.staff["analyst"]).update(is_active=False)
    assert Client().get("/api/v1/identity/me", **call).status_code == 401


def test_who_sees_which_branches_follows_the_tree(operator):
    with operator.door():
        units = operator.units
        assert operator.actor("admin").scope.branches is None
        assert set(operator.actor("north").scope.branches) == {
            units["north"],
            units["north-1"],
            units["north-2"],
        }
        assert operator.actor("clerk2").scope.branches == (units["north-2"],)


def test_changing_the_password_ends_every_session_and_refuses_weak_ones(operator):
    client, elsewhere = operator.client("clerk1"), operator.client("clerk1")
    weak = client.post("/me/password", {"old": PASSWORD, "new": "12345678", "again": "12345678"})
    assert weak.status_code == 422
    fine = {"old": PASSWORD, "new": "Lantern-over-the-quay", "again": "Lantern-over-the-quay"}
    assert client.post("/me/password", fine).status_code == 302
    assert elsewhere.get("/me/password").status_code == 302
    assert _try(operator, "Lantern-over-the-quay").status_code == 302


def test_only_an_administrator_manages_staff(operator):
    form = {"user_name": "new", "name": "新人", "unit": operator.units["north-1"], "roles": "clerk"}
    refused = operator.client("clerk1").post("/staff/add", form | {"password": PASSWORD})
    assert refused.status_code == 403
    with operator.door():
        assert not Staff.objects.filter(user_name="new").exists()
    added = operator.client("admin").post("/staff/add", form | {"password": PASSWORD})
    assert added.status_code == 302
    with operator.door():
        new = Staff.objects.get(user_name="new")
        assert identity.actor_of(
            Staff.objects.select_related("unit__parent").get(pk=new.pk), clock.now()
        ).may("tasks.work")


def test_every_page_of_the_office_answers_in_both_languages(operator):
    client = operator.client("admin")
    for address, english, chinese in [
        ("/staff", "Staff", "员工"),
        ("/organisation", "Organisation", "组织机构"),
        ("/audit", "Audit", "审计"),
    ]:
        assert english in client.get(address).content.decode()
        assert chinese in client.get(address, headers={"accept-language": "zh-CN"}).content.decode()


def test_a_session_cookie_alone_writes_nothing_through_the_api(operator):
    signed_in = operator.client("admin")
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = signed_in.cookies
    answer = forged.post("/api/v1/warehouse/refresh", content_type="application/json")
    assert answer.status_code == 403
    assert forged.get("/api/v1/identity/me").status_code == 200
    token = {"authorization": f"Bearer {operator.token('admin')}"}
    assert (
        Client(enforce_csrf_checks=True).post("/api/v1/warehouse/refresh", headers=token).status_code == 202
    )
