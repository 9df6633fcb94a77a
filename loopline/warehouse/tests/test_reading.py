"""Reading the lake: pinned, one's own tenant only, through DuckDB and Ibis."""

from decimal import Decimal
from importlib.metadata import version

import duckdb
import ibis
import pytest

from loopline.billing.models import Bill
from loopline.testing import found_operator
from loopline.warehouse import api, lake
from loopline.warehouse.tests.books import JANUARY, Books, keep_books


def test_a_reader_stays_on_its_snapshot(books: Books) -> None:
    first = api.refresh(books.tenant)
    with api.reader(books.tenant) as con:
        with books.operator.door():
            Bill.objects.filter(pk=books.bills[0]).update(discount=2, amount=Decimal("60.33"))
        api.refresh(books.tenant)
        assert con.execute("SELECT sum(amount) FROM fact_bill").fetchone() == (Decimal("184.66"),)
    assert books.read("SELECT sum(amount) FROM fact_bill") == [(Decimal("182.66"),)]
    assert books.read("SELECT sum(amount) FROM fact_bill", first.snapshot) == [(Decimal("184.66"),)]


def test_ibis_reads_the_star(books: Books) -> None:
    api.refresh(books.tenant)
    with api.ibis_reader(books.tenant) as star:
        months = star.table("fact_subscription_month")
        chosen = ibis.memtable({"subscription_id": [books.mobile]})
        found = (
            months.join(chosen, "subscription_id")
            .group_by("month")
            .agg(revenue=lambda t: t.revenue.sum())
            .order_by("month")
            .to_pyarrow()
            .to_pylist()
        )
    assert found[0] == {"month": JANUARY, "revenue": Decimal("62.33")}
    assert len(found) == 2


def test_the_outcome_of_a_campaign_is_beside_its_members(books: Books) -> None:
    api.refresh(books.tenant)
    assert books.read(
        "SELECT arm, goal, offer_monthly_cost, is_retained, took_offer FROM campaign_outcome"
    ) == [("treatment", "retained", Decimal("10.00"), True, False)]


def test_a_tenant_reads_and_loads_its_own_only(books: Books) -> None:
    other = keep_books(found_operator(f"{books.operator.code}b"))
    api.refresh(books.tenant)
    api.refresh(other.tenant)
    assert books.read("SELECT customer_id FROM dim_customer") == [(books.customer,)]
    stranger = lake.folder() / lake.schema(other.tenant)
    with api.reader(books.tenant) as con, pytest.raises(duckdb.PermissionException):
        con.execute(f"FROM read_parquet('{stranger}/fact_bill/*.parquet')")


def test_a_reader_writes_nothing_and_opens_no_file(books: Books) -> None:
    api.refresh(books.tenant)
    with api.reader(books.tenant) as con:
        with pytest.raises(duckdb.InvalidInputException):
            con.execute("DELETE FROM fact_bill")
        with pytest.raises(duckdb.PermissionException):
            con.execute("FROM read_csv('/etc/passwd')")
        with pytest.raises(duckdb.Error):
            con.execute("SET enable_external_access = true")


def test_an_unloaded_operator_is_told_so(books: Books) -> None:
    with pytest.raises(api.NotLoaded):
        api.snapshot(books.tenant)


def test_the_dictionary_describes_what_is_there(books: Books) -> None:
    api.refresh(books.tenant)
    with api.reader(books.tenant) as con:
        for entry in api.data_dictionary():
            there = [row[0] for row in con.execute(f"DESCRIBE {entry.name}").fetchall()]
            if entry.columns:
                assert there == [column.name for column in entry.columns], entry.name
            assert all(entry.about.values()) and all(c.about["zh-hans"] for c in entry.columns)
            nameless = [c.name for c in entry.columns if c.about["en"] == c.name]
            assert not nameless, f"{entry.name}: say what {nameless} means"


def test_duckdb_and_its_extensions_are_of_one_version() -> None:
    versions = {
        name: version(name)
        for name in ("duckdb", "duckdb-extension-ducklake", "duckdb-extension-postgres-scanner")
    }
    assert set(versions.values()) == {duckdb.__version__}, versions


def test_a_filter_never_hides_rows_that_the_catalogue_knows_too_little_of(books: Books) -> None:
    """A file whose dates stand in one of its row groups only leaves the table's own bounds too narrow."""
    api.refresh(books.tenant)
    with lake.writer(books.tenant, wait_seconds=30) as con:
        con.execute("CREATE TABLE bounds (day DATE)")
        con.execute("INSERT INTO bounds SELECT DATE '2026-01-01' + range::int FROM range(100)")
        con.execute(
            "INSERT INTO bounds SELECT CASE WHEN range = 299999 THEN DATE '2026-06-01' END FROM range(300000)"
        )
        con.execute("INSERT INTO bounds SELECT DATE '2026-07-01' FROM range(100)")
        con.execute("INSERT INTO bounds VALUES (DATE '2026-08-01')")
    early = "SELECT count(*) FROM bounds WHERE day < DATE '2026-02-01'"
    assert books.read(early) == [(31,)]
    assert books.read("SELECT count(*) FROM bounds WHERE day >= DATE '2026-06-01'") == [(102,)]
    with lake.writer(books.tenant, wait_seconds=30) as con:
        assert con.execute(early).fetchone() == (31,)
        con.execute("DROP TABLE bounds")
