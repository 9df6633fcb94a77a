"""Files in: the ledger adds up to the row, and a second delivery creates nothing."""

import gzip
import os
import subprocess
import sys
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loopline.catalogue.api import Offering
from loopline.customers.models import Account, ContactMedium, Customer, IdentityDocument, SearchToken
from loopline.imports import api as imports
from loopline.imports.models import ImportRun, KnownRow, Reject
from loopline.kernel.models import Attribute, Event
from loopline.subscriptions.models import Subscription

HEADER = "客户编号,客户名称,性别,手机号码,证件号码,套餐,月租,在网时长,归属营业厅,是否离网,Contract"


def table(tmp_path: Path, *rows: str, name: str = "base.csv", header: str = HEADER) -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def bring(operator, path: Path, who: str = "analyst", mapping=None, dry_run=False, as_of=None) -> ImportRun:
    """Receive, order and carry out, as the worker does; the run as it ended."""
    with operator.door(who) as actor:
        run = imports.receive_file(actor=actor, name=path.name, source=path, as_of=as_of)
        imports.order(actor=actor, run=run, mapping=mapping, dry_run=dry_run)
    imports.carry_out(operator.tenant, run.pk)
    with operator.door(who):
        run.refresh_from_db()
    return run


def counts(run: ImportRun) -> tuple[str, int, int, int, int, int]:
    return (run.status, run.read, run.created, run.updated, run.duplicates, run.rejected)


def reasons(operator, run: ImportRun) -> list[tuple[int, str, str, str]]:
    with operator.door():
        rows = Reject.objects.filter(run=run).order_by("row_number", "id")
        return [(row.row_number, row.column, row.value, row.code) for row in rows]


def test_the_wa_file_and_its_second_delivery(operator, shared):
    path = shared / "wa_telco_churn.csv"
    run = bring(operator, path, as_of=date(2026, 3, 31))
    assert counts(run) == ("finished", 7043, 7043, 0, 0, 0)
    assert counts(bring(operator, path)) == ("finished", 7043, 0, 0, 7043, 0)
    with operator.door("analyst"):
        assert Customer.objects.count() == Account.objects.count() == Subscription.objects.count() == 7043
        assert Subscription.objects.filter(state="terminated", end_reason="churned").count() == 1869
        assert Subscription.objects.filter(characteristics__Churn=True).count() == 1869
        assert Subscription.objects.filter(characteristics__TotalCharges=None).count() == 11
        first = Subscription.objects.select_related("customer", "account").get(source_key="5575-GNVDE")
        assert (first.customer.name, first.customer.sex, first.state) == ("5575-GNVDE", "M", "active")
        assert (first.monthly_fee, first.started_on) == (Decimal("56.95"), date(2023, 5, 31))
        assert (first.account.payment_method, first.import_run_id) == ("Mailed check", run.pk)
        assert first.characteristics["TotalCharges"] == 1889.5
        assert (first.characteristics["SeniorCitizen"], first.characteristics["Partner"]) == (0, False)
        kinds = dict(Attribute.objects.filter(owner="subscription").values_list("name", "kind"))
        assert len(kinds) == 16
        assert (kinds["TotalCharges"], kinds["SeniorCitizen"]) == ("decimal", "integer")
        assert (kinds["Churn"], kinds["Contract"]) == ("boolean", "text")
        told = Event.objects.get(name="imports.finished", about_id=run.pk)
        assert (told.payload["created"], told.actor_name) == (7043, run.actor_name)


def test_the_iranian_file_without_keys_and_with_300_duplicates(operator, shared):
    path = shared / "iranian_churn.csv"
    assert counts(bring(operator, path)) == ("finished", 3150, 2850, 0, 300, 0)
    assert counts(bring(operator, path)) == ("finished", 3150, 0, 0, 3150, 0)
    with operator.door("analyst"):
        assert Customer.objects.count() == Subscription.objects.count() == 2850
        names = Attribute.objects.filter(owner="subscription").values_list("name", flat=True)
        assert {"Call Failure", "Charge Amount", "Churn"} <= set(names)


def test_bad_rows_are_reported_one_by_one_and_the_others_are_in(operator, tmp_path):
    with operator.door():
        Offering.objects.create(code="P39", name="畅享39", name_en="Enjoy 39")
    path = table(
        tmp_path,
        "K1,张三丰,男,13800138000,11010519491231002X,畅享39,39.00,24,north-1,否,One year",
        "K2,李四,女,138****8001,,畅享59,59,12,,否,Two year",
        "K3,王*,女,13800138003,,,59,12,,否,",
        "K4,赵六,女,13800138004,110105194912310021,,59,12,,否,",
        "K5,钱七,女,13800138005,,,59,12,nowhere,否,",
        "K6,孙八,女,13800138000,,,59,12,,否,",
        "K7,周九,女,13800138007,11010519491231002X,,59,12,,否,",
        "K8,吴十,女,13800138008,,,59.999,12,,否,",
        "K9,郑一,女,13800138009,,,59,99999,,否,",
        "K10,冯二,女,13800138010,,P99,59,3,北二营业厅,是,One year",
        "K11,too,few",
    )
    run = bring(operator, path, as_of=date(2026, 3, 31))
    assert counts(run) == ("finished", 11, 2, 0, 0, 9)
    assert reasons(operator, run) == [
        (3, "手机号码", "138****8001", "masked"),
        (4, "客户名称", "王*", "masked"),
        (5, "证件号码", "110105194912310021", "check_digit"),
        (6, "归属营业厅", "nowhere", "unknown_branch"),
        (7, "手机号码", "138 **** 8000", "number_twice"),
        (8, "证件号码", "11**************2X", "document_twice"),
        (9, "月租", "59.999", "too_precise"),
        (10, "在网时长", "99999", "months_out_of_range"),
        (12, "", "K11 | too | few", "cells_missing"),
    ]
    with operator.door():
        one, ten = Subscription.objects.order_by("pk")
        assert (one.number, one.offering.code, one.state) == ("+8613800138000", "P39", "active")
        assert (one.branch_id, ten.branch_id) == (operator.units["north-1"], operator.units["north-2"])
        assert one.characteristics == {"Contract": "One year", "是否离网": False}
        assert (ten.state, ten.ended_on, ten.end_reason) == ("terminated", date(2026, 3, 31), "churned")
        assert ten.characteristics == {"Contract": "One year", "是否离网": True, "套餐": "P99"}
        assert IdentityDocument.objects.get().masked == "11**************2X"

    # Somebody else's number and document, in another file.
    again = table(
        tmp_path,
        "K20,何人,女,13800138000,,,59,12,,否,",
        "K21,何人,女,13800138021,11010519491231002X,,59,12,,否,",
        "K22,何人,女,13800138010,,,59,12,,否,",
        name="more.csv",
    )
    run = bring(operator, again)
    assert counts(run) == ("finished", 3, 1, 0, 0, 2)
    assert reasons(operator, run) == [
        (2, "手机号码", "138 **** 8000", "number_in_use"),
        (3, "证件号码", "11**************2X", "document_known"),
    ]
    with operator.door():
        assert Reject.objects.get(run=run, row_number=2).values == {"card": "张** · C00000001"}


def test_a_known_key_with_other_content_is_updated(operator, tmp_path):
    row = "K1,张三丰,男,13800138000,,畅享39,39.00,24,north-1,否,One year"
    bring(operator, table(tmp_path, row), as_of=date(2026, 3, 31))
    changed = "K1,张君宝,男,13900139000,11010519491231002X,,49.00,,,是,Two year"
    run = bring(operator, table(tmp_path, row, changed, row), as_of=date(2026, 4, 30))
    assert counts(run) == ("finished", 3, 0, 2, 1, 0)
    run = bring(operator, table(tmp_path, changed), as_of=date(2026, 4, 30))
    assert counts(run) == ("finished", 1, 0, 1, 0, 0)
    with operator.door():
        [customer], [line] = Customer.objects.all(), Subscription.objects.all()
        assert (customer.name, customer.sex, customer.life_cycle) == ("张君宝", "M", "lost")
        assert (line.number, line.monthly_fee, line.state) == (
            "+8613900139000",
            Decimal("49.00"),
            "terminated",
        )
        assert (line.started_on, line.ended_on) == (date(2024, 4, 30), date(2026, 4, 30))
        assert line.characteristics == {"Contract": "Two year", "是否离网": True, "套餐": "畅享39"}
        assert [medium.value for medium in ContactMedium.objects.all()] == ["+8613900139000"]
        assert IdentityDocument.objects.count() == 1
        tokens = set(SearchToken.objects.values_list("token", flat=True))
        assert {"张君宝", "zjb", "13900139000", "9000"} <= tokens
        assert not tokens & {"张三丰", "zsf", "13800138000", "8000"}
        assert KnownRow.objects.count() == 1


def test_several_subscriptions_of_one_customer(operator, tmp_path):
    header = "客户编号,用户编号,客户名称,手机号码"
    rows = [
        "C1,U1,张三,13800138001",
        "C1,U2,张三,13800138002",
        "C2,U3,李四,13800138003",
        "C1,U1,张三,13800138001",
    ]
    assert counts(bring(operator, table(tmp_path, *rows, header=header))) == ("finished", 4, 3, 0, 1, 0)
    more = table(tmp_path, "C1,U4,张三,13800138004", header=header, name="more.csv")
    assert counts(bring(operator, more)) == ("finished", 1, 1, 0, 0, 0)
    with operator.door():
        lines = Subscription.objects.values_list("source_key", "customer__source_key")
        assert sorted(lines) == [("U1", "C1"), ("U2", "C1"), ("U3", "C2"), ("U4", "C1")]
        assert Customer.objects.count() == Account.objects.count() == 2
        assert "13800138004" in SearchToken.objects.values_list("token", flat=True)


def test_a_trial_counts_everything_and_changes_nothing(operator, tmp_path):
    path = table(
        tmp_path, *[f"K{n},张三,男,1380013{n:04},,,39,1,,否,a" for n in range(50)], "K1,x,男,1,,,,,,,"
    )
    run = bring(operator, path, dry_run=True)
    assert counts(run) == ("tried", 51, 50, 0, 0, 1)
    with operator.door():
        left = [Customer, Subscription, KnownRow, Attribute, SearchToken]
        assert [model.objects.count() for model in left] == [0, 0, 0, 0, 0]


def test_another_mapping_brings_the_same_file_up_to_date(operator, tmp_path):
    path = table(tmp_path, "K1,张三,39", header="客户编号,称呼,价")
    assert counts(bring(operator, path)) == ("finished", 1, 1, 0, 0, 0)
    better = {"称呼": "name", "价": "monthly_fee"}
    assert counts(bring(operator, path, mapping=better)) == ("finished", 1, 0, 1, 0, 0)
    assert counts(bring(operator, path, mapping=better)) == ("finished", 1, 0, 0, 1, 0)
    with operator.door():
        assert Customer.objects.get().name == "张三"
        assert Subscription.objects.get().monthly_fee == 39


@pytest.mark.parametrize("kind", ["gb18030", "utf-8-sig", "gz", "tab", "xlsx", "parquet"])
def test_every_kind_of_file_gives_the_same_rows(operator, tmp_path, kind):
    rows = [["客户编号", "客户名称", "手机号码", "月租"], ["K1", "张三丰", "13800138000", "39"]]
    text = "\n".join(",".join(row) for row in rows)
    path = tmp_path / "file"
    if kind == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    elif kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(dict(zip(rows[0], zip(rows[1]), strict=True))), path)
    elif kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "tab":
        path.write_text(text.replace(",", "\t"))
    else:
        path.write_text(text, encoding=kind)
    assert counts(bring(operator, path)) == ("finished", 1, 1, 0, 0, 0)
    same = table(tmp_path, "K1,张三丰,13800138000,39", header="客户编号,客户名称,手机号码,月租")
    assert counts(bring(operator, same)) == ("finished", 1, 0, 0, 1, 0)


def test_refused_files_change_nothing(operator, tmp_path):
    contents = {
        "file_empty": b"",
        "file_too_many_columns": ",".join(f"c{n}" for n in range(200)).encode() + b"\n1",
        "file_expands_too_far": gzip.compress(b"a,b\n" + b"1,2\n" * 20_000_000, 9),
        "file_unknown_encoding": "né,è\nà,é\nç,ù\n".encode("cp1252"),
        "mapping_nothing": b"foo,bar\n1,2\n",
    }
    for code, content in contents.items():
        path = tmp_path / code
        path.write_bytes(content)
        with pytest.raises((imports.FileRefused, imports.MappingRefused)) as refused:
            bring(operator, path)
        assert refused.value.code == code
    with operator.door():
        assert Customer.objects.count() == KnownRow.objects.count() == 0
        assert Reject.objects.count() == ImportRun.objects.exclude(status="uploaded").count() == 0


def test_a_branch_imports_into_itself_and_sees_its_own(operator, tmp_path):
    with operator.door():
        from loopline.identity.models import Role

        role = Role.objects.get(code="supervisor")
        role.permissions = [*role.permissions, "customers.import"]
        role.save()
    bring(operator, table(tmp_path, "K1,张三,男,13800138001,,,39,1,south-1,否,a"), name := "analyst")
    path = table(
        tmp_path,
        "K1,张三,男,13800138001,,,39,1,,否,other",
        "K2,李四,男,13800138002,,,39,1,,否,a",
        "K3,王五,男,13800138003,,,39,1,north-2,否,a",
        "K4,赵六,男,13800138004,,,39,1,south-1,否,a",
        "K5,钱七,男,13800138001,,,39,1,,否,a",
    )
    run = bring(operator, path, "north")
    assert counts(run) == ("finished", 5, 2, 0, 0, 3)
    assert reasons(operator, run) == [
        (2, "客户编号", "K1", "elsewhere"),
        (5, "归属营业厅", "south-1", "branch_out_of_reach"),
        (6, "手机号码", "138 **** 8001", "number_in_use"),
    ]
    with operator.door("north"):
        seen = Subscription.objects.order_by("source_key").values_list("source_key", "branch_id")
        assert list(seen) == [("K2", operator.units["north"]), ("K3", operator.units["north-2"])]
        assert ImportRun.objects.count() == 1
    with operator.door("southerner"):
        assert ImportRun.objects.count() == Reject.objects.count() == KnownRow.objects.count() == 0
        assert Subscription.objects.get().characteristics == {"Contract": "a", "是否离网": False}
    with operator.door(name):
        assert ImportRun.objects.count() == 2


def many(tmp_path: Path, count: int) -> Path:
    return table(tmp_path, *[f"K{n},张三,男,138{n:08},,,39,1,,否,a" for n in range(count)])


KILLED = """
import os, signal, sys
import django; django.setup()
from loopline.imports import carrying, merging
carrying.LIMITS = carrying.Limits(batch_rows=100)
merge, done = merging.Merger.merge, []
def killed(self, batch):
    tally = merge(self, batch)
    done.append(1)
    if len(done) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return tally
merging.Merger.merge = killed
carrying.carry_out(int(sys.argv[1]), int(sys.argv[2]))
"""


def test_killed_inside_a_batch_it_goes_on_behind_the_last_one(operator, tmp_path):
    path = many(tmp_path, 1000)
    with operator.door("analyst") as actor:
        run = imports.take_up(actor=actor, path=path)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(operator.tenant), str(run.pk)], env=os.environ, check=False
    )
    assert killed.returncode == -9
    with operator.door("analyst") as actor:
        run.refresh_from_db()
        assert (run.status, run.read, run.created, run.next_row) == ("running", 299, 299, 301)
        assert Customer.objects.count() == KnownRow.objects.count() == 299
        assert _unmade_tokens().exists()  # the batch that was at work had its search tokens, and no more
        assert imports.take_up(actor=actor, path=path).pk == run.pk
    imports.carry_out(operator.tenant, run.pk)
    with operator.door("analyst"):
        run.refresh_from_db()
        assert counts(run) == ("finished", 1000, 1000, 0, 0, 0)
        assert Customer.objects.count() == Subscription.objects.count() == KnownRow.objects.count() == 1000
        assert not _unmade_tokens().exists()
        assert SearchToken.objects.values("customer_id").distinct().count() == 1000


def _unmade_tokens():
    return SearchToken.objects.exclude(customer_id__in=Customer.objects.values("pk"))


def test_two_people_import_the_same_file_at_the_same_time(operator, tmp_path):
    path = many(tmp_path, 12_000)
    runs = []
    for who in ("analyst", "marketer"):
        with operator.door(who) as actor:
            runs.append(imports.take_up(actor=actor, path=path))
    assert runs[0].pk != runs[1].pk

    def work(key: int) -> None:
        from django.db import connections

        imports.carry_out(operator.tenant, key)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(run.pk,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with operator.door("analyst"):
        for run in runs:
            run.refresh_from_db()
            assert (run.status, run.read, run.created + run.duplicates) == ("finished", 12_000, 12_000)
        assert sum(run.created for run in runs) == 12_000
        assert Customer.objects.count() == Subscription.objects.count() == 12_000


def test_stopped_and_continued(operator, tmp_path):
    path = many(tmp_path, 12_000)
    with operator.door("analyst") as actor:
        run = imports.take_up(actor=actor, path=path)
    told = []

    def stop(now: ImportRun) -> None:
        told.append(now.read)
        if len(told) == 1:
            with operator.door("analyst") as actor:
                imports.stop(actor=actor, run=now)

    imports.carry_out(operator.tenant, run.pk, stop)
    with operator.door("analyst") as actor:
        run.refresh_from_db()
        assert counts(run) == ("stopped", 4999, 4999, 0, 0, 0)
        imports.order(actor=actor, run=run)
    imports.carry_out(operator.tenant, run.pk)
    with operator.door("analyst"):
        run.refresh_from_db()
        assert counts(run) == ("finished", 12_000, 12_000, 0, 0, 0)
