"""The pages of tickets, by a browser without a screen: opened from the customer, worked, found, set up."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile

from loopline.cases import api as cases
from loopline.cases.models import Category, Target, Ticket
from loopline.cases.tests.ground import MONDAY, at, customer, fresh, opened, set_up
from loopline.kernel import clock
from loopline.testing import same_query_count


def _text(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_clerk_opens_a_ticket_on_the_customers_page_and_works_it_to_its_end(operator):
    set_up(operator)
    who = customer(operator)
    with clock.frozen(MONDAY):
        browser = operator.client("clerk1")
        page = browser.get(f"/customers/{who.public_id}")
        assert f"/tickets/new?customer={who.public_id}" in page.content.decode()
        hint = _text(
            browser.get(f"/tickets/new/hint?category=Network quality › Slow data&customer={who.public_id}")
        )
        assert "Complaint · High · first answer within 1 working h, solution within 9 working h" in hint
        sent = browser.post(
            "/tickets/new",
            {
                "customer": who.public_id,
                "category": "Network quality › Slow data",
                "title": "Slow in the evening",
                "channel": "call",
            },
        )
        assert sent.status_code == 302
        own = sent["Location"]
        page = _text(browser.get(own))
        assert "T00000001" in page
        assert "Network quality › Slow data" in page
        assert "张**" in page
        assert "张三丰" not in page
        hint = _text(browser.get(f"/tickets/new/hint?category=network.coverage&customer={who.public_id}"))
        assert "This customer has open tickets about the same" in hint
        for what, given in [
            ("take", {}),
            ("note", {"text": "Looked at the cell"}),
            ("note", {"text": "We are on it", "channel": "sms"}),
            ("step", {"to": "pending", "pending_for": "customer", "reason": "Which phone?"}),
            ("step", {"to": "inProgress"}),
            ("step", {"to": "resolved", "reason": "Cell widened"}),
            ("step", {"to": "closed", "confirmed": "1"}),
        ]:
            answer = browser.post(f"{own}/{what}", given)
            assert answer.status_code == 302, (what, answer.content.decode())
        page = _text(browser.get(own))
    for words in (
        "Looked at the cell",
        "Reply · SMS",
        "Waiting for the customer",
        "The customer agreed",
        "Cell widened",
    ):
        assert words in page, words
    with operator.door():
        ticket = Ticket.objects.get()
    assert (ticket.state, ticket.confirmed) == ("closed", True)


def test_what_is_refused_is_said_beside_the_field_and_nothing_is_kept(operator):
    set_up(operator)
    answer = operator.client("clerk1").post(
        "/tickets/new", {"category": "nothing such", "title": "x", "channel": "call"}
    )
    assert answer.status_code == 422
    assert "Please choose a category from the list." in answer.content.decode()
    with operator.door():
        assert not Ticket.objects.exists()


def test_the_list_filters_searches_and_pages_by_keyset(operator):
    set_up(operator)
    who = customer(operator)
    for number in range(30):
        opened(operator, customer=who, category="network.speed", now=at(f"2026-11-23 09:{number:02d}"))
    opened(operator, category="regulator", regulator=True, regulator_number="GX-77", take=True)
    with clock.frozen(at("2026-11-23 10:10")):
        browser = operator.client("clerk1")
        first = browser.get("/tickets").content.decode()
        assert re.findall(r'data-id="(T\d+)"', first)[:2] == ["T00000031", "T00000001"]
        following = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
        second = browser.get(following).content.decode()
        both = re.findall(r'data-id="(T\d+)"', first) + re.findall(r'data-id="(T\d+)"', second)
        assert len(both) == len(set(both)) == 31
        before = re.search(r'rel="prev" href="([^"]+)"', second).group(1).replace("&amp;", "&")
        again = browser.get(before).content.decode()
        assert re.findall(r'data-id="(T\d+)"', again) == re.findall(r'data-id="(T\d+)"', first)
        for address, count in [
            ("view=mine", 1),
            ("view=regulator", 1),
            ("view=overdue", 11),
            ("q=GX-77", 1),
            ("q=T00000007", 1),
            (f"q={who.number}", 25),
            ("kind=fault", 0),
            ("category=network", 25),
            ("view=closed", 0),
            ("after=999999999999999999.1", 25),
        ]:
            found = browser.get(f"/tickets?{address}").content.decode()
            assert len(re.findall(r'data-id="(T\d+)"', found)) == count, address


def test_the_pages_cost_a_constant_number_of_queries(operator):
    set_up(operator)
    who = customer(operator)
    ticket = opened(operator, customer=who, category="network.speed")
    for _again in range(4):
        opened(operator, customer=who, category="network.call")
    browser = operator.client("clerk1")
    with same_query_count("/tickets"):
        assert browser.get("/tickets").status_code == 200
    with same_query_count("/tickets/…"):
        assert browser.get(f"/tickets/{ticket.public_id}").status_code == 200


def test_files_are_dropped_on_the_page(operator):
    ticket = opened(operator, kind="fault")
    browser = operator.client("clerk1")
    file = SimpleUploadedFile("hello.txt", b"hello")
    assert browser.post(f"/tickets/{ticket.public_id}/attach", {"file": file}).status_code == 302
    assert "hello.txt" in browser.get(f"/tickets/{ticket.public_id}").content.decode()
    bad = SimpleUploadedFile("page.html", b"<!doctype html><script>")
    assert browser.post(f"/tickets/{ticket.public_id}/attach", {"file": bad}).status_code == 422


def test_a_ticket_is_answered_from_the_worklist(operator):
    set_up(operator)
    ticket = opened(operator, category="fault.mobile")
    browser = operator.client("clerk1")
    page = browser.get("/tasks").content.decode()
    assert "T00000001" in page
    own = re.search(r'action="(/tasks/[0-9a-f-]+/answer)', page).group(1)
    assert browser.post(own, {"answer": "inProgress"}).status_code == 302
    assert browser.post(own, {"answer": "resolved", "note": "SIM changed"}).status_code == 302
    assert browser.post(own, {"answer": "closed"}).status_code == 302
    assert fresh(operator, ticket).state == "closed"


def test_an_administrator_sets_the_standards_and_nobody_else(operator):
    assert operator.client("clerk1").get("/service-standards").status_code == 403
    browser = operator.client("admin")
    assert "No standards yet" in browser.get("/service-standards").content.decode()
    assert browser.post("/service-standards/usual").status_code == 302
    page = _text(browser.get("/service-standards"))
    assert "2026-10-10 work 国庆节调休" in page
    for what, given, status in [
        ("category", {"code": "fault.tv", "name": "电视", "parent": "fault"}, 302),
        ("category", {"code": "Bad Code", "name": "x", "kind": "fault"}, 422),
        ("target", {"category": "fault.tv", "answer": "30", "solution": "60"}, 302),
        ("target", {"answer": "60", "solution": "30"}, 422),
        ("alarms", {"steps": "solution 90 unit"}, 302),
        ("alarms", {"steps": "solution many unit"}, 422),
        ("calendar", {"code": "night", "name": "夜班", "hours0": "22:00-24:00"}, 302),
        ("calendar", {"code": "night", "name": "夜班", "hours0": "24:00-22:00"}, 422),
        ("calendar", {"code": "night", "name": "夜班"}, 422),
        ("days", {"days": "2027-01-01 off 元旦"}, 302),
        ("days", {"days": "2027-13-01 off"}, 422),
        ("terms", {"regulator_days": "15", "reopen_days": "7"}, 422),
        ("skills", {"staff": "clerk1", "categories": "fault, billing"}, 302),
        ("nonsense", {}, 404),
    ]:  # fmt: skip
        assert browser.post(f"/service-standards/{what}", given).status_code == status, (what, given)
    with operator.door():
        tv = Category.objects.get(code="fault.tv")
        assert (tv.kind, tv.path.count("/")) == ("fault", 3)
        drop = Target.objects.get(category=tv).pk
    assert browser.post("/service-standards/drop-target", {"target": drop}).status_code == 302
    assert operator.client("clerk1").post("/service-standards/usual").status_code == 403


def test_moving_a_category_takes_what_is_below_along(operator):
    set_up(operator)
    with operator.door("admin") as admin:
        cases.set_category(actor=admin, code="billing", parent="service", name="资费")
        refund = Category.objects.get(code="billing.refund")
        service = Category.objects.get(code="service")
    assert refund.path.startswith(service.path)
