"""The check finds what differs, names it, and lets pass what merely waits for the next load."""

import json
import os
import subprocess
import sys
from decimal import Decimal

from loopline.billing.models import Bill, Payment
from loopline.interactions.models import Interaction
from loopline.warehouse import api, lake
from loopline.warehouse.models import Load
from loopline.warehouse.tests.books import FEBRUARY, Books


def test_an_untouched_lake_agrees_to_the_fen(books: Books) -> None:
    load = api.refresh(books.tenant)
    result = api.check(books.tenant)
    tables = {table.table: table for table in result.tables}
    assert result.agrees
    assert (result.load_id, result.snapshot) == (load.pk, load.snapshot)
    assert tables["fact_bill"].money == {
        "monthly_fee": "178.00",
        "usage_charge": "6.66",
        "discount": "0.00",
        "amount": "184.66",
    }
    assert tables["fact_payment"].money == {"amount": "184.66"}
    assert tables["fact_subscription_month"].money["paid"] == "184.66"
    with books.operator.door():
        kept = Load.objects.get(pk=load.pk).checks
    assert [table["table"] for table in kept] == list(tables)


def test_a_row_altered_in_the_lake_is_found_and_named(books: Books) -> None:
    api.refresh(books.tenant)
    with lake.writer(books.tenant) as con:
        con.execute(f"UPDATE fact_bill SET amount = amount + 0.01 WHERE bill_id = {books.bills[0]}")
        con.execute("DELETE FROM fact_interaction")
        con.execute(f"INSERT INTO fact_payment SELECT * FROM fact_payment WHERE month = '{FEBRUARY}'")
        con.execute(f"UPDATE dim_subscription SET state = 'asleep' WHERE subscription_id = {books.mobile}")
    branch = str(books.operator.units["north-1"])
    with books.operator.door():
        payment = Payment.objects.get(month=FEBRUARY).pk

    def named(table: str, figure: str, day: str, values: tuple[str, str], key: int) -> api.Difference:
        return api.Difference(table, figure, f"{day[:7]}-01", *values, day, branch, str(key))

    assert set(api.check(books.tenant).differences) == {
        named("dim_subscription", "state", "2024-03-09", ("active", "asleep"), books.mobile),
        named("fact_bill", "amount", "2026-01-01", ("62.33", "62.34"), books.bills[0]),
        named("fact_interaction", "rows", "2026-02-01", ("1", "0"), books.interaction),
        named("fact_payment", "rows", "2026-02-20", ("1", "2"), payment),
        api.Difference("fact_subscription_month", "revenue", "2026-01-01", "92.34", "92.33"),
        api.Difference("fact_subscription_month", "paid", "2026-02-01", "184.66", "92.33"),
    }


def test_a_swap_that_no_sum_tells_is_told_by_the_checksum(books: Books) -> None:
    api.refresh(books.tenant)
    first, _, third, _ = books.bills
    with lake.writer(books.tenant) as con:
        con.execute(f"UPDATE fact_bill SET due_on = due_on + 1 WHERE bill_id IN ({first}, {third})")
    found = api.check(books.tenant).differences
    assert [(one.figure, one.key, one.source, one.lake) for one in found] == [
        ("due_on", str(first), "2026-01-25", "2026-01-26"),
        ("due_on", str(third), "2026-02-25", "2026-02-26"),
    ]


def test_what_changed_since_waits_and_is_no_difference(books: Books) -> None:
    api.refresh(books.tenant)
    with books.operator.door():
        Bill.objects.filter(pk=books.bills[0]).update(discount=2, amount=Decimal("60.33"))
        Interaction.objects.filter(pk=books.interaction).delete()
        Payment.objects.create(
            customer_id=books.customer,
            branch_id=books.operator.units["north-1"],
            account_id=books.account,
            reference="new",
            paid_on="2026-03-01",
            amount=Decimal("5.00"),
        )
    result = api.check(books.tenant)
    assert result.agrees
    assert {table.table: table.waiting for table in result.tables if table.waiting} == {
        "fact_bill": 1,
        "fact_payment": 1,
        "fact_interaction": 1,
    }


def test_the_command_says_it_with_its_exit_code(books: Books) -> None:
    code, told = _command("refresh", books)
    assert (code, told[0]["status"]) == (0, "done")
    with lake.writer(books.tenant) as con:
        con.execute(f"DELETE FROM fact_payment WHERE account_id = {books.account}")
    code, told = _command("check", books)
    assert (code, told[0]["agrees"]) == (1, False)


def _command(name: str, books: Books) -> tuple[int, list[dict[str, object]]]:
    words = [
        sys.executable,
        "-m",
        "loopline.cli",
        "warehouse",
        name,
        "--operator",
        books.operator.code,
        "--json",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)
