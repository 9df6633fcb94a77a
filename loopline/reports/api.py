"""The door of this module for other modules."""

from loopline.reports.actions import (
    Draft,
    add_recipient,
    bring_standard,
    copy_report,
    keep_report,
    next_of,
    own_report,
    remove_recipient,
    remove_report,
    run_report,
    set_schedule,
    settle_mail,
    take_due,
)
from loopline.reports.laying import Laid, Paper, Parameters, lay
from loopline.reports.making import produce, reading
from loopline.reports.models import Delivery, Edition, Recipient, Report, Rhythm, Run, RunStatus, Schedule
from loopline.reports.queries import edition_file, get_report, get_run, may_open, reports, runs_of, units

__all__ = [
    "Delivery",
    "Draft",
    "Edition",
    "Laid",
    "Paper",
    "Parameters",
    "Recipient",
    "Report",
    "Rhythm",
    "Run",
    "RunStatus",
    "Schedule",
    "add_recipient",
    "bring_standard",
    "copy_report",
    "edition_file",
    "get_report",
    "get_run",
    "keep_report",
    "lay",
    "may_open",
    "next_of",
    "own_report",
    "produce",
    "reading",
    "remove_recipient",
    "remove_report",
    "reports",
    "run_report",
    "runs_of",
    "set_schedule",
    "settle_mail",
    "take_due",
    "units",
]
