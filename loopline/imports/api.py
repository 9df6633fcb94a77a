"""The door of this module."""

from loopline.imports.actions import discard, order, receive_file, stop, take_up
from loopline.imports.carrying import carry_out
from loopline.imports.cells import Batch, Cell, RejectedRow
from loopline.imports.columns import Mapping, Match, match_columns
from loopline.imports.files import Files, Told, said, text_of, within
from loopline.imports.frames import read_frame
from loopline.imports.identifiers import parse_document, parse_phone
from loopline.imports.inspection import readable
from loopline.imports.kinds import TypeTally, ValueType, infer_columns, infer_type
from loopline.imports.limits import Limits
from loopline.imports.mappings import mapping_toml, parse_mapping, read_mapping
from loopline.imports.models import ImportRun, Status
from loopline.imports.queries import (
    Ledger,
    Preview,
    as_rejected,
    find_run,
    ledger,
    list_runs,
    preview,
    rejects_of,
    unfinished_like,
)
from loopline.imports.reading import Table, open_table
from loopline.imports.refusals import (
    FileRefused,
    MappingRefused,
    Reason,
    ValueRefused,
    add_reasons,
    sentence_of,
)
from loopline.imports.rejects import RejectsFile, csv_safe
from loopline.imports.rows import ParsedBatch, ParsedRow, RowParser
from loopline.imports.storage import Stored, blocks_of, label, put
from loopline.imports.targets import Order, Rows, Target, Writer, Written, register, target_named
from loopline.imports.uploads import bounded, uploaded
from loopline.imports.values import Field, words_of

__all__ = [
    "Batch",
    "Cell",
    "Field",
    "FileRefused",
    "Files",
    "ImportRun",
    "Ledger",
    "Limits",
    "Mapping",
    "MappingRefused",
    "Match",
    "Order",
    "ParsedBatch",
    "ParsedRow",
    "Preview",
    "Reason",
    "RejectedRow",
    "RejectsFile",
    "RowParser",
    "Rows",
    "Status",
    "Stored",
    "Table",
    "Target",
    "Told",
    "TypeTally",
    "ValueRefused",
    "ValueType",
    "Writer",
    "Written",
    "add_reasons",
    "as_rejected",
    "blocks_of",
    "bounded",
    "carry_out",
    "csv_safe",
    "discard",
    "find_run",
    "infer_columns",
    "infer_type",
    "label",
    "ledger",
    "list_runs",
    "mapping_toml",
    "match_columns",
    "open_table",
    "order",
    "parse_document",
    "parse_mapping",
    "parse_phone",
    "preview",
    "put",
    "read_frame",
    "read_mapping",
    "readable",
    "receive_file",
    "register",
    "rejects_of",
    "said",
    "sentence_of",
    "stop",
    "take_up",
    "target_named",
    "text_of",
    "unfinished_like",
    "uploaded",
    "within",
    "words_of",
]
