"""Through the screens: plan, start, answer with one press, undo; and who may not."""

import json
import re
from decimal import Decimal

import pytest

from loopline.campaigns.models import Campaign, Member
from loopline.campaigns.tests.ground import members, plan, populate, run_start, started, tasks
from loopline.customers.models import Customer
from loopline.kernel.models import AccessRecord
from loopline.subscriptions.models import Subscription


def form(offer, **changes):
    return {
        "name": "春季挽留", "goal": "retained", "offering": str(offer), "channel": "call", "control_share": "20",
        "waves": "1", "wave_days": "7", "window_days": "60", "budget": "1,000", "contact_cost": "3",
        "frequency_days": "30", "frequency_max": "1", "quiet_from": "20:00", "quiet_to": "09:00",
        "consent": "not_refused", "value": "high", "risk": "high", "script": "Good day",
    } | changes  # fmt: skip


def test_a_marketer_plans_and_starts_and_sees_the_funnel(operator):
    _, _, offer = populate(operator, 40)
    browser = operator.client("marketer")
    assert "Plan a campaign" in browser.get("/campaigns/plan?value=high&risk=high").content.decode()
    answer = browser.post("/campaigns/plan", form(offer))
    assert answer.status_code == 302
    page = browser.get(answer.url).content.decode()
    assert "Nobody is contacted" not in page
    assert "Draft" in page
    assert browser.post(answer.url + "/start").status_code == 302
    assert "Drawing the members" in browser.get(answer.url).content.decode()
    with operator.door():
        key = Campaign.objects.get().pk
    run_start(operator, key)
    done = browser.get(answer.url + "/progress", headers={"hx-request": "true"})
    assert done["HX-Redirect"] == answer.url
    page = browser.get(answer.url).content.decode()
    counts = re.findall(r'funnel-count">(\d+)</span><span class="num funnel-share', page)
    assert counts == ["40", "40", "32", "0", "0", "0"]
    listed = browser.get(answer.url + "/members?arm=control").content.decode()
    assert len(re.findall(r'<tr data-href="/customers/', listed)) == 8
    assert len(re.findall(r">客\*{2,3}</a>", listed)) == 8
    assert "客户" not in listed
    assert "春季挽留" in browser.get("/campaigns").content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("budget", "a lot", "This is not a number."),
        ("waves", "1.5", "This is not a whole number."),
        ("control_share", "70", "Between 5% and 50%."),
        ("name", " ", "Give the campaign a name."),
        ("starts_on", "tomorrow", "This is not a day."),
    ],
)
def test_a_wrong_entry_is_said_beside_its_field_and_nothing_is_saved(operator, field, typed, said):
    _, _, offer = populate(operator, 4)
    answer = operator.client("marketer").post("/campaigns/plan", form(offer, **{field: typed}))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with operator.door():
        assert Campaign.objects.count() == 0


def test_a_clerk_answers_with_one_press_and_takes_it_back(operator):
    _, _, offer = populate(operator, 20)
    _, key = started(operator, offer)
    browser = operator.client("clerk1")
    page = browser.get("/tasks").content.decode()
    assert "The contract ends next month" in page
    address = re.search(r'hx-post="(/tasks/[^"]+/answer)"', page)[1]
    answer = browser.post(address, {"answer": "accepted", "note": "glad"}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast["undo"] == address.replace("/answer", "/undo")
    assert answer["HX-Push-Url"] != address.replace("/answer", "")
    with operator.door():
        (told,) = Member.objects.filter(campaign_id=key, answer="accepted")
    assert browser.post(address, {"answer": "declined"}).status_code == 409
    assert browser.post(toast["undo"], headers={"hx-request": "true"}).status_code == 204
    with operator.door():
        assert Member.objects.get(pk=told.pk).answer == ""


def test_names_and_numbers_are_masked_and_each_look_is_logged(operator):
    people, _, offer = populate(operator, 1, ("north-1",))
    started(operator, offer, control_share=Decimal("0.05"))
    browser = operator.client("clerk1")
    page = browser.get("/tasks").content.decode()
    assert "客户0" not in page
    assert "13900000000" not in page.replace(" ", "")
    assert re.search(r'worklist-what"><strong>客\*\*</strong>', page)
    assert "139 **** 0000" in page
    name, number = re.findall(r'hx-post="(/customers/[^"]+/reveal/[^"]+)"', page)
    assert name.endswith("/reveal/name")
    assert "客户0" in browser.post(name).content.decode()
    assert "139 0000 0000" in browser.post(number).content.decode()
    with operator.door():
        looks = AccessRecord.objects.filter(kind="reveal").order_by("id")
        assert list(looks.values_list("field", "staff_name", "customer_id")) == [
            ("name", "钱一", people[0]),
            ("medium", "钱一", people[0]),
        ]
    told = browser.post(
        re.search(r'hx-post="(/tasks/[^"]+/answer)"', page)[1],
        {"answer": "accepted"},
        headers={"hx-request": "true"},
    )
    assert json.loads(told["HX-Trigger"])["toast"]["text"] == "客**: Accepted"
    seen = operator.client("marketer").get("/tasks?status=done").content.decode()
    assert "客户0" not in seen
    assert "/reveal/" not in seen


def test_a_line_without_a_telephone_of_its_own_shows_the_one_to_call(operator):
    people, lines, offer = populate(operator, 1, ("north-1",))
    with operator.door():
        Subscription.objects.filter(pk=lines[0]).update(number="KD7500123456")
        Customer.objects.filter(pk=people[0]).update(kind="organisation", name="北方餐饮有限公司")
    started(operator, offer, control_share=Decimal("0.05"))
    page = operator.client("clerk1").get("/tasks").content.decode()
    assert "北方餐饮有限公司" in page
    assert "KD7500123456" not in page
    (number,) = re.findall(r'hx-post="(/customers/[^"]+/reveal/[^"]+)"', page)
    assert "/reveal/medium:" in number
    assert "139 **** 0000" in page


def test_nobody_opens_a_task_of_another_branch(operator):
    _, _, offer = populate(operator, 20)
    _, key = started(operator, offer)
    with operator.door():
        theirs = next(task for task in tasks(key) if task.branch_id == operator.units["north-2"])
    browser = operator.client("clerk1")
    assert browser.get(f"/tasks/{theirs.public_id}").status_code == 404
    refused = browser.post(f"/tasks/{theirs.public_id}/answer", {"answer": "accepted"})
    assert refused.status_code == 404
    with operator.door():
        assert not Member.objects.filter(campaign_id=key).exclude(answer="").exists()


def test_pages_of_campaigns_are_closed_to_who_may_not_see_them(operator):
    _, _, offer = populate(operator, 6)
    public, _ = plan(operator, offer)
    clerk, analyst = operator.client("clerk1"), operator.client("analyst")
    for address in ("/campaigns", f"/campaigns/{public}", f"/campaigns/{public}/members", "/campaigns/plan"):
        assert clerk.get(address).status_code == 403
    assert analyst.get(f"/campaigns/{public}").status_code == 200
    for act in ("start", "cancel", "finish", "lesson"):
        assert analyst.post(f"/campaigns/{public}/{act}").status_code == 403
    with operator.door():
        assert Campaign.objects.get(public_id=public).status == "draft"


def test_programs_do_the_same_through_the_api(operator):
    _, _, offer = populate(operator, 20)
    browser = operator.client("marketer")
    token = {"authorization": f"Bearer {operator.token('marketer')}"}
    wanted = {
        "name": "API", "audience": {"value": "high", "risk": "high"}, "offering": str(offer),
        "rules": {"quiet_from": "00:00", "quiet_to": "00:00"},
    }  # fmt: skip
    made = browser.post("/api/v1/campaigns", wanted, content_type="application/json", headers=token)
    assert made.status_code == 201, made.content
    public = made.json()["id"]
    assert browser.post(f"/api/v1/campaigns/{public}/start", headers=token).status_code == 202
    again = browser.post(f"/api/v1/campaigns/{public}/start", headers=token)
    assert (again.status_code, again.json()["code"]) == (409, "campaign_no_longer_draft")
    with operator.door():
        key = Campaign.objects.get(public_id=public).pk
    run_start(operator, key)
    with operator.door():
        member = members(key, arm="treatment")[0].public_id
    said = {"answer": "accepted", "note": "yes"}
    told = browser.post(
        f"/api/v1/campaigns/members/{member}/answer", said, content_type="application/json", headers=token
    )
    assert (told.status_code, told.json()["answer"]) == (200, "accepted")
    funnel = browser.get(f"/api/v1/campaigns/{public}/funnel", headers=token).json()
    assert (funnel["treatment"], funnel["control"], funnel["accepted"]) == (16, 4, 1)
    page = browser.get(f"/api/v1/campaigns/{public}/members?arm=control", headers=token).json()
    assert (len(page["items"]), page["next"]) == (4, None)
    waiting = browser.get("/api/v1/worklist/tasks", headers=token).json()
    assert len(waiting["items"]) == 15
