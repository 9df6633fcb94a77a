"""What the plugin says is read down to keys: every kind of message, byte by byte."""

import struct
from datetime import UTC, datetime

from loopline.warehouse.pgoutput import BOUND, Reader, Transaction

BILL, UNIT, TOMB = 16401, 16402, 16403


def begin(position: int = 500, xid: int = 77) -> bytes:
    return b"B" + struct.pack(">qqi", position, 86_400_000_000, xid)


def commit() -> bytes:
    return b"C" + struct.pack(">bqqq", 0, 500, 510, 0)


def relation(number: int, name: str, *columns: str) -> bytes:
    words = (
        b"R"
        + struct.pack(">i", number)
        + b"public\0"
        + name.encode()
        + b"\0d"
        + struct.pack(">h", len(columns))
    )
    return words + b"".join(
        b"\1" + column.encode() + b"\0" + struct.pack(">ii", 20, -1) for column in columns
    )


def row(*values: str | None) -> bytes:
    told = struct.pack(">h", len(values))
    for value in values:
        told += b"n" if value is None else b"t" + struct.pack(">i", len(value)) + value.encode()
    return told


def insert(number: int, *values: str | None) -> bytes:
    return b"I" + struct.pack(">i", number) + b"N" + row(*values)


def delete(number: int, *values: str | None) -> bytes:
    return b"D" + struct.pack(">i", number) + b"K" + row(*values)


KNOWN = (
    relation(BILL, "billing_bill", "id", "tenant_id"),
    relation(UNIT, "identity_unit", "id", "tenant_id"),
    relation(TOMB, "kernel_tombstone", "id", "tenant_id", "relation", "row_id"),
)


def read(*messages: bytes) -> list[Transaction]:
    reader = Reader()
    return [done for message in (*KNOWN, *messages) if (done := reader.take(message)) is not None]


def test_a_transaction_has_its_place_its_moment_and_its_keys() -> None:
    [done] = read(begin(), insert(BILL, "1", "9"), insert(BILL, "2", "9"), insert(BILL, "3", "8"), commit())
    assert (done.xid, done.position) == (77, 500)
    assert done.committed_at == datetime(2000, 1, 2, tzinfo=UTC)
    assert done.changes == {("billing_bill", 9): {1, 2}, ("billing_bill", 8): {3}}


def test_numbers_of_transactions_are_unsigned() -> None:
    [done] = read(begin(xid=-2), insert(BILL, "1", "9"), commit())
    assert done.xid == 2**32 - 2


def test_an_update_tells_the_new_row_and_an_old_key() -> None:
    plain = b"U" + struct.pack(">i", BILL) + b"N" + row("1", "9")
    moved = b"U" + struct.pack(">i", BILL) + b"K" + row("5", None) + b"N" + row("6", "9")
    [done] = read(begin(), plain, moved, commit())
    assert done.changes == {("billing_bill", 9): {1, 6}, ("billing_bill", None): {5}}


def test_a_deletion_is_told_by_its_tombstone_where_there_is_one() -> None:
    buried = insert(TOMB, "70", "9", "billing_bill", "4")
    [done] = read(begin(), buried, delete(BILL, "4", None), delete(UNIT, "3", None), commit())
    assert done.changes == {("billing_bill", 9): {4}, ("identity_unit", None): {3}}


def test_a_relation_emptied_at_once_is_touched_as_a_whole() -> None:
    emptied = b"T" + struct.pack(">ibii", 2, 0, BILL, UNIT)
    [done] = read(begin(), insert(BILL, "1", "9"), emptied, commit())
    assert done.changes == {
        ("billing_bill", 9): {1},
        ("billing_bill", None): None,
        ("identity_unit", None): None,
    }


def test_very_many_keys_become_the_relation_as_a_whole() -> None:
    rows = [insert(BILL, str(key), "9") for key in range(BOUND + 1)]
    gone = [delete(UNIT, str(key), None) for key in range(BOUND + 1)]
    [done] = read(begin(), *rows, *gone, commit())
    assert done.changes == {("billing_bill", 9): None, ("identity_unit", None): None}


def test_what_concerns_nobody_is_no_transaction() -> None:
    assert read(begin(), b"O" + struct.pack(">q", 1) + b"origin\0", commit()) == []
    assert read(begin(), delete(TOMB, "1", None, None, None), commit()) == []
