"""Offers leave the house and come in again: into the same operator as nothing new, into another one as they were."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import MemberDesign, Offering, PriceDesign, PriceFact, Rule
from loopline.catalogue.tests.ground import design, fee, launched, specification
from loopline.exports.tests.exchange import brought, faults, ledger, rows_of, written
from loopline.kernel import clock
from loopline.testing import Operator, found_operator


def ground(operator: Operator) -> None:
    with operator.door("marketer") as actor:
        specification(actor)
        given = catalogue.CategoryInput(name="套餐", name_en="Plans")
        catalogue.add_category(actor=actor, given=given)


@pytest.fixture
def four(operator: Operator) -> Operator:
    """A plan in two versions, a bundle with it, and a draft that nobody may put on sale yet."""
    ground(operator)
    with operator.door("marketer") as actor:
        off = PriceDesign(
            PriceFact(
                kind="discount",
                name="首年优惠",
                percent=Decimal("12.5"),
                months=12,
                valid_from=date(2026, 1, 1),
            )
        )
        free = PriceDesign(
            PriceFact(
                kind="allowance", name="流量", unit="GB", quantity=Decimal(20), when=(("speed", "300"),)
            )
        )
        first = launched(actor, prices=(fee("99"), off, free), term_months=24)
        second = catalogue.begin_version(actor=actor, offering=first.public_id)
        dearer = replace(
            catalogue.design_of(second),
            prices=(fee("109"),),
            rules=(Rule("age", (), 18, 60),),
            name_en="Enjoy 109",
        )
        catalogue.change_offering(actor=actor, offering=second.public_id, design=dearer)
        for state in ("in_test", "active", "launched"):
            catalogue.change_state(actor=actor, offering=second.public_id, to=state, now=clock.now())
        launched(actor, "A-BUNDLE", prices=(), members=(MemberDesign(second.public_id, 1, 2, 1),))
        category = catalogue.Category.objects.get().public_id
        catalogue.design_offering(
            actor=actor, design=design("NEW", category=category, description="=说明\n第二行")
        )
    return operator


def everything(operator: Operator, form: str = "csv") -> bytes:
    """All offers for import: nothing in them is personal, so that nobody has to approve."""
    answer = operator.client("marketer").get(f"/export/offers?state=all&for=import&format={form}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_left_comes_in_again_as_duplicates_only(four, tmp_path, form):
    path = tmp_path / f"offers.{form}"
    path.write_bytes(everything(four, form))
    before = rows_of(everything(four))
    assert [(row["offer"], row["state"]) for row in before] == [
        ("M99/1", "retired"),
        ("M99/2", "launched"),
        ("NEW/1", "in_design"),
        ("A-BUNDLE/1", "launched"),
    ]
    monthly, off, free = json.loads(before[0]["prices"])
    assert monthly == {"name": "月租", "name_en": "Monthly fee", "amount": "99"}
    assert (off["kind"], off["percent"], off["months"], off["valid_from"]) == (
        "discount", "12.5", "12", "2026-01-01",
    )  # fmt: skip
    assert (free["unit"], free["quantity"], free["when"]) == ("GB", "20", "speed=300")
    assert before[3]["members"] == '[{"offering": "M99/2", "minimum": "1", "maximum": "2"}]'
    assert ledger(brought(four, path, "offers", "marketer")) == {"duplicates": 4}
    assert ledger(brought(four, path, "offers", "marketer")) == {"duplicates": 4}
    assert rows_of(everything(four)) == before


def test_another_operator_has_them_as_they_were(four, tmp_path):
    other = found_operator()
    ground(other)
    told = rows_of(everything(four))
    path = written(tmp_path / "offers.csv", told[::-1][:1] + told[:-1])
    assert ledger(brought(other, path, "offers", "marketer")) == {"created": 4}
    assert rows_of(everything(other)) == told
    assert ledger(brought(other, path, "offers", "marketer")) == {"duplicates": 4}
    with other.door():
        sold = catalogue.sold_named("M99")
        assert (sold.revision, sold.monthly_fee, sold.rules) == (
            2, Decimal(109), [{"kind": "age", "values": [], "low": 18, "high": 60}],
        )  # fmt: skip


def test_a_draft_is_changed_what_is_sold_is_replaced_by_its_next_version(four, tmp_path):
    rows = rows_of(everything(four))
    rows[2] |= {"name": "新名", "term_months": "12", "prices": '[{"name": "月租", "amount": "59.5"}]'}
    rows[1] |= {"name": "改名"}
    rows.append(rows[1] | {"offer": "M99/3", "name": "畅享119"})
    rows.append(rows[1] | {"offer": "M99/9"})
    run = brought(four, written(tmp_path / "changed.csv", rows), "offers", "marketer")
    assert faults(four, run) == [(3, "name", "refused"), (7, "offer", "refused")]
    assert ledger(run) == {"created": 1, "updated": 1, "duplicates": 2, "rejected": 2}
    after = {row["offer"]: row for row in rows_of(everything(four))}
    assert (after["NEW/1"]["name"], after["NEW/1"]["term_months"]) == ("新名", "12")
    assert json.loads(after["NEW/1"]["prices"]) == [{"name": "月租", "amount": "59.5"}]
    assert (after["M99/2"]["state"], after["M99/2"]["name"]) == ("retired", "畅享99")
    assert (after["M99/3"]["state"], after["M99/3"]["name"]) == ("launched", "畅享119")
    with four.door():
        assert Offering.objects.get(code="NEW").monthly_fee == Decimal("59.5")


def test_faults_are_refused_by_row_and_field_and_change_nothing(four, tmp_path):
    before = rows_of(everything(four))
    blank = dict.fromkeys(before[0], "") | {"name": "x", "kind": "plan", "service": "mobile"}
    rows = [
        blank | {"offer": "X1", "name": "套**"},
        blank | {"offer": "X 2"},
        blank | {"offer": "X3", "specification": "NONE"},
        blank | {"offer": "X4", "prices": "99"},
        blank | {"offer": "X5", "prices": '[{"name": "月租", "amount": "much"}]'},
        blank | {"offer": "X6", "prices": '[{"name": "", "amount": "9"}]'},
        blank | {"offer": "X7", "members": '[{"offering": "NONE/1"}]'},
        blank | {"offer": "X8", "rules": '[{"kind": "moon"}]'},
        blank | {"offer": "X9", "state": "launched"},
        blank | {"offer": "X10", "term_months": "500"},
        blank | {"offer": "X11", "options": '[{"code": "colour", "default": "red"}]'},
    ]
    run = brought(four, written(tmp_path / "faulty.csv", rows), "offers", "marketer")
    assert faults(four, run) == [
        (2, "name", "masked"),
        (3, "offer", "refused"),
        (4, "specification", "refused"),
        (5, "prices", "refused"),
        (6, "prices", "refused"),
        (7, "prices", "refused"),
        (8, "members", "refused"),
        (9, "rules", "refused"),
        (10, "state", "refused"),
        (11, "term_months", "refused"),
        (12, "options", "refused"),
    ]
    assert rows_of(everything(four)) == before
