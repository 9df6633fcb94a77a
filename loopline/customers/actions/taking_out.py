"""Taking customers out in clear 金库模式: one asks, another decides, who asked fetches it within a day."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from loopline.customers.actions import inputs
from loopline.customers.events import ClearExportAsked, ClearExportDecided
from loopline.customers.models import ClearExport
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require

HOLDS = timedelta(hours=24)
FORMATS = ("csv", "xlsx")


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


def ask_export(*, actor: Actor, wanted: str, reason: str, form: str = "csv") -> ClearExport:
    """Ask to take the customers of a list (its address's query) out in clear."""
    require(actor, "customers.export_clear")
    export = ClearExport.objects.create(
        wanted=wanted[:2000],
        format=inputs.choice("format", form, list(FORMATS)),
        reason=inputs.text("reason", reason, required=True),
        asked_by_id=actor.staff_id,
        asked_by=actor.name,
        asked_at=clock.now(),
    )
    record(ClearExportAsked(reason=export.reason), about=export, by=actor)
    _audit(actor, "export_asked", export)
    return export


def decide_export(*, actor: Actor, export: str, approve: bool) -> ClearExport:
    """Approve or refuse what another asked for. Raises OwnExport, ExportDecided."""
    require(actor, "customers.approve_export")
    row = _locked(export)
    if row.asked_by_id == actor.staff_id:
        raise OwnExport
    if row.state != "asked":
        raise ExportDecided
    row.state = "approved" if approve else "refused"
    row.decided_by, row.decided_at = actor.name, clock.now()
    row.expires_at = row.decided_at + HOLDS if approve else None
    row.save(update_fields=["state", "decided_by", "decided_at", "expires_at"])
    record(ClearExportDecided(approved=approve), about=row, by=actor)
    _audit(actor, "export_approved" if approve else "export_refused", row)
    return row


def fetch_export(*, actor: Actor, export: str) -> ClearExport:
    """Note that who asked fetches the approved export now. Raises ExportNotOpen."""
    require(actor, "customers.export_clear")
    row = _locked(export)
    holds = row.state == "approved" and row.expires_at is not None and row.expires_at > clock.now()
    if not holds or row.asked_by_id != actor.staff_id:
        raise ExportNotOpen
    row.downloads += 1
    row.save(update_fields=["downloads"])
    _audit(actor, "export_clear", row)
    return row


def _locked(public_id: str) -> ClearExport:
    row = ClearExport.objects.select_for_update().filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def _audit(actor: Actor, kind: str, export: ClearExport) -> None:
    AccessRecord.objects.create(
        kind=kind,
        staff_id=actor.staff_id,
        staff_name=actor.name,
        field="customers",
        reason=export.reason[:200],
    )
