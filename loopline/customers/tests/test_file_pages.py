"""The whole file on screen: each part shown masked, changed with one press and taken back."""

import re

import pytest

from loopline.customers import actions, queries
from loopline.customers import api as customers
from loopline.customers.jobs import run_rules
from loopline.customers.models import Address, ContactMedium, Customer, IdentityDocument
from loopline.identity import api as identity
from loopline.kernel.models import Event
from loopline.kernel.scope import NOBODY, enter
from loopline.testing import Operator
from tests.full_customers import Full, full_customer


@pytest.fixture
def kept(operator: Operator) -> Full:
    return full_customer(operator, "north-1", "张三丰", "+8613800138000")


def _acts(browser, address: str, act: str, **values) -> str:
    answer = browser.post(f"{address}/{act}", values)
    assert answer.status_code == 302, answer.content.decode()
    return browser.get(f"{address}/file").content.decode()


def test_every_part_is_shown_and_nothing_in_clear(operator, kept):
    other = full_customer(operator, "north-1", "张无忌", "+8613900139000")
    text = operator.client("north").get(f"/customers/{kept.public_id}/file").content.decode()
    for told in (
        "138 **** 8000",
        "和平****",
        "11**************2X",
        "Billing account",
        "same address and family name",
        "same document",
        "Compare and merge",
        other.number,
    ):
        assert told in text, told
    for clear in ("张三丰", "张无忌", "13800138000", "和平路12号", "11010519491231002X"):
        assert clear not in text


def test_contacts_and_addresses_are_added_ended_and_taken_up_again(operator, kept):
    browser, address = operator.client("clerk1"), f"/customers/{kept.public_id}"
    _acts(browser, address, "contacts", kind="telephone", value="139 0000 1111")
    with operator.door("clerk1"):
        first, second = ContactMedium.objects.filter(customer=kept.id).order_by("id")
        assert (first.preferred, second.preferred) == (True, False)
    _acts(browser, address, f"contacts/{second.public_id}/prefer")
    text = _acts(browser, address, f"contacts/{first.public_id}/end")
    assert "ended" in text
    assert "138 **** 8000" not in browser.get(address).content.decode().split("glances")[0]
    _acts(browser, address, f"contacts/{first.public_id}/resume")
    _acts(
        browser, address, "addresses", kind="billing", region="东江市", street="人民路8号", postcode="510000"
    )
    with operator.door("clerk1"):
        place = Address.objects.get(customer=kept.id, kind="billing")
    _acts(browser, address, f"addresses/{place.public_id}", kind="work", region="东江市", street="")
    with operator.door("clerk1"):
        place.refresh_from_db()
        assert (place.kind, place.street, place.postcode) == ("work", "人民路8号", "510000")
    text = browser.get(f"{address}/changes").content.decode()
    for told in ("139 **** 1111 · Preferred", "138 **** 8000 · Until", "Work · Kind of address"):
        assert told in text, told


def test_documents_are_checked_and_consent_is_asked_for_each_purpose(operator, kept):
    browser, address = operator.client("clerk1"), f"/customers/{kept.public_id}"
    with operator.door("clerk1"):
        paper = IdentityDocument.objects.get(customer=kept.id)
    text = _acts(browser, address, f"documents/{paper.public_id}/check", state="verified")
    assert "real name checked" in text
    assert "钱一" in text
    _acts(browser, address, "consents", purpose="survey", channel="sms", granted="1")
    refused = browser.post(f"{address}/consents", {"purpose": "profiling", "channel": "sms", "granted": "1"})
    assert refused.status_code == 422
    text = browser.get(f"{address}/changes").content.decode()
    assert "Surveys · SMS" in text
    assert "not checked" in text


def test_accounts_are_opened_and_changed_but_not_over_a_newer_version(operator, kept):
    browser, address = operator.client("clerk1"), f"/customers/{kept.public_id}"
    opened = {"kind": "settlement", "name": "Head office", "payment_method": "", "bill_day": "5"}
    text = _acts(browser, address, "accounts", **opened)
    assert "Settlement account" in text
    edit = re.findall(rf"{address}/accounts/[0-9a-f-]+", text)[-1]
    closed = opened | {"status": "closed", "version": "1"}
    assert browser.post(edit, closed).status_code == 302
    assert browser.post(edit, closed).status_code == 409
    assert browser.post(edit, closed | {"version": "2", "bill_day": "31"}).status_code == 422


def test_links_are_proposed_accepted_left_and_declined(operator, kept):
    other = full_customer(operator, "north-1", "张无忌", "+8613900139000")
    browser, address = operator.client("clerk1"), f"/customers/{kept.public_id}"
    for who in (kept, other):
        _acts(browser, f"/customers/{who.public_id}", "household/leave")
    text = _acts(browser, address, "household/accept", other=other.public_id)
    assert f"{other.number}" in text
    with operator.door("clerk1"):
        members = customers.members_of([kept.id])
        assert [(member.number, member.role) for member in members] == [
            (kept.number, "head"),
            (other.number, "member"),
        ]
    _acts(browser, address, "household/leave")
    _acts(browser, address, "household/decline", other=other.public_id, kind="household")
    with operator.door("clerk1") as clerk:
        customer = queries.by_public_id(clerk, kept.public_id)
        assert customers.links_of(customer, [kept.id]) == []
    _acts(browser, address, f"links/household/{other.public_id}/propose")
    with operator.door("clerk1"):
        (link,) = customers.links_of(customer, [kept.id])
        assert (link.id, link.why) == (other.id, ["same_family"])


def test_a_double_of_another_branch_is_told_apart_unseen(operator, kept):
    full_customer(operator, "south-1", "李四", "+8613700137000")
    browser, address = operator.client("clerk1"), f"/customers/{kept.public_id}"
    with operator.door("clerk1") as clerk:
        customer = queries.by_public_id(clerk, kept.public_id)
        (match,) = customers.doubles_of(customer, [kept.id])
        assert (match.why, match.masked, match.branch) == (["document"], "李*", "South One")
    _acts(browser, address, "household/decline", other=str(match.public_id), kind="double")
    with operator.door("clerk1"):
        assert customers.doubles_of(customer, [kept.id]) == []
    _acts(browser, address, f"links/double/{match.public_id}/propose")
    with operator.door("clerk1"):
        assert len(customers.doubles_of(customer, [kept.id])) == 1


def test_files_are_merged_side_by_side_on_screen_and_the_toast_undoes_it(operator, kept):
    other = full_customer(operator, "north-1", "张无忌", "+8613900139000")
    browser = operator.client("north")
    address = f"/customers/{kept.public_id}"
    page = browser.get(f"{address}/compare/{other.public_id}").content.decode()
    assert "张**" in page and "张无忌" not in page
    with operator.door("north"):
        versions = dict(Customer.objects.values_list("pk", "version"))
    values = {
        "take_name": "right",
        "version_left": versions[kept.id],
        "version_right": versions[other.id],
        "reason": "Same person",
    }
    merged = browser.post(f"{address}/compare/{other.public_id}", values)
    assert merged.status_code == 302, merged.content.decode()
    text = browser.get(f"{address}/file").content.decode()
    undo = re.search(rf"{address}/merges/[0-9a-f-]+/undo", text)
    assert undo is not None
    assert browser.post(undo[0]).status_code == 302
    assert browser.get(f"/customers/{other.public_id}").status_code == 200
    assert operator.client("clerk1").get(f"{address}/compare/{other.public_id}").status_code == 403


def test_who_is_not_to_be_served_stands_on_the_list_until_somebody_lifts_it(operator, kept):
    browser, address = operator.client("north"), f"/customers/{kept.public_id}"
    _acts(browser, address, "stop", reason="police", note="Order 17")
    assert "Order of the police" in browser.get(address).content.decode()
    listed = browser.get("/customers/stopped").content.decode()
    assert kept.number in listed and "Order 17" in listed
    _acts(browser, address, "resume", note="Lifted by order 18")
    assert kept.number not in browser.get("/customers/stopped").content.decode()
    assert operator.client("clerk1").get("/customers/stopped").status_code == 403


def test_the_nightly_rules_move_customers_with_a_reason_and_count_numbers(operator, kept):
    with operator.door("admin") as admin:
        actions.set_policy(actor=admin, changes={"lines_per_document": 1})
    full_customer(operator, "south-1", "李四", "+8613700137000")
    assert run_rules(operator.tenant) == 2
    with operator.door("clerk1") as clerk:
        customer = queries.by_public_id(clerk, kept.public_id)
        assert (customer.life_cycle, customer.life_cycle_reason) == ("at_risk", "high_risk")
        moved = Event.objects.get(name="customers.life_cycle_moved", about_id=kept.id)
        assert moved.payload == {"rule": "high_risk", "changes": {"life_cycle": ["active", "at_risk"]}}
        assert IdentityDocument.objects.get(customer=kept.id).lines == 2
        with pytest.raises(actions.TooManyLines):
            actions.check_lines(customer)
    assert run_rules(operator.tenant) == 0
    text = operator.client("north").get("/customers/real-name").content.decode()
    assert kept.number in text
    assert (
        "The risk of leaving is high"
        in operator.client("clerk1").get(f"/customers/{kept.public_id}/file").content.decode()
    )


def test_what_somebody_set_by_hand_holds_against_the_rules(operator, kept):
    with operator.door("clerk1") as clerk:
        customer = queries.by_public_id(clerk, kept.public_id)
        changes = {"life_cycle": "lost"}
        actions.change_customer(actor=clerk, customer=customer, version=customer.version, changes=changes)
    assert run_rules(operator.tenant) == 0


def test_the_rules_are_asked_for_by_the_clock(operator):
    from loopline.customers.jobs import nightly
    from loopline.kernel.jobs import recurring

    assert nightly.name in recurring.names()
    with enter(NOBODY):
        assert operator.tenant in identity.tenant_ids()
