"""Reading what PostgreSQL's plugin `pgoutput` says (protocol version 1), down to which keys a transaction touched.

Only committed transactions are told, each whole and in the order of their commits: savepoints that were rolled back
are gone already. Values are not kept, for the rows are read again by their keys.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from struct import Struct

BOUND = 20_000
"""So many keys of a relation in one transaction are remembered one by one; more count as the whole relation."""

TOMBSTONES = "kernel_tombstone"
"""The relation that says which tenant a deleted row belonged to: a deletion itself tells its key only."""

_BEGIN, _RELATION_END, _COLUMN = Struct(">qqi"), Struct(">bh"), Struct(">ii")
_INT, _SHORT = Struct(">i"), Struct(">h")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

type Where = tuple[str, int | None]
"""A relation and the tenant whose rows these are; None where the stream does not tell."""


@dataclass(slots=True)
class Transaction:
    """A committed transaction: `position` is its place in the log, `changes` its keys (None: any of the relation)."""

    xid: int
    position: int
    committed_at: datetime
    changes: dict[Where, set[int] | None] = field(default_factory=dict)

    def touch(self, where: Where, key: int | None) -> None:
        """Note a changed row; without a key the relation as a whole."""
        keys = self.changes.setdefault(where, set())
        if keys is None:
            return
        if key is None or len(keys) >= BOUND:
            self.changes[where] = None
        else:
            keys.add(key)


class Reader:
    """Takes messages one after the other and gives a transaction whenever one is complete."""

    def __init__(self) -> None:
        self._relations: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._open: Transaction | None = None
        self._deleted: dict[str, set[int] | None] = {}
        self._buried: set[str] = set()

    def take(self, message: bytes) -> Transaction | None:
        """Read a message. Returns the transaction that it completes."""
        match message[:1]:
            case b"B":
                position, moment, xid = _BEGIN.unpack_from(message, 1)
                committed_at = _EPOCH + timedelta(microseconds=moment)
                self._open = Transaction(xid & 0xFFFFFFFF, position, committed_at)
                self._deleted, self._buried = {}, set()
            case b"R":
                self._learn(message)
            case b"I":
                self._written(*self._tuple(message, 5))
            case b"U":
                self._updated(message)
            case b"D":
                self._gone(*self._tuple(message, 5))
            case b"T":
                self._emptied(message)
            case b"C":
                return self._complete()
        return None

    def _learn(self, message: bytes) -> None:
        (relation,) = _INT.unpack_from(message, 1)
        _, at = _text(message, 5)
        name, at = _text(message, at)
        _, count = _RELATION_END.unpack_from(message, at)
        at += _RELATION_END.size
        columns = []
        for _ in range(count):
            column, at = _text(message, at + 1)
            at += _COLUMN.size
            columns.append(column)
        self._relations[relation] = (name, tuple(columns))

    def _tuple(self, message: bytes, at: int) -> tuple[str, dict[str, str | None], int]:
        """The relation, the row's values by column, and where they end. `at` is where the row's mark stands."""
        (relation,) = _INT.unpack_from(message, 1)
        name, columns = self._relations[relation]
        (count,) = _SHORT.unpack_from(message, at + 1)
        at += 3
        values: dict[str, str | None] = {}
        for place in range(count):
            kind, at = message[at : at + 1], at + 1
            if kind in b"tb":
                (length,) = _INT.unpack_from(message, at)
                values[columns[place]] = message[at + 4 : at + 4 + length].decode()
                at += 4 + length
            else:
                values[columns[place]] = None
        return name, values, at

    def _written(self, relation: str, values: dict[str, str | None], _end: int = 0) -> None:
        assert self._open is not None
        tenant = values.get("tenant_id")
        key = values["id"]
        if relation == TOMBSTONES:
            relation, key = str(values["relation"]), values["row_id"]
            self._buried.add(relation)
        self._open.touch((relation, int(tenant) if tenant else None), int(key) if key else None)

    def _updated(self, message: bytes) -> None:
        at = 5
        if message[at : at + 1] in b"KO":
            # The key itself has changed: what stood under the old one is gone.
            relation, values, at = self._tuple(message, at)
            self._gone(relation, values)
        self._written(*self._tuple(message, at))

    def _gone(self, relation: str, values: dict[str, str | None], _end: int = 0) -> None:
        keys = self._deleted.setdefault(relation, set())
        if keys is not None and len(keys) < BOUND:
            keys.add(int(values["id"] or 0))
        else:
            self._deleted[relation] = None

    def _emptied(self, message: bytes) -> None:
        assert self._open is not None
        (count,) = _INT.unpack_from(message, 1)
        for place in range(count):
            (relation,) = _INT.unpack_from(message, 6 + 4 * place)
            self._open.touch((self._relations[relation][0], None), None)

    def _complete(self) -> Transaction | None:
        done, self._open = self._open, None
        assert done is not None
        for relation, keys in self._deleted.items():
            # Where tombstones are written, they have said it already, and whose row it was.
            if relation not in self._buried and relation != TOMBSTONES:
                for key in keys or (None,):
                    done.touch((relation, None), key)
        return done if done.changes else None


def _text(message: bytes, at: int) -> tuple[str, int]:
    end = message.index(b"\0", at)
    return message[at:end].decode(), end + 1
