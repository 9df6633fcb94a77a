"""Who is not to be served 断卡: put on the list and taken off it again, each with a reason."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.events import ServiceResumed, ServiceStopped
from loopline.customers.models import Customer, ServiceStop
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

REASONS = ("fraud", "police", "real_name", "debt", "abuse", "other")


class NotToBeServed(Refusal):
    """The customer stands on the list of those not to be served."""

    code = "not_to_be_served"
    status = 403
    sentence = _("This customer is not to be served. Ask your supervisor.")


class StoppedAlready(Conflict):
    """The customer stands on the list already."""

    code = "stopped_already"
    sentence = _("This customer stands on the list already.")


def stop_service(
    *, actor: Actor, customer: Customer, reason: str, note: str = "", until: date | None = None
) -> ServiceStop:
    """Serve the customer no longer, until a day or for good. Raises StoppedAlready."""
    require(actor, "customers.stop")
    inputs.choice("reason", reason, list(REASONS))
    told = inputs.text("note", note)
    row = queries.locked(customer)
    today = clock.today(actor.zone)
    standing = ServiceStop.objects.filter(customer=row, lifted_at=None).first()
    if standing is not None:
        if standing.until is None or standing.until >= today:
            raise StoppedAlready
        standing.lifted_at = clock.now()
        standing.save(update_fields=["lifted_at"])
    stop = ServiceStop.objects.create(
        customer=row,
        branch_id=row.branch_id,
        reason=reason,
        note=told,
        by=actor.name,
        at=clock.now(),
        until=until,
    )
    record(ServiceStopped(reason=reason, note=told), about=row, by=actor)
    return stop


def resume_service(*, actor: Actor, customer: Customer, reason: str) -> None:
    """Serve the customer again; nothing happens when he is served."""
    require(actor, "customers.stop")
    told = inputs.text("reason", reason, required=True)
    row = queries.locked(customer)
    stop = ServiceStop.objects.filter(customer=row, lifted_at=None).first()
    if stop is None:
        return
    stop.lifted_at, stop.lifted_by = clock.now(), actor.name
    stop.save(update_fields=["lifted_at", "lifted_by"])
    record(ServiceResumed(reason=told), about=row, by=actor)


def check_served(customer: Customer, files: Iterable[int] = ()) -> None:
    """Raises NotToBeServed for who stands on the list, under any of his merged `files` (where they are known)."""
    if queries.stop_of(customer, files) is not None:
        raise NotToBeServed
