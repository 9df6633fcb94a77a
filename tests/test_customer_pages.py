"""The customers' pages hold their number of queries, whatever hangs on the customer, and answer in both languages."""

import pytest

from loopline.customers import panels
from loopline.testing import Operator, same_query_count
from tests.full_customers import Full, full_customer


@pytest.fixture
def customer(operator: Operator) -> Full:
    panels.load()
    made = full_customer(operator, "north-1", "张三丰", "+8613800138000")
    for number in range(3):
        full_customer(operator, "north-1", f"王{number}", f"+861380013800{number + 1}")
    return made


def test_pages_hold_their_query_counts(operator, customer):
    browser = operator.client("clerk1")
    pages = {
        "customers list": "/customers",
        "customers list by risk": "/customers?sort=risk&risk=high",
        "customers search": "/customers?q=zhang",
        "customer unified view": f"/customers/{customer.public_id}",
        "customer history": f"/customers/{customer.public_id}/history",
    }
    browser.get("/customers")
    for name, address in pages.items():
        with same_query_count(name):
            assert browser.get(address).status_code == 200


def test_the_unified_view_tells_everything_on_one_page(operator, customer):
    text = operator.client("clerk1").get(f"/customers/{customer.public_id}").content.decode()
    for told in (
        "张**",
        "138 **** 8000",
        "Gold",
        "80%",
        "The contract ends soon.",
        "Call in person and offer to stay",
        "1 complaint in twelve months",
        "Slow data",
        "¥200.00",
    ):
        assert told in text, told


def test_the_view_speaks_chinese_and_mixes_nothing(operator, customer):
    page = operator.client("clerk1").get(
        f"/customers/{customer.public_id}", headers={"accept-language": "zh-CN"}
    )
    text = page.content.decode()
    for told in ("离网风险", "合约即将到期。", "联系许可", "接触记录", "缴费与欠费"):
        assert told in text, told


def test_the_api_gives_the_same_facts(operator, customer):
    token = {"authorization": f"Bearer {operator.token('clerk1')}"}
    view = operator.client("clerk1").get(f"/api/v1/customers/{customer.public_id}", headers=token).json()
    assert view["customer"]["name"] == "张**"
    assert view["panels"]["score"]["risk"] == 0.8
    assert view["panels"]["pay"]["arrears"]["by_age"][-1:] != []
    assert [line["number"] for line in view["panels"]["have"]["lines"]] == ["138 **** 8000"]
    assert len(view["panels"]["use"]["months"]) == 3


def test_a_customer_is_opened_changed_and_noted_on_screen(operator):
    browser = operator.client("clerk1")
    values = {"name": "赵敏", "kind": "person", "telephone": "139 0000 1111"}
    opened = browser.post("/customers/new", values)
    assert opened.status_code == 302
    again = browser.post("/customers/new", values)
    assert (again.status_code, "same telephone number" in again.content.decode()) == (409, True)
    supervisor = operator.client("north")
    here = values | {"branch": str(operator.units["north-1"])}
    assert "Open a second file" in supervisor.post("/customers/new", here).content.decode()
    insisted = supervisor.post("/customers/new", here | {"sure": "1", "reason": "His daughter"})
    assert insisted.status_code == 302
    address = opened["Location"]
    note = {"kind": "complaint", "channel": "call", "summary": "No signal at home"}
    assert browser.post(f"{address}/notes", note).status_code == 302
    assert "No signal at home" in browser.get(address).content.decode()
    edited = browser.post(
        f"{address}/edit", {"version": "1", "tier": "gold", "life_cycle": "active", "sex": "F"}
    )
    assert edited.status_code == 302
    history = browser.get(f"{address}/history").content.decode()
    assert "Tier: – → Gold" in history
    masked = browser.post(
        f"{address}/edit", {"version": "2", "name": "赵*", "tier": "", "life_cycle": "active"}
    )
    assert (masked.status_code, "is a masked value" in masked.content.decode()) == (422, True)


def test_consent_is_changed_with_one_click(operator, customer):
    browser = operator.client("clerk1")
    part = browser.post(
        f"/customers/{customer.public_id}/consent",
        {"channel": "call", "granted": "0"},
        headers={"hx-request": "true"},
    )
    assert "does not want it" in part.content.decode()
