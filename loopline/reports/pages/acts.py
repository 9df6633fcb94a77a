"""What is done on a report's page: having it made, when by itself, and who gets it."""

from uuid import UUID

from django.utils.translation import gettext as _

from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Request
from loopline.kernel.permission import require
from loopline.reports import actions, jobs, queries
from loopline.reports.pages import parts


def act_run(request: Request, public_id: UUID) -> tuple[str, str]:
    """A report is made: for oneself, or for everybody who gets it."""
    actor, told = request.actor, request.POST
    row = queries.get_report(actor, public_id)
    month, unit = parts.parameters(actor, row, told)
    send = told.get("send") == "on"
    run = actions.run_report(actor=actor, report=public_id, month=month, unit=unit, send=send)
    jobs.ask_for_run(actor, run)
    return _("It is being made."), f"{parts.at(public_id)}?month={month:%Y-%m}&unit={unit}#archive"


def act_again(request: Request, public_id: UUID) -> tuple[str, str]:
    """A run is repeated from its snapshot, for oneself."""
    before = queries.get_run(request.actor, public_id)
    run = actions.run_report(
        actor=request.actor,
        report=before.report.public_id,
        month=before.month,
        unit=before.unit,
        again=before,
    )
    jobs.ask_for_run(request.actor, run)
    return _("It is being made again, from the same state of the warehouse."), parts.at(
        before.report.public_id
    ) + "#archive"


def act_schedule(request: Request, public_id: UUID) -> tuple[str, str]:
    """When a report is made by itself."""
    told = request.POST
    kept = actions.set_schedule(
        actor=request.actor,
        report=public_id,
        rhythm=told.get("rhythm", ""),
        day=parts.number_of(told, "day"),
        hour=parts.number_of(told, "hour"),
        working_days=told.get("working") == "on",
        now=clock.now(),
    )
    said = (
        _("Next: %(moment)s.") % {"moment": formats.moment(kept.next_at)}
        if kept
        else _("It is no longer made by itself.")
    )
    return said, parts.at(public_id)


def act_recipient(request: Request, public_id: UUID) -> tuple[str, str]:
    """Somebody gets a report."""
    told = request.POST
    actions.add_recipient(
        actor=request.actor,
        report=public_id,
        staff=told.get("staff", ""),
        role=told.get("role", ""),
        address=told.get("address", ""),
    )
    return _("Added."), parts.at(public_id)


def act_drop(request: Request, public_id: UUID) -> tuple[str, str]:
    """Somebody gets a report no longer."""
    require(request.actor, queries.DESIGNS)
    try:
        key = UUID(request.POST.get("recipient", ""))
    except ValueError:
        raise NotFound from None
    actions.remove_recipient(actor=request.actor, report=public_id, recipient=key)
    return _("Removed."), parts.at(public_id)


def act_settle(request: Request, public_id: UUID) -> tuple[str, str]:
    """Of a mail that perhaps went it is said that it did, or it is sent again."""
    sent = request.POST.get("sent") == "on"
    row = actions.settle_mail(actor=request.actor, mail=public_id, sent=sent, now=clock.now())
    jobs.ask_for_mail(row)
    said = _("It is noted as sent.") if sent else _("It is being sent again.")
    return said, parts.at(row.edition.run.report.public_id) + "#archive"
