"""A small database in memory that holds some rows of the lake twice: as they were before a load, and as they are after.

What a load left alone stands there once, and is found from either time.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa
from pyroaring import BitMap

from loopline.warehouse import crowds

BEFORE, AFTER, BOTH = "era_before", "era_after", "era_both"
MEMORY = "1GB"


class Eras:
    """The database. Crowds that are made in it are of keys `among` some."""

    def __init__(self, among: Iterable[int]) -> None:
        self.con = duckdb.connect(config={"threads": "1", "memory_limit": MEMORY})
        self.con.execute("SET TimeZone = 'UTC'")
        crowds.register(self.con, among=BitMap(one for one in among if one <= crowds.LARGEST))
        for era in (BEFORE, AFTER, BOTH):
            self.con.execute(f"CREATE SCHEMA {era}")
        self._stood: dict[str, set[str]] = {BEFORE: set(), AFTER: set(), BOTH: set()}

    def close(self) -> None:
        """Let go of everything."""
        self.con.close()

    def holds(self, name: str, era: str) -> bool:
        """Whether a table can be read in an era."""
        return name in self._stood[era] or name in self._stood[BOTH]

    def take(self, name: str, rows: pa.Table, era: str = BOTH) -> None:
        """Bring rows in as a table of an era, or of both."""
        with self.given(rows_taken=rows):
            self.make(name, "FROM rows_taken", era)

    def make(self, name: str, query: str, era: str = BOTH) -> None:
        """Make a table of an era from what can be read in it."""
        self.con.execute(f"SET search_path = '{era},{BOTH}'")
        self.con.execute(f"CREATE OR REPLACE TABLE {era}.{name} AS {query}")
        self._stood[era].add(name)

    def ask(self, query: str, era: str = AFTER) -> duckdb.DuckDBPyConnection:
        """Ask in an era."""
        self.con.execute(f"SET search_path = '{era},{BOTH}'")
        return self.con.execute(query)

    @contextmanager
    def given(self, **rows: pa.Table) -> Iterator[None]:
        """Tables of Arrow that can be read under these names while the block runs."""
        with given(self.con, **rows):
            yield


@contextmanager
def given(con: duckdb.DuckDBPyConnection, **rows: pa.Table) -> Iterator[None]:
    """Tables of Arrow that a connection can read under these names while the block runs."""
    for name, table in rows.items():
        con.register(name, table)
    try:
        yield
    finally:
        for name in rows:
            con.unregister(name)
