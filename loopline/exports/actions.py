"""Taking lists out: masked at once; in clear 金库模式 one asks, another decides, who asked fetches it within a day."""

from datetime import timedelta

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.exports.events import ClearExportAsked, ClearExportDecided
from loopline.exports.models import ClearExport
from loopline.exports.queries import APPROVES, ASKS
from loopline.exports.targets import Outgoing, Table, list_named
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require

HOLDS = timedelta(hours=24)
FORMATS = ("csv", "xlsx")


class NeedsApproval(Refusal):
    """The file has personal data in clear."""

    code = "export_needs_approval"
    status = 403
    sentence = _("This file has personal data in clear: ask for it, and a second person decides.")


class OwnExport(Refusal):
    """Nobody approves what he asked for himself."""

    code = "own_export"
    status = 403
    sentence = _("A second person must decide about this export.")


class ExportDecided(Conflict):
    """Somebody has decided already."""

    code = "export_decided"
    sentence = _("Somebody has decided about this export already.")


class ExportNotOpen(Refusal):
    """The export was not approved, is over, or was asked for by somebody else."""

    code = "export_not_open"
    status = 403
    sentence = _("This export is not open to you: it waits, was refused, is over, or is somebody else's.")


class ReasonMissing(Refusal):
    """Whoever decides must know what for."""

    code = "missing"
    sentence = _("Please say what the file is for.")


def take_out(*, actor: Actor, name: str, asked: QueryDict, clear: bool = False) -> Table:
    """The table of a list, masked, or `clear` where nothing in it is personal; that it is taken out is noted.

    Raises NotFound, NotAllowed, NeedsApproval, and what the list refuses.
    """
    outgoing = list_named(name)
    require(actor, outgoing.permission)
    table = outgoing.in_clear() if clear else outgoing.shown
    if clear and outgoing.personal:
        raise NeedsApproval
    table.count(actor, asked)
    _audit(actor, "export", name)
    return table


def ask_export(
    *, actor: Actor, wanted: str, reason: str, form: str = "csv", target: str = "customers"
) -> ClearExport:
    """Ask to take a list (its name, its address's query) out in clear."""
    require_clear(actor, target)
    if form not in FORMATS:
        raise Invalid(field="format", reason=_("Please choose one of the values offered."))
    kept = " ".join(reason.replace("\0", "").split())[:200]
    if not kept:
        raise ReasonMissing(field="reason")
    export = ClearExport.objects.create(
        target=target,
        wanted=wanted.replace("\0", "")[:2000],
        format=form,
        reason=kept,
        asked_by_id=actor.staff_id,
        asked_by=actor.name,
        asked_at=clock.now(),
    )
    record(ClearExportAsked(target=target, reason=kept), about=export, by=actor)
    _audit(actor, "export_asked", target, kept)
    return export


def require_clear(actor: Actor, target: str) -> Outgoing:
    """The list, refused unless the actor may ask for it in clear."""
    outgoing = list_named(target)
    require(actor, outgoing.permission)
    require(actor, ASKS)
    outgoing.in_clear()
    return outgoing


def decide_export(*, actor: Actor, export: str, approve: bool) -> ClearExport:
    """Approve or refuse what another asked for. Raises OwnExport, ExportDecided."""
    require(actor, APPROVES)
    row = _locked(export)
    if row.asked_by_id == actor.staff_id:
        raise OwnExport
    if row.state != "asked":
        raise ExportDecided
    row.state = "approved" if approve else "refused"
    row.decided_by, row.decided_at = actor.name, clock.now()
    row.expires_at = row.decided_at + HOLDS if approve else None
    row.save(update_fields=["state", "decided_by", "decided_at", "expires_at"])
    record(ClearExportDecided(target=row.target, approved=approve), about=row, by=actor)
    _audit(actor, "export_approved" if approve else "export_refused", row.target, row.reason)
    return row


def fetch_export(*, actor: Actor, export: str) -> tuple[ClearExport, Table]:
    """The approved export with its table, for who asked; that it is fetched is noted. Raises ExportNotOpen."""
    require(actor, ASKS)
    row = _locked(export)
    holds = row.state == "approved" and row.expires_at is not None and row.expires_at > clock.now()
    if not holds or row.asked_by_id != actor.staff_id:
        raise ExportNotOpen
    table = require_clear(actor, row.target).in_clear()
    row.downloads += 1
    row.save(update_fields=["downloads"])
    _audit(actor, "export_clear", row.target, row.reason)
    return row, table


def _locked(public_id: str) -> ClearExport:
    row = ClearExport.objects.select_for_update().filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def _audit(actor: Actor, kind: str, target: str, reason: str = "") -> None:
    AccessRecord.objects.create(
        kind=kind, staff_id=actor.staff_id, staff_name=actor.name, field=target, reason=reason
    )
