"""The rules of quality: what is planted is found, what did not change is not looked at twice."""

from datetime import date
from decimal import Decimal

from loopline.billing.models import MonthlyUsage, Payment
from loopline.warehouse import api, lake, quality
from loopline.warehouse.models import QualityRun
from loopline.warehouse.tests.books import Books


def test_clean_books_keep_every_rule(books: Books) -> None:
    api.refresh(books.tenant)
    run = quality.run(books.tenant)
    assert run is not None
    assert (run.failing, run.whole, run.rules) == (0, True, len(run.results))
    assert {found["table"] for found in run.results} >= {
        "fact_bill",
        "dim_calendar",
        "fact_subscription_month",
    }
    assert quality.run(books.tenant) is None  # the same snapshot


def test_each_kind_of_fault_is_found_by_name(books: Books) -> None:
    api.refresh(books.tenant)
    first, second, *_rest = books.bills
    _plant(books, f"UPDATE fact_bill SET discount = 1 WHERE bill_id = {first}")
    _plant(books, f"UPDATE fact_bill SET customer_id = 999999, branch_id = NULL WHERE bill_id = {second}")
    _plant(books, f"INSERT INTO fact_bill SELECT * FROM fact_bill WHERE bill_id = {first}")
    _plant(books, "UPDATE fact_usage SET roaming_days = 40 WHERE month = '2026-02-01'")
    _plant(books, "UPDATE dim_customer SET sex = 'X'")
    assert _failing(quality.run(books.tenant)) == {
        ("dim_customer", "accepted:sex"): ({"": 1}, [str(books.customer)]),
        ("fact_bill", "not_null:branch_id"): ({"2026-01-01": 1}, [str(second)]),
        ("fact_bill", "reference:customer_id"): ({"2026-01-01": 1}, [str(second)]),
        ("fact_bill", "sum:amount,monthly_fee,usage_charge,discount"): (
            {"2026-01-01": 2},
            [str(first), str(first)],
        ),
        ("fact_bill", "unique:bill_id"): ({"2026-01-01": 2}, [str(first), str(first)]),
        ("fact_bill", "unique:subscription_id,month"): ({"2026-01-01": 2}, [str(first), str(first)]),
        ("fact_usage", "range:roaming_days"): ({"2026-02-01": 1}, [str(_usage(books))]),
    }


def test_only_changed_months_are_looked_at_and_the_others_kept(books: Books) -> None:
    api.refresh(books.tenant)
    _plant(books, f"UPDATE fact_bill SET monthly_fee = -1 WHERE bill_id = {books.bills[0]}")
    assert quality.run(books.tenant) is not None
    with books.operator.door():
        Payment.objects.filter(month=date(2026, 2, 1)).update(amount=Decimal("50.00"))
    api.refresh(books.tenant)
    again = quality.run(books.tenant)
    assert again is not None and not again.whole
    assert {rule for _table, rule in _failing(again)} == {
        "range:monthly_fee",
        "sum:amount,monthly_fee,usage_charge,discount",
    }
    _plant(books, f"UPDATE fact_bill SET monthly_fee = 59 WHERE bill_id = {books.bills[0]}")
    _plant(books, f"UPDATE fact_bill SET monthly_fee = 60 WHERE bill_id = {books.bills[2]}")
    assert _failing(quality.run(books.tenant)) == {
        ("fact_bill", "sum:amount,monthly_fee,usage_charge,discount"): (
            {"2026-02-01": 1},
            [str(books.bills[2])],
        )
    }
    whole = quality.run(books.tenant, whole=True)
    assert whole is not None and whole.whole
    assert len(_failing(whole)) == 1
    with books.operator.door():
        assert list(QualityRun.objects.order_by("pk").values_list("failing", flat=True)) == [2, 2, 1, 1]


def _plant(books: Books, statement: str) -> None:
    with lake.writer(books.tenant, wait_seconds=30) as con:
        con.execute(statement)


def _usage(books: Books) -> int:
    with books.operator.door():
        return MonthlyUsage.objects.get(month=date(2026, 2, 1)).pk


def _failing(run: QualityRun | None) -> dict[tuple[str, str], tuple[dict[str, int], list[str]]]:
    assert run is not None
    return {
        (found["table"], found["rule"]): (
            found["months"],
            [key for keys in found["sample"].values() for key in keys],
        )
        for found in run.results
        if found["failing"]
    }
