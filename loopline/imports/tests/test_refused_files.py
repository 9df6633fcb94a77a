"""What cannot be a table is refused as a whole, by name, in words, and with little memory."""

import gzip
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import translation

from loopline.imports import refusals
from loopline.imports.api import FileRefused, Limits, open_table

MIB = 1024 * 1024


def refused(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        open_table(path, limits=limits or Limits())
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert "%(" not in str(caught.value)
    return caught.value.code


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(out := io.BytesIO())
    return out.getvalue()


CONTENTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "file_empty"),
    "blank": (b" \r\n\n", "file_empty"),
    "only a mark": (b"\xef\xbb\xbf", "file_empty"),
    "only delimiters": (b",,,\n,,,\n", "file_empty"),
    "empty gz": (gzip.compress(b""), "file_empty"),
    "header only": (b"a,b,c\n\n,,\n", "file_header_only"),
    "header only xlsx": (workbook([["a", "b"]]), "file_header_only"),
    "empty xlsx": (workbook([]), "file_empty"),
    "200 columns": (
        ",".join(f"c{n}" for n in range(200)).encode() + b"\n" + b",".join([b"1"] * 200),
        "file_too_many_columns",
    ),
    "200 columns xlsx": (workbook([[f"c{n}" for n in range(200)], [1]]), "file_too_many_columns"),
    "Latin-1": ("né,prénom\nà,é è\nç,où ça\nœuvre".encode("cp1252"), "file_unknown_encoding"),
    "Big5": ("姓名,地址\n陳大文,臺北市\n林怡君,高雄縣\n".encode("big5"), "file_unknown_encoding"),
    "Shift JIS": ("なまえ,じゅうしょ\nたなか,とうきょう\n".encode("shift-jis"), "file_unknown_encoding"),
    "UTF-16 without a mark": ("a,b\nabc,def\nabc,def\n".encode("utf-16-le"), "file_unknown_format"),
    "junk": (bytes(range(256)) * 40, "file_unknown_format"),
    "PDF": (b"%PDF-1.7\nabc", "file_unknown_format"),
    "JSON": (b'[{"a": 1}, {"a": 2}]', "file_unknown_format"),
    "HTML": (b"<!DOCTYPE html><table><tr><td>1</table>", "file_unknown_format"),
    "gz cut off": (gzip.compress(b"a,b\n1,2\n" * 9999)[:-20], "file_broken"),
    "gz of gz": (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "file_unknown_format"),
    "zip cut off": (workbook([["a"], [1]])[:-100], "file_broken"),
    "parquet cut off": (b"PAR1" + b"\0" * 100, "file_broken"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_old_workbook"),
    "encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "file_encrypted",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_refused_by_name(tmp_path: Path, name: str) -> None:
    content, code = CONTENTS[name]
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert refused(path) == code
    assert path.read_bytes() == content


def test_150_columns_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(150)) + "\n" + ",".join(["1"] * 150))
    assert len(open_table(path).columns) == 150


def test_the_sentence_says_how_many_columns(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_bytes(CONTENTS["200 columns"][0])
    with pytest.raises(refusals.TooManyColumns) as caught:
        open_table(tmp_path / "w.csv")
    with translation.override("zh-hans"):
        assert str(caught.value) == "文件有 200 列，最多可导入 150 列。请只保留描述客户的列，然后重试。"


def test_no_file_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path) == "file_not_a_file"
    assert refused(tmp_path / "pipe") == "file_not_a_file"
    assert refused(tmp_path / "nothing.csv") == "file_missing"
    assert refused(tmp_path / ("x" * 300)) == "file_unreadable"


def test_a_gz_bomb_is_found_before_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * (16 * MIB)))
    assert refused(path) == "file_expands_too_far"


def test_a_line_without_end(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(b"a,b\n" + b"1," * (5 * MIB))
    assert refused(path) == "file_line_too_long"


def test_a_workbook_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(workbook([["a"], [1]]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zero", b"\0" * (64 * MIB))
    assert refused(path) == "file_expands_too_far"


def test_a_workbook_whose_directory_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "liar.xlsx"
    path.write_bytes(workbook([["a"], [1]]))
    zeros = b"\0" * (64 * MIB)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zero", zeros)
    size = struct.pack("<I", len(zeros))
    content = path.read_bytes()
    assert content.count(size) == 2
    path.write_bytes(
        content.replace(size, struct.pack("<I", 10)).replace(
            struct.pack("<I", zlib.crc32(zeros)), struct.pack("<I", zlib.crc32(zeros[:10]))
        )
    )
    assert refused(path) == "file_expands_too_far"


@pytest.mark.parametrize("cell", [b'<c r="XFD1048576"><v>1</v></c>', b"<c><v>1</v></c>" * 16_000])
def test_a_workbook_of_one_cell_in_the_far_corner(tmp_path: Path, cell: bytes) -> None:
    path = tmp_path / "corner.xlsx"
    with zipfile.ZipFile(io.BytesIO(workbook([["a"], [1]]))) as source, zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                extra = b'<row r="1048576">' + cell + b"</row></sheetData>"
                content = content.replace(b"</sheetData>", extra)
            archive.writestr(name, content)
    assert refused(path) == "file_too_large"


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.xlsx", "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    assert refused(tmp_path / "z.xlsx") == "file_unknown_format"


def test_a_broken_sheet_inside_a_whole_zip(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    assert refused(path) == "file_broken"


def test_parquet_bomb_and_nesting(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([0]).take(pa.array([0] * 20_000_000))}), tmp_path / "rle.parquet")
    assert refused(tmp_path / "rle.parquet", Limits(expanded_bytes=8 * MIB)) == "file_expands_too_far"
    pq.write_table(pa.table({"a": [[1, 2]]}), tmp_path / "nested.parquet")
    assert refused(tmp_path / "nested.parquet") == "file_nested_column"
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "none.parquet")
    assert refused(tmp_path / "none.parquet") == "file_header_only"
