"""Tickets leave the house and come in again: into the same operator as nothing new, into another one as they were."""

from datetime import timedelta

import pytest

from loopline.cases.models import State, Ticket
from loopline.cases.tests.ground import MONDAY, customer, opened, set_up, step
from loopline.customers import api as customers
from loopline.exports.tests.exchange import brought, faults, fetched, ledger, rows_of, shown, written
from loopline.imports import api as imports
from loopline.kernel.errors import NotAllowed
from loopline.subscriptions import api as subscriptions
from loopline.testing import Operator, found_operator

NUMBER = "+8613800138000"


@pytest.fixture
def three(operator: Operator) -> Operator:
    """A waiting, an untouched and a closed ticket."""
    set_up(operator)
    who = customer(operator)
    with operator.door():
        line = subscriptions.write_subscriptions(
            {
                "customer_id": [who.pk],
                "branch_id": [who.branch_id],
                "account_id": [customers.Account.objects.get(customer=who).pk],
                "number": [NUMBER],
            },
            source="test",
        ).ids[0]
    waiting = opened(
        operator,
        customer=who,
        subscription=line,
        category="fault.broadband",
        take=True,
        description="上网慢\n每天晚上",
    )
    step(operator, waiting, State.PENDING, MONDAY + timedelta(hours=1), pending_for="customer")
    opened(operator, title="=1+1", kind="enquiry", customer=who, channel="shop", contact="微信 zsf")
    done = opened(operator, title="没信号", kind="fault", place="和平路", take=True)
    step(operator, done, State.RESOLVED, MONDAY + timedelta(hours=2), reason="基站已修复")
    step(operator, done, State.CLOSED, MONDAY + timedelta(hours=3), confirmed=True)
    return operator


def everything(operator: Operator) -> list[dict[str, str]]:
    """Open and closed tickets in clear, in the order of their numbers."""
    views = [rows_of(fetched(operator, "tickets", f"view={view}")) for view in ("open", "closed")]
    return sorted((row for rows in views for row in rows), key=lambda row: row["number"])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_left_comes_in_again_as_duplicates_only(three, tmp_path, form):
    path = tmp_path / f"tickets.{form}"
    path.write_bytes(fetched(three, "tickets", "view=open", form))
    before = everything(three)
    assert [row["title"] for row in before] == ["上网慢", "'=1+1", "没信号"]
    assert (before[0]["line"], before[0]["description"]) == ("008613800138000", "上网慢\n每天晚上")
    assert ledger(brought(three, path, "tickets")) == {"duplicates": 2}
    assert ledger(brought(three, path, "tickets")) == {"duplicates": 2}
    assert everything(three) == before


def test_another_operator_has_them_as_they_were(three, tmp_path):
    other = found_operator()
    set_up(other)
    who = customer(other)
    with other.door():
        subscriptions.write_subscriptions(
            {
                "customer_id": [who.pk],
                "branch_id": [who.branch_id],
                "account_id": [customers.Account.objects.get(customer=who).pk],
                "number": [NUMBER],
            },
            source="test",
        )
    told = everything(three)
    path = written(tmp_path / "tickets.csv", told)
    assert ledger(brought(other, path, "tickets")) == {"created": 3}
    assert everything(other) == told
    assert ledger(brought(other, path, "tickets")) == {"duplicates": 3}
    with other.door("clerk1"):
        closed = Ticket.objects.get(title="没信号")
        assert (closed.is_open, closed.solution) == (False, "基站已修复")
    assert opened(other, title="下一单").number == "T00000004"


def test_a_changed_row_changes_a_ticket_by_legal_steps_only(three, tmp_path):
    rows = everything(three)
    rows[0] |= {"state": "resolved", "solution": "已更换猫", "title": "晚上上网慢", "state_at": ""}
    rows[1] |= {"assignee": "clerk1", "priority": "urgent"}
    rows[2] |= {"state": "rejected"}
    run = brought(three, written(tmp_path / "changed.csv", rows), "tickets")
    assert ledger(run) == {"updated": 2, "rejected": 1}
    assert faults(three, run) == [(4, "state", "refused")]
    after = everything(three)
    by_number = {row["number"]: row for row in after}
    first, second, third = (by_number[row["number"]] for row in rows)
    assert (first["state"], first["solution"], first["title"]) == ("resolved", "已更换猫", "晚上上网慢")
    assert (second["assignee"], second["priority"]) == ("clerk1", "urgent")
    assert third["state"] == "closed"


def test_masks_and_faults_are_refused_by_row_and_field_and_change_nothing(three, tmp_path):
    masked = shown(three, "tickets")
    path = written(tmp_path / "masked.csv", [dict(zip(masked[0], row, strict=True)) for row in masked[1:]])
    before = everything(three)
    blank = dict.fromkeys(before[0], "")
    rows = [
        blank | {"title": "张** 投诉"},
        blank | {"title": "x", "customer_number": "C99999999"},
        blank | {"title": "x", "kind": "fault", "state": "resolved"},
        blank | {"title": "x", "kind": "fault", "opened_at": "yesterday"},
        blank | {"title": "x", "kind": "fault", "unit": "nowhere"},
        blank | {"title": "x", "line": "138 **** 8000"},
        blank,
        before[0] | {"kind": "complaint"},
    ]
    run = brought(three, written(tmp_path / "faulty.csv", rows), "tickets")
    assert faults(three, run) == [
        (2, "title", "masked"),
        (3, "customer_number", "refused"),
        (4, "solution", "refused"),
        (5, "opened_at", "refused"),
        (6, "unit", "refused"),
        (7, "line", "masked"),
        (9, "kind", "refused"),
    ]
    assert everything(three) == before
    assert ledger(brought(three, path, "tickets"))["rejected"] == 2


def test_who_may_not_lead_brings_no_tickets(three, tmp_path):
    path = written(tmp_path / "tickets.csv", everything(three))
    with three.door("clerk1") as clerk, pytest.raises(NotAllowed):
        imports.take_up(actor=clerk, path=path, target="tickets")
