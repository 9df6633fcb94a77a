"""Reports for programs: which there are, having one made, its archive and files, mails that perhaps went."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from loopline.kernel import clock
from loopline.kernel.permission import Actor, caller
from loopline.kernel.sheets import XLSX
from loopline.reports import actions, jobs, queries
from loopline.reports.models import Delivery, Report, Rhythm, Run

router = Router()
type Form = Literal["xlsx", "pdf"]
TYPES: dict[Form, str] = {"xlsx": XLSX, "pdf": "application/pdf"}
ANSWER = {
    "responses": {
        200: {
            "description": "The file.",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES.values()},
        }
    }
}


class ReportOut(Schema):
    """A report. `code` names it in the standard set; `rhythm` is daily, weekly, monthly, or null: made by hand."""

    id: UUID
    code: str
    name: str
    name_en: str
    about: str
    about_en: str
    owner: str
    shared: bool
    rhythm: str | None
    next_at: datetime | None


class ReportSectionOut(Schema):
    """A section: a question to a cube (its address), or words alone; the last `months` months unless it is 0."""

    title: str
    title_en: str
    text: str
    text_en: str
    cube: str
    question: str
    months: int
    show: str
    chart: str


class ReportWithSections(ReportOut):
    """A report with what it asks."""

    sections: list[ReportSectionOut]


class MakeIn(Schema):
    """What to make: the month (`2026-02`; without it the one that is due), a unit by its code (all that one sees),
    for oneself or (`send`) for everybody who gets it."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None
    unit: str = ""
    send: bool = False


class EditionOut(Schema):
    """An edition that the caller may open; its files are at `/reports/editions/{id}/xlsx` and `/pdf`."""

    id: UUID
    unit: str
    language: str


class ReportMailOut(Schema):
    """A mail: waiting, sending, sent, failed, unknown (perhaps sent) or no_address."""

    id: UUID
    to: str
    status: str
    sent_at: datetime | None
    error: str


class ReportRunOut(Schema):
    """A report as it was made. `status`: waiting, running, done, failed. `mails` are for who designs reports."""

    id: UUID
    report: UUID
    asked_at: datetime
    by: str
    month: date
    unit: str
    send: bool
    status: str
    snapshot: int | None
    error: str
    finished_at: datetime | None
    editions: list[EditionOut]
    mails: list[ReportMailOut]


class MailSettledIn(Schema):
    """Whether the mail is known to have gone; if not, it is sent again."""

    sent: bool


@router.get("", response=list[ReportOut])
def list_reports(request: HttpRequest) -> list[ReportOut]:
    """The reports that one may see: one's own, shared ones, those one gets."""
    return [ReportOut(**_plain(row)) for row in queries.reports(caller(request))]


@router.get("/{uuid:report}", response=ReportWithSections)
def one_report(request: HttpRequest, report: UUID) -> ReportWithSections:
    """One report with its sections."""
    row = queries.get_report(caller(request), report)
    sections = [ReportSectionOut(**{**_EMPTY, **section}) for section in row.sections]
    return ReportWithSections(**_plain(row), sections=sections)


@router.post("/{uuid:report}/runs", response={202: ReportRunOut})
def make(request: HttpRequest, report: UUID, wanted: MakeIn) -> Status[ReportRunOut]:
    """Have a report made, in the background; ask for the run until it is done."""
    actor = caller(request)
    row = queries.get_report(actor, report)
    schedule = getattr(row, "schedule", None)
    month = queries.month_of(schedule.rhythm if schedule else Rhythm.MONTHLY, queries.today_of(actor))
    if wanted.month:
        month = date.fromisoformat(f"{wanted.month}-01")
    run = actions.run_report(actor=actor, report=report, month=month, unit=wanted.unit, send=wanted.send)
    jobs.ask_for_run(actor, run)
    return Status(202, _run(actor, run))


@router.get("/{uuid:report}/runs", response=list[ReportRunOut])
def archive(request: HttpRequest, report: UUID) -> list[ReportRunOut]:
    """What was made of a report, the newest first."""
    actor = caller(request)
    return [_run(actor, run) for run in queries.runs_of(actor, queries.get_report(actor, report))]


@router.get("/runs/{uuid:run}", response=ReportRunOut)
def one_run(request: HttpRequest, run: UUID) -> ReportRunOut:
    """One run: how far it is, its editions."""
    actor = caller(request)
    return _run(actor, queries.get_run(actor, run))


@router.get("/editions/{uuid:edition}/{form}", openapi_extra=ANSWER)
def edition_file(request: HttpRequest, edition: UUID, form: Form) -> HttpResponse:
    """A file of an edition that was made for one, or for rights equal to one's own."""
    document, content = queries.edition_file(caller(request), edition, form)
    answer = HttpResponse(content, content_type=TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{document.public_id}.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/mails/{uuid:mail}/settled", response=ReportMailOut)
def settle(request: HttpRequest, mail: UUID, told: MailSettledIn) -> ReportMailOut:
    """A mail that perhaps went, or did not: it is noted as sent, or sent again."""
    row = actions.settle_mail(actor=caller(request), mail=mail, sent=told.sent, now=clock.now())
    jobs.ask_for_mail(row)
    return _mail(row)


_EMPTY = dict.fromkeys(("title", "title_en", "text", "text_en", "cube", "question", "show", "chart"), "") | {
    "months": 1
}


def _plain(row: Report) -> dict[str, Any]:
    schedule = getattr(row, "schedule", None)
    return {
        "id": row.public_id,
        **{name: getattr(row, name) for name in ("code", "name", "name_en", "about", "about_en")},
        "owner": row.owner_name,
        "shared": row.is_shared,
        "rhythm": schedule.rhythm if schedule else None,
        "next_at": schedule.next_at if schedule else None,
    }


def _run(actor: Actor, run: Run) -> ReportRunOut:
    editions = list(run.editions.order_by("pk").prefetch_related("deliveries"))
    mails = [mail for one in editions for mail in one.deliveries.all()] if actor.may(queries.DESIGNS) else []
    return ReportRunOut(
        id=run.public_id, report=run.report.public_id, asked_at=run.asked_at, by=run.by_name, month=run.month,
        unit=run.unit, send=run.send, status=run.status, snapshot=run.snapshot, error=run.error,
        finished_at=run.finished_at,
        editions=[
            EditionOut(id=one.public_id, unit=one.unit_name, language=one.language)
            for one in editions
            if queries.may_open(actor, one)
        ],
        mails=[_mail(mail) for mail in mails],
    )  # fmt: skip


def _mail(row: Delivery) -> ReportMailOut:
    return ReportMailOut(
        id=row.public_id, to=row.name, status=row.status, sent_at=row.sent_at, error=row.error
    )
