"""The door of this module."""

from loopline.exports.actions import (
    ExportDecided,
    ExportNotOpen,
    NeedsApproval,
    OwnExport,
    ask_export,
    decide_export,
    fetch_export,
    take_out,
)
from loopline.exports.targets import COUNTED_TO, Outgoing, Rows, Table, bring, day, moment

__all__ = [
    "COUNTED_TO",
    "ExportDecided",
    "ExportNotOpen",
    "NeedsApproval",
    "Outgoing",
    "OwnExport",
    "Rows",
    "Table",
    "ask_export",
    "bring",
    "day",
    "decide_export",
    "fetch_export",
    "moment",
    "take_out",
]
