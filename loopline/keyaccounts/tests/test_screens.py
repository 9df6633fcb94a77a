"""The pages and endpoints of key accounts: what they show, who may, and how many queries they take."""

import csv
import io

import pytest

from loopline.customers import panels
from loopline.kernel import clock
from loopline.keyaccounts import api
from loopline.keyaccounts.tests.ground import NOW, TODAY, Desk, account, found_desk
from loopline.testing import same_query_count

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def frozen():
    panels.load()
    yield


@pytest.fixture
def desk(operator) -> Desk:
    made = found_desk(operator)
    now = clock.now()
    with operator.door() as system:
        chosen = [account(operator, "north-1", f"王{number}", tier="gold", risk=0.8) for number in range(3)]
        house = account(operator, "north-1", "机械厂", kind="organisation")
        api.put_in_charge(actor=system, post=made.posts["am1"], chosen=[*chosen, house], now=now)
        group = api.make_group(actor=system, customer=house, grade="A", industry="制造")
        api.add_members(actor=system, group=group, chosen=chosen[:2], since=TODAY)
        api.plan_visit(
            actor=system, customer=chosen[0], at=NOW, purpose="季度走访", staff=made.posts["am1"].staff
        )
        api.plan_care(actor=system, customer=chosen[0], plan="gold", today=TODAY)
        made.customer, made.group = chosen[0], group  # type: ignore[attr-defined]
    return made


def test_pages_hold_their_query_counts_and_answer_in_both_languages(desk):
    browser = desk.operator.client("director")
    with desk.operator.door():
        visit = api.Visit.objects.get()
    pages = {
        "key accounts": f"/key-accounts?post={desk.posts['am1'].public_id}",
        "team board": "/key-accounts/team",
        "chain": "/key-accounts/chain",
        "assignment rules": "/key-accounts/rules",
        "visits": "/key-accounts/visits",
        "visit": f"/key-accounts/visits/{visit.public_id}",
        "care of a customer": f"/key-accounts/customers/{desk.customer.public_id}",
        "groups": "/groups",
        "group": f"/groups/{desk.group.public_id}",
    }
    browser.get("/key-accounts")
    for name, address in pages.items():
        with same_query_count(name):
            answer = browser.get(address)
        assert answer.status_code == 200, address
        assert browser.get(address, headers={"accept-language": "zh-CN"}).status_code == 200


def test_my_key_accounts_and_their_export_are_masked(desk):
    browser = desk.operator.client("am1")
    page = browser.get("/key-accounts").content.decode()
    for told in ("王*", "机械厂", "Gold", "80%"):
        assert told in page, told
    assert "王0" not in page
    export = b"".join(browser.get("/export/key_accounts").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(export)))
    assert len(rows) == 5
    assert [row[1] for row in rows[1:]] == ["王*", "王*", "王*", "机械厂"]
    assert browser.get("/key-accounts?view=overdue").content.decode().count("data-id=") == 1


def test_a_manager_does_not_reach_the_post_of_another_district(desk):
    browser = desk.operator.client("am3")
    assert browser.get(f"/key-accounts?post={desk.posts['am1'].public_id}").status_code == 404
    assert browser.get(f"/groups/{desk.group.public_id}").status_code == 404
    assert browser.get(f"/key-accounts/customers/{desk.customer.public_id}").status_code == 404
    assert desk.operator.client("clerk1").get("/key-accounts").status_code == 403


def test_a_visit_is_written_down_on_its_page(desk):
    browser = desk.operator.client("am1")
    with desk.operator.door():
        visit = api.Visit.objects.get()
    form = {"at": "2026-06-15T10:00", "met": "本人", "result": "满意", "version": "1", "next_step": "送方案"}
    address = f"/key-accounts/visits/{visit.public_id}"
    refused = browser.post(f"{address}/complete", form | {"result": "", "back": address})
    assert (refused.status_code, "送方案" in refused.content.decode()) == (422, True)
    assert browser.post(f"{address}/complete", form | {"next_on": "2026-07-01"}).status_code == 302
    with desk.operator.door():
        assert api.Visit.objects.get().state == "done"
        assert api.CareStep.objects.filter(title="送方案").exists()


def test_the_panel_tells_who_looks_after_the_customer(desk):
    text = desk.operator.client("am1").get(f"/customers/{desk.customer.public_id}").content.decode()
    for told in ("Account manager", "客一", "Member of", "机械厂", "Call and ask how things go"):
        assert told in text, told


def test_programs_do_what_the_screens_do(desk):
    token = {"authorization": f"Bearer {desk.operator.token('director')}"}
    browser = desk.operator.client("director")

    def call(method: str, path: str, body: object = None):
        given = {"content_type": "application/json"} if method != "get" else {}
        answer = getattr(browser, method)(f"/api/v1/keyaccounts{path}", body, headers=token, **given)
        assert answer.status_code < 300, answer.content.decode()
        return answer.json()

    team = {row["staff"]: row for row in call("get", "/team")}
    assert (team["director"]["team"]["customers"], team["am1"]["own"]["at_risk"]) == (4, 3)
    accounts = call("get", "/accounts", {"post": team["am1"]["id"], "view": "risk"})
    assert [row["name"] for row in accounts["items"]] == ["王*"] * 3
    given = {"customers": [accounts["items"][0]["id"]], "post": team["am2"]["id"]}
    assert call("post", "/accounts/charge", given)["given"] == 1
    latest = call("get", "/runs")[0]
    assert call("post", f"/runs/{latest['id']}/undo")["state"] == "undone"
    (group,) = call("get", "/groups")["items"]
    assert (group["name"], group["members"]) == ("机械厂", 2)
    signed = {"name": "专线", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "value": "1000.00"}
    assert call("post", f"/groups/{group['id']}/contracts", signed)["number"] == "HT000001"
    visit = {"customer": accounts["items"][0]["id"], "at": "2026-06-20T02:00:00Z", "purpose": "走访"}
    assert call("post", "/visits", visit)["state"] == "planned"
    steps = call("get", f"/customers/{accounts['items'][0]['id']}/care")
    assert [step["what"] for step in steps] == ["call", "festival", "half_yearly_visit"]
