"""How large and how strange a file may be before it is refused."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. There is no cap on rows: only on what would exhaust memory or disk.

    `ratio` is expanded ÷ compressed size and is looked at only beyond `ratio_from` bytes, since a small file of equal
    lines is harmless. `workbook_cells` bounds the rectangle that a sheet spans, which a workbook needs in memory
    (about 32 bytes a cell). `record_lines` is how many lines one quoted cell may run over.
    """

    columns: int = 150
    file_bytes: int = 4096 * MIB
    expanded_bytes: int = 16384 * MIB
    ratio: int = 200
    ratio_from: int = 32 * MIB
    workbook_bytes: int = 1024 * MIB
    workbook_cells: int = 25_000_000
    line_bytes: int = 8 * MIB
    record_lines: int = 200
    batch_rows: int = 2_000

    def expanded_allowed(self, compressed: int) -> int:
        """Most bytes that `compressed` bytes may become."""
        return min(self.expanded_bytes, max(self.ratio_from, self.ratio * compressed))


DEFAULT = Limits()
