"""Lines leave the house and come in again: into the same operator as nothing new, into another one as they were."""

from datetime import date
from decimal import Decimal

import pytest

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.exports.tests.exchange import brought, faults, fetched, ledger, rows_of, shown, written
from loopline.kernel.models import Event
from loopline.subscriptions import api as subscriptions
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator, found_operator

NUMBER = "+8613800138000"


def people(operator: Operator) -> list[tuple[int, int]]:
    """Three customers, C00000001 to C00000003, the last in another city; a plan in two versions."""
    with operator.door():
        homes = [operator.units[code] for code in ("north-1", "north-1", "south-1")]
        made = customers.write_customers(
            {"branch_id": homes, "name": ["张三丰", "李四光", "赵南"]}, source="test"
        )
        Offering.objects.create(
            code="P99", name="畅享99", monthly_fee=Decimal(99), is_sold=False, state="retired"
        )
        Offering.objects.create(code="P99", revision=2, name="畅享99", monthly_fee=Decimal(109))
        return list(zip(made.customer_ids, made.account_ids, strict=True))


@pytest.fixture
def three(operator: Operator) -> Operator:
    """A mobile line under the former version of its plan, a broadband line, and one that has ended."""
    who = people(operator)
    with operator.door():
        subscriptions.write_subscriptions(
            {
                "customer_id": [who[0][0], who[0][0], who[1][0]],
                "account_id": [who[0][1], who[0][1], who[1][1]],
                "branch_id": [operator.units["north-1"]] * 3,
                "service": ["mobile", "broadband", "mobile"],
                "number": [NUMBER, "KD000123", NUMBER],
                "state": ["active", "suspended_request", "terminated"],
                "offering_id": [Offering.objects.get(revision=1).pk, None, None],
                "monthly_fee": [Decimal("99.50"), Decimal(50), None],
                "started_on": [date(2024, 5, 1), date(2025, 1, 1), date(2020, 1, 1)],
                "contract_ends_on": [date(2027, 5, 1), None, None],
                "ended_on": [None, None, date(2023, 12, 31)],
                "end_reason": ["", "", "moved away"],
                "characteristics": ["{}", '{"site": "和平路12号", "speed": 300}', "{}"],
            },
            source="test",
        )
    return operator


def everything(operator: Operator) -> list[dict[str, str]]:
    return rows_of(fetched(operator, "subscriptions"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_left_comes_in_again_as_duplicates_only(three, tmp_path, form):
    path = tmp_path / f"lines.{form}"
    path.write_bytes(fetched(three, "subscriptions", form=form))
    before = everything(three)
    assert [(row["number"], row["plan"], row["plan_version"], row["monthly_fee"]) for row in before] == [
        ("008613800138000", "P99", "1", "99.5"),
        ("KD000123", "", "", "50"),
        ("008613800138000", "", "", ""),
    ]
    assert before[1]["characteristics"] == '{"site": "和平路12号", "speed": 300}'
    assert ledger(brought(three, path, "subscriptions")) == {"duplicates": 3}
    assert ledger(brought(three, path, "subscriptions")) == {"duplicates": 3}
    assert everything(three) == before


def test_another_operator_has_them_as_they_were(three, tmp_path):
    other = found_operator()
    people(other)
    told = everything(three)
    path = written(tmp_path / "lines.csv", told)
    assert ledger(brought(other, path, "subscriptions")) == {"created": 3}
    assert everything(other) == told
    assert ledger(brought(other, path, "subscriptions")) == {"duplicates": 3}
    with other.door("clerk1") as clerk:
        assert len(customers.search(clerk, "13800138000").ids) == 2


def test_a_changed_row_changes_a_line_as_an_order_would(three, tmp_path):
    rows = everything(three)
    rows[0] |= {"plan_version": "2", "monthly_fee": "109", "number": "139 0013 9000"}
    rows[1] |= {"state": "active"}
    rows[2] |= {"state": "active"}
    run = brought(three, written(tmp_path / "changed.csv", rows), "subscriptions")
    assert ledger(run) == {"updated": 2, "rejected": 1}
    assert faults(three, run) == [(4, "state", "refused")]
    after = everything(three)
    assert [(row["plan_version"], row["monthly_fee"], row["number"], row["state"]) for row in after] == [
        ("2", "109", "008613900139000", "active"),
        ("", "50", "KD000123", "active"),
        ("", "", "008613800138000", "terminated"),
    ]
    with three.door():
        names = Event.objects.filter(name__startswith="subscriptions.").order_by("id")
        assert list(names.values_list("name", flat=True)) == [
            "subscriptions.number_changed",
            "subscriptions.plan_changed",
            "subscriptions.state_changed",
        ]


def test_masks_and_faults_are_refused_by_row_and_field_and_change_nothing(three, tmp_path):
    before = everything(three)
    blank = dict.fromkeys(before[0], "") | {"customer_number": "C00000002", "service": "mobile"}
    rows = [
        blank | {"number": "138 **** 8000"},
        blank | {"customer_number": "C99999999"},
        blank | {"account_number": before[0]["account_number"]},
        blank | {"number": "13800138000"},
        blank | {"number": "13800138001"},
        blank | {"number": "13800138001", "monthly_fee": "5"},
        blank | {"plan": "P77"},
        blank | {"state": "terminated"},
        blank | {"service": "broadband", "characteristics": "fast"},
        before[0] | {"customer_number": "C00000002"},
        blank | {"monthly_fee": "free"},
    ]
    run = brought(three, written(tmp_path / "faulty.csv", rows), "subscriptions")
    assert faults(three, run) == [
        (2, "number", "masked"),
        (3, "customer_number", "refused"),
        (4, "account_number", "refused"),
        (5, "number", "refused"),
        (7, "number", "refused"),
        (8, "plan", "refused"),
        (9, "ended_on", "refused"),
        (10, "characteristics", "refused"),
        (11, "customer_number", "refused"),
        (12, "monthly_fee", "not_number"),
    ]
    assert ledger(run) == {"created": 1, "rejected": 10}
    assert [row for row in everything(three) if row["number"] != "008613800138001"] == before


def test_a_masked_file_is_refused_and_nobody_reaches_another_branch(three, tmp_path):
    heads, *masked = shown(three, "subscriptions")
    path = written(tmp_path / "masked.csv", [dict(zip(heads, row, strict=True)) for row in masked])
    assert ledger(brought(three, path, "subscriptions"))["rejected"] == 2
    with three.door():
        before = Subscription.objects.count()
    row = dict.fromkeys(everything(three)[0], "") | {"customer_number": "C00000003", "number": "13711112222"}
    run = brought(three, written(tmp_path / "far.csv", [row]), "subscriptions", who="north")
    assert faults(three, run) == [(2, "customer_number", "refused")]
    with three.door():
        assert Subscription.objects.count() == before
