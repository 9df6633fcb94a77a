"""The door of this module for other modules.

`ask`, `start`, `stop`, `keep`, `forget` and the reads are called inside an open door, `run` outside of one.
"""

from loopline.sandbox.actions import (
    TooManyAtOnce,
    as_staff,
    ask,
    forget,
    is_lost,
    keep,
    note_taken_out,
    run,
    start,
    stop,
)
from loopline.sandbox.models import KeptStatement, Statement, Status
from loopline.sandbox.queries import (
    Column,
    Table,
    asked,
    audit,
    get_kept,
    get_statement,
    has_result,
    kept,
    result,
    seconds_left,
    tables,
)
from loopline.sandbox.showing import as_csv, plain_rows
from loopline.sandbox.wording import explain

__all__ = [
    "Column",
    "KeptStatement",
    "Statement",
    "Status",
    "Table",
    "TooManyAtOnce",
    "as_csv",
    "as_staff",
    "ask",
    "asked",
    "audit",
    "explain",
    "forget",
    "get_kept",
    "get_statement",
    "has_result",
    "is_lost",
    "keep",
    "kept",
    "note_taken_out",
    "plain_rows",
    "result",
    "run",
    "seconds_left",
    "start",
    "stop",
    "tables",
]
