"""Whatever is written as a table comes back, in every dialect and encoding; whatever is not, is refused in words."""

import csv
import gzip
import tempfile
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loopline.imports.api import FileRefused, Limits, open_table

COMMON = "的一是在不了有和人这中大为上个国客户号码话费流量套餐离网欠月租营业厅张王李赵"
TEXT = st.text(st.sampled_from(COMMON + "abcXYZ019 .-_'=@#()（）：￥"), max_size=8)
RARE = st.sampled_from(["龘", "𠮷", "é€", "🙂", "模"])
CELL = st.one_of(
    st.sampled_from(["", "张三", "=1+1", 'a"b', "a,b;c|d\te", "两\r\n行", "007", " "]), TEXT, RARE
)
HEADERS = [f"列{number} name" for number in range(5)]


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(2, 5),
    data=st.data(),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    zipped=st.booleans(),
    batch=st.integers(1, 9),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_round_trip(
    width: int, data: st.DataObject, delimiter: str, encoding: str, zipped: bool, batch: int, quoting: int
) -> None:
    row = st.lists(CELL, min_size=width, max_size=width)
    rows = [["李四", *["客户"] * (width - 1)] for _ in range(12)] + data.draw(st.lists(row, max_size=12))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter, quoting=quoting).writerows([HEADERS[:width], *rows])
        content = path.read_bytes()
        if encoding == "gb18030":
            # A row of few characters may read as UTF-8 by chance; such rows are reported, not taken.
            assume(not any(_also_utf8("".join(cells)) for cells in rows))
        if zipped:
            path.write_bytes(gzip.compress(content))
        table = open_table(path, limits=Limits(batch_rows=batch))
        assert (table.encoding, table.delimiter, list(table.columns)) == (
            encoding,
            delimiter,
            HEADERS[:width],
        )
        expected = [(n, [cell or None for cell in cells]) for n, cells in enumerate(rows, 2) if any(cells)]
        batches = list(table.rows())
        assert [each for found in batches for each in found.rejected] == []
        assert [each for found in batches for each in found.rows] == expected


def _also_utf8(text: str) -> bool:
    try:
        text.encode("gb18030").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not text.isascii()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda tail: b"a,b\n1,2\n" + tail)))
def test_any_bytes_are_a_table_or_refused_in_words(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_bytes(content)
        try:
            table = open_table(path)
            numbers = [
                row for batch in table.rows() for row in (*dict(batch.rows), *{r.row for r in batch.rejected})
            ]
        except FileRefused as refused:
            assert "%(" not in str(refused)
        else:
            assert len(numbers) == len(set(numbers))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    st.binary(max_size=200),
)
def test_damaged_containers_are_refused(magic: bytes, tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_bytes(magic + tail)
        try:
            open_table(path)
        except FileRefused as refused:
            assert refused.code in {
                "file_broken",
                "file_old_workbook",
                "file_encrypted",
                "file_unknown_format",
            }
        else:
            raise AssertionError("taken")
