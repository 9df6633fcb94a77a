"""A table of one's own becomes a cube: brought, asked, drilled, brought again, removed, and never half there."""

import json
import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loopline.customers.models import Customer
from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed, Refusal
from loopline.marts import api as marts
from loopline.marts.api import refresh_due
from loopline.marts.models import Mart, MartLoad, Role
from loopline.marts.refusals import BadName, ColumnsDiffer, NameTaken, RolesUnfit, TooManyRows
from loopline.olap import api as olap
from loopline.olap.api import Measured, Named
from loopline.testing import found_operator
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import NUMBER, Books

VISITS = """手机号,营业厅编码,月份,客户经理,走访次数,满意度,费用金额
13812345678,,2026-01,赵,2,4.5,"1,200.50"
138 1234 5678,north-2,2026年2月,赵,1,3.5,100
,north-1,202602,钱,4,,10.00
19900000000,nowhere,2026-02,钱,1,5,0
"""


def brought(books: Books, text: str, folder: Path, *, who: str = "admin", **told: Any) -> MartLoad:
    """Bring a csv in the name of a member of staff."""
    file = folder / told.pop("file", "visits.csv")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with books.operator.door(who) as actor:
        if told.get("way") in ("replace", "append"):
            load = marts.receive_again(actor=actor, source=file, file_name=file.name, **told)
        else:
            asked: dict[str, Any] = {"title": "走访", "name": "visits", "chosen": {}} | told
            load = marts.receive(actor=actor, source=file, file_name=file.name, **asked)
            load = marts.order(actor=actor, load=load)
    return marts.carry_out(books.tenant, load.pk)


def ask(books: Books, cube: str = "visits", who: str = "admin", **given: Any) -> olap.Answer:
    """Ask a cube in the name of a member of staff."""
    with books.operator.door(who) as actor:
        return olap.ask(actor, olap.parse(cube, Named(given)))


def test_a_file_becomes_a_cube_with_the_shared_dimensions(books: Books, tmp_path: Path) -> None:
    load = brought(books, VISITS, tmp_path)
    assert (load.status, load.rows, load.unknown) == ("done", 4, {"line": 1, "branch": 1})
    roles = {one["column"]: (one["role"], one["kind"]) for one in load.mart.columns}
    assert roles == {
        "手机号": ("line", "text"),
        "营业厅编码": ("branch", "text"),
        "月份": ("month", "month"),
        "客户经理": ("attribute", "text"),
        "走访次数": ("sum", "whole"),
        "满意度": ("mean", "number"),
        "费用金额": ("sum", "money"),
    }
    answer = ask(books, rows="month", measures="m5,m6,m7,customers")
    january, february = (date(2026, 1, 1),), (date(2026, 2, 1),)
    assert [answer.figure(january, (), place) for place in range(4)] == [
        2,
        Decimal("4.5"),
        Decimal("1200.50"),
        1,
    ]
    assert [answer.figure(february, (), place) for place in range(4)] == [
        6,
        Decimal("4.25"),
        Decimal("110.00"),
        1,
    ]
    assert [answer.figure((), (), place) for place in range(4)] == [
        8,
        Decimal("4.333333"),
        Decimal("1310.50"),
        1,
    ]
    units = ask(books, rows="branch", measures="m5")
    assert {key: units.figure(key) for key in units.rows.keys} == {
        ("north-1",): 6, ("north-2",): 1, (None,): 1, (): 8,
    }  # fmt: skip
    assert ask(books, rows="plan", measures="m5").figure(("P59",)) == 3
    assert ask(books, rows="a4,service", measures="rows").figure(("赵", "mobile")) == 2


def test_a_figure_drills_to_the_customers_behind_it(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    with books.operator.door("admin") as actor:
        found = olap.behind(actor, olap.parse("visits", Named({"measures": "m5"})), Measured("m5"))
    assert found.customers == ((books.customer, 3),)
    page = books.operator.client("admin").get(
        "/analysis/behind?cube=visits&rows=month&measures=m5&at=2026-01;;0"
    )
    assert page.status_code == 200
    assert "C1" in page.content.decode()


def test_the_cube_is_found_wherever_cubes_are(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    browser = books.operator.client("admin")
    assert "走访" in browser.get("/analysis/cubes").content.decode()
    assert browser.get("/analysis/cubes/visits").status_code == 200
    assert browser.get("/analysis/cubes/visits/file?rows=month&form=csv").status_code == 200
    names = [cube["name"] for cube in browser.get("/api/v1/olap/cubes").json()]
    assert names[-1] == "visits"
    cells = browser.get("/api/v1/olap/query/visits", {"rows": "a4", "measures": "m7"}).json()["cells"]
    assert {tuple(cell["row"]): cell["figures"] for cell in cells} == {
        ("赵",): ["1300.50"], ("钱",): ["10.00"], (): ["1310.50"],
    }  # fmt: skip


def test_no_number_reaches_the_lake_in_clear(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    with warehouse.reader(books.tenant) as con:
        told = str(con.execute("SELECT * FROM mart_visits").fetchall())
    assert "13812345678" not in told.replace(" ", "")
    assert "1990000" not in told
    with books.operator.door():
        assert NUMBER[3:] not in str([*MartLoad.objects.values(), *Mart.objects.values()])
    assert not list((tmp_path.parent).glob("**/imports/*/*visits*"))


def test_telling_columns_are_left_out_or_refused(books: Books, tmp_path: Path) -> None:
    text = "姓名,身份证号,备注,数量\n张三,11010519491231002X,ok,1\n李四,110105194912310038,13812345678,2\n"
    load = brought(books, text, tmp_path)
    assert [one["role"] for one in load.mart.columns] == ["skip", "skip", "skip", "sum"]
    assert load.status == "done"
    load = brought(books, text, tmp_path, name="notes", chosen={"备注": "attribute"})
    assert (load.status, [fault[:3] for fault in load.faults]) == ("refused", [[3, "备注", "telling"]])


def test_bad_cells_are_named_and_change_nothing(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    bad = VISITS.replace("202602", "someday").replace("1,200.50", "1.234")
    load = brought(books, bad, tmp_path, name="visits", way="replace")
    assert load.status == "refused"
    assert [fault[:3] for fault in load.faults] == [[2, "费用金额", "too_precise"], [4, "月份", "not_month"]]
    assert ask(books, measures="m5").figure() == 8


def test_bringing_again_replaces_or_adds(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    once = (
        "月份,手机号,营业厅编码,客户经理,走访次数,满意度,费用金额,further\n2026-03,,south-1,孙,7,2,3.00,x\n"
    )
    assert brought(books, once, tmp_path, name="visits", way="append").mart.name == "visits"
    assert ask(books, measures="m5").figure() == 15
    assert brought(books, once, tmp_path, name="visits", way="replace").status == "done"
    assert ask(books, measures="m5,rows").figure((), (), 0) == 7
    with books.operator.door("admin") as actor:
        mart = marts.find_mart(actor, "visits")
        assert (mart.rows, [load.way for load in marts.loads_of(mart)]) == (1, ["replace", "append", "new"])
    with pytest.raises(ColumnsDiffer) as refused:
        brought(books, "月份,走访次数\n2026-03,1\n", tmp_path, name="visits", way="replace")
    assert "手机号" in refused.value.message


def test_chinese_workbooks_and_encodings(books: Books, tmp_path: Path) -> None:
    text = "渠道,日期,数量\n营业厅柜台,2026/1/5,3\nweb,2026年1月6日,4\n驿站,2026-02-01,5\n".encode("gb18030")
    load = brought(books, text, tmp_path, name="channels_own", title="渠道量")
    assert load.unknown == {"channel": 1}
    answer = ask(books, "channels_own", rows="channel", columns="month", measures="m3")
    assert answer.figure(("counter",), (date(2026, 1, 1),)) == 3
    assert answer.figure((None,), (date(2026, 2, 1),)) == 5
    assert "Counter" in [labels[0] for labels in answer.rows.labels if labels]


def test_offerings_and_handsets(books: Books, tmp_path: Path) -> None:
    [(tac, maker)] = books.read("SELECT tac, maker FROM dim_handset ORDER BY tac LIMIT 1")
    text = f"套餐编码,IMEI,日期,数量\nP59,{tac}1234567,2026-01-05,3\nX9,,2026-01-06,1\n"
    assert brought(books, text, tmp_path, name="sold").unknown == {"offering": 1, "handset": 0}
    assert ask(books, "sold", rows="plan", measures="m4").figure(("P59",)) == 3
    assert ask(books, "sold", rows="maker", measures="m4").figure((maker,)) == 3
    assert books.read("SELECT tac, on_day FROM mart_sold ORDER BY on_day")[0] == (tac, date(2026, 1, 5))


def test_who_sees_which_rows(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    assert ask(books, who="north", measures="m5").figure() == 7
    with books.operator.door() as whole:
        assert olap.ask(whole, olap.parse("visits", Named({"measures": "m5"}))).figure() == 8
    stranger = found_operator()
    with stranger.door("admin") as actor, pytest.raises(olap.UnknownCube):
        olap.ask(actor, olap.Question("visits", measures=(Measured("m5"),)))
    assert stranger.client("admin").get("/analysis/cubes/visits").status_code == 404
    assert stranger.client("admin").get("/api/v1/marts/visits/loads").status_code == 404


def test_who_sees_a_part_meets_only_that_part(books: Books, tmp_path: Path) -> None:
    with books.operator.door():
        from loopline.identity.models import Role as StaffRole
        from loopline.identity.models import Staff

        Staff.objects.get(pk=books.operator.staff["southerner"]).roles.add(
            StaffRole.objects.create(code="bringer", name="x", permissions=["warehouse.bring", "olap.view"])
        )
    load = brought(books, VISITS, tmp_path, who="southerner")
    assert load.unknown == {"line": 3, "branch": 3}


def test_what_may_not_be(books: Books, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        brought(books, VISITS, tmp_path, who="clerk1")
    unfit: list[tuple[dict[str, Any], type[Refusal]]] = [
        ({"name": "revenue"}, NameTaken),
        ({"name": "sales"}, NameTaken),
        ({"name": "No Name"}, BadName),
        ({"chosen": {"客户经理": "branch"}}, RolesUnfit),
        ({"chosen": {"客户经理": "sum:text"}}, RolesUnfit),
        ({"chosen": {"nothing": "skip"}}, RolesUnfit),
        ({"chosen": {"月份": "queen"}}, RolesUnfit),
    ]
    for told, refusal in unfit:
        with pytest.raises(refusal):
            brought(books, VISITS, tmp_path, **told)
    brought(books, VISITS, tmp_path)
    with pytest.raises(NameTaken):
        brought(books, VISITS, tmp_path)


def test_limits_are_named(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loopline.marts.columns.MOST_ROWS", 3)
    with pytest.raises(TooManyRows) as refused:
        brought(books, VISITS, tmp_path)
    assert "3 rows" in refused.value.message


def test_a_removed_table_is_gone_and_can_come_back(books: Books, tmp_path: Path) -> None:
    brought(books, VISITS, tmp_path)
    with books.operator.door("admin") as actor:
        marts.remove(actor=actor, name="visits")
    with pytest.raises(olap.UnknownCube):
        ask(books, measures="m5")
    with books.operator.door("admin") as actor:
        marts.restore(actor=actor, name="visits")
    assert ask(books, measures="m5").figure() == 8


KILLED = """
import os, signal, sys
import django
django.setup()
write = bringing._write
def die(*given):
    if sys.argv[3] == "after":
        write(*given)
    os.kill(os.getpid(), signal.SIGKILL)
bringing._write = die
bringing.carry_out(int(sys.argv[1]), int(sys.argv[2]))
"""
"""A process that is killed just before, or just after, the rows are in the lake."""


@pytest.mark.parametrize(("killed", "figure"), [("before", 8), ("after", 26)])
def test_killed_while_it_is_brought(books: Books, tmp_path: Path, killed: str, figure: int) -> None:
    brought(books, VISITS, tmp_path)
    file = tmp_path / "more.csv"
    file.write_text(VISITS.replace(",2,4.5", ",20,4.5"))
    with books.operator.door("admin") as actor:
        load = marts.receive_again(
            actor=actor, name="visits", source=file, file_name="more.csv", way="replace"
        )
    words = [sys.executable, "-c", KILLED, str(books.tenant), str(load.pk), killed]
    assert subprocess.run(words, check=False, env=dict(os.environ)).returncode == -signal.SIGKILL
    assert ask(books, measures="m5").figure() == figure
    with books.operator.door():
        assert MartLoad.objects.get(pk=load.pk).status == "running"
    assert marts.carry_out(books.tenant, load.pk).status == "done"
    assert ask(books, measures="m5,rows").values[0, 0] == (26, 4)
    assert marts.carry_out(books.tenant, load.pk).status == "done"
    assert ask(books, measures="rows").figure() == 4


def test_programs_bring_and_remove(books: Books, tmp_path: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    browser = books.operator.client("admin")

    def post(**told: str) -> Any:
        file = SimpleUploadedFile("v.csv", VISITS.encode())
        return browser.post("/api/v1/marts/bring", {"file": file, **told})

    answer = post(name="visits", title="Visits", columns=json.dumps({"客户经理": "skip"}))
    assert answer.status_code == 202, answer.content
    load = answer.json()
    assert (load["status"], load["mart"]) == ("queued", "visits")
    with books.operator.door():
        key = MartLoad.objects.get(public_id=load["id"]).pk
    marts.carry_out(books.tenant, key)
    assert browser.get(f"/api/v1/marts/loads/{load['id']}").json()["status"] == "done"
    found = browser.get("/api/v1/marts").json()
    assert [one["name"] for one in found["brought"]] == ["visits"]
    assert [one["name"] for one in found["subjects"]] == ["sales", "marketing", "stock", "finance", "service"]
    assert {one["column"]: one["role"] for one in found["brought"][0]["columns"]}["客户经理"] == Role.SKIP
    assert browser.delete("/api/v1/marts/visits").status_code == 200
    assert browser.get("/api/v1/olap/query/visits").status_code == 404
    assert browser.post("/api/v1/marts/visits/restore").status_code == 200
    assert post(columns="[1]", title="x").json()["field"] == "columns"


def test_the_command_line_brings_and_asks(books: Books, tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(VISITS)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        told = [sys.executable, "-m", "loopline.cli", *words, "--operator", books.operator.code]
        return subprocess.run(told, capture_output=True, text=True, check=False, env=dict(os.environ))

    done = run(
        "mart", "bring", str(tmp_path / "visits.csv"), "--name", "visits", "--role", "满意度=skip", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["unknown"] == {"line": 1, "branch": 1}
    asked = run("olap", "query", "--cube", "visits", "--rows", "city", "--measures", "m5", "--json")
    assert asked.returncode == 0, asked.stderr
    assert [cell["figures"] for cell in json.loads(asked.stdout)["cells"]] == [["7"], ["1"], ["8"]]
    again = run("mart", "bring", str(tmp_path / "visits.csv"), "--name", "visits")
    assert again.returncode == 1
    assert "visits" in again.stderr


def test_past_months_keep_their_levels(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(books, VISITS, tmp_path)
    with books.operator.door():
        Customer.objects.filter(pk=books.customer).update(tier="gold")
    warehouse.refresh(books.tenant)
    assert ask(books, rows="tier", measures="m5").figure((None,)) == 8
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "visits" in refresh_due(books.tenant)
    assert ask(books, rows="tier", measures="m5").figure((None,)) == 8


def test_refusals_speak(books: Books, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        brought(books, "", tmp_path)
    assert refused.value.code == "file_empty"
