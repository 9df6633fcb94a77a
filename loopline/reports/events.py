"""What happens with reports."""

from dataclasses import dataclass
from typing import ClassVar

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportKept(Happened):
    """A report was made or changed."""

    name: ClassVar[str] = "reports.report_kept"
    title: str
    sections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRemoved(Happened):
    """A report was removed."""

    name: ClassVar[str] = "reports.report_removed"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScheduled(Happened):
    """A report is made by itself from now on, or no longer (`rhythm` empty)."""

    name: ClassVar[str] = "reports.report_scheduled"
    title: str
    rhythm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsChanged(Happened):
    """Somebody gets a report, or no longer does."""

    name: ClassVar[str] = "reports.recipients_changed"
    who: str
    added: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettled(Happened):
    """A mail that perhaps went was noted as sent, or is sent again."""

    name: ClassVar[str] = "reports.mail_settled"
    to: str
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRun(Happened):
    """A report was asked for."""

    name: ClassVar[str] = "reports.report_run"
    title: str
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinished(Happened):
    """A report has been made (`error` empty), or could not be."""

    name: ClassVar[str] = "reports.report_finished"
    title: str
    editions: int
    error: str = ""
