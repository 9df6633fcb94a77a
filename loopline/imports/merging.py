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
class _Marked:
    """Rows with the digests of their keys and of their contents, and what is known of the keys."""

    rows: Rows
    marks: list[bytes]
    contents: list[bytes]
    seen: dict[bytes, _Seen]

    def is_changed(self, place: int) -> bool:
        """Whether a known row has another content now."""
        return self.seen[self.marks[place]].content != self.contents[place]


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

    def merge(self, batch: Batch) -> Tally:
        """Parse, compare and write a batch. The caller commits it together with the run's progress."""
        parsed = self._parser.parse(batch)
        tally = Tally(rejected=parsed.rejected_rows, faults=list(parsed.rejected))
        texts = _texts(batch, parsed.rows)
        rows = self._rows(parsed.rows, texts)
        marks = [self._digest("key", key) for key in rows.keys]
        contents = [self._digest(self._mapping, text) for text in texts]
        marked = _Marked(rows, marks, contents, self._known(marks))
        for wave in _waves(marks):
            self._merge_wave(wave, marked, tally)
        tally.faults.sort(key=lambda fault: fault.row)
        return tally

    def _merge_wave(self, wave: list[int], marked: _Marked, tally: Tally) -> None:
        """Rows of which no two have the same key."""
        fresh = [place for place in wave if marked.marks[place] not in marked.seen]
        other = [place for place in wave if marked.marks[place] in marked.seen]
        changed = [place for place in other if marked.is_changed(place)]
        tally.duplicates += len(other) - len(changed)
        if fresh:
            written = self._writer.create(marked.rows.chosen(fresh))
            tally.created += self._taken(fresh, written, marked, tally)
            copying.copy_rows(KnownRow, _KNOWN, self._known_rows(fresh, written, marked))
        if changed:
            ids = [marked.seen[marked.marks[place]].object_id for place in changed]
            written = self._writer.update(marked.rows.chosen(changed), ids)
            tally.updated += self._taken(changed, written, marked, tally)
            self._renew(self._known_rows(changed, written, marked))

    def _taken(self, places: list[int], written: Written, marked: _Marked, tally: Tally) -> int:
        """Take note of what the target took and refused; how many it took."""
        for place, made in zip(places, written.ids, strict=True):
            if made is not None:
                marked.seen[marked.marks[place]] = _Seen(made, marked.contents[place])
        refused = written.ids.count(None)
        tally.rejected += refused
        tally.faults += written.rejected
        return len(places) - refused

    def _known_rows(self, places: list[int], written: Written, marked: _Marked) -> list[tuple[object, ...]]:
        name, run, branch = self._target.name, self._order.run, self._order.branch
        return [
            (name, marked.marks[place], marked.contents[place], made, run, branch)
            for place, made in zip(places, written.ids, strict=True)
            if made is not None
        ]

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
        "\x1f".join("" if cell is None else str(cell).strip() for cell in cells)
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
