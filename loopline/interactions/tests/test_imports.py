"""The history that an old system kept comes in by file, once, and only for customers within reach."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from loopline.customers import api as customers
from loopline.exports.tests.exchange import fetched, ledger, rows_of, written
from loopline.imports import api as imports
from loopline.imports.models import ImportRun
from loopline.interactions import api
from loopline.interactions.models import Interaction
from loopline.kernel.scope import Scope, enter
from loopline.testing import Operator, found_operator


@pytest.fixture
def numbers(operator: Operator) -> list[str]:
    with operator.door() as system:
        return [
            customers.create_customer(actor=system, name=name, branch_id=operator.units["north-1"]).number
            for name in ("张三丰", "王小明")
        ]


def file_of(folder: Path, rows: list[tuple[str, ...]]) -> Path:
    path = folder / "history.csv"
    heads = ("编号", "客户编号", "日期", "类型", "渠道", "方向", "主题", "内容")
    path.write_text("\n".join(",".join(row) for row in [heads, *rows]), encoding="utf-8")
    return path


def brought(operator: Operator, path: Path, who: str = "admin") -> ImportRun:
    with operator.door(who) as actor:
        run = imports.take_up(actor=actor, path=path, target="interactions")
    imports.carry_out(operator.tenant, run.pk)
    with enter(Scope(operator.tenant)):
        run.refresh_from_db()
    return run


def test_a_history_comes_in_once_and_every_row_is_accounted_for(operator, numbers, tmp_path):
    rows = [
        ("A1", numbers[0], "2025-03-01", "投诉", "电话", "呼入", "话费争议", "客户对账单有疑问"),
        ("A2", numbers[1], "2025-03-02", "note", "sms", "out", "回访", "已解决"),
        ("A3", "C99999999", "2025-03-02", "note", "sms", "out", "回访", "查无此人"),
        ("A4", numbers[1], "2025-03-03", "note", "sms", "out", "138****1234", "脱敏"),
        ("A5", numbers[1], "some day", "note", "sms", "out", "x", "y"),
    ]
    first = brought(operator, file_of(tmp_path, rows))
    assert (first.read, first.created, first.rejected) == (5, 2, 3)
    with operator.door("clerk1"):
        touches = Interaction.objects.order_by("on").values_list("kind", "channel", "inbound", "topic")
        assert list(touches) == [("complaint", "call", True, "话费争议"), ("note", "sms", False, "回访")]
    with operator.door("admin"):
        found = imports.rejects_of(first)
        assert [(each.row_number, each.column, each.code) for each in found] == [
            (4, "客户编号", "no_such_customer"),
            (5, "主题", "masked"),
            (6, "日期", "not_date"),
        ]
    again = brought(operator, file_of(tmp_path, rows))
    assert (again.read, again.created, again.duplicates, again.rejected) == (5, 0, 2, 3)
    with operator.door("clerk1"):
        assert Interaction.objects.count() == 2


def test_the_kind_of_file_is_chosen_on_screen(operator, numbers, tmp_path):
    browser = operator.client("admin")
    form = browser.get("/imports/new?target=interactions").content.decode()
    for name in ("customer_base", "customer_files", "interactions", "numbers", "sims", "devices"):
        assert f'value="{name}"' in form
    assert 'value="interactions" selected' in form
    path = file_of(tmp_path, [("A1", numbers[0], "2025-03-01", "投诉", "电话", "呼入", "话费", "账单")])
    with path.open("rb") as file:
        sent = browser.post("/imports/new", {"file": file, "target": "interactions"})
    assert sent.status_code == 302
    with operator.door():
        assert ImportRun.objects.get().target == "interactions"
    with path.open("rb") as file:
        refused = browser.post("/imports/new", {"file": file, "target": "nothing"})
    assert (refused.status_code, "cannot be imported" in refused.content.decode()) == (422, True)
    with path.open("rb") as file:
        none = operator.client("marketer").post("/imports/new", {"file": file, "target": "numbers"})
    assert none.status_code == 403


def test_what_left_in_clear_comes_in_again_here_and_in_another_operator(operator, numbers, tmp_path):
    rows = [("A1", numbers[0], "2025-03-01", "complaint", "call", "in", "=话费争议", "客户对账单有疑问")]
    brought(operator, file_of(tmp_path, rows))
    with operator.door("clerk1") as clerk:
        who = customers.Customer.objects.get(number=numbers[1])
        api.record_interaction(
            actor=clerk, customer=who.pk, branch=who.branch_id, kind="note", channel="shop", topic="咨询",
            at=datetime(2025, 4, 2, 3, tzinfo=UTC), on=date(2025, 4, 2), summary="办理宽带", inbound=False,
        )  # fmt: skip
    told = rows_of(fetched(operator, "interactions"))
    assert [(row["key"] == "A1", row["number"], row["way"], row["summary"]) for row in told] == [
        (True, numbers[0], "in", "客户对账单有疑问"),
        (False, numbers[1], "out", "办理宽带"),
    ]
    path = written(tmp_path / "touches.csv", told)
    assert ledger(brought(operator, path)) == {"duplicates": 2}
    other = found_operator()
    with other.door() as system:
        for name in ("张三丰", "王小明"):
            customers.create_customer(actor=system, name=name, branch_id=other.units["north-1"])
    assert ledger(brought(other, path)) == {"created": 2}
    assert rows_of(fetched(other, "interactions")) == told
    assert ledger(brought(other, path)) == {"duplicates": 2}
