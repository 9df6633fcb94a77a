"""A batch of rows into its target: known ones found, the rest written, every row counted exactly once."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection
from psycopg import sql

from loopline.imports.cells import Batch, RejectedRow
from loopline.imports.models import KnownRow
from loopline.imports.rows import ParsedRow, RowParser
from loopline.imports.targets import Order, Rows, Target, Writer, Written
from loopline.kernel import copying, sealing
from loopline.kernel.models import current_tenant

_KNOWN = ["target", "key", "content", "object_id", "run_id", "branch_id"]


@dataclass
class Tally:
    """The ledger of a batch."""

    created: int = 0
    updated: int = 0
    duplicates: int = 0
    rejected: int = 0
    faults: list[RejectedRow] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Every row is one of the four."""
        return self.created + self.updated + self.duplicates + self.rejected


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an import knows of a key: what it has become, and from which content."""

    object_id: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed batch: its rows with the digests of their keys and contents, and the faults of the others."""

    rows: Rows
    marks: list[bytes]
    contents: list[bytes]
    rejected: list[RejectedRow]
    rejected_rows: int
    last_row: int


class Merger:
    """Merges batches of one run; each call is one step of an open transaction that sees the whole tenant."""

    def __init__(
        self, target: Target, order: Order, parser: RowParser, columns: Sequence[str], mapping: dict[str, str]
    ) -> None:
        self._target, self._order, self._parser = target, order, parser
        self._writer: Writer = target.writer(order)
        self._secret = sealing.fingerprint(current_tenant(), "imports", target.name)
        # A row without a key is known by its cells under their headers, so the same table finds itself again.
        self._header = "\x1f".join(columns)
        # Another mapping makes another content: the same file under a better mapping brings its rows up to date.
        chosen = "\x1f".join(f"{column}\x1e{mapping[column]}" for column in columns)
        self._mapping = hashlib.blake2b(chosen.encode(errors="surrogatepass"), digest_size=8).hexdigest()

    def prepare(self, batch: Batch) -> Prepared:
        """Parse a batch and take its digests; asks the database nothing, so it may run ahead in a thread."""
        parsed = self._parser.parse(batch)
        texts = _texts(batch, parsed.rows)
        rows = self._rows(parsed.rows, texts)
        return Prepared(
            rows,
            [self._digest("key", key) for key in rows.keys],
            [self._digest(self._mapping, text) for text in texts],
            parsed.rejected,
            parsed.rejected_rows,
            batch.last_row,
        )

    def merge(self, batch: Prepared) -> Tally:
        """Compare and write a batch. The caller commits it together with the run's progress."""
        tally = Tally(rejected=batch.rejected_rows, faults=list(batch.rejected))
        seen = self._known(batch.marks)
        for wave in _waves(batch.marks):
            self._merge_wave(wave, batch, seen, tally)
        tally.faults.sort(key=lambda fault: fault.row)
        return tally

    def _merge_wave(self, wave: list[int], batch: Prepared, seen: dict[bytes, _Seen], tally: Tally) -> None:
        """Rows of which no two have the same key."""
        marks, contents = batch.marks, batch.contents
        fresh = [place for place in wave if marks[place] not in seen]
        other = [place for place in wave if marks[place] in seen]
        changed = [place for place in other if seen[marks[place]].content != contents[place]]
        tally.duplicates += len(other) - len(changed)
        if fresh:
            written = self._writer.create(batch.rows.chosen(fresh))
            rows = self._taken(fresh, written, batch, seen, tally)
            copying.copy_rows(KnownRow, _KNOWN, rows)
            tally.created += len(rows) - len(written.unchanged) - len(written.updated)
            tally.updated += len(written.updated)
            tally.duplicates += len(written.unchanged)
        if changed:
            ids = [seen[marks[place]].object_id for place in changed]
            written = self._writer.update(batch.rows.chosen(changed), ids)
            rows = self._taken(changed, written, batch, seen, tally)
            tally.updated += len(rows) - len(written.unchanged)
            tally.duplicates += len(written.unchanged)
            self._renew(rows)

    def _taken(
        self, places: list[int], written: Written, batch: Prepared, seen: dict[bytes, _Seen], tally: Tally
    ) -> list[tuple[object, ...]]:
        """Take note of what the target took and refused; what is known from now on, as rows of `KnownRow`."""
        name, run, branch = self._target.name, self._order.run, self._order.branch
        rows: list[tuple[object, ...]] = []
        for place, made in zip(places, written.ids, strict=True):
            if made is not None:
                mark, content = batch.marks[place], batch.contents[place]
                seen[mark] = _Seen(made, content)
                rows.append((name, mark, content, made, run, branch))
        tally.rejected += len(places) - len(rows)
        tally.faults += written.rejected
        return rows

    def _renew(self, rows: list[tuple[object, ...]]) -> None:
        with copying.staged(KnownRow, _KNOWN, rows) as stage, connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(
                    "UPDATE imports_knownrow k SET content = s.content, run_id = s.run_id FROM {} s "
                    "WHERE k.target = s.target AND k.key = s.key"
                ).format(stage)
            )

    def _rows(self, parsed: list[ParsedRow], texts: list[str]) -> Rows:
        fields = _columns(self._parser.fields, [row.values for row in parsed])
        told = [fields[name] for name in self._target.identity if name in fields]
        identities = list(zip(*told, strict=True)) if told else [()] * len(texts)
        keys = [
            next((str(value) for value in found if value), "") or "#" + self._digest(self._header, text).hex()
            for text, found in zip(texts, identities, strict=True)
        ]
        others = _columns(tuple(self._parser.characteristics), [row.characteristics for row in parsed])
        return Rows([row.row for row in parsed], keys, fields, others)

    def _digest(self, kind: str, text: str) -> bytes:
        data = f"{kind}\x1e{text}".encode(errors="surrogatepass")
        return hashlib.blake2b(data, key=self._secret, digest_size=16).digest()

    def _known(self, marks: list[bytes]) -> dict[bytes, _Seen]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT key, object_id, content FROM imports_knownrow WHERE target = %s AND key = ANY (%s)",
                [self._target.name, marks],
            )
            return {bytes(key): _Seen(made, bytes(content)) for key, made, content in cursor.fetchall()}


def _texts(batch: Batch, parsed: list[ParsedRow]) -> list[str]:
    """The cells of the accepted rows, each row as one text."""
    taken = {row.row for row in parsed}
    return [
        "\x1f".join(
            [cell.strip() if type(cell) is str else "" if cell is None else str(cell) for cell in cells]
        )
        for number, cells in batch.rows
        if number in taken
    ]


def _columns(names: Sequence[str], rows: list[tuple[object, ...]]) -> dict[str, Sequence[object]]:
    if not rows:
        return {name: [] for name in names}
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _waves(marks: list[bytes]) -> Iterator[list[int]]:
    """Places in the order of the file, cut so that within a wave no key stands twice: first comes first."""
    waves: list[list[int]] = []
    times: dict[bytes, int] = {}
    for place, mark in enumerate(marks):
        turn = times[mark] = times.get(mark, -1) + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(place)
    yield from waves
