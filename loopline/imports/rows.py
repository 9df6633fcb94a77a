"""A batch of cells into values: by field where a column fills one, by inferred type where it does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loopline.imports.cells import Batch, Cell, RejectedRow, shown
from loopline.imports.columns import Mapping
from loopline.imports.kinds import ValueType, typed
from loopline.imports.reading import Table
from loopline.imports.refusals import Reason, ValueRefused
from loopline.imports.values import Field

MEMO_SIZE = 50_000


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row: `values` ordered as `RowParser.fields`, `characteristics` as `RowParser.characteristics`."""

    row: int
    values: tuple[object, ...]
    characteristics: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Rows whose every value was accepted, and the faults of the others; `read` = rows + distinct rejected rows."""

    rows: list[ParsedRow]
    rejected: list[RejectedRow]
    last_row: int

    @property
    def rejected_rows(self) -> int:
        """How many rows were rejected; one row may have several faults."""
        return len({each.row for each in self.rejected})

    @property
    def read(self) -> int:
        """Rows read."""
        return len(self.rows) + self.rejected_rows


class _Memo(dict[str, object]):
    """Values by text, so that what repeats in a column is parsed once; a refused text gives its `Reason`."""

    def __init__(self, parse: Callable[[Cell], object]) -> None:
        self._parse = parse

    def __missing__(self, text: str) -> object:
        value = self[text] = self._value(text)
        return value

    def _value(self, cell: Cell) -> object:
        try:
            return self._parse(cell)
        except ValueRefused as refused:
            return refused.reason

    def of(self, cells: Sequence[Cell]) -> list[object]:
        """The values of a column's cells. Only texts are remembered: as keys, 1, 1.0 and True are the same."""
        if len(self) > MEMO_SIZE:
            self.clear()
        return [self[cell] if type(cell) is str else self._value(cell) for cell in cells]


class RowParser:
    """Parses batches of one table under one mapping.

    `fields` are the names of the fields that some column fills, `characteristics` the names and types of the rest.
    """

    def __init__(
        self, table: Table, mapping: Mapping, fields: Sequence[Field], types: dict[str, ValueType]
    ) -> None:
        known = {field.name: field for field in fields}
        place = {column: number for number, column in enumerate(table.columns)}
        self._columns = table.columns
        self.fields = tuple(mapping.fields)
        self.characteristics: dict[str, ValueType] = {
            name: types.get(column, "text") for name, column in mapping.characteristics.items()
        }
        self._fields = [
            (place[column], _Memo(known[name].parser())) for name, column in mapping.fields.items()
        ]
        self._others = [
            (place[column], _Memo(_typer(self.characteristics[name])))
            for name, column in mapping.characteristics.items()
        ]

    def parse(self, batch: Batch) -> ParsedBatch:
        """The batch's rows as values; what the file itself made a rejected row stays one."""
        rejected = list(batch.rejected)
        if not batch.rows:
            return ParsedBatch([], rejected, batch.last_row)
        numbers = [row for row, _ in batch.rows]
        columns = list(zip(*(cells for _, cells in batch.rows), strict=True))
        nothing = [()] * len(numbers)
        values = [
            self._column(place, memo, numbers, columns[place], rejected) for place, memo in self._fields
        ]
        others = [memo.of(columns[place]) for place, memo in self._others]
        parsed = zip(
            numbers,
            zip(*values, strict=True) if values else nothing,
            zip(*others, strict=True) if others else nothing,
            strict=True,
        )
        bad = {each.row for each in rejected}
        rows = [ParsedRow(row, taken, rest) for row, taken, rest in parsed if row not in bad]
        rejected.sort(key=lambda each: each.row)
        return ParsedBatch(rows, rejected, batch.last_row)

    def _column(
        self, place: int, memo: _Memo, numbers: list[int], cells: Sequence[Cell], rejected: list[RejectedRow]
    ) -> list[object]:
        values = memo.of(cells)
        if Reason in set(map(type, values)):
            rejected.extend(
                RejectedRow(row, self._columns[place], shown(cell), value)
                for row, cell, value in zip(numbers, cells, values, strict=True)
                if isinstance(value, Reason)
            )
        return values


def _typer(kind: ValueType) -> Callable[[Cell], object]:
    return lambda cell: typed(cell, kind)
