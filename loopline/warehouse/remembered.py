"""What the writer remembers of an operator's lake from one small load to the next, so that it need not look again.

It is the lake's only writer while it holds it: as long as the newest snapshot is the one it made itself, what it read
or wrote then is what stands there now.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date

import pyarrow as pa

MOST_BYTES = 256 * 2**20


class Remembered:
    """Whole tables, and single months of tables, as they stand in a snapshot."""

    def __init__(self) -> None:
        self.snapshot: int | None = None
        self._kept: OrderedDict[tuple[str, date | None], pa.Table] = OrderedDict()
        self._bytes = 0

    def stand_at(self, snapshot: int | None) -> None:
        """Go on from a snapshot: if it is another one, everything is forgotten."""
        if snapshot is None or snapshot != self.snapshot:
            self.clear()
        self.snapshot = snapshot

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._bytes = 0

    def get(self, name: str, month: date | None = None) -> pa.Table | None:
        """A table, or a month of it; None where it is not known."""
        found = self._kept.get((name, month))
        if found is not None:
            self._kept.move_to_end((name, month))
        return found

    def keep(self, name: str, rows: pa.Table, month: date | None = None) -> None:
        """Remember a table, or a month of it; what was not asked for the longest is forgotten for it."""
        self.forget(name, (month,))
        self._kept[name, month] = rows
        self._bytes += rows.nbytes
        while self._bytes > MOST_BYTES:
            _oldest, gone = self._kept.popitem(last=False)
            self._bytes -= gone.nbytes

    def forget(self, name: str, months: Iterable[date | None] | None = None) -> None:
        """Forget a table, or some months of it."""
        for key in [
            key for key in self._kept if key[0] == name and (months is None or key[1] in set(months))
        ]:
            self._bytes -= self._kept.pop(key).nbytes
