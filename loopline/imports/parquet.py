"""Parquet files, read a batch at a time after their footer has been weighed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from loopline.imports.cells import Batch, RejectedRow, Row, plain
from loopline.imports.inspection import readable
from loopline.imports.limits import Limits
from loopline.imports.refusals import FileBroken, FileExpandsTooFar, HeaderOnly, NestedColumn, TooManyColumns


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A parquet file; its rows are numbered as if the column names were row 1."""

    path: Path
    raw_columns: list[str]
    limits: Limits
    header: int = 1

    def batches(self, columns: tuple[str, ...], start_row: int) -> Iterator[Batch]:
        """Rows from `start_row` on."""
        number, blank = self.header, 0
        try:
            with pq.ParquetFile(self.path, memory_map=True) as file:
                for part in file.iter_batches(self.limits.batch_rows, use_threads=False):
                    first, number = number + 1, number + part.num_rows
                    if number < start_row:
                        continue
                    values = zip(*(column.to_pylist() for column in part.columns), strict=True)
                    rows: list[Row] = [
                        (row, list(map(plain, cells)))
                        for row, cells in enumerate(values, first)
                        if row >= start_row
                    ]
                    rejected: list[RejectedRow] = []
                    yield Batch(rows, rejected, number, blank)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise FileBroken(kind="parquet") from error


def open_parquet(path: Path, limits: Limits) -> ParquetFile:
    """Read the footer only. Raises `FileExpandsTooFar` by the sizes it declares, or by rows × columns beyond reason."""
    size = path.stat().st_size
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            metadata, schema = file.metadata, file.schema_arrow
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileBroken(kind="parquet") from error
    if len(schema.names) > limits.columns:
        raise TooManyColumns(columns=len(schema.names), allowed=limits.columns)
    unpacked = sum(group.total_byte_size for group in groups)
    allowed = limits.expanded_allowed(size)
    cells = metadata.num_rows * len(schema.names)
    if unpacked > allowed or cells > limits.expanded_bytes // 8:
        raise FileExpandsTooFar(allowed=readable(allowed), size=readable(size))
    if not metadata.num_rows:
        raise HeaderOnly
    for field in schema:
        if pa.types.is_nested(field.type):
            raise NestedColumn(column=field.name)
    return ParquetFile(path, list(schema.names), limits)
