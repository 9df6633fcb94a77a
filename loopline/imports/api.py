"""The door of this module."""

from loopline.imports.cells import Batch, Cell, RejectedRow
from loopline.imports.columns import Mapping, Match, match_columns
from loopline.imports.frames import read_frame
from loopline.imports.identifiers import parse_document, parse_phone
from loopline.imports.kinds import ValueType, infer_columns, infer_type
from loopline.imports.limits import Limits
from loopline.imports.mappings import mapping_toml, parse_mapping, read_mapping
from loopline.imports.reading import Table, open_table
from loopline.imports.refusals import FileRefused, MappingRefused, Reason, ValueRefused
from loopline.imports.rejects import RejectsFile, csv_safe
from loopline.imports.rows import ParsedBatch, ParsedRow, RowParser
from loopline.imports.values import Field

__all__ = [
    "Batch",
    "Cell",
    "Field",
    "FileRefused",
    "Limits",
    "Mapping",
    "MappingRefused",
    "Match",
    "ParsedBatch",
    "ParsedRow",
    "Reason",
    "RejectedRow",
    "RejectsFile",
    "RowParser",
    "Table",
    "ValueRefused",
    "ValueType",
    "csv_safe",
    "infer_columns",
    "infer_type",
    "mapping_toml",
    "match_columns",
    "open_table",
    "parse_document",
    "parse_mapping",
    "parse_phone",
    "read_frame",
    "read_mapping",
]
