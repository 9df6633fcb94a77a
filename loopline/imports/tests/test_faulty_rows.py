"""A faulty row costs itself only, and is reported by row, column, value and reason."""

import csv
from pathlib import Path

from django.utils import translation

from loopline.imports.api import Limits, RejectsFile, csv_safe, open_table
from loopline.imports.cells import RejectedRow
from loopline.imports.refusals import REASONS, Reason


def read(path: Path, content: bytes) -> tuple[list[int], list[tuple[int, str, str, str]]]:
    path.write_bytes(content)
    batches = list(open_table(path).rows())
    taken = [number for batch in batches for number, _ in batch.rows]
    rejected = [(each.row, each.column, each.value, each.reason.code) for b in batches for each in b.rejected]
    return taken, rejected


def test_ragged_rows(tmp_path: Path) -> None:
    taken, rejected = read(tmp_path / "f.csv", b"a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n5,6,7,,\n8,9,0\n")
    assert taken == [2, 6, 7]
    assert rejected == [(3, "", "1 | 2", "cells_missing"), (5, "", "1 | 2 | 3 | 4", "cells_extra")]


def test_nul_and_wrong_bytes_name_their_column(tmp_path: Path) -> None:
    content = "编号,姓名\n1,张三\n2,李\x00四\n3,".encode() + "王五".encode("gb18030") + "\n4,赵六\n".encode()
    taken, rejected = read(tmp_path / "f.csv", content)
    assert taken == [2, 5]
    assert rejected == [
        (3, "姓名", "李\\x00四", "nul"),
        (4, "姓名", "\\xcd\\xf5\\xce\\xe5", "wrong_byte"),
    ]


def test_utf8_rows_in_a_gb18030_file_are_not_taken_for_other_characters(tmp_path: Path) -> None:
    content = "编号,姓名\n1,张三\n2,李四\n".encode("gb18030") + "3,张三\n".encode() + b"4,Ann\n"
    taken, rejected = read(tmp_path / "f.csv", content)
    assert taken == [2, 3, 5]
    assert rejected == [(4, "", "3张三", "other_encoding")]


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    lines = ["a,b", "1,x", '2,"open', *(f"{n},y" for n in range(3, 1000)), '1000,"two', 'lines"', "1001,z"]
    taken, rejected = read(tmp_path / "f.csv", "\n".join(lines).encode())
    assert rejected == [(3, "", '2,"open', "quote_open")]
    assert taken == [2, *range(4, 1003)]


def test_an_open_quote_before_quoted_rows_costs_one_row(tmp_path: Path) -> None:
    taken, rejected = read(tmp_path / "f.csv", b'"a","b"\n"1","x\n"2","y"\n"3","z" w\n"4","v"\n')
    assert taken == [3, 5]
    assert rejected == [(2, "", '"1","x', "quote_open"), (4, "", '"3","z" w', "quote_misplaced")]


def test_an_open_quote_in_the_last_row(tmp_path: Path) -> None:
    assert read(tmp_path / "f.csv", b'a,b\n1,x\n2,"y') == ([2], [(3, "", '2,"y', "quote_open")])


def test_a_cell_beyond_all_measure(tmp_path: Path) -> None:
    taken, rejected = read(tmp_path / "f.csv", b"a,b\n1," + b"x" * 200_000 + b"\n2,y\n")
    assert taken == [3]
    assert [(row, code) for row, _, _, code in rejected] == [(2, "cell_too_long")]


def test_faults_at_the_seam_of_two_batches(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    lines = ["a,b", *(f'{n},"x\ny"' if n % 3 else f"{n}" for n in range(2, 60))]
    path.write_bytes("\n".join(lines).encode())
    for size in (1, 2, 3, 7):
        batches = list(open_table(path, limits=Limits(batch_rows=size)).rows())
        assert [number for batch in batches for number, _ in batch.rows] == [n for n in range(2, 60) if n % 3]
        assert [each.row for batch in batches for each in batch.rejected] == [
            n for n in range(2, 60) if not n % 3
        ]


def test_the_rejects_file_opens_in_a_spreadsheet_and_runs_nothing(tmp_path: Path) -> None:
    faults = [
        RejectedRow(3, "月租", "=1+1", Reason("not_number")),
        RejectedRow(9, "", "1 | 2", Reason("cells_missing", {"cells": 2, "columns": 3})),
    ]
    with translation.override("zh-hans"), RejectsFile(tmp_path / "r.csv") as file:
        file.write(faults)
    content = (tmp_path / "r.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(content.decode("utf-8-sig").splitlines())) == [
        ["行号", "列名", "文件中的值", "拒绝原因"],
        ["3", "月租", "'=1+1", "不是数字"],
        ["9", "", "1 | 2", "该行有 2 个单元格，表头有 3 个"],
    ]


def test_csv_safe_leaves_numbers_alone() -> None:
    kept = ["-5.2", "+8613800138000", "张三", "", "-", "1-2"]
    assert [csv_safe(text) for text in kept] == ["-5.2", "+8613800138000", "张三", "", "'-", "1-2"]
    for text in ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", " =1", "＝1"):
        assert csv_safe(text) == "'" + text


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    for code, sentence in REASONS.items():
        with translation.override("en"):
            english = str(sentence)
        with translation.override("zh-hans"):
            assert str(sentence) != english, code
