"""Accounts and addresses leave the house and come in again: here as nothing new, in another operator as they were."""

import pytest

from loopline.customers import api as customers
from loopline.exports.tests.exchange import brought, faults, fetched, ledger, rows_of, shown, written
from loopline.kernel.models import Event
from loopline.testing import Operator, found_operator


def people(operator: Operator) -> list[customers.Customer]:
    """Two customers of the north, C00000001 and C00000002, and one of the south, each with an account."""
    with operator.door():
        homes = [operator.units[code] for code in ("north-1", "north-1", "south-1")]
        made = customers.write_customers(
            {"branch_id": homes, "name": ["张三丰", "李四光", "赵南"]}, source="test"
        )
        return [customers.Customer.objects.get(pk=key) for key in made.customer_ids]


@pytest.fixture
def three(operator: Operator) -> Operator:
    """A settlement account that is closed, an address at home and one where a line is."""
    first, second, _third = people(operator)
    with operator.door("clerk1") as clerk:
        account = customers.open_account(
            actor=clerk,
            customer=first,
            kind="settlement",
            name="=结算",
            payment_method="bank_debit",
            bill_day=15,
        )
        customers.change_account(
            actor=clerk,
            customer=first,
            account=str(account.public_id),
            version=1,
            changes={"status": "closed"},
        )
        customers.add_address(
            actor=clerk, customer=first, street="和平路12号", region="北城", postcode="030001"
        )
        customers.add_address(actor=clerk, customer=second, street="人民路8号", kind="installation")
    return operator


def everything(operator: Operator, name: str) -> list[dict[str, str]]:
    return rows_of(fetched(operator, name))


def without_keys(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if name != "key"} for row in rows]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "count"), [("accounts", 3), ("addresses", 2)])
def test_what_left_comes_in_again_as_duplicates_only(three, tmp_path, name, count, form):
    path = tmp_path / f"{name}.{form}"
    path.write_bytes(fetched(three, name, form=form))
    before = everything(three, name)
    assert ledger(brought(three, path, name)) == {"duplicates": count}
    assert ledger(brought(three, path, name)) == {"duplicates": count}
    assert everything(three, name) == before


def test_another_operator_has_them_as_they_were(three, tmp_path):
    other = found_operator()
    people(other)
    told = everything(three, "accounts")
    assert [(row["number"], row["status"], row["bill_day"]) for row in told] == [
        ("A00000001", "active", "1"),
        ("A00000002", "active", "1"),
        ("A00000004", "closed", "15"),
    ]
    path = written(tmp_path / "accounts.csv", told)
    assert ledger(brought(other, path, "accounts")) == {"created": 1, "duplicates": 2}
    assert everything(other, "accounts") == told
    with other.door("clerk1") as clerk:
        who = customers.Customer.objects.get(name="张三丰")
        assert customers.open_account(actor=clerk, customer=who).number == "A00000005"
    told = everything(three, "addresses")
    path = written(tmp_path / "addresses.csv", told)
    assert ledger(brought(other, path, "addresses")) == {"created": 2}
    assert without_keys(everything(other, "addresses")) == without_keys(told)
    assert ledger(brought(other, path, "addresses")) == {"duplicates": 2}


def test_a_changed_row_changes_what_can_be_changed(three, tmp_path):
    rows = everything(three, "accounts")
    rows[0] |= {"bill_day": "20", "status": "suspended", "name": ""}
    rows[1] |= {"customer_number": "C00000001"}
    run = brought(three, written(tmp_path / "accounts.csv", rows), "accounts")
    assert (ledger(run), faults(three, run)) == (
        {"updated": 1, "duplicates": 1, "rejected": 1},
        [(3, "customer_number", "refused")],
    )
    rows = everything(three, "addresses")
    rows[0] |= {"street": "和平路14号", "kind": "work"}
    run = brought(three, written(tmp_path / "addresses.csv", rows), "addresses")
    assert ledger(run) == {"updated": 1, "duplicates": 1}
    assert [row["street"] for row in everything(three, "addresses")] == ["和平路14号", "人民路8号"]
    with three.door():
        assert Event.objects.filter(name="customers.account_changed").count() == 2
        assert Event.objects.filter(name="customers.address_changed").count() == 1


def test_masks_and_faults_are_refused_by_row_and_field_and_change_nothing(three, tmp_path):
    before = everything(three, "accounts"), everything(three, "addresses")
    heads, *masked = shown(three, "addresses")
    path = written(tmp_path / "masked.csv", [dict(zip(heads, row, strict=True)) for row in masked])
    run = brought(three, path, "addresses")
    assert faults(three, run) == [(2, "Street and number", "masked"), (3, "Street and number", "masked")]
    blank = dict.fromkeys(before[0][0], "")
    rows = [
        blank | {"customer_number": "C99999999"},
        blank | {"customer_number": "C00000001", "bill_day": "31"},
        blank | {"customer_number": "C00000001", "name": "张**"},
        blank | {"customer_number": "C00000001", "status": "asleep"},
    ]
    run = brought(three, written(tmp_path / "faulty.csv", rows), "accounts")
    assert faults(three, run) == [
        (2, "customer_number", "refused"),
        (3, "bill_day", "refused"),
        (4, "name", "masked"),
        (5, "status", "not_choice"),
    ]
    blank = dict.fromkeys(before[1][0], "") | {"customer_number": "C00000001"}
    rows = [blank, before[1][0] | {"key": ""}]
    run = brought(three, written(tmp_path / "faulty_places.csv", rows), "addresses")
    assert faults(three, run) == [(2, "street", "refused"), (3, "street", "refused")]
    assert (everything(three, "accounts"), everything(three, "addresses")) == before
