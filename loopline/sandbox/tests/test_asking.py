"""An analyst asks the marts in SQL: what comes out, what is kept of it, and how it ends."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed, NotFound
from loopline.kernel.models import Event
from loopline.sandbox import actions, api, running
from loopline.sandbox.models import Statement, Status
from loopline.testing import Operator

SUMS = "SELECT month, sum(amount) AS billed FROM fact_bill GROUP BY month ORDER BY month"


def asked(operator: Operator, sql: str, who: str = "analyst") -> Statement:
    """A statement, asked and ended."""
    with operator.door(who) as actor:
        row = api.ask(actor=actor, sql=sql)
    return api.run(operator.tenant, row.pk) if row.status == Status.WAITING else row


def rows_of(operator: Operator, row: Statement, who: str = "analyst") -> list[dict[str, object]]:
    with operator.door(who) as actor:
        return api.result(actor, row).to_pylist()


def said(operator: Operator, row: Statement) -> tuple[str, str, str]:
    with operator.door():
        return api.explain(row)


def test_an_analyst_asks_and_reads_what_came_out(operator):
    row = asked(operator, SUMS)
    assert (row.status, row.rows, row.is_cut) == (Status.DONE, 2, False)
    assert [r["billed"] for r in rows_of(operator, row)] == [Decimal("92.33"), Decimal("92.33")]
    assert row.tables == [["fact_bill", ["month", "amount"]]]
    with operator.door():
        kinds = Event.objects.filter(about_kind="sandbox.statement", about_id=row.pk).order_by("id")
        assert list(kinds.values_list("name", flat=True)) == [
            "sandbox.statement_asked",
            "sandbox.statement_ended",
        ]
        ended = kinds.last()
        assert ended is not None and (ended.payload["rows"], ended.payload["fault"]) == (2, "")


@pytest.mark.parametrize(
    ("sql", "status", "sentence", "place"),
    [
        ("", Status.REFUSED, "There is no statement yet.", ""),
        ("SELECT 1; SELECT 2", Status.REFUSED, "Ask one statement at a time.", ""),
        ("DELETE FROM fact_bill", Status.REFUSED, "Only queries run here", ""),
        ("SELECT *\nFROM fact_bil", Status.REFUSED, "There is no table fact_bil", "line 2, column 6"),
        ("SELECT amout FROM fact_bill", Status.FAILED, "There is no column amout here.", "line 1, column 8"),
        (
            "SELECT a b c FROM dim_unit",
            Status.REFUSED,
            "The statement cannot be read here.",
            "line 1, column 12",
        ),
        ("SELECT frobnicate(1)", Status.FAILED, "There is no function frobnicate.", "line 1, column 8"),
        ("SELECT CAST('a' AS INT)", Status.FAILED, "A value cannot be turned", "line 1, column 8"),
        (
            "SELECT x FROM read_text('/etc/passwd')",
            Status.REFUSED,
            "The function read_text",
            "line 1, column 15",
        ),
        (
            "SELECT * FROM information_schema.tables",
            Status.REFUSED,
            "Name the table alone",
            "line 1, column 15",
        ),
    ],
)
def test_what_does_not_run_says_why_and_where(operator, sql, status, sentence, place):
    row = asked(operator, sql)
    told = said(operator, row)
    assert (row.status, told[2]) == (status, place)
    assert told[0].startswith(sentence)


def test_everybody_asks_within_his_own_branches(operator):
    count = "SELECT count(*) AS n, count(DISTINCT customer_id) AS customers FROM fact_bill"
    with operator.door() as actor:
        roles = operator.staff["clerk1"], operator.staff["clerk2"]
        from loopline.identity.models import Role, Staff, StaffRole

        analyst = Role.objects.get(code="analyst")
        for key in roles:
            StaffRole.objects.get_or_create(staff=Staff.objects.get(pk=key), role=analyst)
        assert actor.is_system
    mine, others = asked(operator, count, "clerk1"), asked(operator, count, "clerk2")
    assert rows_of(operator, mine, "clerk1") == [{"n": 4, "customers": 1}]
    assert rows_of(operator, others, "clerk2") == [{"n": 0, "customers": 0}]
    units = asked(operator, "SELECT code FROM dim_unit WHERE is_current ORDER BY code", "clerk2")
    assert len(rows_of(operator, units, "clerk2")) == 6
    with operator.door("clerk2") as actor:
        assert {"fact_bill", "dim_customer", "dim_unit", "dim_offering"} <= {
            t.name for t in api.tables(actor)
        }


def test_only_who_may_ask_asks_and_nobody_reads_anothers_result(operator):
    with pytest.raises(NotAllowed), operator.door("southerner") as actor:
        api.ask(actor=actor, sql=SUMS)
    row = asked(operator, SUMS)
    with pytest.raises(NotFound), operator.door("admin") as actor:
        api.get_statement(actor, row.public_id)
    with operator.door("admin") as actor:
        assert row.pk in {each.pk for each in api.audit(actor)}


def test_a_result_is_closed_when_what_its_asker_may_see_changes(operator):
    row = asked(operator, SUMS)
    with operator.door() as actor:
        Statement.objects.filter(pk=row.pk).update(reach="other")
    with operator.door("analyst") as actor:
        again = api.get_statement(actor, row.public_id)
        assert not api.has_result(actor, again)
        with pytest.raises(NotFound):
            api.result(actor, again)


def test_a_result_is_cut_at_so_many_rows(operator, monkeypatch):
    monkeypatch.setattr(actions.running, "LIMITS", running.LIMITS)
    row = asked(operator, "SELECT i, 'row ' || i AS t FROM range(150000) r(i)")
    assert (row.status, row.rows, row.is_cut) == (Status.DONE, 100_000, True)
    assert rows_of(operator, row)[-1] == {"i": 99_999, "t": "row 99999"}


ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r"


def test_a_running_statement_is_stopped(operator):
    with operator.door("analyst") as actor:
        row = api.ask(actor=actor, sql=ENDLESS)
    worker = threading.Thread(target=lambda: api.run(operator.tenant, row.pk))
    worker.start()
    time.sleep(1.5)
    with operator.door("analyst") as actor:
        assert api.get_statement(actor, row.public_id).status == Status.RUNNING
        api.stop(actor=actor, public_id=row.public_id)
    worker.join(5)
    with operator.door("analyst") as actor:
        ended = api.get_statement(actor, row.public_id)
    assert (ended.status, ended.fault) == (Status.STOPPED, "")
    assert 0 < ended.seconds < 5


def test_how_long_it_will_take_is_told_by_how_far_it_has_come(operator):
    with operator.door("analyst"):
        row = Statement(status=Status.RUNNING, percent=25, seconds=3.0)
        assert api.seconds_left(row) == 9
        row.percent = 1
        assert api.seconds_left(row) is None
        row.percent, row.status = 100, Status.DONE
        assert api.seconds_left(row) is None


def test_a_statement_that_takes_too_long_is_ended(operator, tmp_path):
    import duckdb

    with duckdb.connect() as con:
        outcome = running.run(con, ENDLESS, {}, tmp_path / "r", running.Limits(seconds=2))
    assert outcome.fault == "too_slow"
    assert outcome.seconds < 4


def test_a_lost_statement_is_stopped_at_once(operator):
    with operator.door("analyst") as actor:
        row = api.ask(actor=actor, sql=SUMS)
        Statement.objects.filter(pk=row.pk).update(
            status=Status.RUNNING, seen_at=clock.now() - timedelta(minutes=1)
        )
        assert api.stop(actor=actor, public_id=row.public_id).status == Status.STOPPED


def test_statements_are_kept_under_a_name_and_shared(operator):
    with operator.door("analyst") as actor:
        api.keep(actor=actor, name="Billed", sql=SUMS, shared=True)
        api.keep(actor=actor, name="Mine", sql="SELECT 1", shared=False)
        api.keep(actor=actor, name="Mine", sql="SELECT 2", shared=False)
        assert [(k.name, k.sql) for k in api.kept(actor)] == [("Billed", SUMS), ("Mine", "SELECT 2")]
    with operator.door("admin") as actor:
        found = api.kept(actor)
        assert [k.name for k in found] == ["Billed"]
        with pytest.raises(NotFound):
            api.forget(actor=actor, public_id=found[0].public_id)
    with operator.door("analyst") as actor:
        for each in api.kept(actor):
            api.forget(actor=actor, public_id=each.public_id)
        assert api.kept(actor) == []
