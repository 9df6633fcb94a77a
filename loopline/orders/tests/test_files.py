"""Open orders leave the house and come in again: here as nothing new, elsewhere accepted as at the counter."""

import pytest

from loopline.exports.tests.exchange import brought, faults, fetched, ledger, rows_of, shown, written
from loopline.imports import api as imports
from loopline.orders.actions import WantedItem
from loopline.orders.models import Order, OrderItem
from loopline.orders.tests.shop import NOW, Shop, found_shop
from loopline.testing import Operator, found_operator

LINE = "+8613805350010"


@pytest.fixture
def shop(operator: Operator) -> Shop:
    """A line that works; an order of two things, and one to suspend the line, which was lost."""
    shop = found_shop(operator)
    line = shop.line(LINE)
    shop.accept(
        shop.opening("+8613805350011", key="first"),
        shop.opening("+8613805350012", "M59", sim="esim", needs=(1,)),
        description="先开主号",
    )
    shop.accept(WantedItem("suspend", subscription=line, detail={"reason": "lost"}))
    return shop


def everything(operator: Operator) -> list[dict[str, str]]:
    return rows_of(fetched(operator, "orders", "view=open"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_left_comes_in_again_as_duplicates_only(shop, operator, tmp_path, form):
    path = tmp_path / f"orders.{form}"
    path.write_bytes(fetched(operator, "orders", "view=open", form))
    before = everything(operator)
    assert [(row["item"], row["kind"], row["plan"], row["number"], row["line"]) for row in before] == [
        ("O00000002/1", "open", "M99", "008613805350011", ""),
        ("O00000002/2", "open", "M59", "008613805350012", ""),
        ("O00000003/1", "suspend", "", "", "008613805350010"),
    ]
    assert ledger(brought(operator, path, "orders")) == {"duplicates": 3}
    assert ledger(brought(operator, path, "orders")) == {"duplicates": 3}
    assert everything(operator) == before


def test_another_operator_accepts_what_is_asked_for(shop, operator, tmp_path):
    other = found_shop(found_operator())
    other.line(LINE)
    told = everything(operator)
    path = written(tmp_path / "orders.csv", told)
    assert ledger(brought(other.operator, path, "orders")) == {"created": 3}
    again = everything(other.operator)
    assert [row | {"state": ""} for row in again] == [row | {"state": ""} for row in told]
    assert ledger(brought(other.operator, path, "orders")) == {"duplicates": 3}
    with other.operator.door("clerk1"):
        orders = Order.objects.exclude(request_key="").order_by("id")
        assert [(row.number, row.request_key) for row in orders] == [
            ("O00000002", "file:O00000002"),
            ("O00000003", "file:O00000003"),
        ]
    order = other.drive(orders[0], NOW)
    other.scan(order, place=1)
    assert other.drive(order, NOW).state == "completed"


def test_faults_are_refused_by_row_and_field_an_order_wholly_and_change_nothing(shop, operator, tmp_path):
    before = everything(operator)
    blank = dict.fromkeys(before[0], "") | {"customer_number": "C00000001", "kind": "open", "plan": "M99"}
    rows = [
        blank | {"number": "138 **** 8000"},
        blank | {"number": "13805350011"},
        blank | {"number": "13805350020", "plan": "NONE"},
        blank | {"number": "13805350021", "customer_number": "C99999999"},
        blank | {"kind": "suspend", "plan": "", "line": "13911112222"},
        blank | {"item": "X1/1", "number": "13805350022"},
        blank | {"item": "X1/2", "number": "13805350022"},
        blank | {"item": "X2/2", "number": "13805350023"},
        blank | {"number": "13805350024", "state": "completed"},
        blank | {"number": "13805350025", "when": "soon"},
        before[0] | {"plan": "M59"},
    ]
    run = brought(operator, written(tmp_path / "faulty.csv", rows), "orders")
    assert faults(operator, run) == [
        (2, "number", "masked"),
        (3, "number", "refused"),
        (4, "plan", "refused"),
        (5, "customer_number", "refused"),
        (6, "line", "refused"),
        (7, "number", "refused"),
        (8, "number", "refused"),
        (9, "item", "refused"),
        (10, "state", "refused"),
        (11, "when", "refused"),
        (12, "plan", "refused"),
    ]
    assert everything(operator) == before
    with operator.door():
        assert OrderItem.objects.filter(number="+8613805350022").count() == 0


def test_a_masked_file_is_refused(shop, operator, tmp_path):
    heads, *masked = shown(operator, "orders", "?view=open")
    path = written(tmp_path / "masked.csv", [dict(zip(heads, row, strict=True)) for row in masked])
    before = everything(operator)
    with pytest.raises(imports.MappingRefused, match="Customer number"):
        brought(operator, path, "orders")
    assert everything(operator) == before
