"""Crowds: a set of keys in one value, so that the different ones among many sets are counted without their rows.

A crowd is a Roaring bitmap (Chambi, Lemire et al., "Better bitmap performance with Roaring bitmaps", 2016) in its
portable form. Sets are united in memory at hundreds of millions of keys a second, and nothing is estimated.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BIGINT, BLOB
from pyroaring import BitMap

TYPE = "BLOB"
LARGEST = 2**32 - 1
"""The largest key that a crowd can hold."""


def register(con: duckdb.DuckDBPyConnection, *, among: BitMap | None = None) -> None:
    """Give a connection its functions of crowds.

    `crowd(BIGINT[]) → BLOB` makes one, of keys `among` some where these are given; of no list it makes nothing.
    `crowd_moved(held, gone, come) → BLOB` is a crowd without some and with others.
    """

    def crowd(lists: pa.ChunkedArray) -> pa.Array:
        return _crowds(lists, among)

    con.create_function("crowd", crowd, [duckdb.list_type(BIGINT)], BLOB, type=PythonUDFType.ARROW)
    con.create_function(
        "crowd_moved",
        _moved,
        [BLOB, BLOB, BLOB],
        BLOB,
        type=PythonUDFType.NATIVE,
        null_handling=FunctionNullHandling.SPECIAL,
    )


def _moved(held: bytes | None, gone: bytes | None, come: bytes | None) -> bytes | None:
    found = (read(held) - read(gone)) | read(come)
    return bytes(found.serialize()) if found else None


def read(stored: bytes | None) -> BitMap:
    """The set in a crowd; nothing is the empty one."""
    return BitMap.deserialize(stored) if stored else BitMap()


def united(sets: Iterable[BitMap]) -> BitMap:
    """All keys of some sets."""
    found = list(sets)
    return found[0] if len(found) == 1 else BitMap.union(*found) if found else BitMap()


def _crowds(lists: pa.ChunkedArray, among: BitMap | None) -> pa.Array:
    """Raises OverflowError for a key beyond LARGEST."""
    made: list[bytes | None] = []
    for chunk in lists.chunks:
        keys = chunk.flatten().to_numpy(zero_copy_only=False)
        if len(keys) and (keys.min() < 0 or keys.max() > LARGEST):
            raise OverflowError(f"a crowd holds keys from 0 to {LARGEST}")
        start, keys = 0, keys.astype("uint32")
        for length in chunk.value_lengths().to_pylist():
            made.append(None if length is None else _stored(BitMap(keys[start : start + length]), among))
            start += length or 0
    return pa.array(made, pa.binary())


def _stored(found: BitMap, among: BitMap | None) -> bytes | None:
    kept = found if among is None else found & among
    return bytes(kept.serialize()) if kept or among is None else None
