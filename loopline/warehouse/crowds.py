"""Crowds: a set of keys in one value, so that the different ones among many sets are counted without their rows.

A crowd is a Roaring bitmap (Chambi, Lemire et al., "Better bitmap performance with Roaring bitmaps", 2016) in its
portable form. Sets are united in memory at hundreds of millions of keys a second, and nothing is estimated.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import BIGINT, BLOB
from pyroaring import BitMap

TYPE = "BLOB"
LARGEST = 2**32 - 1
"""The largest key that a crowd can hold."""


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the function `crowd(BIGINT[]) → BLOB`; of no list it makes nothing."""
    con.create_function("crowd", _crowds, [duckdb.list_type(BIGINT)], BLOB, type=PythonUDFType.ARROW)


def read(stored: bytes | None) -> BitMap:
    """The set in a crowd; nothing is the empty one."""
    return BitMap.deserialize(stored) if stored else BitMap()


def united(sets: Iterable[BitMap]) -> BitMap:
    """All keys of some sets."""
    found = list(sets)
    return found[0] if len(found) == 1 else BitMap.union(*found) if found else BitMap()


def _crowds(lists: pa.ChunkedArray) -> pa.Array:
    """Raises OverflowError for a key beyond LARGEST."""
    made: list[bytes | None] = []
    for chunk in lists.chunks:
        keys = chunk.flatten().to_numpy(zero_copy_only=False)
        if len(keys) and (keys.min() < 0 or keys.max() > LARGEST):
            raise OverflowError(f"a crowd holds keys from 0 to {LARGEST}")
        start, keys = 0, keys.astype("uint32")
        for length in chunk.value_lengths().to_pylist():
            made.append(None if length is None else BitMap(keys[start : start + length]).serialize())
            start += length or 0
    return pa.array(made, pa.binary())
