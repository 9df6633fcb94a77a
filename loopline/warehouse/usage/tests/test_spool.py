"""What arrives by itself: files in the spool, records in a stream; and the pages that tell of them."""

import os
import threading
from decimal import Decimal
from pathlib import Path

from loopline.warehouse import api
from loopline.warehouse.tests.books import Books
from loopline.warehouse.usage import originals, spool
from loopline.warehouse.usage.tests.test_bringing import CALL, COUNTS, DATA, HEAD, SMS


def test_the_spool_is_emptied_in_order(books: Books) -> None:
    spool.put(books.tenant, "1.csv", [f"{HEAD}\n{CALL}\n".encode()])
    spool.put(books.tenant, "what.bin", [b"?"])
    spool.put(books.tenant, "2.csv", [f"{HEAD}\n{CALL}\n{DATA}\nbad\n".encode()])
    (originals.home(books.tenant, "spool") / ".3.csv.part").write_bytes(b"still written")
    told = [(one.name, one.status, one.taken, one.doubles) for one in spool.bring_spool(books.tenant)]
    assert told == [("1.csv", "done", 1, 0), ("what.bin", "refused", 0, 0), ("2.csv", "done", 1, 1)]
    assert spool.waiting(books.tenant) == []
    assert books.read(COUNTS) == [(2, Decimal("0.1501"), 2)]
    assert books.read("SELECT count(*) FROM fact_usage_month") == [(1,)]


def test_files_of_one_name_do_not_meet(books: Books) -> None:
    names = [spool.put(books.tenant, "../x.csv", [f"{n}".encode()]).name for n in range(3)]
    assert names == ["x.csv", "x-2.csv", "x-3.csv"]
    for path in spool.waiting(books.tenant):
        assert path.stat().st_mode & 0o777 == 0o600
        path.unlink()


def test_a_stream_is_brought_in_batches(books: Books, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    record = (
        '{"number": "13812345678", "kind": "data", "started_at": "2026-02-01T0%d:00:00Z", "bytes_down": %d}\n'
    )

    def send() -> None:
        with os.fdopen(writing, "wb") as out:
            for number in range(5):
                out.write((record % (number, 100 + number)).encode())
            out.write(b"no json\n")

    sender = threading.Thread(target=send)
    sender.start()
    told: list[api.UsageFile] = []
    with os.fdopen(reading, "rb") as source:
        assert spool.stream(books.tenant, source, most=2, tell=told.append) == 5
    sender.join()
    assert sum(one.read for one in told) == 6
    assert sum(one.rejected for one in told) == 1
    assert books.read("SELECT sum(bytes_down), count(*) FROM fact_usage_record") == [(510, 5)]
    assert books.read("SELECT data_bytes, events FROM fact_usage_month") == [(510, 5)]


def test_the_pages_tell_what_became_of_each_file(books: Books) -> None:
    admin = books.operator.client("admin")
    assert "No usage yet" in admin.get("/warehouse/usage").content.decode()
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("day.csv", f"{HEAD}\n{CALL}\n{SMS.replace('sms_in', 'fax')}\n".encode())
    assert admin.post("/warehouse/usage/bring", {"file": file}).status_code == 302
    assert "day.csv" in admin.get("/warehouse/usage").content.decode()
    spool.bring_spool(books.tenant)
    listed = admin.get("/warehouse/usage").content.decode()
    assert "day.csv" in listed and "Taken" in listed
    told = admin.get("/warehouse/usage/1").content.decode()
    assert "type of record" in told and "is none that is known" in told
    assert admin.get("/warehouse/usage/99").status_code == 404
    clerk = books.operator.client("clerk1")
    assert clerk.get("/warehouse/usage").status_code == 403
    assert clerk.post("/warehouse/usage/bring", {}).status_code == 403
