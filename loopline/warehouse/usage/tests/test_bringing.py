"""Files of usage records go into the lake: what is right is taken, the rest is named, nothing comes twice."""

import os
import signal
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from loopline.config.installation import Installation
from loopline.kernel.sealing import fingerprint
from loopline.warehouse.tests.books import NUMBER, Books
from loopline.warehouse.usage import actions, originals
from loopline.warehouse.usage.dimensions import bring_dimension
from loopline.warehouse.usage.layouts import read_layout
from loopline.warehouse.usage.refusals import OriginalMissing, UnusableFile, UnusableLayout

HEAD = (
    "number,kind,started_at,other_number,other_operator,seconds,bytes_up,bytes_down,"
    "cell,imei,roaming,charge,vas,sequence"
)
CALL = "13812345678,voice_out,2026-02-03 23:30:00,13987654321,,61,,,C-1,356938035643809,,0.1500,,s1"
DATA = "+8613812345678,data,2026-02-04T00:10:00Z,,,,1000,2000000,C-2,356938035643809,domestic,0.0001,,s2"
SMS = "138 1234 5678,sms_in,2026-01-31T23:59:59+08:00,10086,own,,,,C-1,,,0,,s3"
VAS = "8613812345678,vas,2026-02-05 12:00:00,,,,,5000,,,,2,music,s4"
NOBODY = "13500000000,voice_in,2026-02-03 10:00:00,13812345678,,30,,,,,,0,,s5"
COUNTS = "SELECT count(*), sum(charge), count(subscription_id) FROM fact_usage_record"


def write(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_bytes(("\n".join(rows) + "\n").encode())
    return path


def test_a_file_is_taken_record_by_record(books: Books, tmp_path: Path) -> None:
    found = actions.bring(books.tenant, write(tmp_path, "day.csv", HEAD, CALL, DATA, SMS, VAS, NOBODY))
    assert (found.status, found.read, found.taken, found.doubles, found.rejected, found.unknown) == (
        "done",
        5,
        5,
        0,
        0,
        1,
    )
    key = int.from_bytes(fingerprint(books.tenant, "number", NUMBER)[:8]) >> 1
    other = int.from_bytes(fingerprint(books.tenant, "number", "+8613987654321")[:8]) >> 1
    device = int.from_bytes(fingerprint(books.tenant, "device", "356938035643809")[:8]) >> 1
    line = books.mobile
    assert books.read(
        "SELECT month, on_day, hour, started_at, subscription_id, number_key, kind, other_key, other_segment, "
        "other_operator, is_on_net, seconds, bytes_up, bytes_down, cell, tac, device_key, roaming, charge, vas, "
        "file_id FROM fact_usage_record WHERE subscription_id IS NOT NULL ORDER BY started_at"
    ) == [
        (date(2026, 1, 1), date(2026, 1, 31), 23, datetime(2026, 1, 31, 15, 59, 59), line, key, "sms_in",
         int.from_bytes(fingerprint(books.tenant, "number", "+8610086")[:8]) >> 1, None, "own", True,
         0, 0, 0, "C-1", None, None, "home", Decimal("0.0000"), None, 1),
        (date(2026, 2, 1), date(2026, 2, 3), 23, datetime(2026, 2, 3, 15, 30), line, key, "voice_out", other,
         1398765, None, False, 61, 0, 0, "C-1", 35693803, device, "home", Decimal("0.1500"), None, 1),
        (date(2026, 2, 1), date(2026, 2, 4), 8, datetime(2026, 2, 4, 0, 10), line, key, "data", None, None, None,
         None, 0, 1000, 2_000_000, "C-2", 35693803, device, "domestic", Decimal("0.0001"), None, 1),
        (date(2026, 2, 1), date(2026, 2, 5), 12, datetime(2026, 2, 5, 4, 0), line, key, "vas", None, None, None,
         None, 0, 0, 5000, None, None, None, "home", Decimal("2.0000"), "music", 1),
    ]  # fmt: skip
    assert books.read(
        "SELECT other_operator, is_on_net FROM fact_usage_record WHERE subscription_id IS NULL"
    ) == [("own", True)]


def test_what_comes_again_changes_nothing(books: Books, tmp_path: Path) -> None:
    first = write(tmp_path, "1.csv", HEAD, CALL, DATA, DATA)
    assert actions.bring(books.tenant, first).doubles == 1
    assert actions.bring(books.tenant, first, name="renamed.csv").status == "known"
    overlapping = actions.bring(books.tenant, write(tmp_path, "2.csv", HEAD, DATA, SMS, VAS))
    assert (overlapping.read, overlapping.taken, overlapping.doubles) == (3, 2, 1)
    assert books.read(COUNTS) == [(4, Decimal("2.1501"), 4)]
    unnumbered = CALL.removesuffix("s1")
    again = actions.bring(books.tenant, write(tmp_path, "3.csv", HEAD, unnumbered, unnumbered))
    assert (again.taken, again.doubles) == (1, 1)


def test_bad_rows_are_named_and_the_others_go_in(books: Books, tmp_path: Path) -> None:
    rows = [
        HEAD,
        CALL,
        CALL.replace("13812345678", "=cmd()"),
        CALL.replace("voice_out", "fax"),
        CALL.replace("2026-02-03", "2026-02-30"),
        CALL.replace(",61,", ",-5,"),
        "",
        CALL.replace("0.1500", "0.15001"),
        CALL + ",more",
        CALL.replace("C-1", "C" * 50),
        CALL.replace("13987654321", ""),
        CALL.replace("C-1", "C\0"),
        CALL.replace("C-1", "z" * 70_000),
        CALL.replace("C-1", '"C-7"').replace("s1", "s9"),
        CALL.replace("C-1", '"C-7'),
        DATA,
    ]
    path = write(tmp_path, "faulty.csv", *rows)
    path.write_bytes(path.read_bytes() + b"\xff\xfe" + CALL.encode() + b"\r\n" + SMS.encode())
    found = actions.bring(books.tenant, path)
    assert (found.read, found.taken, found.doubles, found.rejected) == (16, 4, 0, 12)
    assert books.read("SELECT line, field, reason FROM usage_reject ORDER BY line") == [
        (3, "number", "not_a_number"),
        (4, "kind", "unknown"),
        (5, "started_at", "not_a_time"),
        (6, "seconds", "out_of_range"),
        (8, "charge", "too_precise"),
        (9, "line", "columns"),
        (10, "cell", "unreadable"),
        (11, "other_number", "missing"),
        (12, "cell", "unreadable"),
        (13, "line", "too_long"),
        (15, "line", "quotes"),
        (17, "line", "not_utf8"),
    ]
    assert books.read("SELECT cell FROM fact_usage_record ORDER BY cell") == [
        ("C-1",),
        ("C-1",),
        ("C-2",),
        ("C-7",),
    ]


LAYOUT = """
format = "fixed"
files = ["TD*.dat"]
source = "PLMN46001"
zone = "UTC"
time_format = "%Y%m%d%H%M%S"
type_at = [1, 2]
decimals.charge = 4
[header]
type = "10"
[trailer]
type = "90"
count = [3, 6]
sums.seconds = [9, 8]
sums.charge = [17, 10]
[records.20]
kind = "voice_out"
fields.number = [3, 14]
fields.started_at = [17, 14]
fields.other_number = [31, 14]
fields.seconds = [45, 6]
fields.charge = [51, 8]
fields.sequence = [59, 6]
[records.30]
kind = "data"
fields.number = [3, 14]
fields.started_at = [17, 14]
fields.bytes_down = [31, 14]
fields.charge = [51, 8]
fields.sequence = [59, 6]
"""
TAP = (
    "10PLMN46001",
    f"20{'8613812345678':14}20260203153000{'8613987654321':14}{61:06}{1500:08}000001",
    f"30{'8613812345678':14}20260203160000{2_000_000:014}{'':6}{1:08}000002",
    f"90{2:06}{61:08}{1501:010}",
)


def test_fixed_width_by_its_layout(books: Books, tmp_path: Path) -> None:
    (originals.home(books.tenant, "layouts") / "tap.toml").write_text(LAYOUT)
    found = actions.bring(books.tenant, write(tmp_path, "TD001.dat", *TAP))
    assert (found.status, found.reason, found.read, found.taken) == ("done", "", 2, 2)
    assert books.read(
        "SELECT kind, on_day, hour, seconds, bytes_down, charge FROM fact_usage_record ORDER BY started_at"
    ) == [
        ("voice_out", date(2026, 2, 3), 23, 61, 0, Decimal("0.1500")),
        ("data", date(2026, 2, 4), 0, 0, 2_000_000, Decimal("0.0001")),
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (TAP[:-1], "it does not end with its trailer: it may have been cut off"),
        (TAP[1:], "it does not begin with its header"),
        ((TAP[0], TAP[1], TAP[3]), "its trailer says count 000002, its records give 1"),
        (
            (*TAP[:3], TAP[3].replace("1501", "1502")),
            "its trailer says charge 0000001502, its records give 1501",
        ),
    ],
)
def test_a_file_whose_trailer_lies_is_refused_whole(
    books: Books, tmp_path: Path, rows: tuple[str, ...], problem: str
) -> None:
    found = actions.bring(books.tenant, write(tmp_path, "TD002.dat", *rows), layout=LAYOUT)
    assert (found.status, found.reason) == ("refused", problem)
    assert books.read(COUNTS) == [(0, None, 0)]
    assert books.read("SELECT status, taken FROM usage_file") == [("refused", 0)]


def test_json_lines_and_parquet(books: Books, tmp_path: Path) -> None:
    found = actions.bring(
        books.tenant,
        write(
            tmp_path,
            "batch.ndjson",
            '{"number": "13812345678", "kind": "sms_out", "started_at": "2026-02-01T00:00:00+08:00", '
            '"other_number": "13987654321", "charge": 0.1, "sequence": 7, "other_operator": "unicom"}',
            '{"number": "13812345678"',
            "[1]",
        ),
    )
    assert (found.read, found.taken, found.rejected) == (3, 1, 2)
    import duckdb

    path = tmp_path / "p.parquet"
    duckdb.sql(
        "SELECT '13812345678' AS msisdn, 'data' AS kind, TIMESTAMPTZ '2026-02-01 00:00:00+00' AS start_time, "
        "42::BIGINT AS bytes_up, 0.5::DECIMAL(18,4) AS charge UNION ALL SELECT 'x', 'data', NULL, 1, 0"
    ).write_parquet(str(path))
    found = actions.bring(books.tenant, path)
    assert (found.read, found.taken, found.rejected) == (2, 1, 1)
    assert books.read(
        "SELECT kind, started_at, bytes_up, charge, other_operator FROM fact_usage_record ORDER BY started_at"
    ) == [
        ("sms_out", datetime(2026, 1, 31, 16), 0, Decimal("0.1000"), "unicom"),
        ("data", datetime(2026, 2, 1), 42, Decimal("0.5000"), None),
    ]


def test_hostile_files_are_refused(books: Books, tmp_path: Path) -> None:
    packed = tmp_path / "bomb.csv"
    packed.write_bytes(b"PK\x03\x04" + b"0" * 100)
    assert actions.bring(books.tenant, packed).reason == "it is packed (zip); unpack it first"
    linked = tmp_path / "link.csv"
    linked.symlink_to("/etc/passwd")
    with pytest.raises(UnusableFile):
        actions.bring(books.tenant, linked)
    with pytest.raises(UnusableFile):
        actions.bring(books.tenant, tmp_path, name="folder.csv")
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1nonsense")
    assert actions.bring(books.tenant, torn).reason == "it is no readable Parquet file"
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert actions.bring(books.tenant, empty).reason == "it is empty"
    fine = actions.bring(
        books.tenant, write(tmp_path, "x.csv", HEAD, CALL), name="../../'; DROP TABLE usage_file; --\n.csv"
    )
    assert fine.status == "done"
    assert books.read("SELECT name FROM usage_file WHERE status = 'done'") == [
        ("'; DROP TABLE usage_file; --_.csv",)
    ]
    with pytest.raises(UnusableFile):
        actions.bring(books.tenant, write(tmp_path, "what.bin", "?"))
    for wrong in (
        "format = 'csv'\ncolumns.a = 'b'",
        "format = 'fixed'",
        "x",
        "format = 'csv'\nzone = '../x'",
    ):
        with pytest.raises(UnusableLayout):
            read_layout(wrong)


def test_months_are_made_from_the_records(books: Books, tmp_path: Path) -> None:
    first = write(tmp_path, "1.csv", HEAD, CALL, DATA, VAS, NOBODY)
    actions.bring(books.tenant, first)
    assert actions.make_months(books.tenant) == [date(2026, 2, 1)]
    late = actions.bring(books.tenant, write(tmp_path, "2.csv", HEAD, SMS))
    assert (late.taken, late.late) == (1, 1)
    assert actions.make_months(books.tenant) == [date(2026, 1, 1)]
    assert actions.make_months(books.tenant) == []
    assert books.read(
        "SELECT month, calls_out, seconds_out, seconds_competitor, messages_in, data_bytes, vas_events, charge, "
        "active_days, data_days, roaming_days FROM fact_usage_month ORDER BY month"
    ) == [
        (date(2026, 1, 1), 0, 0, 0, 1, 0, 0, Decimal("0.0000"), 1, 0, 0),
        (date(2026, 2, 1), 1, 61, 61, 0, 2_006_000, 1, Decimal("2.1501"), 3, 1, 1),
    ]
    assert books.read("SELECT vas, events, active_days, bytes, charge FROM fact_usage_month_service") == [
        ("music", 1, 1, 5000, Decimal("2.0000"))
    ]
    assert books.read(
        "SELECT operator, calls_out, seconds_out FROM fact_usage_month_operator ORDER BY month"
    ) == [
        ("own", 0, 0),
        ("", 1, 61),
    ]


def test_replay_makes_the_same_again_and_finds_whose_it_is(books: Books, tmp_path: Path) -> None:
    actions.bring(books.tenant, write(tmp_path, "1.csv", HEAD, CALL, DATA, SMS, "bad" + VAS))
    actions.bring(books.tenant, write(tmp_path, "2.csv", HEAD, DATA, VAS, NOBODY))
    actions.make_months(books.tenant)
    what = "SELECT * FROM {} ORDER BY ALL"
    tables = ("fact_usage_record", "fact_usage_month", "usage_reject", "usage_file")
    before = [books.read(what.format(name)) for name in tables]
    with actions.writing(books.tenant) as con:
        con.execute("UPDATE fact_usage_record SET charge = 99 WHERE on_day >= DATE '2026-02-01'")
    told = actions.replay(books.tenant, date(2026, 2, 1))
    assert [(one.file_id, one.taken, one.doubles) for one in told] == [(1, 2, 0), (2, 2, 1)]
    assert [books.read(what.format(name)) for name in tables] == before
    for path in originals.home(books.tenant, "archive").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        path.unlink()
    with pytest.raises(OriginalMissing):
        actions.replay(books.tenant, date(2026, 2, 1))
    assert [books.read(what.format(name)) for name in tables] == before


@pytest.mark.parametrize("step", ["staged", "inserted", "committed"])
def test_a_killed_file_is_simply_brought_again(
    books: Books, tmp_path: Path, step: str, database: Installation
) -> None:
    path = write(tmp_path, "1.csv", HEAD, CALL, DATA)
    places = {
        "staged": "taking._keys = die",
        "inserted": "actions._note = die",
        "committed": "actions.UsageFile = die",
    }
    if step == "committed":
        places[step] = "actions.make_months = die\nactions.bring(tenant, path)\nactions.make_months(tenant)"
    words = (
        "import os, signal, django; django.setup()\n"
        "from pathlib import Path\n"
        "from loopline.warehouse.usage import actions, taking\n"
        "def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"tenant, path = {books.tenant}, Path({str(path)!r})\n{places[step]}\nactions.bring(tenant, path)"
    )
    killed = subprocess.run([sys.executable, "-c", words], check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    again = actions.bring(books.tenant, path)
    assert again.status == ("known" if step == "committed" else "done")
    assert books.read(COUNTS) == [(2, Decimal("0.1501"), 2)]
    assert books.read("SELECT taken, rows_read FROM usage_file") == [(2, 2)]
    assert actions.make_months(books.tenant) == [date(2026, 2, 1)]


def test_nothing_personal_reaches_the_lake(books: Books, tmp_path: Path) -> None:
    from loopline.warehouse import lake

    actions.bring(
        books.tenant, write(tmp_path, "1.csv", HEAD, CALL, DATA, SMS, VAS, NOBODY, "13812345678x,x,x")
    )
    files = b"".join(path.read_bytes() for path in Path(lake.folder()).rglob("*.parquet"))
    told = [NUMBER[3:], "13987654321", "13500000000", "356938035643809"]
    assert not [secret for secret in told if secret.encode() in files]
    for name in ("fact_usage_record", "usage_file", "usage_reject"):
        text = str(books.read(f"SELECT * FROM {name}"))
        assert not [secret for secret in told if secret in text], name


def test_segments_cells_and_services_come_from_files(books: Books, tmp_path: Path) -> None:
    segments = write(tmp_path, "s.csv", "segment,operator,city", "1398765,unicom,东江")
    assert bring_dimension(books.tenant, "dim_segment", segments) == 1
    actions.bring(books.tenant, write(tmp_path, "1.csv", HEAD, CALL))
    assert books.read("SELECT other_operator, is_on_net FROM fact_usage_record") == [("unicom", False)]
    twice = write(tmp_path, "t.csv", "segment,operator,city", "1398765,a,b", "1398765,c,d")
    with pytest.raises(UnusableFile):
        bring_dimension(books.tenant, "dim_segment", twice)
    assert books.read("SELECT operator FROM dim_segment") == [("unicom",)]
