"""Roles as an operator wants them, colleagues who stand in, and the audit that is found again."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from loopline.customers.models import Customer
from loopline.identity.models import Delegation, Role, Staff
from loopline.kernel import clock
from loopline.kernel.models import AccessRecord, Event


def test_a_role_is_made_given_and_felt_with_the_next_click(operator):
    admin, clerk = operator.client("admin"), operator.client("clerk1")
    assert "Clerk" in admin.get("/roles").content.decode()
    form = {"name": "催缴员", "name_en": "Collector", "permissions": ["customers.view", "made.up"]}
    assert admin.post("/roles/add", form).status_code == 302
    with operator.door():
        role = Role.objects.get(code="collector")
        assert role.permissions == ["customers.view"]
        staff = Staff.objects.get(user_name="clerk1")
    assert clerk.get("/tasks").status_code == 200
    change = {"name": "钱一", "unit": operator.units["north-1"], "roles": ["collector"], "is_active": "on"}
    assert admin.post(f"/staff/{staff.public_id}", change).status_code == 302
    assert clerk.get("/customers").status_code == 200
    assert clerk.get("/customers/new").status_code == 403
    more = form | {"permissions": ["customers.view", "customers.edit"]}
    assert admin.post("/roles/collector", more).status_code == 302
    assert clerk.get("/customers/new").status_code == 200
    assert admin.post("/roles/collector/remove").status_code == 409
    with operator.door():
        names = Event.objects.filter(about_kind="identity.role").order_by("id").values_list("name", flat=True)
        assert list(names) == ["identity.role_added", "identity.role_changed"]


def test_nobody_can_shut_everybody_out(operator):
    admin = operator.client("admin")
    answer = admin.post("/roles/administrator", {"name": "管理员", "permissions": ["customers.view"]})
    assert answer.status_code == 409
    assert "Then nobody could manage staff and roles any more." in answer.content.decode()
    with operator.door():
        me = Staff.objects.get(user_name="admin")
    change = {"name": "高明", "unit": operator.units["company"], "roles": ["clerk"], "is_active": "on"}
    assert admin.post(f"/staff/{me.public_id}", change).status_code == 409
    assert admin.get("/roles").status_code == 200


@pytest.mark.parametrize("who", ["clerk1", "marketer", "north"])
def test_roles_are_for_administrators(operator, who):
    client = operator.client(who)
    assert client.get("/roles").status_code == client.get("/roles/clerk").status_code == 403
    assert client.post("/roles/clerk", {"name": "x", "permissions": ["customers.erase"]}).status_code == 403


def test_two_roles_never_have_one_name_and_a_name_is_needed(operator):
    admin = operator.client("admin")
    taken = admin.post("/roles/add", {"name": "营业员", "permissions": []})
    assert (taken.status_code, "already in use" in taken.content.decode()) == (409, True)
    assert admin.post("/roles/add", {"name": " "}).status_code == 422


def _stands_in(operator, days=(0, 3)):
    today = clock.today("Asia/Shanghai")
    with operator.door():
        to = Staff.objects.get(user_name="clerk2")
    form = {
        "to": str(to.public_id),
        "first_day": (today + timedelta(days=days[0])).isoformat(),
        "last_day": (today + timedelta(days=days[1])).isoformat(),
        "reason": "leave",
    }
    return operator.client("clerk1").post("/me/delegations", form)


def test_a_colleague_stands_in_and_sees_what_the_other_sees_until_it_ends(operator):
    with operator.door():
        Customer.objects.create(branch_id=operator.units["north-1"], name="甲", number="C1")
        Customer.objects.create(branch_id=operator.units["north-2"], name="乙", number="C2")

    def seen() -> list[str]:
        with operator.door("clerk2"):
            return sorted(Customer.objects.values_list("name", flat=True))

    assert seen() == ["乙"]
    assert _stands_in(operator, (0, 3)).status_code == 302
    assert seen() == ["乙", "甲"]
    assert "I stand in for 钱一" in operator.client("clerk2").get("/me/security").content.decode()
    with clock.frozen(clock.now() + timedelta(days=5)):
        assert seen() == ["乙"]
    with operator.door():
        row = Delegation.objects.get()
    assert operator.client("southerner").post(f"/me/delegations/{row.public_id}/end").status_code == 404
    assert operator.client("clerk2").post(f"/me/delegations/{row.public_id}/end").status_code == 302
    assert seen() == ["乙"]


@pytest.mark.parametrize("days", [(3, 1), (-5, -3)])
def test_a_period_that_runs_backwards_or_is_over_is_refused(operator, days):
    answer = _stands_in(operator, days)
    assert answer.status_code == 422
    assert "The last day must not lie before the first" in answer.content.decode()


def test_the_audit_is_searched_by_person_and_day_and_taken_away(operator):
    operator.client("clerk1"), operator.client("clerk2")
    admin = operator.client("admin")
    found = admin.get("/audit?who=clerk1").content.decode()
    assert "钱一" in found and "孙二" not in found
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    assert "Nothing fits" in admin.get(f"/audit?from={tomorrow}").content.decode()
    assert admin.get("/audit?from=2026-13-99&until=x&before=x").status_code == 200
    file = b"".join(admin.get("/audit.csv?who=clerk1").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(file)))
    assert [row[:2] for row in rows] == [["What", "Who"], ["Signed in", "钱一"]]
    with operator.door():
        assert AccessRecord.objects.filter(kind="export", field="audit").count() == 1
    assert operator.client("clerk1").get("/audit.csv").status_code == 403
