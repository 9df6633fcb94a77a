"""The lake follows operations: everything once, then what changed, whatever happens in between."""

import os
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from loopline.billing.models import Bill, Payment
from loopline.catalogue.models import Offering
from loopline.config.installation import Installation
from loopline.interactions.models import Interaction
from loopline.subscriptions.models import Subscription
from loopline.warehouse import api, derived, lake, monthly
from loopline.warehouse.models import Load
from loopline.warehouse.tests.books import FEBRUARY, JANUARY, NAME, NUMBER, Books

MONTHS = f"SELECT * FROM {monthly.NAME} ORDER BY subscription_id, month"


def _of_the_star(rows: dict[str, int]) -> dict[str, int]:
    """What was written to the tables that follow operations; those made from them have tests of their own."""
    return {name: written for name, written in rows.items() if written and name not in derived.names()}


def test_the_first_load_takes_everything(books: Books) -> None:
    load = api.refresh(books.tenant)
    assert (load.status, _of_the_star(load.rows)) == (
        "done",
        {
            "dim_unit": 6,
            "dim_staff": 7,
            "dim_account": 1,
            "dim_offering": 2,
            "dim_customer": 1,
            "dim_subscription": 2,
            "dim_campaign": 1,
            "fact_bill": 4,
            "fact_payment": 2,
            "fact_usage": 2,
            "fact_interaction": 1,
            "fact_campaign_contact": 1,
            "fact_score": 1,
            "fact_subscription_month": 4,
        },
    )
    assert load.snapshot == api.snapshot(books.tenant)
    assert books.read(
        "SELECT subscription_id, month, revenue, paid, minutes, complaints, tenure_months, left_in_month, "
        "is_active_at_end FROM fact_subscription_month ORDER BY 1, 2"
    ) == [
        (books.mobile, JANUARY, Decimal("62.33"), Decimal("62.33"), 100, 0, 22, False, True),
        (books.mobile, FEBRUARY, Decimal("62.33"), Decimal("62.33"), 100, 1, 23, False, True),
        (books.broadband, JANUARY, Decimal("30.00"), Decimal("30.00"), 0, 0, 12, False, True),
        (books.broadband, FEBRUARY, Decimal("30.00"), Decimal("30.00"), 0, 1, 13, False, True),
    ]


def test_a_load_of_nothing_new_writes_nothing(books: Books) -> None:
    api.refresh(books.tenant)
    again = api.refresh(books.tenant)
    assert set(again.rows.values()) == {0}


def test_changes_arrive_and_equal_a_load_from_nothing(books: Books) -> None:
    first = api.refresh(books.tenant)
    with books.operator.door():
        Bill.objects.filter(pk=books.bills[0]).update(usage_charge=Decimal("10.01"), amount=Decimal("69.01"))
        Payment.objects.filter(month=FEBRUARY).update(amount=Decimal("50.00"))
        Interaction.objects.filter(pk=books.interaction).delete()
        Subscription.objects.filter(pk=books.broadband).update(state="terminated", ended_on=date(2026, 2, 14))
    second = api.refresh(books.tenant)
    assert _of_the_star(second.rows) == {
        "dim_subscription": 1,
        "fact_bill": 1,
        "fact_payment": 1,
        "fact_subscription_month": 4,
    }
    figures = (
        "SELECT subscription_id, month, revenue, paid, complaints, left_in_month, is_active_at_end "
        "FROM fact_subscription_month ORDER BY 1, 2"
    )
    # January's 92.33 is split 69.01 : 30.00, February's 50.00 is split 62.33 : 30.00; each adds up to the fen.
    assert books.read(figures) == [
        (books.mobile, JANUARY, Decimal("69.01"), Decimal("64.35"), 0, False, True),
        (books.mobile, FEBRUARY, Decimal("62.33"), Decimal("33.75"), 0, False, True),
        (books.broadband, JANUARY, Decimal("30.00"), Decimal("27.98"), 0, False, True),
        (books.broadband, FEBRUARY, Decimal("30.00"), Decimal("16.25"), 0, True, False),
    ]
    built = books.read(MONTHS)
    api.refresh(books.tenant, complete=True)
    assert books.read(MONTHS) == built
    assert books.read("SELECT sum(revenue) FROM fact_subscription_month", first.snapshot) == [
        (Decimal("184.66"),)
    ]


def test_dimensions_keep_their_history(books: Books) -> None:
    api.refresh(books.tenant)
    with books.operator.door():
        Offering.objects.filter(code="P59").update(monthly_fee=Decimal("49.00"))
        Offering.objects.filter(code="KEEP").update(name="挽留")  # touched, but nothing is different
    api.refresh(books.tenant)
    versions = books.read(
        "SELECT monthly_fee, is_current, valid_to = lead(valid_from) OVER (ORDER BY valid_from) "
        "FROM dim_offering WHERE code = 'P59' ORDER BY valid_from"
    )
    assert versions == [(Decimal("59.00"), False, True), (Decimal("49.00"), True, None)]
    assert books.read("SELECT count(*) FROM dim_offering") == [(3,)]


def test_what_commits_late_is_not_lost(books: Books, database: Installation) -> None:
    with psycopg.connect(**database.dsn("app")) as slow:
        slow.execute(
            "SELECT set_config('app.tenant', %s, false), set_config('app.whole', 't', false)",
            [str(books.tenant)],
        )
        slow.execute(
            "UPDATE billing_bill SET discount = 1, amount = amount - 1 WHERE id = %s", [books.bills[1]]
        )
        with books.operator.door():
            Bill.objects.filter(pk=books.bills[0]).update(discount=2, amount=Decimal("60.33"))
        api.refresh(books.tenant)
        slow.commit()
    api.refresh(books.tenant)
    assert books.read("SELECT discount FROM fact_bill ORDER BY bill_id LIMIT 2") == [
        (Decimal("2.00"),),
        (Decimal("1.00"),),
    ]
    assert api.check(books.tenant).agrees


@pytest.mark.parametrize("step", ["fact_bill", "fact_subscription_month", "committed"])
def test_a_killed_load_is_simply_run_again(books: Books, step: str, database: Installation) -> None:
    api.refresh(books.tenant)
    with books.operator.door():
        Bill.objects.filter(pk=books.bills[0]).update(usage_charge=Decimal("10.01"), amount=Decimal("69.01"))
    assert _killed_at(step, books.tenant, database) == -signal.SIGKILL
    with books.operator.door():
        assert [load.status for load in Load.objects.order_by("pk")] == ["done", "running"]
    after = api.refresh(books.tenant)
    with books.operator.door():
        killed = Load.objects.order_by("pk")[1]
    survived = step == "committed"
    assert killed.status == ("done" if survived else "interrupted")
    assert (killed.snapshot is not None) == survived
    assert after.rows["fact_bill"] == (0 if survived else 1)
    assert books.read("SELECT count(*), sum(amount) FROM fact_bill") == [(4, Decimal("191.34"))]
    assert books.read("SELECT count(*), sum(revenue) FROM fact_subscription_month") == [
        (4, Decimal("191.34"))
    ]
    assert api.check(books.tenant).agrees


def _killed_at(step: str, tenant: int, database: Installation) -> int:
    words = (
        "import os, signal, django; django.setup()\n"
        "from loopline.warehouse.api import refresh\n"
        f"refresh({tenant}, report=lambda s: os.kill(os.getpid(), signal.SIGKILL) if s.name == {step!r} else None)"
    )
    return subprocess.run([sys.executable, "-c", words], check=False, env=dict(os.environ)).returncode


def test_a_restored_database_is_read_anew(books: Books) -> None:
    api.refresh(books.tenant)
    with lake.writer(books.tenant) as con:
        con.execute("UPDATE \"load\" SET source = 'another cluster'")
    assert [found.figure for found in api.check(books.tenant).differences] == ["source"]
    again = api.refresh(books.tenant)
    assert (again.rows["fact_bill"], again.rows["dim_customer"]) == (4, 0)
    assert books.read("SELECT count(*) FROM dim_subscription") == [(2,)]
    assert api.check(books.tenant).agrees


def test_no_personal_data_reaches_the_lake(books: Books, database: Installation) -> None:
    api.refresh(books.tenant)
    assert books.read("SELECT birth_year, sex FROM dim_customer") == [(1990, "F")]
    [(number_hash, segment, characteristics)] = books.read(
        f"SELECT number_hash, number_segment, characteristics FROM dim_subscription "
        f"WHERE subscription_id = {books.mobile}"
    )
    assert (len(number_hash), segment) == (32, "1381234")
    assert '"Contract": "Two year"' in characteristics
    assert "13912345678" not in characteristics
    told = [NAME, NUMBER, NUMBER[3:], "13912345678", "1990-05-17"]
    with api.reader(books.tenant) as con:
        for name in api.table_names():
            text = str(con.execute(f"SELECT * FROM {name}").fetchall())
            assert not [secret for secret in told if secret in text], name
    files = b"".join(path.read_bytes() for path in Path(lake.folder()).rglob("*.parquet"))
    assert not [secret for secret in told if secret.encode() in files]


def test_one_writer_at_a_time(books: Books) -> None:
    with lake.hold(), pytest.raises(api.LakeBusy):
        api.refresh(books.tenant, wait_seconds=0.2)
    assert api.refresh(books.tenant).status == "done"


def test_definitions_are_the_same_in_every_process() -> None:
    words = "import django; django.setup(); from loopline.warehouse import merge; print(merge.made_from())"
    found = {
        subprocess.run(
            [sys.executable, "-c", words],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
