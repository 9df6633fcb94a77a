"""What commits in PostgreSQL reaches the lake through the stream: each change, once its transaction is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import transaction

from loopline.billing.models import Bill, Payment
from loopline.config.installation import Installation
from loopline.interactions.models import Interaction
from loopline.kernel import clock
from loopline.testing import found_operator
from loopline.warehouse import actions, api, freshness, lake, monthly, stream, upkeep
from loopline.warehouse.models import Load
from loopline.warehouse.tests.books import Books, keep_books
from loopline.warehouse.writer import Writer


@pytest.fixture
def writer(database: Installation) -> Iterator[lake.Writer]:
    with lake.opened() as made:
        yield made


STAR = {monthly.NAME, *(table.name for table in actions.TABLES)}


def follow(books: Books, writer: lake.Writer) -> dict[str, int] | None:
    """One small load; the rows it wrote, by table of the star (what modules above make of them is theirs)."""
    with books.operator.door():
        newest = Load.objects.order_by("-pk").first()
        before = newest.rows if newest and newest.kind == "stream" else {}
    with lake.hold(60):
        load = actions.follow(books.tenant, writer)
    if load is None:
        return None
    rows = {name: load.rows.get(name, 0) - before.get(name, 0) for name in STAR}
    return {name: number for name, number in rows.items() if number}


def pay(books: Books, amount: str, reference: str = "new") -> int:
    return Payment.objects.create(
        customer_id=books.customer,
        branch_id=books.operator.units["north-1"],
        account_id=books.account,
        reference=reference,
        paid_on="2026-03-01",
        amount=Decimal(amount),
    ).pk


def paid(books: Books) -> list[Decimal]:
    return [amount for (amount,) in books.read("SELECT amount FROM fact_payment ORDER BY payment_id")]


def test_insert_update_and_delete_arrive_one_by_one(books: Books, writer: lake.Writer) -> None:
    assert follow(books, writer) is not None
    with books.operator.door():
        assert Load.objects.get().kind == "complete"
    assert follow(books, writer) is None
    with books.operator.door():
        key = pay(books, "5.00")
    assert follow(books, writer) == {"fact_payment": 1}
    with books.operator.door():
        Payment.objects.filter(pk=key).update(amount=Decimal("6.00"))
    assert follow(books, writer) == {"fact_payment": 1}
    assert paid(books) == [Decimal("92.33"), Decimal("92.33"), Decimal("6.00")]
    with books.operator.door():
        Payment.objects.filter(pk=key).delete()
    follow(books, writer)
    assert paid(books) == [Decimal("92.33"), Decimal("92.33")]
    assert api.check(books.tenant).agrees
    with books.operator.door():
        kinds = [load.kind for load in Load.objects.order_by("pk")]
    assert kinds == ["complete", "stream"]


def test_what_is_rolled_back_never_arrives(books: Books, writer: lake.Writer) -> None:
    follow(books, writer)
    with pytest.raises(ZeroDivisionError), books.operator.door():
        pay(books, "1.00")
        raise ZeroDivisionError
    with books.operator.door():
        pay(books, "2.00")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            pay(books, "3.00", "inner")
            raise ZeroDivisionError
        with transaction.atomic():
            pay(books, "4.00", "kept")
    assert follow(books, writer) == {"fact_payment": 2}
    assert paid(books)[2:] == [Decimal("2.00"), Decimal("4.00")]


def test_two_operators_get_their_own(books: Books, writer: lake.Writer) -> None:
    other = keep_books(found_operator())
    for one in (books, other):
        follow(one, writer)
    with books.operator.door():
        pay(books, "7.00")
    with other.operator.door():
        Interaction.objects.filter(pk=other.interaction).delete()
    assert follow(books, writer) == {"fact_payment": 1}
    follow(other, writer)
    assert (len(paid(books)), len(paid(other))) == (3, 2)
    assert [one.read("SELECT count(*) FROM fact_interaction")[0][0] for one in (books, other)] == [1, 0]
    assert api.check(books.tenant).agrees
    assert api.check(other.tenant).agrees


def test_a_change_that_the_star_does_not_hold_writes_nothing(books: Books, writer: lake.Writer) -> None:
    follow(books, writer)
    with books.operator.door():
        Interaction.objects.filter(pk=books.interaction).update(summary="said otherwise")
    assert follow(books, writer) is None
    with books.operator.door():
        assert freshness.lag().seconds == 0.0


@contextmanager
def session(database: Installation, tenant: int) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**database.dsn("app")) as con:
        con.execute(
            "SELECT set_config('app.tenant', %s, false), set_config('app.whole', 't', false)", [str(tenant)]
        )
        con.commit()
        yield con


def test_what_commits_late_arrives_late(books: Books, writer: lake.Writer, database: Installation) -> None:
    follow(books, writer)
    with session(database, books.tenant) as slow:
        slow.execute(
            "UPDATE billing_bill SET discount = 1, amount = amount - 1 WHERE id = %s", [books.bills[1]]
        )
        with books.operator.door():
            Bill.objects.filter(pk=books.bills[0]).update(discount=2, amount=Decimal("60.33"))
        assert follow(books, writer) == {"fact_bill": 1, "fact_subscription_month": 2}
        slow.commit()
    assert follow(books, writer) == {"fact_bill": 1, "fact_subscription_month": 2}
    assert api.check(books.tenant).agrees


def test_a_relation_emptied_at_once_is_noticed(
    books: Books, writer: lake.Writer, database: Installation
) -> None:
    follow(books, writer)
    with psycopg.connect(**database.dsn("owner"), autocommit=True) as owner:
        relation = next(table.relation for table in actions.TABLES if table.name == "fact_campaign_contact")
        assert relation == "campaigns_member"
        owner.execute(f"TRUNCATE {relation} CASCADE")
    follow(books, writer)
    assert books.read("SELECT count(*) FROM fact_campaign_contact") == [(0,)]
    assert api.check(books.tenant).agrees


def test_a_lost_slot_means_one_complete_load(
    books: Books, writer: lake.Writer, database: Installation
) -> None:
    follow(books, writer)
    with stream.connected() as con:
        con.execute("SELECT pg_drop_replication_slot(%s)", [stream.SLOT])
    with books.operator.door():
        pay(books, "8.00")
    rows = follow(books, writer)
    assert rows is not None
    assert rows["fact_payment"] == 3
    with books.operator.door():
        newest = Load.objects.order_by("-pk").first()
        assert newest is not None
        assert newest.kind == "complete"
        pay(books, "9.00", "later")
    assert follow(books, writer) == {"fact_payment": 1}
    assert api.check(books.tenant).agrees


def test_changes_are_replayed_from_a_moment(books: Books, writer: lake.Writer) -> None:
    follow(books, writer)
    before = clock.now()
    with books.operator.door():
        pay(books, "8.00")
    follow(books, writer)
    with lake.writer(books.tenant) as con:
        con.execute("DELETE FROM fact_payment WHERE amount = 8")
    assert not api.check(books.tenant).agrees
    assert api.refresh(books.tenant, replay_from=before).rows["fact_payment"] == 1
    assert api.check(books.tenant).agrees


def test_without_a_stream_loads_go_by_transaction(
    books: Books, writer: lake.Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(con: object) -> None:
        raise stream.NoStream("level")

    follow(books, writer)
    monkeypatch.setattr(stream, "_collect_alone", refused)
    with books.operator.door():
        pay(books, "5.00")
    assert follow(books, writer) == {"fact_payment": 1}
    with books.operator.door():
        assert freshness.lag().trouble == str(stream.TROUBLES["level"])
    assert api.check(books.tenant).agrees
    monkeypatch.undo()
    assert follow(books, writer) is not None
    with books.operator.door():
        assert freshness.lag().trouble == ""


def files_of(writer: lake.Writer, books: Books, table: str) -> int:
    rows = writer.con.execute(
        "SELECT count(*) FROM ducklake_list_files('lake', ?, schema => ?)", [table, lake.schema(books.tenant)]
    ).fetchone()
    assert rows is not None
    return int(rows[0])


def test_upkeep_merges_and_keeps_what_is_named(books: Books, writer: lake.Writer) -> None:
    follow(books, writer)
    for number in range(3):
        for more in range(4):
            with books.operator.door():
                pay(books, f"{number}.00", f"R{number}-{more}")
            follow(books, writer)
        with lake.hold(60):
            upkeep.care(writer.con, clock.now(), [books.tenant])
    assert files_of(writer, books, "fact_payment") == 1
    with books.operator.door():
        named = Load.objects.order_by("pk")[0].snapshot
    with lake.hold(60):
        done = upkeep.care(writer.con, clock.now() + timedelta(hours=2), [books.tenant])
    assert done.expired > 0
    assert len(paid(books)) == 14
    assert books.read("SELECT count(*) FROM fact_payment", named) == [(2,)]
    assert api.check(books.tenant).agrees


def test_the_writer_merges_what_its_loads_wrote(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loopline.warehouse.writer.TIDIED", 50)
    ours = Writer(frozenset({books.tenant}))
    try:
        for number in range(6):
            with books.operator.door():
                pay(books, f"{number}.00", f"T{number}")
            ours.round()
    finally:
        ours.close()
    with lake.hold(60), lake.opened() as writer:
        assert files_of(writer, books, "fact_payment") < 3
    assert api.check(books.tenant).agrees
