"""An offer is built, priced, published and compared on screen; the pages hold their number of queries."""

import re
from decimal import Decimal

import pytest

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Characteristic, MemberDesign, Offering, Value
from loopline.catalogue.tests.ground import fee, launched
from loopline.testing import same_query_count

SPEED = Characteristic(
    code="speed", name="速率", name_en="Speed", unit="Mbit/s", minimum=1, default="300",
    values=(Value("300"), Value("1000")),
)  # fmt: skip


def text_of(answer):
    return answer.content.decode()


@pytest.fixture
def fibre(operator):
    with operator.door("marketer") as actor:
        given = catalogue.SpecificationInput(
            code="FIBRE", name="光纤", name_en="Fibre", characteristics=(SPEED,)
        )
        return catalogue.add_specification(actor=actor, given=given)


def sheet(**more):
    return {
        "code": "B300", "name": "光纤宽带", "name_en": "Fibre 300", "kind": "plan", "service": "broadband",
        "term_months": "12", "monthly_cost": "0", "p-0-kind": "recurring", "p-0-name": "月租",
        "p-0-amount": "70", "p-0-valid_until": "",
    } | more  # fmt: skip


def test_an_offer_is_built_and_put_on_sale(operator, fibre):
    browser = operator.client("marketer")
    posted = sheet(
        **{
            "specification": str(fibre.public_id), "use": "speed", "default-speed": "300",
            "p-1-kind": "recurring", "p-1-name": "提速", "p-1-amount": "40", "p-1-when": "speed=1000",
            "p-1-valid_until": "",
            "r-0-kind": "age", "r-0-was": "age", "r-0-low": "18", "r-0-high": "",
        }
    )  # fmt: skip
    kept = browser.post("/catalogue/new", posted)
    assert kept.status_code == 302
    page = text_of(browser.get(kept["Location"]))
    for told in ("Fibre 300", "¥70.00 a month", "only with Speed: 1000 Mbit/s", "from 18 years", "Test it"):
        assert told in page, told
    faster = text_of(browser.get(f"{kept['Location']}/price?o-speed=1000&start=2026-12-01"))
    assert "¥110.00" in faster
    for to in ("in_test", "active", "launched"):
        assert browser.post(f"{kept['Location']}/state", {"to": to}).status_code == 302
    with operator.door() as actor:
        (made,) = catalogue.offerings(actor, catalogue.Wanted())
        assert (made.code, made.state, made.monthly_fee) == ("B300", "launched", Decimal(70))
    assert "Put on sale" not in text_of(browser.get(kept["Location"]))


def test_the_sheet_keeps_what_was_typed_and_marks_what_is_wrong(operator):
    browser = operator.client("marketer")
    answer = browser.post("/catalogue/new", sheet(**{"p-0-amount": "seventy"}))
    assert answer.status_code == 422
    assert "This is not a number." in text_of(answer)
    assert 'value="seventy"' in text_of(answer)
    again = browser.post("/catalogue/new", sheet(code=""))
    assert (again.status_code, "Give it a code" in text_of(again)) == (422, True)
    with operator.door():
        assert Offering.objects.count() == 0


def test_rows_come_and_go_and_the_price_follows_before_anything_is_kept(operator, fibre):
    browser = operator.client("marketer")
    more = text_of(browser.post("/catalogue/design", sheet(act="add-prices")))
    assert 'name="p-1-kind"' in more
    less = text_of(browser.post("/catalogue/design", sheet(act="drop-prices-0")))
    assert 'name="p-0-kind"' not in less
    chosen = text_of(browser.post("/catalogue/design", sheet(specification=str(fibre.public_id))))
    assert 'name="o-speed"' in chosen
    price = text_of(browser.post("/catalogue/price", sheet(start="2026-12-01")))
    assert "¥70.00" in price
    rule = {"r-0-kind": "channel", "r-0-was": "channel", "r-0-low": "", "r-0-high": "", "r-0-add": "counter"}
    assert re.search(
        r'name="r-0-values" value="counter" checked',
        text_of(browser.post("/catalogue/design", sheet(**rule))),
    )
    with operator.door():
        assert Offering.objects.count() == 0


def test_a_new_version_is_compared_with_the_one_on_sale(operator):
    with operator.door("marketer") as actor:
        first = launched(actor)
    browser = operator.client("marketer")
    begun = browser.post(f"/catalogue/{first.public_id}/version")
    assert begun.status_code == 302
    design = text_of(browser.get(begun["Location"]))
    version = re.search(r'name="version" value="(\d+)"', design)[1]
    key = re.search(r'name="p-0-id" value="([^"]+)"', design)[1]
    spec = re.search(r'<option value="([^"]+)" selected>Mobile · ', design)[1]
    posted = sheet(code="M99", name="畅享99", name_en="Enjoy 99", service="mobile", version=version,
                   specification=spec, **{"p-0-id": key, "p-0-amount": "89"})  # fmt: skip
    kept = browser.post(begun["Location"], posted)
    assert kept.status_code == 302, text_of(kept)
    second = kept["Location"].rsplit("/", 1)[1]
    page = text_of(browser.get(f"/catalogue/{second}/compare/{first.public_id}"))
    for told in ("¥99.00 a month", "¥89.00 a month", "Version 1", "Version 2"):
        assert told in page, told
    stale = browser.post(begun["Location"], posted)
    assert (stale.status_code, "Somebody else" in text_of(stale)) == (422, True)


def test_who_does_not_design_sees_no_way_to(operator):
    with operator.door("marketer") as actor:
        made = launched(actor)
    browser = operator.client("clerk1")
    page = text_of(browser.get(f"/catalogue/{made.public_id}"))
    assert "¥99.00" in page
    for hidden in ("New version", "Take off sale"):
        assert hidden not in page
    for address in ("/catalogue/new", "/catalogue/design", "/catalogue/price"):
        assert browser.post(address, sheet()).status_code == 403
    assert browser.post(f"/catalogue/{made.public_id}/state", {"to": "retired"}).status_code == 403


def test_pages_hold_their_query_counts(operator):
    with operator.door("marketer") as actor:
        plans = [launched(actor, f"P{number}", prices=(fee(), fee("3"))) for number in range(4)]
        members = tuple(MemberDesign(plan.public_id) for plan in plans)
        bundle = launched(actor, "FAM", members=members, prices=())
    browser = operator.client("marketer")
    browser.get("/catalogue")
    for name, address in {
        "catalogue list": "/catalogue?q=a",
        "catalogue bundle": f"/catalogue/{bundle.public_id}",
        "catalogue price": f"/catalogue/{bundle.public_id}/price",
    }.items():
        with same_query_count(name):
            assert browser.get(address).status_code == 200
