"""Small conversions between the world's arrays and the columns of tables."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopline.demo.facts import Facts

# By which column the customer of a row is known, and what it must be divided by.
OWNER = {
    "customers": ("customer", 1),
    "accounts": ("account", 1),
    "subscriptions": ("customer", 1),
    "contracts": ("subscription", 16),
    "usage": ("subscription", 16),
    "bills": ("account", 1),
    "payments": ("account", 1),
    "interactions": ("customer", 1),
    "resolutions": ("interaction", 4096),
    "terminations": ("customer", 1),
    "answers": ("customer", 1),
}


def owners(facts: Facts, name: str) -> np.ndarray:
    """Keys of the customers to whom the rows of a table belong."""
    column, divisor = OWNER[name]
    return np.asarray(facts[name][column] // divisor)


def between(facts: Facts, first: int, last: int) -> Facts:
    """The rows of customers first..last-1, of the tables in OWNER."""
    part: Facts = {}
    for name in OWNER:
        keys = owners(facts, name)
        mine = (keys >= first) & (keys < last)
        part[name] = {column: values[mine] for column, values in facts[name].items()}
    return part


def yuan(fen: np.ndarray) -> pa.Array:
    """Whole fen as decimals with two places, exactly."""
    low = np.ascontiguousarray(fen, dtype=np.int64)
    words = np.stack([low, low >> 63], axis=1)  # two's complement of 128 bits, lower half first
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(low), [None, pa.py_buffer(words)])


def moments(days: np.ndarray, keys: np.ndarray, zone: str) -> pa.Array:
    """A moment between 9:00 and 19:00 of each day in the zone, fixed by the key, as UTC."""
    seconds = 9 * 3600 + keys * 7919 % 36_000
    local = pa.array(days.astype("datetime64[s]") + seconds.astype("timedelta64[s]"))
    return pc.assume_timezone(local, ZoneInfo(zone).key)


def renamed(values: np.ndarray, names: dict[str, str]) -> np.ndarray:
    """Each value replaced by what `names` says of it; KeyError for one it does not know."""
    found, place = np.unique(values, return_inverse=True)
    return np.array([names[value] for value in found.tolist()] or [""])[place]
