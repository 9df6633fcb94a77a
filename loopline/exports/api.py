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
from loopline.exports.targets import Outgoing, Rows, Table, bring, day, moment

__all__ = [
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
